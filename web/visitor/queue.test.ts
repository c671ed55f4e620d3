import { beforeEach, expect, test } from "vitest";
import { Kept } from "./kept";
import { Queue } from "./queue";

const NOW = Date.UTC(2026, 10, 28);
const contents = (queue: Queue) => queue.all().map(({ content }) => content);

beforeEach(() => localStorage.clear());

test("keeps the order of writing, also where the clock stands still or goes back", () => {
  const queue = new Queue(new Kept("c", localStorage), NOW);
  for (const [content, now] of [
    ["one", NOW],
    ["two", NOW],
    ["three", NOW - 5_000],
  ] as const) {
    queue.add(content, [], now);
  }
  expect(contents(new Queue(new Kept("c", localStorage), NOW))).toEqual(["one", "two", "three"]);
});

test("what is done is gone, what was refused stays and is passed over", () => {
  const kept = new Kept("c", localStorage);
  const queue = new Queue(kept, NOW);
  const [one, two] = [queue.add("one", [], NOW), queue.add("two", [], NOW)];
  queue.refuse(one.key, "tooLong");
  expect(queue.next()?.key).toBe(two.key);
  queue.done(two.key);
  expect(queue.next()).toBeNull();
  const again = new Queue(new Kept("c", localStorage), NOW);
  expect(again.all()).toMatchObject([{ content: "one", failed: "tooLong" }]);
  again.retry(one.key);
  expect(again.next()?.key).toBe(one.key);
});

test("two tabs do not lose each other's entries", () => {
  const [here, there] = [0, 1].map(() => new Queue(new Kept("c", localStorage), NOW)) as [Queue, Queue];
  here.add("here", [], NOW);
  there.add("there", [], NOW + 1);
  expect(contents(new Queue(new Kept("c", localStorage), NOW))).toEqual(["here", "there"]);
});

test("channels are apart", () => {
  new Queue(new Kept("c", localStorage), NOW).add("mine", [], NOW);
  expect(new Queue(new Kept("d", localStorage), NOW).all()).toEqual([]);
});

test("one that may have arrived a day ago is left to the visitor, one that never left is sent", () => {
  const queue = new Queue(new Kept("c", localStorage), NOW);
  const tried = queue.add("tried", [], NOW);
  queue.trying(tried.key);
  queue.add("never left", [], NOW);
  const later = new Queue(new Kept("c", localStorage), NOW + 24 * 60 * 60 * 1000);
  expect(later.all().map(({ failed }) => failed)).toEqual(["stale", null]);
  expect(later.next()?.content).toBe("never left");
});

test("what something else left in the storage is thrown away", () => {
  localStorage.setItem("switchboard.c.waiting.0", "{broken");
  localStorage.setItem("switchboard.c.waiting.1", '{"key":1}');
  expect(new Queue(new Kept("c", localStorage), NOW).all()).toEqual([]);
  expect(localStorage.length).toBe(0);
});

test("a full or forbidden storage leaves the memory", () => {
  const storage = new Proxy({} as Storage, {
    get() {
      throw new DOMException("full", "QuotaExceededError");
    },
  });
  const kept = new Kept("c", storage);
  const queue = new Queue(kept, NOW);
  queue.add("one", [], NOW);
  kept.set("draft", "two");
  expect(contents(new Queue(kept, NOW))).toEqual(["one"]);
  expect(kept.get("draft")).toBe("two");
});
