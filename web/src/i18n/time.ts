// Times as people say them, in their language and time zone.
import i18next from "i18next";

/** The language in use as the user's region writes it: English dates are British for who reads British pages. */
export function locale(): string {
  return navigator.languages.find((tag) => tag.startsWith(i18next.language)) ?? i18next.language;
}

/** Making one takes longer than all that a page does with it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${i18next.language} ${name}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat(locale(), options);
  formats.set(key, known);
  return known;
}

const startOfDay = (at: Date) => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
const DAY_MS = 86_400_000;

/** Days between two moments as the calendar counts them. */
function daysAgo(at: Date, now = new Date()): number {
  return Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS);
}

/** `14:05` */
export function clock(at: string): string {
  return format("clock", { hour: "2-digit", minute: "2-digit" }).format(new Date(at));
}

/** For a day mark in a thread: today, yesterday, `12 March`, with the year where it is another. */
export function day(at: string): string {
  const date = new Date(at);
  const ago = daysAgo(date);
  if (ago === 0 || ago === 1) {
    const words = new Intl.RelativeTimeFormat(i18next.language, { numeric: "auto" }).format(-ago, "day");
    return words.charAt(0).toUpperCase() + words.slice(1);
  }
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return format(`day ${year}`, { day: "numeric", month: "long", year }).format(date);
}

/** For a line of a list: the clock today, the weekday this week, else the date. */
export function short(at: string): string {
  const date = new Date(at);
  const ago = daysAgo(date);
  if (ago <= 0) return clock(at);
  if (ago < 7) return format("weekday", { weekday: "short" }).format(date);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "2-digit";
  const month = year ? "numeric" : "short";
  return format(`date ${year}`, { day: "numeric", month, year }).format(date);
}

/** Date and clock in full, for titles. */
export function full(at: string): string {
  return format("full", { dateStyle: "long", timeStyle: "short" }).format(new Date(at));
}

/** How long, in the two largest units: `3 h 5 min`. */
export function duration(seconds: number): string {
  const units = [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
    ["second", 1],
  ] as const;
  const first = units.findIndex(([, length]) => seconds >= length);
  if (first < 0) return say(0, "second");
  const [unit, length] = units[first] as (typeof units)[number];
  const count = Math.floor(seconds / length);
  const next = units[first + 1];
  const rest = next ? Math.floor((seconds - count * length) / next[1]) : 0;
  return next && rest ? `${say(count, unit)} ${say(rest, next[0])}` : say(count, unit);
}

function say(count: number, unit: string): string {
  return new Intl.NumberFormat(i18next.language, { style: "unit", unit, unitDisplay: "short" }).format(count);
}
