// How the server does right now, and did while this page was open.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { may, useMe } from "../app/me";
import { number } from "../i18n/numbers";
import { duration, full } from "../i18n/time";
import { Empty, Failed, Loading, useProblemText } from "../ui/states";
import { Tile, Tiles } from "../ui/tile";
import { Toggle } from "../ui/toggle";
import { ChannelStates } from "./channels";
import { Charts } from "./charts";
import { HealthMarks } from "./health";
import type { Monitoring, Scope } from "./history";
import { Nodes } from "./nodes";
import { useMayServer, useMonitoring } from "./queries";

export function MonitoringPage() {
  const { t } = useTranslation(["monitoring", "common"]);
  const allowed = may(useMe(), "admin");
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto flex max-w-6xl flex-col gap-4 p-4 md:p-6">
        {allowed ? (
          <Watch />
        ) : (
          <>
            <h1 className="font-semibold text-lg">{t("title")}</h1>
            <Empty title={t("common:problem.FORBIDDEN")} />
          </>
        )}
      </div>
    </div>
  );
}

function Watch() {
  const { t } = useTranslation("monitoring");
  const [scope, setScope] = useState<Scope>("organization");
  const mayServer = useMayServer();
  const { data, error, refetch, samples } = useMonitoring(scope);
  return (
    <>
      <header className="flex flex-wrap items-center gap-3">
        <h1 className="flex-auto font-semibold text-lg">{t("title")}</h1>
        {mayServer && (
          <fieldset className="flex gap-2">
            <legend className="sr-only">{t("scope")}</legend>
            <Toggle on={scope === "organization"} onChange={() => setScope("organization")}>
              {t("scope.organization")}
            </Toggle>
            <Toggle on={scope === "server"} onChange={() => setScope("server")}>
              {t("scope.server")}
            </Toggle>
          </fieldset>
        )}
      </header>
      <HealthMarks />
      {!data && error && <Failed error={error} again={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && (
        <>
          {error && <Behind error={error} />}
          <Figures figures={data} />
          <Charts samples={samples} />
          <Nodes nodes={data.nodes} />
        </>
      )}
      <ChannelStates />
    </>
  );
}

/** The last figures stay while new ones cannot be had. */
function Behind({ error }: { error: unknown }) {
  const { t } = useTranslation("monitoring");
  const text = useProblemText(error);
  return (
    <p role="status" className="rounded-lg bg-warn-soft px-3 py-2 text-sm text-warn">
      {t("behind")} {text}
    </p>
  );
}

function Figures({ figures }: { figures: Monitoring }) {
  const { t } = useTranslation("monitoring");
  const { connections } = figures;
  return (
    <Tiles label={t("now")}>
      <Tile
        label={t("connections")}
        value={number(connections.total)}
        note={t("connections.clients", { count: connections.clients })}
      />
      <Tile label={t("online")} value={number(figures.usersOnline)} note={t("rooms", { count: figures.rooms })} />
      <Tile
        label={t("perSecond")}
        value={number(figures.messagesPerSecond)}
        note={t("since", { total: number(figures.totalMessages) })}
      />
      <Tile
        label={t("response")}
        value={t("ms", { value: number(figures.averageResponseTimeMs) })}
        note={t("response.note")}
      />
      <Tile label={t("queue")} value={number(figures.outboundQueueDepth)} note={t("queue.note")} />
      <Tile
        label={t("failed")}
        value={number(figures.failedConnections)}
        note={t("failed.note", { total: number(figures.totalConnections) })}
      />
      <Tile label={t("uptime")} value={duration(figures.uptimeSeconds)} note={full(figures.startedAt)} />
    </Tiles>
  );
}
