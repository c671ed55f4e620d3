// A notification in the member's language as far as we know what it is about, and where it leads.
import type { Notification } from "../api/types";

/** Types that operators are told of by Switchboard itself: their titles are ours to say in any language. */
const OWN = ["chat_assigned", "chat_mentioned", "sla_breached", "channel_disconnected"];
const KNOWN = [
  ...OWN,
  "booking_request",
  "booking_confirmed",
  "booking_cancelled",
  "friend_request",
  "friend_accepted",
  "post_liked",
  "post_commented",
  "post_reposted",
  "mention",
  "review_received",
  "auto_booking_proposal",
];

type Translate = (key: string, values?: Record<string, string>) => string;

/** What kind it is, in a word or two; a type of a later version has none. */
export function kindOf({ type }: Notification, t: Translate): string | null {
  return KNOWN.includes(type) ? t(`type.${type}`) : null;
}

/** `nameOf` knows colleagues by id. */
export function titleOf(notification: Notification, t: Translate, nameOf: (id: string) => string | undefined): string {
  const { type, title } = notification;
  const by = text(notification, "assignedBy") ?? text(notification, "mentionedBy");
  const name = by && nameOf(by);
  return name && (type === "chat_assigned" || type === "chat_mentioned") ? t(`title.${type}`, { name }) : title;
}

/** What a click opens. */
interface Target {
  chatId?: string;
  messageId?: string;
  channelId?: string;
}

export function targetOf(notification: Notification): Target {
  return {
    chatId: text(notification, "chatId") ?? text(notification, "chat_id"),
    messageId: text(notification, "messageId") ?? text(notification, "message_id"),
    channelId: text(notification, "channelId") ?? text(notification, "channel_id"),
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Programs write `data`: only what looks like an id is followed. */
function text({ data }: Notification, field: string): string | undefined {
  const value = (data as Record<string, unknown> | null)?.[field];
  return typeof value === "string" && UUID.test(value) ? value : undefined;
}
