// What a message holds, by its type; types that have no form of their own are shown by their text.
import type { Message } from "../message";
import { isEmojiAlone, safeHref } from "../text";
import type { Words } from "../words";
import { AttachmentView } from "./attachment";
import { PinIcon } from "./icons";
import { Rich } from "./rich";

interface Props {
  message: Pick<Message, "type" | "content" | "metadata" | "attachments">;
  locale: string;
  words: Words;
}

const told = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");

/** A line for quotes, for titles and for those who listen. */
export function summaryOf({ type, content, attachments, metadata, deletedAt }: Message, words: Words): string {
  if (deletedAt) return words.deleted;
  if (type === "location") return told(metadata.name) || told(metadata.address) || words.place;
  if (content) return content;
  const kinds: Record<string, string> = {
    image: words.picture,
    video: words.video,
    voice: words.voice,
    audio: words.audio,
    sticker: words.sticker,
    contacts: words.contact,
  };
  return kinds[type] ?? attachments[0]?.fileName ?? (type === "document" ? words.file : words.unshown);
}

export function Body({ message, locale, words }: Props) {
  const { type, content, attachments } = message;
  return (
    <>
      {attachments.map((file) => (
        <AttachmentView key={file.id} file={file} locale={locale} words={words} />
      ))}
      <Said message={message} locale={locale} words={words} />
      {!content && attachments.length === 0 && type === "unsupported" && <p class="file-note">{words.unshown}</p>}
    </>
  );
}

function Said({ message: { type, content, metadata }, words }: Props) {
  if (type === "location") return <Place content={content} metadata={metadata} words={words} />;
  if (type === "contacts") return <People content={content} metadata={metadata} />;
  const shared = type === "profile_share" ? metadata.name : type === "post_share" ? metadata.author_name : null;
  if (type === "profile_share" || type === "post_share") return <p class="text">{told(shared) || content}</p>;
  if (type === "booking_proposal") {
    const offer = [
      told(metadata.service_name),
      told(metadata.price),
      metadata.duration && `${told(metadata.duration)} ${words.minutes}`,
    ];
    return (
      <p class="text" dir="auto">
        {content && <Rich text={`${content}\n`} />}
        <strong>{offer.filter(Boolean).join(" · ")}</strong>
      </p>
    );
  }
  if (!content) return null;
  return (
    <p class={isEmojiAlone(content) ? "text emoji" : "text"} dir="auto">
      <Rich text={content} />
    </p>
  );
}

function Place({ content, metadata, words }: { content: string; metadata: Record<string, unknown>; words: Words }) {
  const [lat, lng] = [metadata.lat, metadata.lng].map(Number);
  const known = Number.isFinite(lat) && Number.isFinite(lng) && metadata.lat != null;
  const name = told(metadata.name) || told(metadata.address) || words.place;
  if (!known) return <p class="text">{content || name}</p>;
  return (
    <a
      class="file"
      href={`https://www.openstreetmap.org/?mlat=${lat}&mlon=${lng}#map=16/${lat}/${lng}`}
      target="_blank"
      rel="noopener noreferrer nofollow"
    >
      <PinIcon />
      <span>
        <bdi class="file-name">{name}</bdi>
        <small>{told(metadata.name) ? told(metadata.address) : `${lat}, ${lng}`}</small>
      </span>
    </a>
  );
}

interface Person {
  name?: unknown;
  phones?: unknown;
}

function People({ content, metadata }: { content: string; metadata: Record<string, unknown> }) {
  const people = Array.isArray(metadata.contacts) ? (metadata.contacts as (Person | null)[]) : [];
  if (people.length === 0) return <p class="text">{content}</p>;
  return (
    <ul class="people">
      {people.map((person, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: people of a card have no ids, and their order stays
        <li key={index}>
          <bdi>{told(person?.name)}</bdi>
          {(Array.isArray(person?.phones) ? person.phones : []).map((phone) => {
            const href = safeHref(`tel:${told(phone).replace(/[^\d+]/g, "")}`);
            return href ? (
              <a key={href} href={href}>
                {told(phone)}
              </a>
            ) : null;
          })}
        </li>
      ))}
    </ul>
  );
}
