// What a chat is called.
import { useTranslation } from "react-i18next";
import type { Chat } from "../api/types";
import { knownOf, strangerName } from "../app/names";

/** The group's title, or whatever is known of the person. */
export function useTitle(chat: Chat | undefined): string {
  const { t } = useTranslation("inbox");
  if (!chat) return t("row.nameless");
  const { title, contact, externalId, isGroup, channel } = chat;
  const known = isGroup ? title : knownOf(contact)[0] || title;
  return known || strangerName(channel, externalId) || t("row.nameless");
}
