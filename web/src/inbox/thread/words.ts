// Numbers as people say them.
import i18next from "i18next";

/** `1.4 MB` */
export function bytes(size: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(size, 1)) / 10)));
  const value = size / 1024 ** step;
  const options = { style: "unit", unit: units[step], unitDisplay: step === 0 ? "long" : "short" } as const;
  return new Intl.NumberFormat(i18next.language, { ...options, maximumFractionDigits: value < 10 ? 1 : 0 }).format(
    value,
  );
}

/** `1:05`, for players. */
export function minutes(seconds: number): string {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
