import { beforeEach, expect, test } from "vitest";
import { Refused } from "./api";
import { Courier } from "./courier";
import { Kept } from "./kept";
import type { Message } from "./message";
import { Queue, type Waiting } from "./queue";

beforeEach(() => localStorage.clear());

/** A queue of texts and a courier whose server answers by a script: an error, or a success where there is none left. */
function carry(texts: string[], script: unknown[]) {
  const queue = new Queue(new Kept("c", localStorage), 0);
  for (const text of texts) queue.add(text, [], 0);
  const log: string[] = [];
  const keys: string[] = [];
  const courier = new Courier(queue, {
    send: async (entry: Waiting) => {
      keys.push(entry.key);
      const error = script.shift();
      if (error) throw error;
      return { id: entry.content } as Message;
    },
    sent: (_, { id }) => log.push(id),
    expired: () => log.push("expired"),
    changed: () => {},
    pause: async (ms) => void log.push(`pause ${ms}`),
  });
  return { queue, courier, log, keys };
}

test("carries all, one after another", async () => {
  const { queue, courier, log } = carry(["one", "two", "three"], []);
  await courier.kick();
  expect(log).toEqual(["one", "two", "three"]);
  expect(queue.all()).toEqual([]);
});

test("tries again under the same key where nobody answered, and overtakes nothing", async () => {
  const down = new TypeError("no network");
  const { courier, log, keys } = carry(["one", "two"], [down, new Refused(503, null, null), null]);
  await courier.kick();
  expect(log).toEqual(["pause 1000", "pause 2000", "one", "two"]);
  expect(new Set(keys.slice(0, 3)).size).toBe(1);
});

test("waits as long as the server asks for", async () => {
  const { courier, log } = carry(["one"], [new Refused(429, "7", null)]);
  await courier.kick();
  expect(log).toEqual(["pause 7000", "one"]);
});

test("marks what is refused for good and goes on with the next", async () => {
  const { queue, courier, log } = carry(["long", "fine"], [new Refused(413, null, { code: "MESSAGE_TOO_LARGE" })]);
  await courier.kick();
  expect(log).toEqual(["fine"]);
  expect(queue.all()).toMatchObject([{ content: "long", failed: "tooLong" }]);
});

test.each([new Refused(401, null, { code: "UNAUTHORIZED" }), new Refused(404, null, { code: "CHAT_NOT_FOUND" })])(
  "keeps the message where the session is over, until there is another",
  async (error) => {
    const { queue, courier, log } = carry(["one"], [error]);
    await courier.kick();
    expect(log).toEqual(["expired"]);
    expect(queue.next()?.content).toBe("one");
    await courier.kick();
    expect(log).toEqual(["expired", "one"]);
  },
);

test("carries nothing while the way is closed", async () => {
  const { queue, courier, log } = carry(["one"], []);
  const under = courier.kick();
  courier.halt();
  await under;
  queue.add("two", [], 0);
  expect(log).toEqual(["one"]);
  expect(queue.next()?.content).toBe("two");
});
