// Where the reader left off when the chat was opened.
import { useEffect, useRef, useState } from "react";
import { useStore } from "../../live/store";
import { chats } from "../chats";
import { loadOlder, timelineOf } from "../timeline";
import { firstUnreadOf, heldBackOf } from "./rows";

/** Whoever missed more than this begins at the end. */
const MOST = 400;

/** The first unread message at opening, decided once; `known` as soon as it is. `skip`: the reader goes elsewhere anyway. */
export function useFirstUnread(chatId: string, skip: boolean): { id: string | null; known: boolean } {
  const { messages, state, older, problem } = useStore(timelineOf(chatId));
  const [found, setFound] = useState<{ id: string | null } | null>(skip ? { id: null } : null);
  const chat = chats.get(chatId);
  // what a colleague has read needs no reading; what comes later is new anyway
  const count = useRef(Math.min(chat?.unreadCount ?? 0, chat?.myUnreadCount ?? Number.POSITIVE_INFINITY));
  const few = count.current > 0 && count.current <= MOST;
  const id = !found && few ? firstUnreadOf(messages, count.current) : null;
  // one that is held back is found with those before it
  const drawn = id !== null && id !== heldBackOf(messages, older)?.id;
  const missing = !drawn && few && older && state === "ready" && !problem && messages.length < MOST;
  // while drawing, not after it: the messages would be drawn a second time, after a page without them
  const decided = found ?? (state === "loading" || missing ? null : { id });
  if (decided && !found) setFound(decided);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each page that did not have it asks for the one before
  useEffect(() => {
    if (decided || !missing) return;
    // after the load that brought these is over
    const timer = setTimeout(() => void loadOlder(chatId));
    return () => clearTimeout(timer);
  }, [decided, missing, messages, chatId]);
  return { id: decided?.id ?? null, known: decided !== null };
}
