import { expect, test } from "vitest";
import type { Message } from "../message";
import { boxOf, ownAddress } from "./attachment";
import { rowsOf } from "./rows";

function message(minute: number, change: Partial<Message> = {}): Message {
  const createdAt = new Date(2026, 10, 28, 23, minute).toISOString();
  return { id: String(minute), createdAt, fromMe: true, senderName: "Ann", type: "text", ...change } as Message;
}

test("days are marked where they begin, and what one person wrote in a row stands together", () => {
  const messages = [
    message(50),
    message(52),
    message(58, { fromMe: false, senderName: null }),
    message(59),
    message(61),
  ];
  const rows = rowsOf(messages, (moment) => String(moment.getDate()));
  expect(rows.map(({ day }) => day)).toEqual(["28", null, null, null, "29"]);
  expect(rows.map(({ first, last }) => [first, last])).toEqual([
    [true, false],
    [false, true],
    [true, true],
    [true, true],
    [true, true],
  ]);
});

test("a picture's box has its shape, within what fits", () => {
  expect(boxOf(1_000, 500)).toEqual({ width: 260, height: 130 });
  expect(boxOf(100, 50)).toEqual({ width: 100, height: 50 });
  expect(boxOf(null, null)).toEqual({ width: 260, height: 195 });
});

test("files are loaded from here alone", () => {
  expect(ownAddress("/api/media/1?until=1&signature=x")).toBe("/api/media/1?until=1&signature=x");
  for (const other of ["https://evil.example/x", "//evil.example/x", "javascript:1", null]) {
    expect(ownAddress(other)).toBeNull();
  }
});
