// The line below the title: the channel and its state, what state the chat is in, its labels.
import { useTranslation } from "react-i18next";
import type { Chat } from "../../api/types";
import { FamilyIcon } from "../../app/family";
import { useChannels, useLabels } from "../../app/queries";
import { full } from "../../i18n/time";
import { LabelChip } from "../label";

export function Over({ chat }: { chat: Chat }) {
  const { t } = useTranslation(["inbox", "common"]);
  const channel = useChannels().find((one) => one.id === chat.channelId);
  const labels = useLabels();
  const troubled = channel && channel.status !== "connected";
  return (
    <div className="flex min-w-0 items-center gap-1.5 overflow-hidden text-muted text-xs">
      <FamilyIcon family={chat.channel} />
      <span className="truncate">{channel?.name}</span>
      {troubled && (
        <span className="shrink-0 text-bad" title={channel.lastError ?? undefined}>
          {t(`channelState.${channel.status}`, { defaultValue: channel.status })}
        </span>
      )}
      {chat.status !== "open" && (
        <span className="shrink-0 rounded bg-sunken px-1.5 leading-4">
          {chat.status === "snoozed" && chat.snoozedUntil
            ? t("row.snoozed", { until: full(chat.snoozedUntil) })
            : t(`common:chat.status.${chat.status}`)}
        </span>
      )}
      {(chat.priority === "high" || chat.priority === "urgent") && (
        <span className={chat.priority === "urgent" ? "shrink-0 text-bad" : "shrink-0 text-warn"}>
          {t(`row.priority.${chat.priority}`)}
        </span>
      )}
      {chat.labels.map((name) => (
        <LabelChip key={name} name={name} color={labels.find((label) => label.name === name)?.color} />
      ))}
    </div>
  );
}
