// How a channel looks in a line: its network's picture and how it is.
import { CircleAlert, CircleCheck, CircleX, LoaderCircle, QrCode } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Channel } from "../../api/types";
import { FamilyIcon } from "../../app/family";
import { cn } from "../../ui/cn";

export function FamilyTile({ family }: { family: string }) {
  return (
    <span
      aria-hidden
      className="flex size-9 shrink-0 items-center justify-center rounded-lg bg-accent-soft text-accent"
    >
      <FamilyIcon family={family} className="size-5" />
    </span>
  );
}

const STATES = {
  connected: { icon: CircleCheck, look: "bg-good-soft text-good" },
  connecting: { icon: LoaderCircle, look: "bg-sunken text-muted" },
  qr: { icon: QrCode, look: "bg-warn-soft text-warn" },
  disconnected: { icon: CircleX, look: "bg-warn-soft text-warn" },
  error: { icon: CircleAlert, look: "bg-bad-soft text-bad" },
};

export function State({ channel }: { channel: Channel }) {
  const { t } = useTranslation("settings");
  const status = channel.status in STATES ? (channel.status as keyof typeof STATES) : "error";
  const { icon: Icon, look } = STATES[status];
  return (
    <span
      data-status={channel.status}
      className={cn("inline-flex shrink-0 items-center gap-1.5 rounded-full px-2.5 py-1 font-medium text-xs", look)}
    >
      <Icon className={cn("size-3.5", status === "connecting" && "animate-spin")} aria-hidden />
      {t(`status.${status}`)}
    </span>
  );
}

/** What the network said last: a warning while it works, else why it does not. */
export function LastError({ channel }: { channel: Channel }) {
  if (!channel.lastError) return null;
  const works = channel.status === "connected";
  return (
    <p
      className={cn(
        "whitespace-pre-wrap break-words rounded-lg p-3 text-sm",
        works ? "bg-warn-soft text-warn" : "bg-bad-soft text-bad",
      )}
      role={works ? undefined : "alert"}
    >
      {channel.lastError}
    </p>
  );
}
