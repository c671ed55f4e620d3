// What narrows the list now, each with a way to take it off.
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useChannels, useTeams, useUser } from "../../app/queries";
import type { InboxSearch } from "../../app/router";
import { isNarrowed, NARROWING, useAsked } from "./asked";

export function Chips() {
  const { t } = useTranslation("inbox");
  const { search, ask, clear } = useAsked();
  const name = useNames();
  const somebody = search.assignedTo && search.assignedTo !== "me" && search.assignedTo !== "none";
  if (!isNarrowed({ ...search, q: undefined })) return null;
  const on = [...NARROWING, ...(somebody ? (["assignedTo"] as const) : [])].filter((one) => search[one]);
  return (
    <div className="flex flex-wrap items-center gap-1.5 border-b px-3 py-2">
      {on.map((one) => (
        <button
          key={one}
          type="button"
          onClick={() => ask({ [one]: undefined })}
          aria-label={t("filters.remove", { name: name(one, search) })}
          className="inline-flex max-w-full items-center gap-1 rounded-full bg-accent-soft py-0.5 pr-1.5 pl-2.5 text-accent text-xs"
        >
          <span className="truncate">{name(one, search)}</span>
          <X className="size-3 shrink-0" aria-hidden />
        </button>
      ))}
      <button type="button" onClick={clear} className="px-1 text-muted text-xs underline hover:text-text">
        {t("filters.clear")}
      </button>
    </div>
  );
}

function useNames() {
  const { t } = useTranslation(["inbox", "common"]);
  const { search } = useAsked();
  const channels = useChannels();
  const teams = useTeams();
  const assignee = useUser(search.assignedTo);
  const byId = (items: { id: string; name: string }[], id: string | undefined) =>
    items.find((item) => item.id === id)?.name ?? t("filters.unknown");
  return (one: keyof InboxSearch, { status, channelId, channel, label, teamId }: InboxSearch): string => {
    const names: Partial<Record<keyof InboxSearch, () => string>> = {
      status: () => (!status || status === "all" ? t("status.all") : t(`common:chat.status.${status}`)),
      channelId: () => byId(channels, channelId),
      channel: () => t(`common:channel.${channel}` as never, { defaultValue: channel }),
      label: () => label ?? "",
      teamId: () => byId(teams, teamId),
      unread: () => t("filters.unread"),
      assignedTo: () => assignee?.name ?? t("filters.unknown"),
    };
    return names[one]?.() ?? "";
  };
}
