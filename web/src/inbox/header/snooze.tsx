// Puts the chat aside until a time; it comes back by itself, or when the customer writes.
import { AlarmClock } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Chat } from "../../api/types";
import { useShortcut } from "../../app/shortcuts";
import { full } from "../../i18n/time";
import { Button, IconButton } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { TextField } from "../../ui/field";
import { Menu, MenuItem, MenuLabel, MenuLine } from "../../ui/menu";
import type { ChatActions } from "./actions";

const MORNING = 9;
const HOUR_MS = 3_600_000;

/** The times that are offered, by the clock of whoever asks. */
function snoozeTimes(now: Date): { name: "hour" | "tomorrow" | "week"; until: Date }[] {
  const morning = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
  // the next Monday, never today
  const toMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { name: "hour", until: new Date(now.getTime() + HOUR_MS) },
    { name: "tomorrow", until: morning(1) },
    { name: "week", until: morning(toMonday) },
  ];
}

/** As a field for date and time wants it. */
function local(at: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

export function Snooze({ chat, actions }: { chat: Chat; actions: ChatActions }) {
  const { t } = useTranslation(["inbox", "common"]);
  const [open, setOpen] = useState(false);
  const [picking, setPicking] = useState(false);
  useShortcut("s", t("header.snooze"), () => setOpen(true));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const until = new Date(String(new FormData(event.currentTarget).get("until")));
    setPicking(false);
    void actions.snooze(until);
  };
  return (
    <>
      <Menu
        align="end"
        open={open}
        onOpenChange={setOpen}
        trigger={
          <IconButton label={t("header.snooze")} keys="s">
            <AlarmClock className="size-4.5" aria-hidden />
          </IconButton>
        }
      >
        <MenuLabel>{t("snooze.until")}</MenuLabel>
        {snoozeTimes(new Date()).map(({ name, until }) => (
          <MenuItem key={name} onSelect={() => void actions.snooze(until)}>
            <span className="flex-1">{t(`snooze.${name}`)}</span>
            <span className="pl-4 text-muted text-xs">{full(until.toISOString())}</span>
          </MenuItem>
        ))}
        <MenuItem onSelect={() => setPicking(true)}>{t("snooze.pick")}</MenuItem>
        {chat.status === "snoozed" && (
          <>
            <MenuLine />
            <MenuItem onSelect={() => void actions.change({ status: "open" })}>{t("snooze.end")}</MenuItem>
          </>
        )}
      </Menu>
      <Dialog open={picking} onOpenChange={setPicking} title={t("snooze.title")} description={t("snooze.text")}>
        <form onSubmit={submit} className="flex flex-col gap-4">
          <TextField
            label={t("snooze.until")}
            name="until"
            type="datetime-local"
            required
            min={local(new Date())}
            defaultValue={local(snoozeTimes(new Date())[1]?.until ?? new Date())}
          />
          <Button type="submit" look="primary" className="self-end">
            {t("header.snooze")}
          </Button>
        </form>
      </Dialog>
    </>
  );
}
