// What a list of chats shows: asked of the server, and decided here again when an event changes a chat.
import type { Chat, ChatStatus } from "../api/types";

export interface ChatFilter {
  status?: ChatStatus[];
  channel?: string;
  channelId?: string;
  /** `me`, `none` or a user's id. */
  assignedTo?: string;
  teamId?: string;
  contactId?: string;
  label?: string;
  unread?: boolean;
  q?: string;
}

export function filterKey(filter: ChatFilter): string {
  return JSON.stringify(Object.entries(query(filter)).sort());
}

/** As parameters of `GET /api/chats`. */
export function query(filter: ChatFilter): Record<string, string | boolean> {
  const { status, ...rest } = filter;
  const all: Record<string, unknown> = { ...rest, status: status?.length ? status.join(",") : undefined };
  const given = Object.entries(all).filter(([, value]) => value !== undefined && value !== "" && value !== false);
  return Object.fromEntries(given) as Record<string, string | boolean>;
}

/** Whether a chat belongs into the list. What a text finds, only the server knows: `null`. */
export function matches(filter: ChatFilter, chat: Chat, me: string): boolean | null {
  const { status, channel, channelId, assignedTo, teamId, contactId, label, unread, q } = filter;
  if (status?.length && !status.includes(chat.status)) return false;
  if (channel && chat.channel !== channel) return false;
  if (channelId && chat.channelId !== channelId) return false;
  if (teamId && chat.teamId !== teamId) return false;
  if (contactId && chat.contact.id !== contactId) return false;
  if (label && !chat.labels.includes(label)) return false;
  if (unread && chat.unreadCount === 0) return false;
  if (assignedTo === "none" && chat.assignedUserId) return false;
  if (assignedTo && assignedTo !== "none" && chat.assignedUserId !== (assignedTo === "me" ? me : assignedTo))
    return false;
  return q ? null : true;
}

/** Newest activity first; equal times by id, as the server sorts. */
export function byActivity(a: Active, b: Active): number {
  const [left, right] = [activity(a), activity(b)];
  if (left !== right) return left < right ? 1 : -1;
  return a.id < b.id ? 1 : -1;
}

type Active = Pick<Chat, "id" | "lastMessageAt" | "createdAt">;

const activity = (chat: Active) => chat.lastMessageAt ?? chat.createdAt;
