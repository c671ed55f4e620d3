// Figures over time: a picture with a legend of its own, and the same as a table for whoever cannot see it or wants the numbers.
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "./cn";
import { Toggle } from "./toggle";

export type ChartColour = "accent" | "good" | "warn" | "bad";

export interface ChartLine {
  label: string;
  colour: ChartColour;
  /** One for each time; `null` where there is none. */
  values: (number | null)[];
}

export interface ChartProps {
  title: string;
  /** Seconds since 1970, rising. */
  times: number[];
  lines: ChartLine[];
  formatTime: (time: number) => string;
  format: (value: number) => string;
  /** Counts: no halves at the side. */
  whole?: boolean;
  /** The times are days of UTC, and named as such. */
  utc?: boolean;
  /** Seconds up to the last time that are shown, also where nothing is known of them; without, all that is known. */
  span?: number;
  /** Pixels. */
  height?: number;
  /** The table holds each so-manieth time, counted from the last. */
  every?: number;
}

const Plot = lazy(() => import("./plot"));

const MARKS: Record<ChartColour, string> = {
  accent: "border-accent",
  good: "border-good",
  warn: "border-warn",
  bad: "border-bad",
};

export function Chart(props: ChartProps) {
  const { t } = useTranslation();
  const { title, lines, times, format, height = 220 } = props;
  const [asTable, setAsTable] = useState(false);
  const [hidden, setHidden] = useState<string[]>([]);
  const [pointed, setPointed] = useState<number | null>(null);
  const at = pointed !== null && pointed < times.length ? pointed : times.length - 1;
  const toggle = (label: string) =>
    setHidden(hidden.includes(label) ? hidden.filter((other) => other !== label) : [...hidden, label]);
  return (
    <figure aria-label={title} className="flex min-w-0 flex-col gap-2">
      <figcaption className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="min-w-0 flex-1 font-semibold text-sm">{title}</span>
        <Toggle on={asTable} onChange={setAsTable}>
          {t("chart.table")}
        </Toggle>
      </figcaption>
      <ul className="flex flex-wrap gap-x-1 text-xs">
        {lines.map(({ label, colour, values }, index) => (
          <li key={label}>
            <button
              type="button"
              aria-pressed={!hidden.includes(label)}
              onClick={() => toggle(label)}
              className="flex items-center gap-1.5 rounded-md px-1.5 py-1 text-muted hover:bg-sunken aria-[pressed=false]:line-through"
            >
              <span aria-hidden className={cn("w-4 border-t-2", MARKS[colour], index % 2 && "border-dashed")} />
              {label}
              <span className="min-w-6 font-medium text-text tabular-nums">{figure(values[at], format)}</span>
            </button>
          </li>
        ))}
      </ul>
      {!asTable && (
        <div aria-hidden style={{ height }} className="min-w-0">
          <Suspense>
            <Plot {...props} height={height} hidden={hidden} onPoint={setPointed} />
          </Suspense>
        </div>
      )}
      <Table {...props} height={height} seen={asTable} />
    </figure>
  );
}

const figure = (value: number | null | undefined, format: ChartProps["format"]) =>
  value === null || value === undefined ? "—" : format(value);

function Table({ title, times, lines, formatTime, format, every = 1, height, seen }: ChartProps & { seen: boolean }) {
  const { t } = useTranslation();
  const last = times.length - 1;
  const rows = times.map((time, at) => ({ time, at })).filter(({ at }) => (last - at) % every === 0);
  return (
    <div
      {...(seen && { tabIndex: 0, role: "group", "aria-label": title })}
      style={seen ? { height } : undefined}
      className={seen ? "overflow-auto rounded-lg border" : "sr-only"}
    >
      <table className="w-full text-right text-xs tabular-nums">
        <caption className="sr-only">{title}</caption>
        <thead className="sticky top-0 bg-surface">
          <tr>
            <th scope="col" className="p-1.5 text-left">
              {t("chart.time")}
            </th>
            {lines.map(({ label }) => (
              <th key={label} scope="col" className="p-1.5">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ time, at }) => (
            <tr key={time} className="border-t">
              <th scope="row" className="p-1.5 text-left font-normal">
                {formatTime(time)}
              </th>
              {lines.map(({ label, values }) => (
                <td key={label} className="p-1.5">
                  {figure(values[at], format)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
