// Who wrote a message, by name.
import { useTranslation } from "react-i18next";
import type { Message } from "../../api/types";
import { useUser } from "../../app/queries";
import { useEntity } from "../../live/entities";
import { chats } from "../chats";
import { useTitle } from "../title";

type From = Pick<Message, "chatId" | "fromMe" | "senderUserId" | "senderName">;

/** Colleagues have the name that they have now; customers who gave none are called as their chat. */
export function useSender(message: From | null | undefined): { seed: string; name: string } {
  const { t } = useTranslation("thread");
  const user = useUser(message?.senderUserId);
  const chat = useEntity(chats, message?.chatId ?? "");
  const title = useTitle(chat);
  if (!message) return { seed: "", name: "" };
  const nameless = message.fromMe ? t("us") : chat && !chat.isGroup ? title : t("somebody");
  const name = user?.name ?? (message.senderName || nameless);
  return { seed: message.senderUserId ?? name, name };
}
