// Which messages call an operator, and what is kept of the choice.
import { beforeEach, expect, test, vi } from "vitest";
import type { Message } from "../api/types";

vi.mock("../api/session", async () => {
  const { createStore } = await import("../live/store");
  return { session: createStore<{ user: { id: string } } | null>({ user: { id: "me" } }) };
});
const { attention, concerns } = await import("./attention");
const { session } = await import("../api/session");

const said: Pick<Message, "fromMe" | "private" | "type"> = { fromMe: false, private: false, type: "text" };
const chat = (assignedUserId: string | null, unreadCount = 1) => ({ assignedUserId, unreadCount });

beforeEach(() => localStorage.clear());

test("a customer's message in a chat of one's own or nobody's calls, in a colleague's it does not", () => {
  expect(concerns("all", chat("me"), said, "me")).toBe(true);
  expect(concerns("all", chat(null), said, "me")).toBe(true);
  expect(concerns("all", chat("bob"), said, "me")).toBe(false);
});

test("whoever asked for their own chats hears of those alone, and who asked for none of none", () => {
  expect(concerns("mine", chat("me"), said, "me")).toBe(true);
  expect(concerns("mine", chat(null), said, "me")).toBe(false);
  expect(concerns("none", chat("me"), said, "me")).toBe(false);
});

test("answers, notes and what raises no unread call nobody", () => {
  expect(concerns("all", chat("me"), { ...said, fromMe: true }, "me")).toBe(false);
  expect(concerns("all", chat("me"), { ...said, private: true }, "me")).toBe(false);
  expect(concerns("all", chat("me", 0), said, "me")).toBe(false);
});

test("the choice is kept for each user", () => {
  attention.setAbout("mine");
  attention.setSound(false);
  session.set({ user: { id: "bob" } } as never);
  expect(attention.get()).toEqual({ sound: true, desktop: false, about: "all" });
  session.set({ user: { id: "me" } } as never);
  expect(attention.get()).toEqual({ sound: false, desktop: false, about: "mine" });
});
