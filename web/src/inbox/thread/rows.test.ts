import { describe, expect, it } from "vitest";
import type { Message } from "../../api/types";
import type { Pending } from "../outbox";
import { boxOf, firstUnreadOf, rowsOf } from "./rows";

const said = (id: string, at: string, more: Partial<Message> = {}) =>
  ({
    id,
    createdAt: `2026-03-0${at}:00`,
    fromMe: false,
    senderUserId: null,
    senderName: "Carla",
    type: "text",
    private: false,
    content: id,
    attachments: [],
    ...more,
  }) as Message;

describe("rows", () => {
  const follows = (messages: Message[], fresh: string | null = null) =>
    rowsOf(messages, [], fresh).map((row) => row.follows);

  it("of one sender within minutes belong together", () => {
    expect(follows([said("a", "1T10:00"), said("b", "1T10:02"), said("c", "1T10:20")])).toEqual([false, true, false]);
  });

  it("begin anew with another sender, a note, a line of the system and where the unread ones begin", () => {
    const first = said("a", "1T10:00");
    const others: Partial<Message>[] = [{ fromMe: true }, { senderName: "Dan" }, { private: true }, { type: "system" }];
    for (const other of others) {
      expect(follows([first, said("b", "1T10:01", other)])).toEqual([false, false]);
    }
    expect(follows([first, said("b", "1T10:01")], "b")).toEqual([false, false]);
  });

  it("keep their shape when older ones come in above", () => {
    const all = [
      said("a", "1T10:00"),
      said("b", "1T10:02"),
      said("c", "1T10:04"),
      said("d", "2T10:00"),
      said("e", "2T10:01"),
    ];
    const shapes = (from: number, older: boolean) =>
      rowsOf(all.slice(from), [], null, older).map(({ key, day, follows }) => ({ key, day, follows }));
    const whole = shapes(0, false);
    for (let from = 1; from < all.length - 1; from++) expect(shapes(from, true)).toEqual(whole.slice(from + 1));
    expect(shapes(4, true)).toHaveLength(1);
  });

  it("say each day once, and unsent ones follow the newest", () => {
    const pending = { key: "k", chatId: "c", createdAt: "2026-03-02T09:00:00", content: "x" } as Pending;
    const rows = rowsOf([said("a", "1T10:00"), said("b", "1T23:00"), said("c", "2T08:00")], [pending], null);
    expect(rows.map((row) => row.day !== null)).toEqual([true, false, true, false]);
    expect(rows.at(-1)).toMatchObject({ kind: "pending", key: "k" });
  });
});

it("the first unread message is counted from the end over the customer's own", () => {
  const messages = [
    said("a", "1T10:00"),
    said("b", "1T10:01"),
    said("c", "1T10:02", { fromMe: true }),
    said("d", "1T10:03"),
  ];
  expect(firstUnreadOf(messages, 2)).toBe("b");
  expect(firstUnreadOf(messages, 0)).toBe(null);
  expect(firstUnreadOf(messages, 9)).toBe(null);
});

it("a picture keeps its shape within its box", () => {
  expect(boxOf(3_000, 1_500)).toEqual({ width: 320, height: 160 });
  expect(boxOf(null, null)).toEqual({ width: 220, height: 220 });
  expect(boxOf(10_000, 10)).toEqual({ width: 320, height: 48 });
});
