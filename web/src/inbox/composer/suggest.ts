// What is offered while somebody types: quick replies after a slash at the start, colleagues after an at sign in a note.
import type { QuickReply } from "../../app/queries";

export interface Asked {
  kind: "reply" | "mention";
  /** What was typed after the sign. */
  text: string;
  /** What the chosen thing takes the place of. */
  from: number;
  to: number;
}

/** What the text before the caret asks for. */
export function asked(text: string, caret: number, note: boolean): Asked | null {
  const before = text.slice(0, caret);
  const slash = /^\/([^\s/]{0,40})$/.exec(before);
  if (slash) return { kind: "reply", text: slash[1] ?? "", from: 0, to: caret };
  const at = note ? /(?:^|\s)@([\p{L}\p{N}._-]{0,40})$/u.exec(before) : null;
  if (at) return { kind: "mention", text: at[1] ?? "", from: caret - (at[1]?.length ?? 0) - 1, to: caret };
  return null;
}

const MOST = 8;

/** Those whose shortcut begins with the text, then those that hold it. */
export function matchReplies(replies: QuickReply[], text: string): QuickReply[] {
  const wanted = text.toLowerCase();
  const rank = ({ shortcut, content }: QuickReply) => {
    const name = bare(shortcut).toLowerCase();
    if (name.startsWith(wanted)) return 0;
    if (name.includes(wanted)) return 1;
    return content.toLowerCase().includes(wanted) ? 2 : 3;
  };
  return rankedBy(replies, rank, (one) => bare(one.shortcut));
}

/** A shortcut as it is kept may begin with the slash that calls it. */
export const bare = (shortcut: string) => shortcut.replace(/^\//, "");

export function matchPeople<T extends { username: string | null; name: string }>(people: T[], text: string): T[] {
  const wanted = text.toLowerCase();
  const rank = ({ username, name }: T) => {
    if (!username) return 3;
    if (username.toLowerCase().startsWith(wanted)) return 0;
    if (name.toLowerCase().startsWith(wanted)) return 1;
    return `${username} ${name}`.toLowerCase().includes(wanted) ? 2 : 3;
  };
  return rankedBy(people, rank, (one) => one.username ?? "");
}

function rankedBy<T>(all: T[], rank: (one: T) => number, name: (one: T) => string): T[] {
  return all
    .map((one) => ({ one, rank: rank(one) }))
    .filter((found) => found.rank < 3)
    .sort((a, b) => a.rank - b.rank || name(a.one).localeCompare(name(b.one)))
    .slice(0, MOST)
    .map(({ one }) => one);
}
