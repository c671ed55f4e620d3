import { expect, it } from "vitest";
import type { Ticket } from "../api/types";
import { asked, belongs } from "./filter";

const ticket = (part: Partial<Ticket>) =>
  ({ id: "t", status: "open", chatId: null, assignedUserId: null, ...part }) as Ticket;

it("asks for what is to be done unless told otherwise", () => {
  expect(asked({})).toMatchObject({ status: "open,in_progress" });
  expect(asked({ state: "closed", q: "#7" })).toMatchObject({ status: "closed", q: "#7" });
  expect(asked({ state: "all" }).status).toBeUndefined();
});

it("knows where a changed ticket belongs, and where only the server does", () => {
  expect(belongs({}, ticket({}))).toBe(true);
  expect(belongs({}, ticket({ status: "resolved" }))).toBe(false);
  expect(belongs({ state: "all" }, ticket({ status: "closed" }))).toBe(true);
  expect(belongs({ assignedTo: "none" }, ticket({ assignedUserId: "u" }))).toBe(false);
  expect(belongs({ assignedTo: "u" }, ticket({ assignedUserId: "u" }))).toBe(true);
  expect(belongs({ assignedTo: "u" }, ticket({}))).toBe(false);
  expect(belongs({ chatId: "c" }, ticket({}))).toBe(false);
  expect(belongs({ q: "x" }, ticket({}))).toBeNull();
  expect(belongs({ q: "x" }, ticket({ status: "closed" }))).toBe(false);
});
