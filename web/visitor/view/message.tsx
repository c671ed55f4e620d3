// One message with who, what, when and how far it has come.
import type { ComponentChildren } from "preact";
import type { Message } from "../message";
import { timeLabel } from "../moments";
import type { Waiting } from "../queue";
import { isEmojiAlone } from "../text";
import type { Visit } from "../visit";
import type { Words } from "../words";
import { Body, summaryOf } from "./body";
import { type Step, StepIcon } from "./icons";

interface StoredProps {
  message: Message;
  first: boolean;
  last: boolean;
  visit: Visit;
  words: Words;
  /** Scrolls to a message and points it out. */
  show: (id: string) => void;
}

export function Stored({ message, first, last, visit, words, show }: StoredProps) {
  const { locale } = visit.settings;
  const own = !message.fromMe;
  if (message.type === "system") {
    return (
      <li class="day" data-message={message.id}>
        <span>{message.content}</span>
      </li>
    );
  }
  const deleted = Boolean(message.deletedAt);
  const moment = new Date(message.createdAt);
  const noted = deleted || Boolean(message.editedAt) || message.reactions.length > 0;
  return (
    <li
      class={`message ${own ? "own" : ""} ${first ? "first" : ""} ${deleted ? "deleted" : ""}`}
      data-message={message.id}
    >
      {first && (
        <p class={own ? "unseen" : "who"}>
          <bdi>{own ? words.you : message.senderName || words.team}</bdi>
        </p>
      )}
      <div class={bare(message) ? "bubble bare" : "bubble"}>
        {message.replyToId && !deleted && <Quote id={message.replyToId} {...{ visit, words, show }} />}
        {deleted ? <p class="text">{words.deleted}</p> : <Body message={message} locale={locale} words={words} />}
      </div>
      {!deleted && message.reactions.length > 0 && (
        <p class="reactions">{[...new Set(message.reactions.map(({ emoji }) => emoji))].join(" ")}</p>
      )}
      {(last || noted) && (
        <Foot step={own && !deleted ? visit.conversation.tick(message) : null} words={words}>
          <time dateTime={message.createdAt}>{timeLabel(moment, locale)}</time>
          {message.editedAt && !deleted && ` · ${words.edited}`}
        </Foot>
      )}
    </li>
  );
}

/** What the server has not taken yet. */
export function Unsent({ entry, visit, words }: { entry: Waiting; visit: Visit; words: Words }) {
  const { locale } = visit.settings;
  const type = entry.attachments[0]?.type ?? "text";
  const step = visit.isUnderWay(entry.key) ? "sending" : "queued";
  return (
    <li class="message own first unsent">
      <div class={entry.failed ? "bubble failed" : "bubble"}>
        <Body message={{ ...entry, type, metadata: {} }} locale={locale} words={words} />
      </div>
      {entry.failed ? (
        <p class="foot trouble">
          <span>{words.failed[entry.failed]}</span>
          <button type="button" onClick={() => visit.retry(entry.key)}>
            {words.again}
          </button>
          <button type="button" onClick={() => visit.discard(entry.key)}>
            {words.discard}
          </button>
        </p>
      ) : (
        <Foot step={step} words={words}>
          <time dateTime={new Date(entry.at).toISOString()}>{timeLabel(new Date(entry.at), locale)}</time>
        </Foot>
      )}
    </li>
  );
}

function Foot({ step, words, children }: { step: Step | null; words: Words; children: ComponentChildren }) {
  return (
    <p class="foot">
      {children}
      {step && (
        <span class={`step ${step}`} title={words.status[step]}>
          <StepIcon step={step} />
          <span class="unseen">{words.status[step]}</span>
        </span>
      )}
    </p>
  );
}

function Quote({ id, visit, words, show }: { id: string } & Pick<StoredProps, "visit" | "words" | "show">) {
  const quoted = visit.conversation.find(id);
  if (!quoted) return <p class="quote">{words.earlier}</p>;
  return (
    <button type="button" class="quote" onClick={() => show(id)}>
      <bdi class="quote-who">{quoted.fromMe ? quoted.senderName || words.team : words.you}</bdi>
      <span dir="auto">{summaryOf(quoted, words)}</span>
    </button>
  );
}

/** Stickers and emoji alone stand without a bubble. */
function bare({ type, content, deletedAt, replyToId }: Message): boolean {
  if (deletedAt || replyToId) return false;
  return type === "sticker" || (type === "text" && isEmojiAlone(content));
}
