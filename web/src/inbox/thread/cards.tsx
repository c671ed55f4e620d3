// Messages that are more than a text and files: places, people, choices, templates, offers. What is missing is left out.
import {
  CalendarClock,
  CircleHelp,
  ExternalLink,
  Image,
  LayoutTemplate,
  MapPin,
  MousePointerClick,
  UserRound,
} from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "../../api/types";
import { Avatar } from "../../ui/avatar";
import { safeHref } from "./linkify";
import { Out, Text } from "./text";

/** Metadata comes from outside: anything may stand anywhere. */
const word = (value: unknown): string =>
  typeof value === "string" ? value : typeof value === "number" || typeof value === "boolean" ? String(value) : "";
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, 50) : []);
const object = (value: unknown): Record<string, unknown> =>
  value && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

function Card({ icon, title, children }: { icon: ReactNode; title: ReactNode; children?: ReactNode }) {
  return (
    <div className="flex w-72 max-w-full items-start gap-2 rounded-lg border border-text/15 p-2 text-sm">
      <span className="mt-0.5 shrink-0 text-muted">{icon}</span>
      <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        <p className="font-medium">{title}</p>
        {children}
      </div>
    </div>
  );
}

const ICON = "size-5";

export function Place({ metadata, content }: Message) {
  const { t } = useTranslation("thread");
  const [lat, lng] = [Number(metadata.lat), Number(metadata.lng)];
  const known = Number.isFinite(lat) && Number.isFinite(lng) && metadata.lat !== undefined;
  const title = word(metadata.name) || t(metadata.live ? "place.live" : "type.location");
  return (
    <Card icon={<MapPin className={ICON} aria-hidden />} title={<bdi>{title}</bdi>}>
      {word(metadata.address) && <p className="text-muted">{word(metadata.address)}</p>}
      <p className="text-muted text-xs">{known ? `${lat.toFixed(5)}, ${lng.toFixed(5)}` : content}</p>
      {known && (
        <Out href={`https://www.openstreetmap.org/?mlat=${lat}&mlon=${lng}#map=16/${lat}/${lng}`}>
          {t("place.map")} <ExternalLink className="inline size-3.5" aria-hidden />
        </Out>
      )}
    </Card>
  );
}

export function People({ metadata, content }: Message) {
  const cards = list(metadata.contacts).map(object);
  if (cards.length === 0) return <Text text={content} />;
  return (
    <div className="flex flex-col gap-1.5">
      {cards.map((card, at) => {
        const name = word(card.name) || word(card.formattedName) || "?";
        const phones = list(card.phones).map((one) => word(one) || word(object(one).phone) || word(object(one).number));
        const emails = list(card.emails).map((one) => word(one) || word(object(one).email));
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: cards have no names of their own and never move
          <Card key={at} icon={<Avatar seed={name} name={name} />} title={<bdi>{name}</bdi>}>
            {phones.filter(Boolean).map((phone) => (
              <p key={phone}>
                <Contact href={`tel:${phone.replace(/[^\d+]/g, "")}`}>{phone}</Contact>
              </p>
            ))}
            {emails.filter(Boolean).map((email) => (
              <p key={email}>
                <Contact href={`mailto:${encodeURIComponent(email).replace("%40", "@")}`}>{email}</Contact>
              </p>
            ))}
            {word(card.organization) && <p className="text-muted">{word(card.organization)}</p>}
          </Card>
        );
      })}
    </div>
  );
}

function Contact({ href, children }: { href: string; children: ReactNode }) {
  const safe = safeHref(href);
  return safe ? <Out href={safe}>{children}</Out> : children;
}

