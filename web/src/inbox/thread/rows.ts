// What the thread draws, one row for each message: where a day begins, where the unread ones begin, who belongs together.
import type { Message } from "../../api/types";
import type { Pending } from "../outbox";

export type Row = MessageRow | PendingRow;

interface Marks {
  key: string;
  /** Set on the first row of a day. */
  day: string | null;
  /** Whether it goes on from the row above: same sender, a few minutes later. */
  follows: boolean;
}
interface MessageRow extends Marks {
  kind: "message";
  message: Message;
  /** The unread ones begin here. */
  fresh: boolean;
}
interface PendingRow extends Marks {
  kind: "pending";
  pending: Pending;
}

const TOGETHER_MS = 5 * 60_000;

const dayOf = (at: string) => new Date(at).toDateString();
const quiet = (message: Message) => message.type === "system";

function sameSender(a: Message, b: Message): boolean {
  if (quiet(a) || quiet(b) || a.private !== b.private || a.fromMe !== b.fromMe) return false;
  return a.senderUserId === b.senderUserId && a.senderName === b.senderName;
}

/**
 * With `older` ones still to load, the first message is held back until what stands before it is known: a row that lost its day
 * mark later, or joined the one above, would shrink under the reader.
 */
export function rowsOf(messages: Message[], pending: Pending[], firstUnread: string | null, older = false): Row[] {
  const rows: Row[] = [];
  const heldBack = heldBackOf(messages, older);
  let before: Message | undefined;
  let lastDay = "";
  for (const message of messages) {
    const day = dayOf(message.createdAt);
    const fresh = message.id === firstUnread;
    const near = before && Date.parse(message.createdAt) - Date.parse(before.createdAt) < TOGETHER_MS;
    const follows = Boolean(before && near && day === lastDay && !fresh && sameSender(before, message));
    const mark = day === lastDay ? null : message.createdAt;
    if (message !== heldBack) rows.push({ kind: "message", key: message.id, message, day: mark, fresh, follows });
    before = message;
    lastDay = day;
  }
  for (const one of pending) {
    const day = dayOf(one.createdAt);
    const mark = day === lastDay ? null : one.createdAt;
    rows.push({ kind: "pending", key: one.key, pending: one, day: mark, follows: rows.at(-1)?.kind === "pending" });
    lastDay = day;
  }
  return rows;
}

/** The message that is not drawn yet, see [`rowsOf`]; one that is alone is drawn. */
export function heldBackOf(messages: Message[], older: boolean): Message | undefined {
  return older && messages.length > 1 ? messages[0] : undefined;
}

/** The first of the last `unread` messages of the customer; `null` where they are not all loaded, or there are none. */
export function firstUnreadOf(messages: Message[], unread: number): string | null {
  let left = unread;
  for (const message of messages.toReversed()) {
    if (message.fromMe || quiet(message)) continue;
    if (--left === 0) return message.id;
  }
  return null;
}

/** About how high a row will be, so that the bar at the side moves little once it is measured. */
export function heightOf(row: Row, width: number): number {
  const { content, files } = row.kind === "message" ? sizes(row.message) : { content: row.pending.content, files: 0 };
  const perLine = Math.max(20, Math.min(width, 560) / 7.5);
  const lines = content.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / perLine)), 0);
  return (row.day ? 40 : 0) + (row.follows ? 30 : 42) + Math.min(lines, 18) * 21 + files;
}

/** About how far below the first row this one begins. */
export function startOf(rows: Row[], index: number, width: number): number {
  return rows.slice(0, index).reduce((sum, row) => sum + heightOf(row, width), 0);
}

/** Where the unread ones begin; -1 where they do not. */
export const freshOf = (rows: Row[]) => rows.findIndex((row) => row.kind === "message" && row.fresh);

function sizes({ content, attachments }: Message): { content: string; files: number } {
  const files = attachments.reduce((sum, { type, width, height }) => {
    if (type === "image" || type === "video" || type === "sticker") return sum + boxOf(width, height).height + 8;
    return sum + 64;
  }, 0);
  return { content, files };
}

const MOST_WIDE = 320;
const MOST_HIGH = 320;

/** The box that a picture of this size has in the thread; unknown sizes have a square one. */
export function boxOf(width: number | null, height: number | null): { width: number; height: number } {
  if (!width || !height) return { width: 220, height: 220 };
  const scale = Math.min(1, MOST_WIDE / width, MOST_HIGH / height);
  return { width: Math.max(48, Math.round(width * scale)), height: Math.max(48, Math.round(height * scale)) };
}
