// Numbers as people write them in their language.
import i18next from "i18next";

/** `12 345`; at most two digits after the point. */
export function number(value: number): string {
  return new Intl.NumberFormat(i18next.language, { maximumFractionDigits: 2 }).format(value);
}

/** For the side of a chart: `12K`. */
export function compact(value: number): string {
  return new Intl.NumberFormat(i18next.language, { notation: "compact", maximumFractionDigits: 2 }).format(value);
}
