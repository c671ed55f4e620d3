// Finds addresses in texts from outside. Only kinds of links that do nothing but lead somewhere are ever made.

export interface Piece {
  text: string;
  href?: string;
}

const SAFE = new Set(["http:", "https:", "mailto:", "tel:"]);
/** Longer words are no addresses, and searching them would take time. */
const LONGEST = 2_048;
const ADDRESS =
  /(?:https?:\/\/|www\.)[^\s<>"]+|mailto:[^\s<>"]+|tel:\+?[\d().-]+|[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/giu;

/** An address that may be followed, or `undefined`. */
export function safeHref(address: string): string | undefined {
  try {
    const url = new URL(address);
    return SAFE.has(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  const say = (part: string, href?: string) => {
    const last = pieces.at(-1);
    if (!part) return;
    if (!href && last && !last.href) last.text += part;
    else pieces.push(href ? { text: part, href } : { text: part });
  };
  for (const word of text.split(/(\s+)/)) {
    if (word.length > LONGEST || !/[@:]|www\./i.test(word)) say(word);
    else linkifyWord(word, say);
  }
  return pieces;
}

function linkifyWord(word: string, say: (part: string, href?: string) => void): void {
  let done = 0;
  for (const match of word.matchAll(ADDRESS)) {
    const found = trimmed(match[0]);
    const href = safeHref(
      found.toLowerCase().startsWith("www.")
        ? `https://${found}`
        : /^(?:https?|mailto|tel):/i.test(found)
          ? found
          : `mailto:${found}`,
    );
    if (!href) continue;
    say(word.slice(done, match.index));
    say(found, href);
    done = match.index + found.length;
  }
  say(word.slice(done));
}

/** Without the marks that end a sentence around it. */
function trimmed(address: string): string {
  let end = address.length;
  while (end > 0) {
    const last = address[end - 1] ?? "";
    const closes = last === ")" && count(address, ")", end) > count(address, "(", end);
    if (!closes && !".,;:!?'\"»”’]}*_~`".includes(last)) break;
    end--;
  }
  return address.slice(0, end);
}

function count(text: string, char: string, end: number): number {
  let sum = 0;
  for (let at = 0; at < end; at++) if (text[at] === char) sum++;
  return sum;
}

const ONLY_EMOJI = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|[\u200d\ufe0f\s])+$/u;

/** Whether a text is nothing but up to three emoji, which are shown large. */
export function isLargeEmoji(text: string): boolean {
  if (text.length > 60 || !ONLY_EMOJI.test(text)) return false;
  const signs = [...new Intl.Segmenter().segment(text.replace(/\s/g, ""))].length;
  return signs > 0 && signs <= 3;
}
