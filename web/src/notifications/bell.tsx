// How much the member was told personally and has not read; the list itself is loaded when it is opened.
import { useParams } from "@tanstack/react-router";
import { Bell } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Notification } from "../api/types";
import { onLive } from "../live/apply";
import { Button } from "../ui/button";
import { Popover } from "../ui/popover";
import { Loading } from "../ui/states";
import { MOST_COUNTED, useUnread } from "./queries";

const List = lazy(() => import("./list").then(({ NotificationList }) => ({ default: NotificationList })));

export function NotificationBell() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const unread = useUnread();
  useToasts();
  const shown = unread > MOST_COUNTED ? `${MOST_COUNTED}+` : String(unread);
  const label = unread > 0 ? t("nav.unread", { count: unread, shown }) : t("nav.notifications");
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      label={t("nav.notifications")}
      side={window.matchMedia("(width >= 48rem)").matches ? "right" : "top"}
      align="end"
      className="flex w-[calc(100vw-1rem)] flex-col overflow-hidden p-0 md:w-96"
      trigger={
        <Button aria-label={label} title={label} look="quiet" className="relative size-10 px-0">
          <Bell className="size-5" aria-hidden />
          {unread > 0 && (
            <span
              aria-hidden
              className="absolute top-0.5 right-0 min-w-4 rounded-full bg-bad px-1 text-center font-semibold text-[0.625rem] text-surface leading-4"
            >
              {shown}
            </span>
          )}
        </Button>
      }
    >
      <Suspense fallback={<Loading />}>
        <List close={() => setOpen(false)} />
      </Suspense>
    </Popover>
  );
}

/** A word on each new one, unless it is about what is on the screen already. */
function useToasts(): void {
  const { chatId } = useParams({ strict: false });
  const open = useRef(chatId);
  open.current = chatId;
  useEffect(
    () =>
      onLive("user:notification", (notification: Notification) => {
        void import("./toast").then(({ tell }) => tell(notification, open.current));
      }),
    [],
  );
}
