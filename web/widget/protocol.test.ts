import { expect, test } from "vitest";
import { inkOn, luminance } from "./accent";
import { frameAddress, type Options, optionsOf, windowAddress } from "./options";
import { heardFromFrame, heardFromLauncher, originOf } from "./protocol";
import { wordsOf } from "./words";

const SOURCE = {} as MessageEventSource;
const PEER = { origin: "https://inbox.example", source: SOURCE };
const CHANNEL = "01a22177-07fb-714c-bdfb-903eac20eed7";
const event = (data: unknown, origin = PEER.origin, source: MessageEventSource | null = SOURCE) => ({
  data,
  origin,
  source,
});

test("an origin is one letter by letter", () => {
  for (const good of ["https://shop.example", "http://localhost:8080"]) expect(originOf(good)).toBe(good);
  for (const wrong of [
    "https://shop.example/",
    "https://SHOP.example",
    "shop.example",
    "*",
    "null",
    "file://",
    "",
    null,
  ]) {
    expect(originOf(wrong)).toBeNull();
  }
});

test("the frame is heard, and nobody else", () => {
  const word = { switchboard: "unread", count: 2 };
  expect(heardFromFrame(event(word), PEER)).toEqual(word);
  expect(heardFromFrame(event(word, "https://evil.example"), PEER)).toBeNull();
  expect(heardFromFrame(event(word, "https://inbox.example.evil.example"), PEER)).toBeNull();
  expect(heardFromFrame(event(word, PEER.origin, {} as MessageEventSource), PEER)).toBeNull();
  expect(heardFromFrame(event(word, PEER.origin, null), { ...PEER, source: null })).toBeNull();
});

test("what is not known is not heard", () => {
  for (const data of [null, 1, "unread", [], {}, { switchboard: "shown" }, { switchboard: "unread" }]) {
    expect(heardFromFrame(event(data), PEER)).toBeNull();
  }
  for (const count of [-1, 1.5, Number.NaN, "2", null]) {
    expect(heardFromFrame(event({ switchboard: "unread", count }), PEER)).toBeNull();
  }
  expect(heardFromLauncher(event({ switchboard: "shown" }), PEER)).toEqual({ switchboard: "shown" });
  expect(heardFromLauncher(event({ switchboard: "ready" }), PEER)).toBeNull();
  expect(heardFromLauncher(event({ switchboard: "shown" }, "https://evil.example"), PEER)).toBeNull();
});

test("the tag says what it needs, or what is missing", () => {
  const src = "https://inbox.example/widget.js";
  expect(optionsOf({}, src)).toContain("data-channel is missing");
  expect(optionsOf({ channel: "nonsense" }, src)).toContain("is no channel's id");
  expect(optionsOf({ channel: CHANNEL }, "file:///widget.js")).toContain("http or https");
  const options = optionsOf({ channel: CHANNEL, accent: "red", position: "middle", lang: "ru" }, src) as Options;
  expect(options).toMatchObject({ origin: "https://inbox.example", position: "right", accent: null, lang: "ru" });
  expect(frameAddress({ ...options, accent: "#aa3300" }, "https://shop.example")).toBe(
    `https://inbox.example/webchat/${CHANNEL}?embedded=1&host=https%3A%2F%2Fshop.example&lang=ru&accent=%23aa3300`,
  );
  expect(windowAddress(options)).toBe(`https://inbox.example/webchat/${CHANNEL}?lang=ru`);
});

test("what stands on a colour can be read on it", () => {
  for (let colour = 0; colour < 0x1000000; colour += 0x3f1d) {
    const text = `#${colour.toString(16).padStart(6, "0")}`;
    const [one, other] = [luminance(text), luminance(inkOn(text))].sort() as [number, number];
    expect((other + 0.05) / (one + 0.05)).toBeGreaterThan(4.5);
  }
});

test("counts are said as each language says them", () => {
  expect([1, 2].map((count) => wordsOf(["en"]).unread(count))).toEqual(["1 unread message", "2 unread messages"]);
  expect([1, 3, 5, 21].map((count) => wordsOf(["fr", "ru-RU"]).unread(count))).toEqual([
    "1 непрочитанное сообщение",
    "3 непрочитанных сообщения",
    "5 непрочитанных сообщений",
    "21 непрочитанное сообщение",
  ]);
});
