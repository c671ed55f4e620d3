import { expect, test } from "vitest";
import { dayLabel, lengthLabel, sizeLabel } from "./moments";
import { WORDS } from "./words";

const at = (text: string) => new Date(text);
const now = at("2026-03-02T10:00:00");

test.each([
  ["2026-03-02T00:00:00", "Today", "Сегодня"],
  ["2026-03-01T23:59:59", "Yesterday", "Вчера"],
  ["2026-02-28T12:00:00", "February 28", "28 февраля"],
  ["2025-12-31T12:00:00", "December 31, 2025", "31 декабря 2025 г."],
])("%s is %s, %s", (moment, english, russian) => {
  expect(dayLabel(at(moment), now, "en", WORDS.en)).toBe(english);
  expect(dayLabel(at(moment), now, "ru", WORDS.ru)).toBe(russian);
});

test("yesterday is yesterday also over a change of the clock", () => {
  expect(dayLabel(at("2026-03-29T00:30:00"), at("2026-03-30T00:10:00"), "en", WORDS.en)).toBe("Yesterday");
});

test("lengths and sizes", () => {
  expect([lengthLabel(5), lengthLabel(65), lengthLabel(3_600)]).toEqual(["0:05", "1:05", "60:00"]);
  expect([0, 900, 1_536, 20_480, 5_767_168].map((bytes) => sizeLabel(bytes, "en"))).toEqual([
    "0 B",
    "900 B",
    "1.5 KB",
    "20 KB",
    "5.5 MB",
  ]);
  expect(sizeLabel(1_536, "ru")).toBe("1,5 КБ");
});
