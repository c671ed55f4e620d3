// How far a list has to be scrolled so that what was in sight stays in sight.
import { expect, test } from "vitest";
import { shiftOf } from "./rows";

const ids = "abcdefghij".split("");

test("what came above moves the rest down by as many rows", () => {
  expect(shiftOf(ids, ["x", "y", ...ids], 4, 3)).toBe(2);
});

test("a row in sight that goes to the top takes the others along by one, not by its own way", () => {
  expect(shiftOf(ids, ["f", ...ids.filter((id) => id !== "f")], 4, 5)).toBe(0);
  expect(shiftOf(ids, ["j", ...ids.filter((id) => id !== "j")], 4, 3)).toBe(1);
});

test("rows that left above move the rest up, and a list of others moves nothing", () => {
  expect(shiftOf(ids, ids.slice(2), 4, 3)).toBe(-2);
  expect(shiftOf(ids, ["x", "y"], 4, 3)).toBe(0);
});