export function Choice({ metadata, content }: Message) {
  const { t } = useTranslation("thread");
  const offer = object(metadata.list);
  const sections = list(offer.sections).map(object);
  const rows = [...list(offer.rows), ...sections.flatMap(({ rows }) => list(rows))].map(choice);
  const offered = [...list(metadata.buttons).map(choice), ...rows].filter(Boolean);
  const form = metadata.form;
  const chosen = offered.length === 0;
  return (
    <div className="flex flex-col gap-1.5">
      {chosen ? (
        <p className="flex items-center gap-1.5">
          <MousePointerClick className="size-4 shrink-0 text-muted" aria-hidden />
          <span className="sr-only">{t("choice.chose")}</span>
          <span className="[overflow-wrap:anywhere]">{content || word(metadata.id)}</span>
        </p>
      ) : (
        <Text text={content} />
      )}
      {word(metadata.description) && <p className="text-muted text-sm">{word(metadata.description)}</p>}
      {form !== undefined && form !== null && <Form form={form} />}
      {offered.length > 0 && (
        <ul aria-label={t("choice.offered")} className="flex flex-wrap gap-1">
          {offered.map((one, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two may read the same, and they never move
            <li key={at} className="rounded-md border border-text/20 px-2 py-0.5 text-sm [overflow-wrap:anywhere]">
              {one}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const choice = (one: unknown) => word(one) || word(object(one).title) || word(object(one).text);

function Form({ form }: { form: unknown }) {
  const { t } = useTranslation("thread");
  const fields = Object.entries(object(form)).filter(([name]) => name !== "flow_token");
  if (fields.length === 0) return <Text text={typeof form === "string" ? form : JSON.stringify(form)} />;
  return (
    <dl aria-label={t("choice.form")} className="grid grid-cols-[auto_1fr] gap-x-3 text-sm">
      {fields.slice(0, 50).map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted [overflow-wrap:anywhere]">{name}</dt>
          <dd className="[overflow-wrap:anywhere]">{word(value) || JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

export function FilledTemplate({ metadata, content }: Message) {
  const { t } = useTranslation("thread");
  return (
    <>
      <Text text={content} />
      <p className="mt-1 flex items-center gap-1 text-muted text-xs">
        <LayoutTemplate className="size-3.5" aria-hidden />
        {t("template", { name: word(metadata.name) })}
      </p>
    </>
  );
}

/** Cards of apps that use Switchboard: a profile, a post, an offer of an appointment. Their pictures are elsewhere and stay there. */
export function Share({ type, metadata, content }: Message) {
  const { t } = useTranslation("thread");
  if (type === "booking_proposal") {
    const length = Number(metadata.duration);
    return (
      <Card
        icon={<CalendarClock className={ICON} aria-hidden />}
        title={word(metadata.service_name) || t("type.booking_proposal")}
      >
        {content && <Text text={content} />}
        <p className="text-muted">
          {[word(metadata.price), Number.isFinite(length) && length > 0 ? t("minutes", { count: length }) : ""]
            .filter(Boolean)
            .join(" · ")}
        </p>
      </Card>
    );
  }
  const profile = type === "profile_share";
  const name = word(profile ? metadata.name : metadata.author_name);
  const media = safeHref(word(metadata.media_url));
  return (
    <Card
      icon={profile ? <UserRound className={ICON} aria-hidden /> : <Image className={ICON} aria-hidden />}
      title={<bdi>{name || t(`type.${type}`)}</bdi>}
    >
      <p className="text-muted text-xs">
        {t(`type.${type}`)}
        {profile && metadata.is_master === true && ` · ${t("share.master")}`}
      </p>
      <p className="text-muted text-xs">{content}</p>
      {media && <Out href={media}>{t("share.open")}</Out>}
    </Card>
  );
}

/** What the network gave that no kind of message is for: its name, and what could be read of it. */
export function Unsupported({ metadata, content }: Message) {
  const { t, i18n } = useTranslation("thread");
  const kind = word(metadata.kind);
  const key = `thread:kind.${kind}`;
  const { kind: _kind, ...rest } = metadata;
  const read = Object.entries(rest)
    .filter(([, value]) => value !== null && value !== "")
    .slice(0, 20);
  return (
    <div className="flex max-w-80 items-start gap-2 text-sm">
      <CircleHelp className="mt-0.5 size-4 shrink-0 text-muted" aria-hidden />
      <div className="min-w-0">
        <p className="text-muted italic">
          {t("unsupported", { kind: i18n.exists(key) ? t(`kind.${kind}`) : kind || "?" })}
        </p>
        {content && <Text text={content} />}
        {read.length > 0 && (
          <details>
            <summary className="text-accent">{t("unsupported.more")}</summary>
            {read.map(([name, value]) => (
              <p key={name} className="[overflow-wrap:anywhere]">
                <span className="text-muted">{name}:</span> {word(value) || JSON.stringify(value).slice(0, 500)}
              </p>
            ))}
          </details>
        )}
      </div>
    </div>
  );
}
