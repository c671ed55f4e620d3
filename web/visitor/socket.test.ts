import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Socket } from "./socket";

/** A WebSocket whose server is the test. */
class FakeWebSocket {
  static all: FakeWebSocket[] = [];
  static get last(): FakeWebSocket {
    return FakeWebSocket.all.at(-1) as FakeWebSocket;
  }
  readonly url: string;
  readonly sent: string[] = [];
  bufferedAmount = 0;
  closedWith: number | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(url: string) {
    this.url = url;
    FakeWebSocket.all.push(this);
  }

  send(frame: string): void {
    this.sent.push(frame);
  }

  close(code: number): void {
    this.closedWith = code;
  }

  says(...frames: unknown[]): this {
    for (const data of frames) this.onmessage?.({ data });
    return this;
  }
}

const OPEN = '0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":60000,"maxPayload":262144}';
const CONNECTED = '40/chat,{"sid":"c"}';

beforeEach(() => {
  FakeWebSocket.all = [];
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeWebSocket);
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** A socket that was opened, and a log of what its owner was told. */
function opened() {
  const log: unknown[] = [];
  const socket = new Socket("/chat", {
    auth: () => ({ token: "t", cursor: "c" }),
    heard: (event, payload) => log.push([event, payload]),
    lost: () => log.push("lost"),
  });
  socket.open();
  return { socket, log };
}

/** One that is connected. */
function connected() {
  const it = opened();
  return { ...it, web: FakeWebSocket.last.says(OPEN, CONNECTED) };
}

/** Milliseconds until the next try. */
async function untilTheNext(): Promise<number> {
  const [before, began] = [FakeWebSocket.all.length, Date.now()];
  while (FakeWebSocket.all.length === before) await vi.advanceTimersToNextTimerAsync();
  return Date.now() - began;
}

test("dials, enters the namespace with its token and cursor, and hears events in order", () => {
  const { socket, log } = opened();
  const web = FakeWebSocket.last;
  expect(web.url).toMatch(/^ws:\/\/.+\/socket\.io\/\?EIO=4&transport=websocket$/);
  web.says(OPEN);
  expect(web.sent).toEqual(['40/chat,{"token":"t","cursor":"c"}']);
  expect(socket.connected).toBe(false);
  web.says(CONNECTED, '42/chat,["one",{"text":"a,b"}]', '42/chat,["two"]');
  expect(socket.connected).toBe(true);
  expect(log).toEqual([
    ["one", { text: "a,b" }],
    ["two", undefined],
  ]);
});

test("answers pings, and events that want to be acknowledged", () => {
  const { web, log } = connected();
  web.says("2", '42/chat,9["one",1]');
  expect(web.sent.slice(1)).toEqual(["3", "43/chat,9[]"]);
  expect(log).toEqual([["one", 1]]);
});

test("an acknowledgement finds who waits for it", async () => {
  const { socket, web } = connected();
  const [one, two] = [socket.ask("read", { id: 1 }), socket.ask("read", { id: 2 })];
  expect(web.sent.slice(1)).toEqual(['42/chat,1["read",{"id":1}]', '42/chat,2["read",{"id":2}]']);
  web.says('43/chat,2[{"status":"second"}]', '43/chat,1[{"status":"first"}]', "43/chat,7[]");
  expect(await one).toEqual({ status: "first" });
  expect(await two).toEqual({ status: "second" });
});

test("who waits for an acknowledgement that never comes hears so: late, cut off, or one too many", async () => {
  const { socket, web } = connected();
  const late = expect(socket.ask("read", 1)).rejects.toThrow("not acknowledged");
  await vi.advanceTimersByTimeAsync(10_000);
  await late;
  const asked = Array.from({ length: 32 }, () => expect(socket.ask("read", 1)).rejects.toThrow("not acknowledged"));
  await expect(socket.ask("read", 1)).rejects.toThrow("no connection");
  web.onclose?.();
  await Promise.all(asked);
  await expect(socket.ask("read", 1)).rejects.toThrow("no connection");
});

test.each([
  ["no packet", "hello"],
  ["nothing", ""],
  ["binary", new ArrayBuffer(1)],
  ["a packet of bytes", '451-/chat,["one",{"_placeholder":true,"num":0}]'],
  ["broken JSON", '42/chat,["one",'],
  ["an event without a name", "42/chat,[1]"],
  ["an event that is no list", '42/chat,{"0":"one"}'],
  ["an acknowledgement of nothing", "43/chat,[1]"],
  ["another namespace", '42/other,["one"]'],
  ["the namespace of all", '42["one"]'],
  ["a handshake without a rhythm", '0{"sid":"s"}'],
  ["a handshake of nothing", "0null"],
  ["a handshake without an end", '0{"pingInterval":25000,"pingTimeout":1e12}'],
  ["more than anybody says", `42/chat,["one","${"x".repeat(1024 * 1024)}"]`],
])("%s closes the connection, and it is dialled again", async (_, frame) => {
  const { socket, web, log } = connected();
  web.says(frame);
  expect(web.closedWith).toBe(4002);
  expect(socket.connected).toBe(false);
  expect(log).toEqual(["lost"]);
  await untilTheNext();
  expect(FakeWebSocket.all).toHaveLength(2);
});

test("a server that is silent longer than it said is lost, one that pings is not", async () => {
  const { web, log } = connected();
  for (let pings = 0; pings < 5; pings++) {
    await vi.advanceTimersByTimeAsync(84_000);
    web.says("2");
  }
  expect(web.closedWith).toBeNull();
  await vi.advanceTimersByTimeAsync(85_000);
  expect(web.closedWith).toBe(4000);
  expect(log).toEqual(["lost"]);
});

test("a namespace that does not answer is given up, however much else is said", async () => {
  opened();
  const web = FakeWebSocket.last.says(OPEN);
  await vi.advanceTimersByTimeAsync(5_000);
  web.says("2", "6");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(web.closedWith).toBe(4000);
});

test.each([["1"], ["41/chat,"], ['44/chat,{"message":"later"}']])("%s ends the connection", (frame) => {
  const { web, log } = connected();
  web.says(frame);
  expect(web.closedWith).toBe(1000);
  expect(log).toEqual(["lost"]);
});

test("pauses double up to fifteen seconds, and begin small again after a connection that lasted", async () => {
  const { web } = connected();
  web.onclose?.();
  const pauses: number[] = [];
  for (let tries = 0; tries < 6; tries++) {
    pauses.push(await untilTheNext());
    // one that is cut at once is no success
    if (tries === 2) FakeWebSocket.last.says(OPEN, CONNECTED);
    FakeWebSocket.last.onclose?.();
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  await untilTheNext();
  FakeWebSocket.last.says(OPEN, CONNECTED);
  await vi.advanceTimersByTimeAsync(10_000);
  FakeWebSocket.last.onclose?.();
  expect(await untilTheNext()).toBe(1_000);
});

test("pauses of many visitors spread by half their length", async () => {
  for (const [random, pauseMs] of [
    [0, 750],
    [1, 1_250],
  ] as const) {
    vi.spyOn(Math, "random").mockReturnValue(random);
    const { socket, web } = connected();
    web.onclose?.();
    expect(await untilTheNext()).toBe(pauseMs);
    socket.close();
  }
});

test("where no WebSocket ever comes about it is tried once a minute", async () => {
  opened();
  const pauses: number[] = [];
  for (let tries = 0; tries < 3; tries++) {
    FakeWebSocket.last.onclose?.();
    pauses.push(await untilTheNext());
  }
  expect(pauses).toEqual([1_000, 60_000, 60_000]);
});

test("a browser that refuses to open one is no end", async () => {
  vi.stubGlobal("WebSocket", () => {
    throw new DOMException("denied", "SecurityError");
  });
  const { log } = opened();
  expect(log).toEqual(["lost"]);
  vi.stubGlobal("WebSocket", FakeWebSocket);
  await untilTheNext();
  FakeWebSocket.last.says(OPEN, CONNECTED, '42/chat,["one",1]');
  expect(log).toEqual(["lost", ["one", 1]]);
});

test("hurrying ends a pause, leaves what is being dialled or lives, and drops what fell silent in a sleep", () => {
  const { socket } = opened();
  socket.hurry();
  expect(FakeWebSocket.all).toHaveLength(1);
  FakeWebSocket.last.onclose?.();
  socket.hurry();
  expect(FakeWebSocket.all).toHaveLength(2);
  const asleep = FakeWebSocket.last.says(OPEN, CONNECTED);
  socket.hurry();
  expect(FakeWebSocket.all).toHaveLength(2);
  vi.setSystemTime(Date.now() + 90_000);
  socket.hurry();
  expect(asleep.closedWith).toBe(4000);
  expect(FakeWebSocket.all).toHaveLength(3);
});

test("one that was closed stays closed, whoever hurries, and hears no more of it", async () => {
  const { socket, web, log } = connected();
  socket.close();
  expect(web.closedWith).toBe(1000);
  web.says('42/chat,["one",1]');
  socket.hurry();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(FakeWebSocket.all).toHaveLength(1);
  expect(log).toEqual(["lost"]);
});

test("what passes is said while connected alone, and never piles up", () => {
  const { socket } = opened();
  socket.say("typing", true);
  const web = FakeWebSocket.last.says(OPEN, CONNECTED);
  socket.say("typing", true);
  expect(web.sent.slice(1)).toEqual(['42/chat,["typing",true]']);
  web.bufferedAmount = 64 * 1024 + 1;
  socket.say("typing", false);
  expect(web.sent).toHaveLength(2);
  expect(web.closedWith).toBe(4000);
});
