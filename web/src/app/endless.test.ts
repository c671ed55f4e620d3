import { type InfiniteData, QueryClient } from "@tanstack/react-query";
import { beforeEach, expect, it } from "vitest";
import type { Page } from "../api/types";
import { keepCache } from "../live/cache";
import { placeInLists, queryOf } from "./endless";

interface Item {
  id: string;
  text: string;
}
const client = new QueryClient();
const item = (id: string, text = id): Item => ({ id, text });
const shown = (key: string) =>
  client
    .getQueryData<InfiniteData<Page<Item>>>(["list", key])
    ?.pages.map((page) => page.items.map(({ text }) => text).join());

beforeEach(() => {
  keepCache(client);
  for (const key of ["open", "closed"]) {
    const pages = [
      { items: [item("3"), item("2")], nextCursor: "x" },
      { items: [item("1")], nextCursor: null },
    ];
    client.setQueryData(["list", key], { pages, pageParams: [null, "x"] });
  }
});

it("puts a new item at the top of the lists it belongs to", () => {
  placeInLists(["list"], item("4"), ([, key]) => key === "open");
  expect([shown("open"), shown("closed")]).toEqual([
    ["4,3,2", "1"],
    ["3,2", "1"],
  ]);
});

it("changes an item in its place, and takes it out where it belongs no longer", () => {
  placeInLists(["list"], item("1", "one"), ([, key]) => key === "open");
  expect([shown("open"), shown("closed")]).toEqual([
    ["3,2", "one"],
    ["3,2", ""],
  ]);
});

it("leaves to the server what only the server knows: a known item stays, a new one does not come", () => {
  placeInLists(["list"], item("2", "two"), () => null);
  placeInLists(["list"], item("5"), () => null);
  expect(shown("open")).toEqual(["3,two", "1"]);
});

it("asks only for what is set", () => {
  expect(queryOf({ q: "a b", none: undefined, empty: "", no: null })).toBe("?q=a+b");
  expect(queryOf({})).toBe("");
});
