// Which time a report is about: in the address as words or days, for the server as two moments.
import type { ReportSearch } from "../app/router";

export interface Range {
  from: Date;
  /** Not part of it. */
  to: Date;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The midnight of a day in this browser's time zone, so many days later. */
function midnight(day: Date, later = 0): Date {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + later);
}

function parse(day: string | undefined): Date | null {
  if (!day || !DAY.test(day)) return null;
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  const parsed = new Date(year, month - 1, date);
  return Number.isNaN(parsed.getTime()) ? null : parsed;
}

/** `2026-11-28`, for fields and addresses. */
export function dayOf(date: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `null` where the days of a custom period are missing or the wrong way round. */
export function rangeOf({ period, from, to }: ReportSearch, now = new Date()): Range | null {
  if (period === "custom") {
    const [first, last] = [parse(from), parse(to)];
    return first && last && first <= last ? { from: first, to: midnight(last, 1) } : null;
  }
  const days = period === "today" ? 1 : period === "month" ? 30 : 7;
  return { from: midnight(now, 1 - days), to: now };
}
