// What each event changes on the screen. Events are facts: applying one again changes nothing more.
import type { OperatorsTold } from "../api/generated/events";
import { session } from "../api/session";
import type { Channel, Chat, ChatDigest, Message, MessageStatus, Notification } from "../api/types";
import { chats, digest, readUpTo, retell, tellChat } from "../inbox/chats";
import { reloadLists } from "../inbox/lists";
import { bindSent } from "../inbox/outbox";
import { forgetChat, keepMessage, raiseStatus, reloadTimelines } from "../inbox/timeline";
import { cacheOf } from "./cache";
import { onEvent } from "./connection";
import { resetPresence, tellPresence } from "./presence";
import { appliedBy, remember } from "./recent";

type Name = keyof OperatorsTold;
type MessageNew = Message & { chat?: ChatDigest };
interface StatusChange {
  messageId: string;
  chatId: string;
  status: MessageStatus;
  error?: { code: string; message: string } | null;
  timestamp: string;
}
interface ReadChange {
  chatId: string;
  readByUserId: string | null;
  lastReadMessageId: string | null;
  readAt: string;
}

const heard = new Map<string, Set<(payload: unknown) => void>>();

/** For parts of the dashboard that react to an event by themselves: a sound, a list of tickets. Live events only. */
export function onLive(name: string, handler: (payload: never) => void): () => void {
  const handlers = heard.get(name) ?? new Set();
  heard.set(name, handlers.add(handler as (payload: unknown) => void));
  return () => handlers.delete(handler as (payload: unknown) => void);
}

/** Names, merging and blocking are told with the chats: what is shown of the person is asked for anew. */
function retellPerson({ contact }: Chat): void {
  void cacheOf()?.invalidateQueries({ queryKey: ["contact", contact.id] });
}

const FACTS: Partial<Record<string, (payload: never) => void>> = {
  "chat:new": (chat: Chat) => {
    tellChat(chat, true);
    retellPerson(chat);
  },
  "chat:updated": (chat: Chat) => {
    tellChat(chat);
    retellPerson(chat);
  },
  "chat:deleted": ({ chatId }: { chatId: string }) => {
    chats.remove(chatId);
    forgetChat(chatId);
  },
  "message:new": (message: MessageNew) => {
    bindSent(message);
    keepMessage(message);
    digest(message, message.chat);
  },
  "message:updated": (message: Message) => {
    keepMessage(message);
    retell(message);
  },
  "message:status": ({ messageId, chatId, status, error, timestamp }: StatusChange) =>
    raiseStatus(chatId, messageId, status, error ?? null, timestamp),
  "messages:read": ({ chatId, readByUserId, lastReadMessageId }: ReadChange) =>
    readUpTo(chatId, lastReadMessageId, readByUserId === session.get()?.user.id),
  "channel:updated": (channel: Channel) => {
    const cache = cacheOf();
    cache?.setQueryData<Channel[]>(["channels"], (all) =>
      all?.map((one) => (one.id === channel.id ? { ...one, ...channel } : one)),
    );
    void cache?.invalidateQueries({ queryKey: ["channels"] });
  },
  "user:profile:updated": () => void cacheOf()?.invalidateQueries({ queryKey: ["users"] }),
  "user:notification": (_: Notification) => void cacheOf()?.invalidateQueries({ queryKey: ["notifications"] }),
  "ticket:new": () => void cacheOf()?.invalidateQueries({ queryKey: ["tickets"] }),
  "ticket:updated": () => void cacheOf()?.invalidateQueries({ queryKey: ["tickets"] }),
};

function apply(name: string, payload: unknown): void {
  (FACTS[name] as ((payload: unknown) => void) | undefined)?.(payload);
}

/** Starts listening. Once, when the dashboard opens. */
export function listen(): () => void {
  appliedBy(({ name, payload }) => apply(name, payload));
  return onEvent((name: Name, payload) => {
    if (name === "sync:required") return sync((payload as { reason: string }).reason);
    tellPresence(name, payload);
    if (FACTS[name]) remember(name, payload);
    apply(name, payload);
    for (const handler of heard.get(name) ?? []) handler(payload);
  });
}

/** Only a gap means that something was missed that nobody will tell. */
function sync(reason: string): void {
  resetPresence();
  if (reason !== "gap") return;
  reloadTimelines();
  reloadLists();
  void cacheOf()?.invalidateQueries();
}
