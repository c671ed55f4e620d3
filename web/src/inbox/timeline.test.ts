// Messages of a chat: statuses only rise, and an answer that was late hides nothing that was told meanwhile.
import { beforeEach, expect, test, vi } from "vitest";
import type { Message, MessageStatus } from "../api/types";
import { random } from "../test/model";
import { forgetChat, forgetTimelines, keepMessage, raiseStatus, timelineOf } from "./timeline";

const server = vi.hoisted(() => ({ answer: (_page: unknown) => {} }));

vi.mock("../api/http", () => ({
  api: { GET: () => new Promise((answer) => (server.answer = answer)) },
  ask: (call: Promise<unknown>) => call,
}));

const message = (id: string, status: MessageStatus = "queued") =>
  ({
    id,
    chatId: "c",
    fromMe: true,
    content: id,
    status,
    createdAt: `2026-01-01T00:00:00.00${id}Z`,
    error: null,
  }) as unknown as Message;
const later = () => new Promise((done) => setTimeout(done, 0));
const statuses = () =>
  timelineOf("c")
    .get()
    .messages.map(({ status }) => status);

async function open(...items: Message[]): Promise<void> {
  timelineOf("c");
  await later();
  server.answer({ items, nextCursor: null });
  await later();
}

beforeEach(() => forgetChat("c"));

test("whatever order a network reports in, a message ends at the highest status", async () => {
  const told: MessageStatus[] = ["sent", "delivered", "read"];
  for (let seed = 1; seed <= 50; seed++) {
    const { below } = random(seed);
    await open(message("1"));
    const order = told.map((status) => ({ status, at: below(1_000) })).sort((a, b) => a.at - b.at);
    for (const { status } of order) raiseStatus("c", "1", status, null, "2026-01-01T00:00:01.000Z");
    expect(statuses()).toEqual(["read"]);
    forgetChat("c");
  }
});

test("a message that failed is delivered on proof, and one that was delivered does not fail", async () => {
  await open(message("1", "sent"));
  raiseStatus("c", "1", "failed", { code: "131047", message: "late" }, "2026-01-01T00:00:01.000Z");
  expect(statuses()).toEqual(["failed"]);
  raiseStatus("c", "1", "delivered", null, "2026-01-01T00:00:02.000Z");
  raiseStatus("c", "1", "failed", { code: "131047", message: "late" }, "2026-01-01T00:00:03.000Z");
  expect(statuses()).toEqual(["delivered"]);
});

test("an older copy of a message lowers nothing, and the same message is there once", async () => {
  await open(message("1", "sent"));
  raiseStatus("c", "1", "read", null, "2026-01-01T00:00:01.000Z");
  keepMessage(message("1", "sent"));
  keepMessage(message("2"));
  keepMessage(message("2"));
  expect(statuses()).toEqual(["read", "queued"]);
});

test("the answer to a send that comes after its failure does not hide it; sending again begins anew", async () => {
  await open(message("1"));
  raiseStatus("c", "1", "failed", { code: "131026", message: "undeliverable" }, "2026-01-01T00:00:01.000Z");
  keepMessage(message("1"));
  expect(timelineOf("c").get().messages[0]).toMatchObject({ status: "failed", error: { code: "131026" } });
  raiseStatus("c", "1", "queued", null, "2026-01-01T00:00:02.000Z");
  expect(statuses()).toEqual(["queued"]);
});

test("whoever signs in next finds no messages of the session before", async () => {
  await open(message("1"));
  forgetTimelines();
  expect(timelineOf("c").get()).toMatchObject({ messages: [], state: "loading" });
});
