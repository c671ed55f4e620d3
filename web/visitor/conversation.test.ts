import { expect, test } from "vitest";
import { Conversation } from "./conversation";
import type { Message, ToldMessage } from "./message";

const US = "contact";

function message(id: string, change: Partial<Message> = {}): Message {
  return {
    id,
    attachments: [],
    channel: "webchat",
    channelId: "c",
    chatId: "x",
    content: id,
    createdAt: "2026-11-28T10:00:00.000Z",
    fromMe: true,
    metadata: {},
    organizationId: "o",
    private: false,
    provider: "webchat",
    reactions: [],
    status: "sent",
    type: "text",
    ...change,
  };
}

function told(id: string, change: Partial<ToldMessage> = {}): ToldMessage {
  const sender = { sender_id: "user", sender_name: "Ann", sender_avatar: null };
  const common = { chat_id: "x", content: id, created_at: "2026-11-28T10:00:00.000Z", metadata: {} };
  return { id, ...common, ...sender, status: "sent", type: "text", event_id: `e${id}`, cursor: "", ...change };
}

const ids = (conversation: Conversation) => conversation.list().map(({ id }) => id);

test("history, live news and repeats of both are one list in one order", () => {
  const conversation = new Conversation(US);
  conversation.hear(told("3"));
  for (const id of ["2", "1", "3"]) conversation.take(message(id));
  conversation.hear(told("2"));
  expect(ids(conversation)).toEqual(["1", "2", "3"]);
});

test("an event is news once", () => {
  const conversation = new Conversation(US);
  expect([conversation.isNews("e"), conversation.isNews("e"), conversation.isNews("f")]).toEqual([true, false, true]);
});

test("a told message keeps what only the whole one says", () => {
  const conversation = new Conversation(US);
  conversation.take(message("1", { replyToId: "0", content: "old" }));
  conversation.hear(told("1", { content: "new", edited_at: "2026-11-28T10:01:00.000Z" }));
  expect(conversation.find("1")).toMatchObject({ content: "new", replyToId: "0", fromMe: true });
});

test("a file is shown when it is whole: a told one has no size", () => {
  const conversation = new Conversation(US);
  const photo = told("1", { type: "photo", content: "https://x/api/media/1" });
  expect(conversation.hear(photo)).toBe(false);
  expect(ids(conversation)).toEqual([]);
  conversation.take(message("1", { type: "image", content: "caption" }));
  expect(conversation.hear(photo)).toBe(true);
  expect(conversation.find("1")).toMatchObject({ type: "image", content: "caption" });
});

test("no status goes back", () => {
  const conversation = new Conversation(US);
  conversation.take(message("1", { status: "read" }));
  conversation.rise("1", "delivered");
  conversation.take(message("1", { status: "sent" }));
  expect(conversation.find("1")?.status).toBe("read");
});

test("own messages are sent, delivered and read", () => {
  const conversation = new Conversation(US);
  const own = message("1", { fromMe: false, status: "received" });
  conversation.takeAcknowledged(own);
  expect(conversation.tick(own)).toBe("sent");
  conversation.take(own);
  expect(conversation.tick(own)).toBe("delivered");
  conversation.read("2", "user");
  expect(conversation.tick(own)).toBe("read");
  const later = message("3", { fromMe: false });
  conversation.takeAcknowledged(later);
  expect(conversation.tick(later)).toBe("sent");
});

test("after a reload the team's count says what it has read", () => {
  const conversation = new Conversation(US);
  const own = ["1", "3", "5"].map((id) => message(id, { fromMe: false, status: "received" }));
  for (const one of [...own, message("2"), message("4")]) conversation.take(one);
  conversation.readAllBut(1);
  expect(own.map((one) => conversation.tick(one))).toEqual(["read", "read", "delivered"]);
});

test("unread are answers that were not read here or in another tab", () => {
  const conversation = new Conversation(US);
  for (const one of [
    message("1", { status: "read" }),
    message("2"),
    message("3", { type: "system" }),
    message("4", { deletedAt: "2026-11-28T10:00:00.000Z" }),
    message("5", { fromMe: false }),
    message("6"),
  ]) {
    conversation.take(one);
  }
  expect(conversation.unread().map(({ id }) => id)).toEqual(["2", "6"]);
  conversation.read("2", US);
  expect(conversation.unread().map(({ id }) => id)).toEqual(["6"]);
});
