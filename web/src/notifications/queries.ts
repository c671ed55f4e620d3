// What the member was told personally. Every key begins with `notifications`, which events make stale.
import { useQuery } from "@tanstack/react-query";
import { call } from "../api/http";
import type { Notification, Page } from "../api/types";
import { useEndless } from "../app/endless";
import { cacheOf } from "../live/cache";

/** More than this many are not counted. */
export const MOST_COUNTED = 99;

export function useUnread(): number {
  const { data } = useQuery({
    queryKey: ["notifications", "unread count"],
    queryFn: () => call<Page<Notification>>("GET", `/api/notifications?isRead=false&limit=${MOST_COUNTED + 1}`),
  });
  return data?.items.length ?? 0;
}

export const useNotifications = (unread: boolean) =>
  useEndless<Notification>(
    ["notifications", unread ? "unread" : "all"],
    `/api/notifications${unread ? "?isRead=false" : ""}`,
  );

const refresh = () => cacheOf()?.invalidateQueries({ queryKey: ["notifications"] });

export async function readNotification(id: string): Promise<void> {
  await call("POST", `/api/notifications/${id}/read`);
  await refresh();
}

export async function readAllNotifications(): Promise<void> {
  await call("POST", "/api/notifications/read-all");
  await refresh();
}
