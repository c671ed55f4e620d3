import { describe, expect, it } from "vitest";
import { marked } from "./entities";
import { isLargeEmoji, linkify } from "./linkify";

describe("links", () => {
  const links = (text: string) => linkify(text).flatMap(({ text, href }) => (href ? [[text, href]] : []));

  it("are made of web, mail and phone addresses, without the marks around them", () => {
    expect(links("See https://example.com/a_(b).")).toEqual([
      ["https://example.com/a_(b)", "https://example.com/a_(b)"],
    ]);
    expect(links("(www.example.com)")).toEqual([["www.example.com", "https://www.example.com/"]]);
    expect(links("ann@example.com, tel:+7(999)123")).toEqual([
      ["ann@example.com", "mailto:ann@example.com"],
      ["tel:+7(999)123", "tel:+7(999)123"],
    ]);
  });

  it("are never made of addresses that do something", () => {
    for (const text of ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:https"]) {
      expect(links(text)).toEqual([]);
    }
  });

  it("leave the text whole, and long words take no time", () => {
    const text = "a@ b://c  \n https://x.example/?q=«1»\tз@я.рф ...";
    expect(
      linkify(text)
        .map((piece) => piece.text)
        .join(""),
    ).toBe(text);
    const long = `${"a.".repeat(40_000)}@`;
    const began = performance.now();
    expect(linkify(long)).toEqual([{ text: long }]);
    expect(performance.now() - began).toBeLessThan(200);
  });
});

describe("marks", () => {
  it("count in UTF-16 units and lie within each other", () => {
    const entities = [
      { type: "italic", offset: 3, length: 4 },
      { type: "bold", offset: 3, length: 8 },
    ];
    expect(marked("😀 both bold", entities)).toEqual([
      { text: "😀 " },
      { mark: "bold", children: [{ mark: "italic", children: [{ text: "both" }] }, { text: " bol" }] },
      { text: "d" },
    ]);
  });

  it("that cross are cut, and those that reach beyond the text are left out", () => {
    const text = "abcdef";
    const nodes = marked(text, [
      { type: "bold", offset: 0, length: 4 },
      { type: "italic", offset: 2, length: 4 },
      { type: "code", offset: 5, length: 9 },
      { type: "bold", offset: -1, length: 2 },
      null,
      "x",
    ]);
    expect(flat(nodes)).toBe(text);
    expect(marked(text, "no list")).toEqual([{ text }]);
  });

  it("make links of safe addresses only, and none within code", () => {
    const link = (url: string) => marked("here", [{ type: "text_link", offset: 0, length: 4, url }]);
    expect(link("https://example.com")).toEqual([{ href: "https://example.com/", children: [{ text: "here" }] }]);
    expect(link("javascript:alert(1)")).toEqual([{ text: "here" }]);
    const code = [{ type: "code", offset: 0, length: 19 }];
    expect(marked("https://example.com", code)).toEqual([
      { mark: "code", children: [{ text: "https://example.com" }] },
    ]);
  });
});

it("up to three emoji and nothing else are shown large", () => {
  for (const text of ["😀", "👨‍👩‍👧‍👦 🇷🇺", "👍🏽👍🏽👍🏽", "❤️"]) expect(isLargeEmoji(text)).toBe(true);
  for (const text of ["", "1", "a😀", "😀😀😀😀", "#", "©x"]) expect(isLargeEmoji(text)).toBe(false);
});

function flat(nodes: ReturnType<typeof marked>): string {
  return nodes.map((node) => ("children" in node ? flat(node.children) : node.text)).join("");
}
