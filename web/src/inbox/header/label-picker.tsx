// Puts labels on the chat and takes them off.
import { Link } from "@tanstack/react-router";
import { Tag } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Chat } from "../../api/types";
import { may, useMe } from "../../app/me";
import { useLabels } from "../../app/queries";
import { useShortcut } from "../../app/shortcuts";
import { IconButton } from "../../ui/button";
import { Picker } from "../../ui/picker";
import { LabelDot } from "../label";
import type { ChatActions } from "./actions";

export function LabelPicker({ chat, actions }: { chat: Chat; actions: ChatActions }) {
  const { t } = useTranslation("inbox");
  const [open, setOpen] = useState(false);
  const me = useMe();
  const labels = useLabels();
  useShortcut("l", t("header.labels"), () => setOpen(true));
  // one that is on the chat and no longer in the list can still be taken off
  const gone = chat.labels.filter((name) => !labels.some((label) => label.name === name));
  const options = [...labels, ...gone.map((name) => ({ name, color: undefined }))].map(({ name, color }) => ({
    id: name,
    name,
    mark: <LabelDot color={color} />,
    checked: chat.labels.includes(name),
  }));
  const toggle = (name: string) => {
    const on = chat.labels.includes(name);
    void actions.change({ labels: on ? chat.labels.filter((one) => one !== name) : [...chat.labels, name] });
  };
  return (
    <Picker
      several
      label={t("labels.search")}
      nothing={labels.length ? t("labels.nothing") : t("labels.none")}
      options={options}
      onPick={toggle}
      open={open}
      onOpenChange={setOpen}
      trigger={
        <IconButton label={t("header.labels")} keys="l">
          <Tag className="size-4.5" aria-hidden />
        </IconButton>
      }
    >
      {may(me, "moderator") && (
        <Link
          to="/settings/$section"
          params={{ section: "labels" }}
          className="mt-2 block border-t pt-2 text-accent text-xs hover:underline"
        >
          {t("labels.manage")}
        </Link>
      )}
    </Picker>
  );
}
