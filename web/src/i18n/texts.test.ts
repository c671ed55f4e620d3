// The texts: the same ones in both languages, each of them used, and each that is used there.
import { describe, expect, test } from "vitest";

type Texts = Record<string, string>;

const files = import.meta.glob<Texts>("./*/*.json", { eager: true, import: "default" });
const sources = Object.entries(
  import.meta.glob<string>(["../**/*.{ts,tsx}", "!../**/*.test.*", "!../api/generated/**"], {
    eager: true,
    query: "?raw",
    import: "default",
  }),
);
const parts = Object.keys(files).flatMap((path) => path.match(/^\.\/en\/(.+)\.json$/)?.[1] ?? []);
const textsOf = (language: string, part: string): Texts => files[`./${language}/${part}.json`] ?? {};

const PLURAL = /_(one|few|many|other)$/;
/** Keys as they are asked for: one for all plural forms. */
const asked = (texts: Texts) => [...new Set(Object.keys(texts).map((key) => key.replace(PLURAL, "")))];
const keys = new Map(parts.map((part) => [part, asked(textsOf("en", part))]));

/** Where a source says which parts its `t` speaks, and which. */
const OPENS = /useTranslation\(([^)]*)\)|getFixedT\(null, ([^)]*)\)/g;
function opened(source: string) {
  return [...source.matchAll(OPENS)].map(({ index, 1: one, 2: other }) => {
    const named = [...(one ?? other ?? "").matchAll(/"(\w+)"/g)].map(([, part]) => part as string);
    return { index, parts: named.length ? named : ["common"] };
  });
}

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
/** What a text of the source may name: `a.b` itself, `a.${b}` anything that begins so. */
const pattern = (text: string) =>
  new RegExp(
    `^${text
      .split(/\$\{[^}]*\}/)
      .map(literal)
      .join(".+")}$`,
  );

/** The first argument of each call of `t`, and each of the two where it is a choice. */
function* said(source: string) {
  for (const { index, 1: argument = "" } of source.matchAll(/\bt\(\s*((?:[^(),`]|`[^`]*`|\([^()]*\))*)/g)) {
    for (const [, plain, open] of argument.matchAll(/(?:^|[?:]\s*)(?:"([^"]+)"|`([^`]+)`)/g))
      yield { index, key: (plain ?? open) as string };
  }
}

describe.each(parts)("%s", (part) => {
  const [english, russian] = [textsOf("en", part), textsOf("ru", part)];

  test("has the same texts in both languages, with the same values in them", () => {
    expect(asked(russian).sort()).toEqual(asked(english).sort());
    const values = (text: string | undefined) => [...new Set(text?.match(/\{\{\w+\}\}/g))].sort();
    for (const key of asked(english)) {
      const of = (texts: Texts) => [key, values(texts[key] ?? texts[`${key}_other`])];
      expect(of(russian)).toEqual(of(english));
    }
  });

  test("has each plural form of its language", () => {
    for (const [texts, forms] of [
      [english, ["one", "other"]],
      [russian, ["one", "few", "many", "other"]],
    ] as const) {
      const counted = Object.keys(english).flatMap((key) => key.match(/^(.+)_other$/)?.[1] ?? []);
      const there = Object.keys(texts).filter((key) => PLURAL.test(key));
      expect(there.sort()).toEqual(counted.flatMap((key) => forms.map((form) => `${key}_${form}`)).sort());
    }
  });

  test("has no text that nothing asks for", () => {
    const speaking = sources.filter(([, source]) => {
      const at = opened(source);
      return at.length === 0 || source.includes(`${part}:`) || at.some((one) => one.parts.includes(part));
    });
    const named = speaking.flatMap(([, source]) => [
      ...(source.match(/"[^"\n]*"|`[^`\n]*`/g) ?? []).map((text) => text.slice(1, -1)),
      ...[...said(source)].map(({ key }) => key),
    ]);
    const known = new Set(named.map((text) => text.replace(/^\w+:/, "")));
    const open = [...known].filter((text) => /^[\w.-]+\$\{/.test(text)).map(pattern);
    expect(keys.get(part)?.filter((key) => !known.has(key) && !open.some((one) => one.test(key)))).toEqual([]);
  });
});

test("each text that is asked for is there", () => {
  const missing: string[] = [];
  for (const [path, source] of sources) {
    const at = opened(source);
    for (const { index, key } of said(source)) {
      const [, named, rest = key] = key.match(/^(\w+):(.+)$/) ?? [];
      // a `t` that was handed over may speak any part
      const before = at.findLast((one) => one.index < index)?.parts ?? parts;
      const wanted = pattern(rest);
      const there = (named ? [named] : before).some((one) => keys.get(one)?.some((text) => wanted.test(text)));
      if (!there) missing.push(`${path}: ${key}`);
    }
  }
  expect(missing).toEqual([]);
});
