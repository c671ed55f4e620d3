import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { compact, number } from "../i18n/numbers";
import { clock } from "../i18n/time";
import { Chart, type ChartColour, type ChartLine } from "../ui/chart";
import { KEPT_SECS, type Monitoring, type Sample } from "./history";

const COLOURS: ChartColour[] = ["accent", "good", "warn", "bad"];
/** The tables hold a row a minute. */
const EVERY = 12;

type Pick = (figures: Monitoring) => number | null;

export function Charts({ samples }: { samples: Sample[] }) {
  const { t } = useTranslation("monitoring");
  const times = useMemo(() => samples.map(({ at }) => at), [samples]);
  const spaces = Object.keys(samples.findLast(({ figures }) => figures)?.figures?.connections.byNamespace ?? {});
  const line = (label: string, pick: Pick, at = 0): ChartLine => ({
    label,
    colour: COLOURS[at % COLOURS.length] ?? "accent",
    values: samples.map(({ figures }) => figures && pick(figures)),
  });
  const shared = {
    times,
    every: EVERY,
    height: 180,
    span: KEPT_SECS,
    formatTime: (time: number) => clock(new Date(time * 1_000).toISOString()),
  };
  const charts = [
    {
      title: t("connections"),
      whole: true,
      format: compact,
      lines: spaces.map((space, at) => line(space, (all) => all.connections.byNamespace[space] ?? 0, at)),
    },
    { title: t("perSecond"), format: number, lines: [line(t("perSecond"), (all) => all.messagesPerSecond)] },
    {
      title: t("response"),
      format: (value: number) => t("ms", { value: number(value) }),
      lines: [line(t("response"), (all) => all.averageResponseTimeMs)],
    },
    {
      title: t("load"),
      whole: true,
      format: compact,
      lines: [line(t("queue"), (all) => all.outboundQueueDepth, 2), line(t("online"), (all) => all.usersOnline, 1)],
    },
  ];
  return (
    <section aria-label={t("history")} className="grid gap-4 lg:grid-cols-2">
      {charts.map((chart) => (
        <div key={chart.title} className="min-w-0 rounded-xl border bg-surface p-4">
          <Chart {...shared} {...chart} />
        </div>
      ))}
    </section>
  );
}
