// The colour of a channel, and which of black and white can be read on it.

/** What is used where no colour was asked for. */
export const ACCENT = "#2456d6";

const COLOUR = /^#[0-9a-f]{6}$/i;

/** A colour as `#rrggbb`; `null` for anything else, so that nothing else ever reaches a style. */
export function colourOf(text: string | null | undefined): string | null {
  return text && COLOUR.test(text) ? text.toLowerCase() : null;
}

/** Relative luminance after WCAG 2. */
export function luminance(colour: string): number {
  const part = (from: number) => {
    const value = Number.parseInt(colour.slice(from, from + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}

/** Black or white, whichever stands out more: one of them always has a contrast over 4.5. */
export function inkOn(colour: string): string {
  const light = luminance(colour);
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? "#ffffff" : "#000000";
}
