// Everything that narrows the list, in one panel.
import { ListFilter } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useChannels, useLabels, useTeams, useUsers } from "../../app/queries";
import type { InboxSearch } from "../../app/router";
import { IconButton } from "../../ui/button";
import { SelectField } from "../../ui/field";
import { Popover } from "../../ui/popover";
import { Switch } from "../../ui/switch";
import { isNarrowed, useAsked } from "./asked";

const STATES = ["open", "pending", "snoozed", "resolved"] as const;
const FAMILIES = ["telegram", "whatsapp", "webchat", "api"] as const;

export function Filters() {
  const { t } = useTranslation("inbox");
  const { search } = useAsked();
  return (
    <Popover
      label={t("filters.title")}
      align="end"
      trigger={
        <IconButton label={t("filters.title")} look="plain" className="relative">
          <ListFilter className="size-4" aria-hidden />
          {isNarrowed({ ...search, q: undefined }) && (
            <span className="absolute -top-1 -right-1 size-2.5 rounded-full bg-accent" aria-hidden />
          )}
        </IconButton>
      }
    >
      <FilterForm />
    </Popover>
  );
}

function FilterForm() {
  const { t } = useTranslation(["inbox", "common"]);
  const { search, ask } = useAsked();
  const channels = useChannels();
  const pick = (name: keyof InboxSearch) => ({
    value: (search[name] as string | undefined) ?? "",
    onChange: (event: { target: { value: string } }) => ask({ [name]: event.target.value || undefined }),
  });
  // one field for both: a channel, or all of a network
  const channel = search.channelId ? `id ${search.channelId}` : search.channel ? `of ${search.channel}` : "";
  const pickChannel = (value: string) =>
    ask({
      channelId: value.startsWith("id ") ? value.slice(3) : undefined,
      channel: value.startsWith("of ") ? value.slice(3) : undefined,
    });
  return (
    <div className="flex w-64 flex-col gap-3">
      <SelectField label={t("filters.status")} {...pick("status")}>
        <option value="">{t("status.unresolved")}</option>
        {STATES.map((status) => (
          <option key={status} value={status}>
            {t(`common:chat.status.${status}`)}
          </option>
        ))}
        <option value="all">{t("status.all")}</option>
      </SelectField>
      <SelectField label={t("filters.channel")} value={channel} onChange={(event) => pickChannel(event.target.value)}>
        <option value="">{t("filters.any")}</option>
        <optgroup label={t("filters.networks")}>
          {FAMILIES.map((family) => (
            <option key={family} value={`of ${family}`}>
              {t(`common:channel.${family}`)}
            </option>
          ))}
        </optgroup>
        <optgroup label={t("filters.channels")}>
          {channels.map(({ id, name }) => (
            <option key={id} value={`id ${id}`}>
              {name}
            </option>
          ))}
        </optgroup>
      </SelectField>
      <Choice label={t("filters.label")} {...pick("label")} items={useLabels().map(({ name }) => [name, name])} />
      <Choice label={t("filters.team")} {...pick("teamId")} items={useTeams().map(({ id, name }) => [id, name])} />
      <SelectField label={t("filters.assignee")} {...pick("assignedTo")}>
        <option value="">{t("filters.any")}</option>
        <option value="me">{t("filters.me")}</option>
        <option value="none">{t("filters.nobody")}</option>
        {useUsers().map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <Switch
        label={t("filters.unread")}
        checked={Boolean(search.unread)}
        onChange={(on) => ask({ unread: on || undefined })}
      />
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  onChange: (event: { target: { value: string } }) => void;
  items: [string, string][];
}

function Choice({ label, value, onChange, items }: ChoiceProps) {
  const { t } = useTranslation("inbox");
  if (items.length === 0 && !value) return null;
  return (
    <SelectField label={label} value={value} onChange={onChange}>
      <option value="">{t("filters.any")}</option>
      {value && !items.some(([key]) => key === value) && <option value={value}>{value}</option>}
      {items.map(([key, name]) => (
        <option key={key} value={key}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}
