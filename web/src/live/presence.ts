// Who is in a chat and who types there: passing news that no list holds. Follow a chat while it is open.
import { useEffect } from "react";
import { api, ask } from "../api/http";
import { onConnected, say } from "./connection";
import { createEntities, useEntity } from "./entities";
import { createStore } from "./store";

export interface Here {
  id: string;
  memberIds: string[];
  version: number;
  /** Whoever types now: a colleague's or the customer's id, and the name. */
  typing: { id: string; name: string; customer: boolean }[];
}

export const here = createEntities<Here>();
/** Colleagues who are online, as far as the server counts them. */
const onlineTotal = createStore<number | null>(null);

const EMPTY: Omit<Here, "id"> = { memberIds: [], version: 0, typing: [] };
const TYPING_MS = 11_000;
const timers = new Map<string, ReturnType<typeof setTimeout>>();
const followed = new Map<string, number>();

const change = (chatId: string, part: Partial<Here>) => {
  here.put([{ ...EMPTY, ...here.get(chatId), ...part, id: chatId }]);
};

export function useHere(chatId: string): Here {
  return useEntity(here, chatId) ?? { id: chatId, ...EMPTY };
}

/** Joins the chat's room while the component is there, again after each new connection. */
export function useFollow(chatId: string): void {
  useEffect(() => {
    followed.set(chatId, (followed.get(chatId) ?? 0) + 1);
    const join = () => void say("subscribe:chat", { chatId });
    const stop = onConnected(join);
    return () => {
      stop();
      const left = (followed.get(chatId) ?? 1) - 1;
      if (left > 0) followed.set(chatId, left);
      else {
        followed.delete(chatId);
        void say("unsubscribe:chat", { chatId });
        here.remove(chatId);
      }
    };
  }, [chatId]);
}

export function resetPresence(): void {
  for (const { id } of [...here.all()]) change(id, { typing: [] });
}

interface Passing {
  chatId: string;
  memberIds: string[];
  version: number;
  userId?: string | null;
  contactId?: string | null;
  name: string;
  total: number;
}

export function tellPresence(name: string, payload: unknown): void {
  const news = payload as Passing;
  switch (name) {
    case "chat:online:snapshot":
      return change(news.chatId, { memberIds: news.memberIds, version: news.version });
    case "chat:member:joined":
      return step(news, (members) => [...members.filter((id) => id !== news.userId), news.userId ?? ""]);
    case "chat:member:left":
      return step(news, (members) => members.filter((id) => id !== news.userId));
    case "online:total:updated":
      return onlineTotal.set(news.total);
    case "typing:start":
    case "typing:stop":
      return type(news, name === "typing:start");
    case "message:new": {
      const { chatId, fromMe, senderUserId } = payload as {
        chatId: string;
        fromMe: boolean;
        senderUserId: string | null;
      };
      return silence(chatId, (one) => (fromMe ? one.id === senderUserId : one.customer));
    }
  }
}

/** A version that is not the next one is a hole: the members are asked for anew. */
function step({ chatId, version }: Passing, next: (members: string[]) => string[]): void {
  const known = here.get(chatId);
  if (!known || version === known.version) return;
  if (version === known.version + 1) return change(chatId, { memberIds: next(known.memberIds), version });
  void ask(api.GET("/api/chats/{id}/presence", { params: { path: { id: chatId } } })).then(
    ({ memberIds, version }) => change(chatId, { memberIds, version }),
    () => {
      // the next change shows the hole again
    },
  );
}

function type({ chatId, userId, contactId, name }: Passing, starts: boolean): void {
  const id = userId ?? contactId;
  if (!id) return;
  const key = `${chatId} ${id}`;
  clearTimeout(timers.get(key));
  silence(chatId, (one) => one.id === id);
  if (!starts) return;
  change(chatId, { typing: [...(here.get(chatId)?.typing ?? []), { id, name, customer: !userId }] });
  timers.set(
    key,
    setTimeout(() => silence(chatId, (one) => one.id === id), TYPING_MS),
  );
}

function silence(chatId: string, who: (one: Here["typing"][number]) => boolean): void {
  const typing = here.get(chatId)?.typing ?? [];
  if (typing.some(who)) change(chatId, { typing: typing.filter((one) => !who(one)) });
}
