// What the member was told personally, newest first.
import { CheckCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import type { Notification } from "../api/types";
import { useUsers } from "../app/queries";
import { full, short } from "../i18n/time";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { EndOfList } from "../ui/end";
import { Empty, Failed, Loading, problemText } from "../ui/states";
import { Toggle } from "../ui/toggle";
import { openNotification } from "./open";
import { readAllNotifications, useNotifications, useUnread } from "./queries";
import { kindOf, titleOf } from "./words";

export function NotificationList({ close }: { close: () => void }) {
  const { t } = useTranslation("notifications");
  const [unreadOnly, setUnreadOnly] = useState(false);
  const [busy, setBusy] = useState(false);
  const unread = useUnread();
  const list = useNotifications(unreadOnly);
  const readAll = async () => {
    setBusy(true);
    try {
      await readAllNotifications();
    } catch (error) {
      toast.error(problemText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <header className="flex flex-wrap items-center gap-2 border-b p-3">
        <h2 className="flex-auto font-semibold">{t("title")}</h2>
        <Toggle on={unreadOnly} onChange={setUnreadOnly}>
          {t("unread")}
        </Toggle>
        <Button look="quiet" busy={busy} disabled={unread === 0} onClick={readAll}>
          <CheckCheck className="size-4" aria-hidden />
          {t("readAll")}
        </Button>
      </header>
      <div className="h-[min(28rem,60dvh)] overflow-y-auto">
        {list.loading && <Loading />}
        {list.error && <Failed error={list.error} again={list.again} />}
        {!list.loading && !list.error && list.items.length === 0 && (
          <Empty title={t(unreadOnly ? "none.unread" : "none")} />
        )}
        {list.items.length > 0 && (
          <ul>
            {list.items.map((notification) => (
              <Line key={notification.id} notification={notification} close={close} />
            ))}
          </ul>
        )}
        <EndOfList {...list.end} />
      </div>
    </>
  );
}

function Line({ notification, close }: { notification: Notification; close: () => void }) {
  const { t } = useTranslation("notifications");
  const users = useUsers();
  const kind = kindOf(notification, t);
  const open = () => {
    openNotification(notification);
    close();
  };
  return (
    <li className="border-b last:border-b-0">
      <button
        type="button"
        onClick={open}
        className={cn("flex w-full gap-2 px-3 py-2.5 text-left text-sm -outline-offset-2 hover:bg-sunken")}
      >
        <span
          aria-hidden
          className={cn("mt-1.5 size-2 shrink-0 rounded-full", notification.isRead ? "bg-transparent" : "bg-accent")}
        />
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline gap-2 text-muted text-xs">
            <span className="min-w-0 flex-1 truncate">{kind}</span>
            <time title={full(notification.createdAt)}>{short(notification.createdAt)}</time>
          </span>
          <span className={cn("block break-words", !notification.isRead && "font-medium")}>
            {titleOf(notification, t, (id) => users.find((user) => user.id === id)?.name)}
          </span>
          {notification.body && (
            <span className="line-clamp-3 block break-words text-muted text-xs">{notification.body}</span>
          )}
          {!notification.isRead && <span className="sr-only">{t("isUnread")}</span>}
        </span>
      </button>
    </li>
  );
}
