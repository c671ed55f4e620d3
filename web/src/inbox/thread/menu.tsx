// What can be done to a message, as far as it and its network allow.

import { EllipsisVertical, Reply } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import type { Message } from "../../api/types";
import { IconButton } from "../../ui/button";
import { Confirm } from "../../ui/confirm";
import { Menu, MenuItem, MenuLine } from "../../ui/menu";
import { problemText } from "../../ui/states";
import { edit, replyTo } from "../composer/writing";
import { deleteMessage, retry } from "./actions";
import { ReactButton } from "./reactions";
import type { Rights } from "./rights";

interface ToolsProps {
  message: Message;
  rights: Rights;
  menuOpen: boolean;
  onMenu: (open: boolean) => void;
}

const anythingFor = ({ content }: Message, { reply, edit, delete: remove, retry }: Rights) =>
  reply || edit || remove || retry || content !== "";

/** As wide as the tools, which are drawn after the messages. */
export function ToolsSpace({ message, rights }: Pick<ToolsProps, "message" | "rights">) {
  if (message.deletedAt) return null;
  return (
    <span className="flex shrink-0">
      {rights.react && <span className="size-7" />}
      {rights.reply && <span className="hidden size-7 sm:block" />}
      {anythingFor(message, rights) && <span className="size-7" />}
    </span>
  );
}

export function Tools({ message, rights, menuOpen, onMenu }: ToolsProps) {
  const { t } = useTranslation(["thread", "common"]);
  const [asking, setAsking] = useState(false);
  // what leads into the composer is done when the menu has let go of the focus
  const next = useRef<(() => void) | null>(null);
  const later = (act: () => void) => () => {
    next.current = act;
  };
  const complain = (error: unknown) => toast.error(problemText(error));
  const copy = () =>
    navigator.clipboard?.writeText(message.content).then(() => toast.success(t("common:copied")), complain);
  const some = anythingFor(message, rights);
  if (message.deletedAt || !(some || rights.react)) return null;
  return (
    <span
      data-tools
      className="flex shrink-0 items-center self-center opacity-0 focus-within:opacity-100 group-hover:opacity-100 group-focus-within:opacity-100 has-[[data-state=open]]:opacity-100 [@media(hover:none)]:opacity-100"
    >
      {rights.react && <ReactButton message={message} />}
      {rights.reply && (
        <span className="hidden sm:inline-flex">
          <IconButton label={t("menu.reply")} size="small" onClick={() => replyTo(message.chatId, message.id)}>
            <Reply className="size-4" aria-hidden />
          </IconButton>
        </span>
      )}
      {some && (
        <Menu
          align="end"
          open={menuOpen}
          onOpenChange={onMenu}
          onClosed={(event) => {
            if (!next.current) return;
            event.preventDefault();
            next.current();
            next.current = null;
          }}
          trigger={
            <button
              type="button"
              aria-label={t("menu.label")}
              className="flex size-7 items-center justify-center rounded-lg text-muted hover:bg-sunken hover:text-text"
            >
              <EllipsisVertical className="size-4" aria-hidden />
            </button>
          }
        >
          {rights.reply && (
            <MenuItem onSelect={later(() => replyTo(message.chatId, message.id))}>{t("menu.reply")}</MenuItem>
          )}
          {message.content && <MenuItem onSelect={() => void copy()}>{t("menu.copy")}</MenuItem>}
          {rights.retry && (
            <MenuItem onSelect={() => void retry(message.id).catch(complain)}>{t("menu.retry")}</MenuItem>
          )}
          {rights.edit && <MenuItem onSelect={later(() => edit(message))}>{t("menu.edit")}</MenuItem>}
          {rights.delete && (
            <>
              <MenuLine />
              <MenuItem danger onSelect={() => setAsking(true)}>
                {t("menu.delete")}
              </MenuItem>
            </>
          )}
        </Menu>
      )}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t("delete.title")}
        action={t("common:delete")}
        onConfirm={() => deleteMessage(message)}
      >
        {t(message.private ? "delete.note" : "delete.text")}
      </Confirm>
    </span>
  );
}
