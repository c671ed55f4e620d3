import { expect, test } from "vitest";
import { HOSTILE } from "../e2e/support/hostile";
import { cleaned, isEmojiAlone, linkify, safeHref } from "./text";

const links = (text: string) => linkify(text).filter(({ href }) => href);

test.each([
  ["see https://shop.example/a?b=c#d now", "https://shop.example/a?b=c#d", "https://shop.example/a?b=c#d"],
  ["(https://shop.example/a_(b)).", "https://shop.example/a_(b)", "https://shop.example/a_(b)"],
  ["www.shop.example, or so", "www.shop.example", "https://www.shop.example/"],
  ["write to ann@shop.example!", "ann@shop.example", "mailto:ann@shop.example"],
  ["mailto:ann@shop.example", "mailto:ann@shop.example", "mailto:ann@shop.example"],
  ["call tel:+4930123456", "tel:+4930123456", "tel:+4930123456"],
  ["HTTPS://SHOP.example/Ä", "HTTPS://SHOP.example/Ä", "https://shop.example/%C3%84"],
  ["**https://shop.example**", "https://shop.example", "https://shop.example/"],
])("%s leads to one address", (text, written, href) => {
  expect(links(text)).toEqual([{ text: written, href }]);
});

test.each([
  "javascript:alert(1)",
  "data:text/html,x",
  "vbscript:x",
  "file:///etc/passwd",
  "a.b",
  "1.2.3",
  "x@y",
  "ftp://x.example",
])("%s leads nowhere", (text) => {
  expect(links(text)).toEqual([]);
});

test("whatever is written comes out letter by letter, and what can be followed is harmless", () => {
  for (const text of HOSTILE) {
    const parts = linkify(text);
    expect(parts.map((part) => part.text).join("")).toBe(text);
    for (const { href } of parts) if (href) expect(href).toMatch(/^(https?:\/\/|mailto:|tel:)/);
  }
});

test("an address that turns the direction of its text is no link", () => {
  expect(safeHref("https://exam\u202eelpm.example/")).toBeNull();
});

test("a long text without links takes no time", () => {
  const start = performance.now();
  for (const text of ["a".repeat(10_000), "a@".repeat(5_000), "www.".repeat(2_500), "https://".repeat(1_250)])
    linkify(text);
  expect(performance.now() - start).toBeLessThan(500);
});

test.each([
  ["👍", true],
  ["👩‍👩‍👧‍👦 🏳️‍🌈", true],
  ["🇩🇪❤️", true],
  ["👍👍👍👍👍👍👍", false],
  ["1", false],
  ["©", true],
  ["ok 👍", false],
  ["", false],
  ["‍", false],
])("%s is emoji alone: %s", (text, alone) => {
  expect(isEmojiAlone(text)).toBe(alone);
});

test("control characters and halves of characters are left out, line ends and tabs stay", () => {
  expect(cleaned("a\u0000b\r\nc\td\ud800e\u001bf")).toBe("ab\nc\tdef");
});
