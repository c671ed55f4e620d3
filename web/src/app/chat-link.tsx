// A chat named elsewhere than in the inbox: what was said last, and the way to it.
import { Link, useMatch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Chat } from "../api/types";
import { short } from "../i18n/time";
import { chats, loadChat } from "../inbox/chats";
import { useTitle } from "../inbox/title";
import { useEntity } from "../live/entities";
import { Avatar } from "../ui/avatar";
import { useProblemText } from "../ui/states";
import { useChannels } from "./queries";

export function ChatLink({ chatId }: { chatId: string }) {
  const { t } = useTranslation();
  const chat = useEntity(chats, chatId);
  const [error, setError] = useState<unknown>(null);
  const text = useProblemText(error);
  useEffect(() => {
    setError(null);
    if (!chats.get(chatId)) loadChat(chatId).catch(setError);
  }, [chatId]);
  if (chat) return <ChatLine chat={chat} />;
  return <p className="p-2 text-muted text-sm">{error ? text : t("loading")}</p>;
}

function ChatLine({ chat }: { chat: Chat }) {
  const { t } = useTranslation();
  const title = useTitle(chat);
  // in the inbox, what it shows beside stays
  const inbox = useMatch({ from: "/shell/inbox", shouldThrow: false });
  const channel = useChannels().find(({ id }) => id === chat.channelId)?.name ?? chat.provider;
  return (
    <Link
      to="/inbox/$chatId"
      params={{ chatId: chat.id }}
      search={inbox ? { ...inbox.search, message: undefined } : {}}
      className="flex items-center gap-3 rounded-lg border p-2 hover:bg-sunken"
    >
      <Avatar seed={chat.contact.id} name={title} />
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span className="min-w-0 flex-1 truncate font-medium text-sm">{title}</span>
          {chat.lastMessageAt && <time className="shrink-0 text-muted text-xs">{short(chat.lastMessageAt)}</time>}
        </span>
        <span className="block truncate text-muted text-xs">{chat.lastMessage?.preview}</span>
        <span className="block truncate text-muted text-xs">
          {channel} · {t(`chat.status.${chat.status}`)}
        </span>
      </span>
    </Link>
  );
}
