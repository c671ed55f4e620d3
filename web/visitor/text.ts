// What people wrote, taken apart for showing: links that may be followed, emoji alone. Nothing here makes markup.

import { parsed } from "../widget/protocol";

export type Part = { text: string; href: string | null };

const LINK =
  /\b(?:https?:\/\/|mailto:|tel:)[^\s<>"'`\p{Cc}]+|\bwww\.[^\s<>"'`\p{Cc}]+\.[^\s<>"'`\p{Cc}]+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+/giu;
const SAFE = new Set(["http:", "https:", "mailto:", "tel:"]);
/** Marks that turn the direction of text: an address with one does not lead where it seems to. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const MOST_EMOJI = 6;

/** The address that a link may lead to; `null` for anything but http, https, mailto and tel. */
export function safeHref(text: string): string | null {
  const url = TURNING.test(text) ? null : parsed(text);
  return url && SAFE.has(url.protocol) ? url.href : null;
}

/** A text as words and links, in order; joined they are the text again. */
export function linkify(text: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const written = trimmed(match[0]);
    const href = safeHref(addressOf(written));
    if (!href) continue;
    if (match.index > from) parts.push({ text: text.slice(from, match.index), href: null });
    parts.push({ text: written, href });
    from = match.index + written.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), href: null });
  return parts;
}

function addressOf(written: string): string {
  if (/^(?:https?|mailto|tel):/iu.test(written)) return written;
  return written.includes("@") && !/^www\./iu.test(written) ? `mailto:${written}` : `https://${written}`;
}

/** Without the full stop or bracket that belongs to the sentence. */
function trimmed(address: string): string {
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address[end - 1] ?? "";
    if (".,;:!?…»”*_~".includes(last)) continue;
    const opening = { ")": "(", "]": "[", "}": "{" }[last];
    if (!opening) break;
    const within = address.slice(0, end);
    if (within.split(opening).length >= within.split(last).length) break;
  }
  return address.slice(0, end);
}

/** Whether a text is a few emoji and nothing else, which are shown bigger. */
export function isEmojiAlone(text: string): boolean {
  const bare = text.replace(/\s/gu, "");
  if (
    !bare ||
    !/^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|[\u200d\ufe0f\u20e3]|[\u{e0020}-\u{e007f}])+$/u.test(
      bare,
    )
  ) {
    return false;
  }
  // without a segmenter, which some browsers lack, a family counts by its members
  const shown = [...(Intl.Segmenter ? new Intl.Segmenter().segment(bare) : bare)].length;
  return /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(bare) && shown <= MOST_EMOJI;
}

/** Without the control characters that no server takes; line ends and tabs stay, halves of characters go. */
export function cleaned(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/\r\n?/gu, "\n").replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\p{Surrogate}/gu, "");
}
