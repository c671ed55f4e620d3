// The third line of a chat: labels, priority, what state it is in, who has it.
import { AlarmClock, Check, ChevronsUp, ChevronUp, ClockAlert, Hourglass } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Chat } from "../../api/types";
import { clock, full, short } from "../../i18n/time";
import { useMinute } from "../../live/minute";
import { Avatar } from "../../ui/avatar";
import { LabelChip } from "../label";
import { useWords } from "./words";

/** More do not fit, and are counted. */
const MOST_LABELS = 2;
/** A window that closes sooner than this is worth a look. */
const SOON_MS = 4 * 3_600_000;

function Mark({ icon: Icon, name, tone = "text-muted" }: { icon: typeof Check; name: string; tone?: string }) {
  return (
    <span className={`inline-flex shrink-0 ${tone}`} title={name}>
      <Icon className="size-3.5" aria-hidden />
      <span className="sr-only">{name}</span>
    </span>
  );
}

/** Milliseconds until only templates are taken; null where that is far off or nobody's business. */
function windowLeft({ windowExpiresAt, status }: Chat, now: number): number | null {
  const left = windowExpiresAt && status !== "resolved" ? Date.parse(windowExpiresAt) - now : SOON_MS;
  return left < SOON_MS ? left : null;
}

export function useHasMarks(chat: Chat): boolean {
  const { labels, priority, status, assignedUserId } = chat;
  const closing = windowLeft(chat, useMinute()) !== null;
  return labels.length > 0 || priority !== "normal" || status !== "open" || Boolean(assignedUserId) || closing;
}

export function Marks({ chat }: { chat: Chat }) {
  const { t } = useTranslation(["inbox", "common"]);
  const { users, colours, me } = useWords();
  const assignee = chat.assignedUserId ? users.get(chat.assignedUserId) : undefined;
  const further = chat.labels.length - MOST_LABELS;
  return (
    <span className="flex h-5 min-w-0 items-center gap-1.5">
      {chat.status === "snoozed" && chat.snoozedUntil && (
        <Mark icon={AlarmClock} name={t("row.snoozed", { until: full(chat.snoozedUntil) })} tone="text-accent" />
      )}
      {chat.status === "snoozed" && chat.snoozedUntil && (
        <span className="shrink-0 text-accent text-xs" aria-hidden>
          {short(chat.snoozedUntil)}
        </span>
      )}
      {chat.status === "pending" && <Mark icon={Hourglass} name={t("common:chat.status.pending")} />}
      {chat.status === "resolved" && <Mark icon={Check} name={t("common:chat.status.resolved")} tone="text-good" />}
      {chat.priority === "urgent" && <Mark icon={ChevronsUp} name={t("row.priority.urgent")} tone="text-bad" />}
      {chat.priority === "high" && <Mark icon={ChevronUp} name={t("row.priority.high")} tone="text-warn" />}
      <WindowMark chat={chat} />
      {chat.labels.slice(0, MOST_LABELS).map((name) => (
        <LabelChip key={name} name={name} color={colours.get(name)} />
      ))}
      {further > 0 && <span className="shrink-0 text-muted text-xs">+{further}</span>}
      <span className="flex-1" />
      {chat.assignedUserId && (
        <span title={assignee?.name ?? t("row.someone")}>
          <Avatar seed={chat.assignedUserId} name={assignee?.name ?? null} size="small" />
          <span className="sr-only">
            {chat.assignedUserId === me
              ? t("row.assignedMe")
              : t("row.assigned", { name: assignee?.name ?? t("row.someone") })}
          </span>
        </span>
      )}
    </span>
  );
}

/** WhatsApp takes free answers for a day after the customer's last message. */
function WindowMark({ chat }: { chat: Chat }) {
  const { t } = useTranslation("inbox");
  const now = useMinute();
  const left = windowLeft(chat, now);
  if (left === null || !chat.windowExpiresAt) return null;
  if (left <= 0) return <Mark icon={ClockAlert} name={t("row.windowOver")} />;
  return <Mark icon={ClockAlert} name={t("row.windowSoon", { time: clock(chat.windowExpiresAt) })} tone="text-warn" />;
}
