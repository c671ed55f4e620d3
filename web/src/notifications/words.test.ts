import { expect, it } from "vitest";
import type { Notification } from "../api/types";
import { kindOf, targetOf, titleOf } from "./words";

const told = (part: object) =>
  ({
    id: "1",
    type: "chat_assigned",
    title: "A chat was assigned to you",
    body: "",
    data: {},
    ...part,
  }) as Notification;
const t = (key: string, values?: Record<string, string>) => [key, ...Object.values(values ?? {})].join(" ");
const ID = "01a22177-07fb-714c-bdfb-903eac20eed7";

it("says who gave a chat where that is a colleague, else what the server says", () => {
  const nameOf = (id: string) => (id === ID ? "Ann" : undefined);
  expect(titleOf(told({ data: { assignedBy: ID } }), t, nameOf)).toBe("title.chat_assigned Ann");
  expect(titleOf(told({ data: { assignedBy: null } }), t, nameOf)).toBe("A chat was assigned to you");
  expect(titleOf(told({ type: "mention", data: { mentionedBy: ID } }), t, nameOf)).toBe("A chat was assigned to you");
});

it("has no word for a type of a later version", () => {
  expect([kindOf(told({}), t), kindOf(told({ type: "moon_landing" }), t)]).toEqual(["type.chat_assigned", null]);
});

it("follows ids only, in either spelling, and nothing else that a program may have written", () => {
  expect(targetOf(told({ data: { chatId: ID, message_id: ID } }))).toEqual({ chatId: ID, messageId: ID });
  expect(targetOf(told({ data: { chatId: "../../settings", channelId: 7 } }))).toEqual({});
  expect(targetOf(told({ data: null }))).toEqual({});
});
