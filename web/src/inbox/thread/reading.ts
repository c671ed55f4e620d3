// Marks the chat as read while somebody sees its end.
import { useEffect } from "react";
import { useEntity } from "../../live/entities";
import { chats, readChat } from "../chats";

/** Somebody who only passes by has read nothing. */
const MOMENT_MS = 600;

export function useReading(chatId: string, atEnd: boolean): void {
  const chat = useEntity(chats, chatId);
  const unread = (chat?.unreadCount ?? 0) + (chat?.myUnreadCount ?? 0);
  useEffect(() => {
    if (!atEnd || unread === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(timer);
      if (document.visibilityState !== "visible") return;
      timer = setTimeout(() => {
        readChat(chatId).catch(() => {
          // it stays unread, and is marked with the next message or the next look
        });
      }, MOMENT_MS);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [chatId, atEnd, unread]);
}
