import { toast } from "sonner";
import type { Notification } from "../api/types";
import { router } from "../app/router";
import { problemText } from "../ui/states";
import { readNotification } from "./queries";
import { targetOf } from "./words";

/** Marks it as read and goes to what it is about. */
export function openNotification(notification: Notification): void {
  const { chatId, messageId, channelId } = targetOf(notification);
  if (!notification.isRead) readNotification(notification.id).catch((error) => toast.error(problemText(error)));
  if (chatId) void router.navigate({ to: "/inbox/$chatId", params: { chatId }, search: { message: messageId } });
  else if (channelId) void router.navigate({ to: "/settings/$section", params: { section: "channels" } });
}
