// One chat of the list: a link to it, readable from its first word to its last.
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Chat } from "../../api/types";
import { FamilyIcon } from "../../app/family";
import { short } from "../../i18n/time";
import { useEntity } from "../../live/entities";
import { Avatar } from "../../ui/avatar";
import { cn } from "../../ui/cn";
import { chats } from "../chats";
import { useTitle } from "../title";
import { Marks, useHasMarks } from "./marks";
import { Preview } from "./preview";

/** Pixels; all lines are as high, so that any part of the list can be shown without measuring. */
export const ROW_HEIGHT = 72;

interface RowProps {
  id: string;
  open: boolean;
  /** Where the Tab key stops in the list. */
  stop: boolean;
  onFocus: (id: string) => void;
}

export const Row = memo(function Row({ id, open, stop, onFocus }: RowProps) {
  const chat = useEntity(chats, id);
  return chat ? <Line chat={chat} open={open} stop={stop} onFocus={onFocus} /> : null;
});

function Line({ chat, open, stop, onFocus }: Omit<RowProps, "id"> & { chat: Chat }) {
  const { t } = useTranslation("inbox");
  const title = useTitle(chat);
  const marks = useHasMarks(chat);
  const { id } = chat;
  const fresh = chat.unreadCount > 0 && (chat.myUnreadCount ?? 1) > 0;
  return (
    <Link
      to="/inbox/$chatId"
      params={{ chatId: id }}
      search={(search) => ({ ...search, message: undefined })}
      preload={false}
      data-chat={id}
      tabIndex={stop ? 0 : -1}
      onFocus={() => onFocus(id)}
      aria-current={open ? "true" : undefined}
      className={cn(
        "flex h-full items-center gap-3 border-b px-3 outline-offset-[-2px] hover:bg-sunken",
        open && "bg-accent-soft hover:bg-accent-soft",
      )}
    >
      <span className="relative shrink-0">
        <Avatar seed={chat.contact.id} name={title} />
        <span className="absolute -right-1 -bottom-1 flex rounded-full border bg-surface p-0.5 text-muted">
          <FamilyIcon family={chat.channel} className="size-3" />
        </span>
      </span>
      <span className="flex min-w-0 flex-1 flex-col">
        <span className="flex items-baseline gap-2">
          <span className={cn("min-w-0 flex-1 truncate text-sm", fresh ? "font-semibold" : "font-medium")}>
            {title}
          </span>
          {chat.lastMessageAt && (
            <time dateTime={chat.lastMessageAt} className="shrink-0 text-muted text-xs">
              {short(chat.lastMessageAt)}
            </time>
          )}
        </span>
        <span className="flex items-center gap-2">
          <span className={cn("min-w-0 flex-1 text-[0.8125rem]", fresh ? "text-text" : "text-muted")}>
            <Preview chat={chat} />
          </span>
          {chat.unreadCount > 0 && (
            <span
              className={cn(
                "min-w-5 shrink-0 rounded-full px-1.5 text-center text-xs leading-5",
                fresh ? "bg-accent font-semibold text-on-accent" : "bg-sunken text-muted",
              )}
            >
              <span aria-hidden>{chat.unreadCount > 99 ? "99+" : chat.unreadCount}</span>
              <span className="sr-only">{t("row.unread", { count: chat.unreadCount })}</span>
            </span>
          )}
        </span>
        {marks && <Marks chat={chat} />}
      </span>
    </Link>
  );
}
