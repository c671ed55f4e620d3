// Messages that a search found, below the chats; each opens its chat at that message.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api/http";
import type { Message, Page } from "../../api/types";
import { short } from "../../i18n/time";
import { useEntity } from "../../live/entities";
import { Button } from "../../ui/button";
import { Failed, Loading } from "../../ui/states";
import { chats, loadChat } from "../chats";
import { useTitle } from "../title";

interface FoundProps {
  q: string;
  /** Further chats of the same search. */
  more?: () => void;
}

export function FoundMessages({ q, more }: FoundProps) {
  const { t } = useTranslation(["inbox", "common"]);
  const found = useInfiniteQuery({
    queryKey: ["messages", q],
    initialPageParam: "",
    queryFn: ({ pageParam }) => {
      const asked = new URLSearchParams({ q, limit: "30", ...(pageParam ? { cursor: pageParam } : {}) });
      return call<Page<Message>>("GET", `/api/messages?${asked}`);
    },
    getNextPageParam: (page) => page.nextCursor,
  });
  const messages = found.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {more && (
        <div className="flex justify-center border-b p-2">
          <Button size="small" look="quiet" onClick={more}>
            {t("list.moreChats")}
          </Button>
        </div>
      )}
      <h2 className="px-3 pt-3 pb-1 font-semibold text-muted text-xs uppercase tracking-wide">{t("list.messages")}</h2>
      {found.isPending && <Loading />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isSuccess && messages.length === 0 && (
        <p className="px-3 py-2 text-muted text-sm">{t("list.noMessages")}</p>
      )}
      <ul aria-label={t("list.messages")}>
        {messages.map((message) => (
          <li key={message.id}>
            <Hit message={message} />
          </li>
        ))}
      </ul>
      {found.hasNextPage && (
        <div className="flex justify-center p-2">
          <Button size="small" look="quiet" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            {t("common:more")}
          </Button>
        </div>
      )}
    </>
  );
}

function Hit({ message }: { message: Message }) {
  const { t } = useTranslation("inbox");
  const chat = useEntity(chats, message.chatId);
  const title = useTitle(chat);
  const known = Boolean(chat);
  useEffect(() => {
    // without it the line has no title, and opening it says what is wrong
    if (!known) void loadChat(message.chatId).catch(() => {});
  }, [known, message.chatId]);
  const writer = message.fromMe ? t("row.you") : message.senderName ? `${message.senderName}:` : "";
  return (
    <Link
      to="/inbox/$chatId"
      params={{ chatId: message.chatId }}
      search={(search) => ({ ...search, message: message.id })}
      preload={false}
      className="block border-b px-3 py-2 outline-offset-[-2px] hover:bg-sunken"
    >
      <span className="flex items-baseline gap-2">
        <span className="min-w-0 flex-1 truncate font-medium text-sm">{title}</span>
        <time dateTime={message.createdAt} className="text-muted text-xs">
          {short(message.createdAt)}
        </time>
      </span>
      <span className="line-clamp-2 text-[0.8125rem] text-muted">
        {writer} {message.content}
      </span>
    </Link>
  );
}
