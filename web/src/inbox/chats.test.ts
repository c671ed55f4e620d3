// Changes of a chat: seen at once, sent one after the other, taken back where they are refused.
import { beforeEach, expect, test, vi } from "vitest";
import type { Chat } from "../api/types";
import { changeChat, chats, tellChat } from "./chats";

const server = vi.hoisted(() => ({
  sent: [] as { body: object; answer: (chat: unknown) => void }[],
  chat: {} as object,
}));

vi.mock("../api/http", () => ({
  api: {
    GET: async () => server.chat,
    PATCH: (_path: string, { body }: { body: object }) => new Promise((answer) => server.sent.push({ body, answer })),
  },
  ask: async (call: Promise<unknown>) => {
    const found = await call;
    if (found instanceof Error) throw found;
    return found;
  },
}));

const chat = {
  id: "c",
  labels: [],
  status: "open",
  createdAt: "2026-01-01T00:00:00.000Z",
  lastMessage: null,
} as unknown as Chat;
const later = () => new Promise((done) => setTimeout(done, 0));

beforeEach(() => {
  server.sent = [];
  server.chat = chat;
  chats.clear();
  chats.put([chat]);
});

test("two quick changes are both seen at once, and reach the server in the order in which they were made", async () => {
  const both = [changeChat("c", { labels: ["a"] }), changeChat("c", { labels: ["a", "b"] })];
  expect(chats.get("c")?.labels).toEqual(["a", "b"]);
  await later();
  expect(server.sent.map(({ body }) => body)).toEqual([{ labels: ["a"] }]);
  server.sent[0]?.answer({ ...chat, labels: ["a"] });
  await later();
  expect(chats.get("c")?.labels).toEqual(["a", "b"]);
  tellChat({ ...chat, labels: ["a"] });
  expect(chats.get("c")?.labels).toEqual(["a", "b"]);
  server.sent[1]?.answer({ ...chat, labels: ["a", "b"] });
  await Promise.all(both);
  tellChat({ ...chat, labels: ["c"] });
  expect(chats.get("c")?.labels).toEqual(["c"]);
});

test("a refused change is taken back, is said to who made it, and stops no later one", async () => {
  const refused = changeChat("c", { status: "resolved" });
  const next = changeChat("c", { labels: ["a"] });
  expect(chats.get("c")?.status).toBe("resolved");
  await later();
  server.sent[0]?.answer(new Error("no"));
  await expect(refused).rejects.toThrow("no");
  await later();
  server.sent[1]?.answer({ ...chat, labels: ["a"] });
  await next;
  expect(chats.get("c")).toMatchObject({ status: "open", labels: ["a"] });
});
