// What stands over the field: a channel that does not work, a window that closes soon or is closed, a person who is blocked.
import { Ban, Clock, LayoutTemplate, TriangleAlert } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Chat } from "../../api/types";
import { useChannels } from "../../app/queries";
import { duration } from "../../i18n/time";
import { usePerson } from "../../people/queries";
import { Button } from "../../ui/button";
import { cn } from "../../ui/cn";

const TemplatePicker = lazy(() => import("./template-picker"));

export function Line({ tone, icon, children }: { tone: "warn" | "bad"; icon: ReactNode; children: ReactNode }) {
  return (
    <div
      role="status"
      className={cn(
        "flex items-center gap-2 px-3 py-1.5 text-sm",
        tone === "bad" ? "bg-bad-soft text-bad" : "bg-warn-soft text-warn",
      )}
    >
      {icon}
      <span className="min-w-0 flex-1 break-words">{children}</span>
    </div>
  );
}

export function ChannelNotice({ chat }: { chat: Chat }) {
  const { t } = useTranslation("composer");
  const channel = useChannels().find(({ id }) => id === chat.channelId);
  const { data: person } = usePerson(chat.contact.id);
  if (person?.blockedAt) {
    return (
      <Line tone="warn" icon={<Ban className="size-4 shrink-0" aria-hidden />}>
        {t("blocked")}
      </Line>
    );
  }
  if (channel?.status !== "error" && channel?.status !== "disconnected") return null;
  return (
    <Line tone="bad" icon={<TriangleAlert className="size-4 shrink-0" aria-hidden />}>
      {t("channelDown", { name: channel.name })} {channel.lastError}
    </Line>
  );
}

const SOON_SECS = 4 * 3600;

export function WindowNotice({ left }: { left: number | null }) {
  const { t } = useTranslation("composer");
  if (left === null || left === 0 || left > SOON_SECS) return null;
  return (
    <Line tone="warn" icon={<Clock className="size-4 shrink-0" aria-hidden />}>
      {t("window.soon", { time: duration(Math.max(60, left - (left % 60))) })}
    </Line>
  );
}

/** Takes the place of the field. */
export function ClosedWindow({ chat, onNote }: { chat: Chat; onNote: () => void }) {
  const { t } = useTranslation("composer");
  const [open, setOpen] = useState(false);
  return (
    <div className="flex flex-wrap items-center gap-2 p-3">
      <p className="min-w-48 flex-1 text-sm">
        <span className="font-medium">{t("window.closed")}</span> <span className="text-muted">{t("window.why")}</span>
      </p>
      <Button onClick={onNote}>{t("note.write")}</Button>
      <Button look="primary" onClick={() => setOpen(true)}>
        <LayoutTemplate className="size-4" aria-hidden />
        {t("template.choose")}
      </Button>
      {open && (
        <Suspense>
          <TemplatePicker chat={chat} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}
