// The names of the API's own types, as this dashboard uses them.
import type { components as events } from "./generated/events.schemas";
import type { components } from "./generated/rest";

type Schemas = components["schemas"];
type Events = events["schemas"];

/** What an answer holds is always there; `null` stands for what is not known. */
type Answer<T> = { [K in keyof T]-?: Exclude<T[K], undefined> };

export type Attachment = Answer<Schemas["Attachment"]>;
export type Reaction = Answer<Schemas["Reaction"]>;
export type MessageStatus = Schemas["MessageStatus"];
export type MessageType = Schemas["Message"]["type"];
export type Message = Omit<Answer<Schemas["Message"]>, "attachments" | "reactions" | "metadata"> & {
  attachments: Attachment[];
  reactions: Reaction[];
  metadata: Record<string, unknown>;
};
export type Contact = Answer<Schemas["Contact"]>;
export type LastMessage = Answer<Schemas["LastMessage"]>;
export type ChatStatus = Schemas["ChatStatus"];
export type Priority = Schemas["Priority"];
/** `myUnreadCount` comes with answers to the caller, never with events. */
export type Chat = Omit<Answer<Schemas["Chat"]>, "contact" | "lastMessage" | "myUnreadCount"> & {
  contact: Contact;
  lastMessage: LastMessage | null;
  myUnreadCount?: number | null;
};
export type ChatDigest = Answer<Events["ChatDigest"]>;
export type User = Answer<Schemas["User"]>;
export type Role = Schemas["Role"];
export type Channel = Omit<Answer<Schemas["Channel"]>, "account"> & { account: Record<string, unknown> };
export type Network = Answer<Schemas["Network"]>;
export type Template = Omit<Answer<Schemas["Template"]>, "components"> & { components: Record<string, unknown>[] };
export type Person = Answer<Schemas["Person"]>;
export type Notification = Answer<Schemas["Notification"]>;
export type Ticket = Answer<Schemas["Ticket"]>;
export type TicketStatus = Ticket["status"];
export type Page<T> = { items: T[]; nextCursor: string | null };
