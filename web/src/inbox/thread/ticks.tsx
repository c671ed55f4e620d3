// How far an outgoing message has come.
import { Check, CheckCheck, CircleAlert, Clock, CloudOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { MessageStatus } from "../../api/types";
import { cn } from "../../ui/cn";

export type Tick = MessageStatus | "sending" | "waiting" | "refused";

const PICTURES = {
  waiting: CloudOff,
  sending: Clock,
  refused: CircleAlert,
  received: Check,
  queued: Clock,
  sent: Check,
  delivered: CheckCheck,
  read: CheckCheck,
  failed: CircleAlert,
} satisfies Record<Tick, typeof Check>;

export function Ticks({ status }: { status: Tick }) {
  const { t } = useTranslation("thread");
  const Picture = PICTURES[status];
  const bad = status === "failed" || status === "refused";
  return (
    <span role="img" aria-label={t(`tick.${status}`)} title={t(`tick.${status}`)} data-tick={status}>
      <Picture className={cn("size-4", status === "read" && "text-accent", bad && "text-bad")} aria-hidden />
    </span>
  );
}
