// How much was written, how soon it was answered, by channel, by colleague and by day.
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { may, useMe } from "../app/me";
import { compact, number } from "../i18n/numbers";
import { duration } from "../i18n/time";
import { Chart } from "../ui/chart";
import { type Column, SortableTable } from "../ui/sortable";
import { Empty, Failed, Loading } from "../ui/states";
import { Tile, Tiles } from "../ui/tile";
import { Controls } from "./controls";
import { rangeOf } from "./period";
import { type ChannelFigures, type OperatorFigures, type Overview, type Spread, useOverview } from "./queries";

export function ReportsPage() {
  const { t } = useTranslation(["reports", "common"]);
  const search = useSearch({ from: "/shell/reports" });
  const allowed = may(useMe(), "moderator");
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto flex max-w-6xl flex-col gap-4 p-4 md:p-6">
        <h1 className="font-semibold text-lg">{t("title")}</h1>
        {allowed ? (
          <>
            <Controls search={search} />
            <Figures />
          </>
        ) : (
          <Empty title={t("common:problem.FORBIDDEN")} />
        )}
      </div>
    </div>
  );
}

function Figures() {
  const { t } = useTranslation("reports");
  const search = useSearch({ from: "/shell/reports" });
  const { data, error, refetch, isPlaceholderData } = useOverview(search);
  if (!rangeOf(search)) return <Empty title={t("period.choose")} />;
  if (error && (!data || isPlaceholderData)) return <Failed error={error} again={() => void refetch()} />;
  if (!data) return <Loading />;
  return (
    <div className={isPlaceholderData ? "opacity-60" : undefined} aria-busy={isPlaceholderData}>
      <Report overview={data} />
    </div>
  );
}

function Report({ overview }: { overview: Overview }) {
  const { t } = useTranslation("reports");
  const { chats, messages, firstResponse, resolution } = overview;
  return (
    <div className="flex flex-col gap-4">
      <Tiles label={t("tiles")}>
        <Tile label={t("chats.new")} value={number(chats.new)} />
        <Tile label={t("chats.resolved")} value={number(chats.resolved)} />
        <Tile label={t("messages.incoming")} value={number(messages.incoming)} />
        <Tile label={t("messages.outgoing")} value={number(messages.outgoing)} />
        <Half label={t("firstResponse")} spread={firstResponse} />
        <Half label={t("resolution")} spread={resolution} />
        <Tile label={t("chats.open")} value={number(chats.open)} note={t("chats.openNote")} />
      </Tiles>
      {overview.daily.length > 1 && <Daily overview={overview} />}
      <Tables overview={overview} />
    </div>
  );
}

const secs = (value: number | null) => (value === null ? "—" : duration(value));

function Half({ label, spread }: { label: string; spread: Spread }) {
  const { t } = useTranslation("reports");
  const note = t("spread.note", { most: secs(spread.p90Secs), count: spread.count });
  return <Tile label={label} value={secs(spread.p50Secs)} note={spread.count > 0 ? note : t("spread.none")} />;
}

function Daily({ overview: { daily } }: { overview: Overview }) {
  const { t, i18n } = useTranslation("reports");
  const days = new Intl.DateTimeFormat(i18n.language, { day: "numeric", month: "short", timeZone: "UTC" });
  const shared = {
    times: daily.map(({ date }) => Date.parse(`${date}T00:00:00Z`) / 1_000),
    formatTime: (time: number) => days.format(time * 1_000),
    format: compact,
    whole: true,
    utc: true,
  };
  const box = "min-w-0 rounded-xl border bg-surface p-4";
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <div className={box}>
        <Chart
          {...shared}
          title={t("daily.messages")}
          lines={[
            { label: t("messages.incoming"), colour: "accent", values: daily.map((one) => one.incoming) },
            { label: t("messages.outgoing"), colour: "good", values: daily.map((one) => one.outgoing) },
          ]}
        />
      </div>
      <div className={box}>
        <Chart
          {...shared}
          title={t("daily.chats")}
          lines={[
            { label: t("chats.new"), colour: "accent", values: daily.map((one) => one.newChats) },
            { label: t("chats.resolved"), colour: "good", values: daily.map((one) => one.resolved) },
          ]}
        />
      </div>
    </div>
  );
}

function Tables({ overview }: { overview: Overview }) {
  const { t } = useTranslation("reports");
  const count = <T,>(label: string, value: (row: T) => number): Column<T> => ({
    label,
    value,
    show: (row) => number(value(row)),
  });
  const time = <T,>(label: string, value: (row: T) => number | null): Column<T> => ({
    label,
    value,
    show: (row) => secs(value(row)),
  });
  return (
    <>
      <SortableTable<ChannelFigures>
        title={t("byChannel")}
        empty={t("byChannel.none")}
        rows={overview.byChannel}
        keyOf={(row) => row.channelId}
        columns={[
          { label: t("channel"), value: (row) => row.name },
          count(t("chats.new"), (row) => row.newChats),
          count(t("messages.incoming"), (row) => row.incoming),
          count(t("messages.outgoing"), (row) => row.outgoing),
        ]}
      />
      <SortableTable<OperatorFigures>
        title={t("byOperator")}
        empty={t("byOperator.none")}
        rows={overview.byOperator}
        keyOf={(row) => row.userId}
        columns={[
          { label: t("operator"), value: (row) => row.name },
          count(t("answers"), (row) => row.answers),
          count(t("chats"), (row) => row.chats),
          count(t("chats.resolved"), (row) => row.resolved),
          time(t("firstResponse.half"), (row) => row.firstResponse.p50Secs),
          time(t("firstResponse.most"), (row) => row.firstResponse.p90Secs),
        ]}
      />
    </>
  );
}
