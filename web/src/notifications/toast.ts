import i18next from "i18next";
import { toast } from "sonner";
import type { Notification, User } from "../api/types";
import { cacheOf } from "../live/cache";
import { openNotification } from "./open";
import { targetOf, titleOf } from "./words";

/** Shows a new notification for a moment, unless it is about the chat that is open. */
export async function tell(notification: Notification, openChatId: string | undefined): Promise<void> {
  const { chatId, channelId } = targetOf(notification);
  if (chatId && chatId === openChatId && document.visibilityState === "visible") return;
  await i18next.loadNamespaces("notifications");
  const t = i18next.getFixedT(null, "notifications");
  const users = cacheOf()?.getQueryData<User[]>(["users"]);
  toast(
    titleOf(notification, t, (id) => users?.find((user) => user.id === id)?.name),
    {
      id: notification.id,
      description: notification.body,
      action: chatId || channelId ? { label: t("open"), onClick: () => openNotification(notification) } : undefined,
    },
  );
}
