// Messages as they stand under each other: days marked, and together what one person wrote in a row.
import type { Message } from "../message";
import { dayOf } from "../moments";

/** Messages of one person within this stand together. */
const TOGETHER_MS = 5 * 60 * 1000;

export interface Row {
  message: Message;
  day: string | null;
  first: boolean;
  last: boolean;
}

/** Messages with their day marks, put together where one person wrote several in a row. */
export function rowsOf(messages: Message[], labelOf: (moment: Date) => string): Row[] {
  const together = (one: Message | undefined, other: Message | undefined) =>
    one !== undefined &&
    other !== undefined &&
    one.fromMe === other.fromMe &&
    one.senderName === other.senderName &&
    one.type !== "system" &&
    other.type !== "system" &&
    Math.abs(Date.parse(other.createdAt) - Date.parse(one.createdAt)) < TOGETHER_MS &&
    dayOf(new Date(one.createdAt)) === dayOf(new Date(other.createdAt));
  return messages.map((message, index) => {
    const [before, after] = [messages[index - 1], messages[index + 1]];
    const moment = new Date(message.createdAt);
    const sameDay = before && dayOf(new Date(before.createdAt)) === dayOf(moment);
    const day = sameDay ? null : labelOf(moment);
    return { message, day, first: !together(before, message), last: !together(message, after) };
  });
}
