// Telegram's marks on a text (`metadata.entities`, in UTF-16 units) as a tree.
import { linkify, type Piece, safeHref } from "./linkify";

export type Mark = "bold" | "italic" | "underline" | "strikethrough" | "spoiler" | "code" | "pre" | "blockquote";

export type Node = Piece | { mark: Mark; children: Node[] } | { href: string; children: Node[] };

interface Entity {
  type: string;
  offset: number;
  length: number;
  url?: string;
}

const MARKS: Record<string, Mark> = {
  bold: "bold",
  italic: "italic",
  underline: "underline",
  strikethrough: "strikethrough",
  spoiler: "spoiler",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};
/** More are not drawn: whoever sends that many wants to tire the page. */
const MOST = 500;

function read(value: unknown, end: number): Entity[] {
  if (!Array.isArray(value)) return [];
  const fits = (one: Partial<Entity> | null): one is Entity =>
    typeof one?.type === "string" &&
    Number.isInteger(one.offset) &&
    Number.isInteger(one.length) &&
    (one.offset ?? -1) >= 0 &&
    (one.length ?? 0) > 0 &&
    (one.offset ?? 0) + (one.length ?? 0) <= end;
  const wanted = ({ type }: Entity) => type in MARKS || type === "text_link";
  return value
    .slice(0, MOST)
    .filter(fits)
    .filter(wanted)
    .sort((a, b) => a.offset - b.offset || b.length - a.length);
}

/** The text with its marks, and addresses made links where no mark says that they are code. */
export function marked(text: string, entities: unknown): Node[] {
  return within(text, 0, text.length, read(entities, text.length), true);
}

function within(text: string, from: number, to: number, entities: Entity[], links: boolean): Node[] {
  const nodes: Node[] = [];
  const plain = (start: number, end: number) => {
    if (start >= end) return;
    const part = text.slice(start, end);
    nodes.push(...(links ? linkify(part) : [{ text: part }]));
  };
  let done = from;
  for (let at = 0; at < entities.length; ) {
    const entity = entities[at] as Entity;
    const start = Math.max(entity.offset, done);
    const end = Math.min(entity.offset + entity.length, to);
    let next = at + 1;
    while (next < entities.length && (entities[next] as Entity).offset < end) next++;
    if (start < end) {
      plain(done, start);
      const mark = MARKS[entity.type];
      const href = entity.type === "text_link" ? safeHref(entity.url ?? "") : undefined;
      const code = mark === "code" || mark === "pre";
      const children = within(text, start, end, entities.slice(at + 1, next), links && !href && !code);
      if (mark) nodes.push({ mark, children });
      else if (href) nodes.push({ href, children });
      else nodes.push(...children);
      done = end;
    }
    at = next;
  }
  plain(done, to);
  return nodes;
}
