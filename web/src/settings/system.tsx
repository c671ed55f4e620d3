// The server itself: its version, its health, and what it received and could not read.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleX, MinusCircle } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { call } from "../api/http";
import type { Page } from "../api/types";
import { useChannels } from "../app/queries";
import { full } from "../i18n/time";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { problemText } from "../ui/states";
import { Heading, Loaded, listLook, Part } from "./parts/section";

type Health = Record<"status" | "database" | "redis" | "socketio", string>;

interface DeadLetter {
  id: string;
  channelId: string | null;
  provider: string;
  kind: string;
  reason: string;
  body: string;
  createdAt: string;
  replayedAt: string | null;
}

const PARTS = ["database", "redis", "socketio"] as const;
const HEALTH_MS = 15_000;

const health = {
  queryKey: ["health"],
  // what is down is said with 503 and the same body
  queryFn: async () => (await (await fetch("/health/ready")).json()) as Health,
  refetchInterval: HEALTH_MS,
};
const version = {
  queryKey: ["version"],
  queryFn: async () => (await call<{ info: { version: string } }>("GET", "/api/openapi.json")).info.version,
  staleTime: Number.POSITIVE_INFINITY,
};
const letters = {
  queryKey: ["deadLetters"],
  queryFn: () => call<Page<DeadLetter>>("GET", "/api/dead-letters?limit=100"),
};

export function SystemSection() {
  const { t } = useTranslation("settings");
  const number = useQuery(version);
  const state = useQuery(health);
  return (
    <>
      <Heading title={t("section.system")} text={number.data && t("system.version", { version: number.data })} />
      <Loaded query={state}>
        {(now) => (
          <ul className={cn(listLook, "max-w-xl")}>
            {PARTS.map((part) => (
              <Health key={part} name={t(`system.${part}`)} state={now[part]} />
            ))}
          </ul>
        )}
      </Loaded>
      <p className="text-sm">
        <a href="/api/docs" target="_blank" rel="noopener noreferrer" className="font-medium text-accent underline">
          {t("system.docs")}
        </a>
      </p>
      <Part title={t("letters.title")}>
        <p className="max-w-2xl text-muted text-sm">{t("letters.text")}</p>
        <Letters />
      </Part>
    </>
  );
}

const LOOKS: Record<string, { icon: typeof CircleCheck; look: string }> = {
  ok: { icon: CircleCheck, look: "text-good" },
  disabled: { icon: MinusCircle, look: "text-muted" },
  down: { icon: CircleX, look: "text-bad" },
};

function Health({ name, state }: { name: string; state: string }) {
  const { t } = useTranslation("settings");
  const { icon: Icon, look } = LOOKS[state] ?? { icon: CircleX, look: "text-bad" };
  return (
    <li className="flex items-center gap-3 p-3 text-sm">
      <span className="flex-1">{name}</span>
      <span className={cn("inline-flex items-center gap-1.5 font-medium", look)}>
        <Icon className="size-4" aria-hidden />
        {t(`health.${state}`, state)}
      </span>
    </li>
  );
}

function Letters() {
  const { t } = useTranslation("settings");
  const page = useQuery(letters);
  return (
    <Loaded query={page}>
      {({ items, nextCursor }) =>
        items.length === 0 ? (
          <p className="flex items-center gap-2 text-sm">
            <CircleCheck className="size-4 text-good" aria-hidden />
            {t("letters.none")}
          </p>
        ) : (
          <>
            <ul className={listLook}>
              {items.map((letter) => (
                <Letter key={letter.id} letter={letter} />
              ))}
            </ul>
            {nextCursor && <p className="text-muted text-sm">{t("letters.more")}</p>}
          </>
        )
      }
    </Loaded>
  );
}

function Letter({ letter }: { letter: DeadLetter }) {
  const { t } = useTranslation("settings");
  const channel = useChannels().find(({ id }) => id === letter.channelId);
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  async function replay() {
    setBusy(true);
    try {
      const { replayed, reason } = await call<DeadLetter & { replayed: boolean }>(
        "POST",
        `/api/dead-letters/${letter.id}/replay`,
      );
      if (replayed) toast.success(t("letters.read"));
      else toast.error(t("letters.unread", { reason }));
      await client.invalidateQueries({ queryKey: letters.queryKey });
    } catch (error) {
      toast.error(problemText(error));
    } finally {
      setBusy(false);
    }
  }
  return (
    <li className="flex flex-wrap items-start gap-3 p-3 text-sm">
      <div className="min-w-0 flex-1 basis-64">
        <p className="break-words font-medium">{letter.reason}</p>
        <p className="break-words text-muted text-xs">
          {[
            channel?.name ?? t(`provider.${letter.provider}`, letter.provider),
            letter.kind,
            full(letter.createdAt),
          ].join(" · ")}
        </p>
        <details className="mt-1">
          <summary className="text-accent text-xs">{t("letters.body")}</summary>
          <pre className="mt-1 whitespace-pre-wrap break-all rounded-lg bg-sunken p-2 font-mono text-xs">
            {letter.body}
          </pre>
        </details>
      </div>
      <Button size="small" busy={busy} onClick={replay}>
        {t("letters.replay")}
      </Button>
    </li>
  );
}
