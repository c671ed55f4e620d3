// Days and times as the visitor reads them, in the visitor's own zone.
import type { Words } from "./words";

const DAY_MS = 24 * 60 * 60 * 1000;

/** The same for two moments of one day. */
export function dayOf(moment: Date): string {
  return moment.toDateString();
}

/** "Today", "Yesterday", or the date, with the year where it is another one. */
export function dayLabel(moment: Date, now: Date, locale: string, words: Words): string {
  if (dayOf(moment) === dayOf(now)) return words.today;
  // noon, so that no change of the clock leads past the day before
  const noon = new Date(now.getFullYear(), now.getMonth(), now.getDate(), 12);
  if (dayOf(moment) === dayOf(new Date(noon.getTime() - DAY_MS))) return words.yesterday;
  const year = moment.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year }).format(moment);
}

export function timeLabel(moment: Date, locale: string): string {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(moment);
}

/** Seconds as `1:05`. */
export function lengthLabel(secs: number): string {
  return `${Math.floor(secs / 60)}:${String(Math.floor(secs % 60)).padStart(2, "0")}`;
}

/** Bytes as people count them, in steps of 1,024. */
export function sizeLabel(bytes: number, locale: string): string {
  const units = locale.startsWith("ru") ? ["Б", "КБ", "МБ"] : ["B", "KB", "MB"];
  const step = Math.min(units.length - 1, bytes > 0 ? Math.floor(Math.log2(bytes) / 10) : 0);
  const amount = bytes / 1024 ** step;
  const digits = step > 0 && amount < 10 ? 1 : 0;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(amount)} ${units[step]}`;
}
