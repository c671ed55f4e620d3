// Lists of chats against a model of the server: whatever order answers and events come in, they end as a fresh list would be.
import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Chat, Message } from "../api/types";
import { listen } from "../live/apply";
import { Model, random } from "../test/model";
import { chats } from "./chats";
import { type ChatFilter, matches } from "./filter";
import { forgetLists, reloadLists, useChatList } from "./lists";

const wire = vi.hoisted(() => ({
  hear: (_name: string, _payload: unknown) => {},
  asked: [] as { answer: () => void }[],
  get: (_path: string, _params: Record<string, unknown>): unknown => null,
}));

vi.mock("../live/connection", async () => {
  const { createStore } = await import("../live/store");
  return {
    connection: createStore({ state: "live", since: 0 }),
    onConnected: () => () => {},
    say: async () => null,
    onEvent: (hear: (name: string, payload: unknown) => void) => {
      wire.hear = hear;
      return () => {};
    },
  };
});

vi.mock("../api/http", () => {
  // what is answered is what was true when it was asked
  const GET = (path: string, { params }: { params: Record<string, unknown> }) => {
    const found = structuredClone(wire.get(path, params));
    return new Promise((done) => wire.asked.push({ answer: () => done(found) }));
  };
  const ask = async (call: Promise<unknown>) => {
    const found = await call;
    if (!found) throw new Error("not found");
    return found;
  };
  return { api: { GET }, ask, call: ask };
});

vi.mock("../api/session", async () => {
  const { createStore } = await import("../live/store");
  return { session: createStore({ user: { id: "me" } }) };
});

let stop = () => {};
beforeEach(() => {
  stop = listen();
  wire.asked = [];
});
afterEach(() => {
  stop();
  forgetLists();
});

const settle = () => act(async () => void (await new Promise((done) => setTimeout(done, 0))));

const FILTERS: ChatFilter[] = [
  {},
  { status: ["open", "pending", "snoozed"] },
  { status: ["resolved"] },
  { assignedTo: "me" },
  { assignedTo: "none", unread: true },
  { label: "refund" },
  { channel: "telegram" },
];

for (const filter of FILTERS) {
  test(`events over an old state end as a fresh list: ${JSON.stringify(filter)}`, async () => {
    for (let seed = 1; seed <= 25; seed++) await play(filter, seed);
  });
}

async function play(filter: ChatFilter, seed: number): Promise<void> {
  const { below, chance } = random(seed);
  const model = new Model(random(seed * 7919));
  wire.get = (path, params) => model.get(path, params);
  for (let made = 0; made < 70; made++) model.step();
  // what happened before this page was opened it is not told
  model.told.length = 0;
  const { result, unmount } = renderHook(() => useChatList(filter));
  const deliver = (count: number) =>
    act(() => {
      for (const { name, payload } of model.told.splice(0, count)) wire.hear(name, payload);
    });
  const answer = async (at: number) => {
    wire.asked.splice(at, 1)[0]?.answer();
    await settle();
  };
  for (let step = 0; step < 60; step++) {
    model.step();
    if (chance(0.6)) deliver(below(4));
    if (wire.asked.length > 0 && chance(0.4)) await answer(below(wire.asked.length));
    if (chance(0.15)) act(() => result.current.more());
    if (chance(0.02)) act(() => reloadLists());
  }
  while (model.told.length > 0 || wire.asked.length > 0) {
    deliver(model.told.length);
    await answer(0);
  }
  const belonging = model.sorted().filter((chat) => matches(filter, chat, "me"));
  const { ids, nextCursor, state } = result.current;
  const where = `seed ${seed}`;
  expect(state, where).toBe("ready");
  expect(ids, where).toEqual(belonging.slice(0, nextCursor ? ids.length : undefined).map((chat) => chat.id));
  expect(ids.length, where).toBeGreaterThanOrEqual(Math.min(belonging.length, 1));
  for (const id of ids) expect(chats.get(id), where).toEqual(model.chats.get(id));
  unmount();
  forgetLists();
}

test("an event told twice changes nothing more", async () => {
  const model = new Model(random(5));
  wire.get = (path, params) => model.get(path, params);
  renderHook(() => useChatList({}));
  await settle();
  wire.asked.shift()?.answer();
  await settle();
  for (let made = 0; made < 200; made++) model.step();
  const said = (name: string) => name.startsWith("message:");
  for (const { name, payload } of model.told) {
    wire.hear(name, payload);
    if (said(name)) wire.hear(name, payload);
  }
  while (wire.asked.length > 0) {
    wire.asked.shift()?.answer();
    await settle();
  }
  for (const chat of model.sorted()) expect(chats.get(chat.id)).toEqual(chat);
});

test("a search keeps what it found and takes in nothing by itself", async () => {
  const model = new Model(random(9));
  for (let made = 0; made < 30; made++) model.step();
  model.told.length = 0;
  wire.get = (path, params) => model.get(path, params);
  const { result } = renderHook(() => useChatList({ q: "anything" }));
  await settle();
  wire.asked.shift()?.answer();
  await settle();
  const found = [...result.current.ids].sort();
  const made: Partial<Chat> = { id: "9".repeat(36) };
  act(() => wire.hear("chat:new", { ...model.sorted()[0], ...made } as Chat));
  for (let step = 0; step < 40; step++) model.message({} as Partial<Message>);
  act(() => {
    for (const { name, payload } of model.told) if (name === "message:new") wire.hear(name, payload);
  });
  expect([...result.current.ids].sort()).toEqual(found);
});

test("a chat that fits again above where the loaded page ended is there, also after the page's last line moved up", async () => {
  const at = (minute: number) => new Date(1_700_000_000_000 - minute * 60_000).toISOString();
  const made = (id: string, minute: number, status: string) =>
    ({
      id,
      status,
      lastMessageAt: at(minute),
      createdAt: at(99),
      unreadCount: 0,
      labels: [],
      contact: { id },
    }) as unknown as Chat;
  const [first, hidden, last] = [made("a", 1, "open"), made("b", 2, "resolved"), made("c", 3, "open")] as const;
  wire.get = () => ({ items: [first, last], nextCursor: "next" });
  const { result } = renderHook(() => useChatList({ status: ["open"] }));
  await settle();
  wire.asked.shift()?.answer();
  await settle();
  act(() => wire.hear("chat:updated", { ...last, lastMessageAt: at(0) }));
  act(() => wire.hear("chat:updated", { ...hidden, status: "open" }));
  act(() => wire.hear("chat:updated", made("d", 4, "open")));
  expect(result.current.ids).toEqual(["c", "a", "b"]);
});
