// What belongs into a list, as the server decides it.
import { expect, test } from "vitest";
import type { Chat } from "../api/types";
import { byActivity, filterKey, matches, query } from "./filter";

const chat = {
  id: "b",
  status: "open",
  channel: "telegram",
  channelId: "t1",
  teamId: null,
  contact: { id: "c1" },
  labels: ["refund"],
  unreadCount: 0,
  assignedUserId: "me",
  lastMessageAt: "2026-01-02T00:00:00.000Z",
  createdAt: "2026-01-01T00:00:00.000Z",
} as unknown as Chat;

test("each filter lets through what it names and nothing else", () => {
  const cases = [
    [{ status: ["open", "pending"] }, { status: ["resolved"] }],
    [{ channel: "telegram" }, { channel: "whatsapp" }],
    [{ channelId: "t1" }, { channelId: "t2" }],
    [{ label: "refund" }, { label: "delivery" }],
    [{ assignedTo: "me" }, { assignedTo: "none" }],
    [{ assignedTo: "me" }, { assignedTo: "bob" }],
    [{ contactId: "c1" }, { contactId: "c2" }],
    [{}, { unread: true }],
    [{}, { teamId: "team" }],
  ] as const;
  for (const [yes, no] of cases) {
    expect(matches(yes as never, chat, "me")).toBe(true);
    expect(matches(no as never, chat, "me")).toBe(false);
  }
});

test("what a text finds only the server knows, but what the other filters refuse is out", () => {
  expect(matches({ q: "anything" }, chat, "me")).toBeNull();
  expect(matches({ q: "anything", status: ["resolved"] }, chat, "me")).toBe(false);
});

test("the same filter is the same list, whatever order its parts are named in", () => {
  expect(filterKey({ label: "a", assignedTo: "me" })).toBe(
    filterKey({ assignedTo: "me", label: "a", unread: false, q: "" }),
  );
  expect(filterKey({ label: "a" })).not.toBe(filterKey({ label: "b" }));
  expect(query({ status: ["open", "pending"], unread: true })).toEqual({ status: "open,pending", unread: true });
});

test("newest activity is first, a chat without messages counts by its making, equal times by id", () => {
  const older = { ...chat, id: "a", lastMessageAt: "2026-01-01T12:00:00.000Z" };
  const silent = { ...chat, id: "c", lastMessageAt: null, createdAt: "2026-01-03T00:00:00.000Z" };
  const twin = { ...chat, id: "d" };
  expect([older, chat, silent, twin].sort(byActivity).map(({ id }) => id)).toEqual(["c", "d", "b", "a"]);
});
