// Lists of chats, loaded a page at a time and kept in order by what is told of each chat.
import { useEffect, useSyncExternalStore } from "react";
import { api, ask } from "../api/http";
import { asProblem, type Problem } from "../api/problem";
import { session } from "../api/session";
import type { Chat, Page } from "../api/types";
import { snapshot } from "../live/recent";
import { createStore, type Store } from "../live/store";
import { chats } from "./chats";
import { byActivity, type ChatFilter, filterKey, matches, query } from "./filter";

export interface ChatList {
  ids: string[];
  /** Where the next page begins; null: all are here. */
  nextCursor: string | null;
  state: "loading" | "ready" | "failed";
  problem: Problem | null;
}

const EMPTY: ChatList = { ids: [], nextCursor: null, state: "loading", problem: null };
const PAGE = 50;
/** Lists that nobody looks at are kept current as well, so that going back to one is instant; the oldest go first. */
const MOST_LISTS = 12;

interface Kept {
  filter: ChatFilter;
  store: Store<ChatList>;
  /** Where the loaded pages ended at the server: a chat from here on comes with the next page. */
  edge: Pick<Chat, "id" | "lastMessageAt" | "createdAt"> | null;
  busy: boolean;
  /** It was asked for anew while a page was on its way. */
  stale: boolean;
  /** Components that show it: such a list is never dropped. */
  watchers: number;
}

const lists = new Map<string, Kept>();

function listOf(filter: ChatFilter): Kept {
  const key = filterKey(filter);
  const known = lists.get(key);
  const kept = known ?? { filter, store: createStore(EMPTY), edge: null, busy: false, stale: false, watchers: 0 };
  lists.delete(key);
  lists.set(key, kept);
  if (!known) {
    const idle = [...lists].filter(([, one]) => one.watchers === 0 && one !== kept);
    for (const [old] of idle.slice(0, Math.max(0, lists.size - MOST_LISTS))) lists.delete(old);
    void load(kept, null);
  }
  return kept;
}

/** Asks for a list that will be shown. */
export const loadList = (filter: ChatFilter) => void listOf(filter);

/** The list, and `more` to load its next page. */
export function useChatList(filter: ChatFilter): ChatList & { more: () => void; again: () => void } {
  const kept = listOf(filter);
  const list = useSyncExternalStore(kept.store.subscribe, kept.store.get);
  useEffect(() => {
    kept.watchers += 1;
    return () => {
      kept.watchers -= 1;
    };
  }, [kept]);
  return {
    ...list,
    more: () => void (list.nextCursor && load(kept, list.nextCursor)),
    again: () => void load(kept, null),
  };
}

async function load(kept: Kept, cursor: string | null): Promise<void> {
  if (kept.busy) {
    kept.stale ||= cursor === null;
    return;
  }
  kept.busy = true;
  const { store } = kept;
  if (store.get().state === "failed") store.update((list) => ({ ...list, state: "loading", problem: null }));
  try {
    const asked = { ...query(kept.filter), limit: PAGE, ...(cursor ? { cursor } : {}) };
    const call = () => ask(api.GET("/api/chats", { params: { query: asked as never } })) as Promise<Page<Chat>>;
    await snapshot(call, ({ items, nextCursor }) => {
      const before = cursor ? store.get().ids : [];
      const ids = [...new Set([...before, ...items.map((chat) => chat.id)])];
      kept.edge = nextCursor ? (items.at(-1) ?? null) : null;
      store.set({ ids, nextCursor, state: "ready", problem: null });
      chats.put(items);
    });
  } catch (error) {
    store.update((list) => ({ ...list, state: "failed", problem: asProblem(error) }));
  } finally {
    kept.busy = false;
    if (kept.stale) {
      kept.stale = false;
      void load(kept, null);
    }
  }
}

/** After a gap: what was missed nobody will tell. */
export function reloadLists(): void {
  for (const kept of lists.values()) void load(kept, null);
}

/** Whoever signs in next sees nothing of this session. */
export function forgetLists(): void {
  lists.clear();
  chats.clear();
}

chats.onChange((id, chat) => {
  for (const kept of lists.values()) place(kept, id, chat);
});

function place({ filter, store, edge }: Kept, id: string, chat: Chat | undefined): void {
  const list = store.get();
  if (list.state === "loading") return;
  const at = list.ids.indexOf(id);
  const belongs = chat ? matches(filter, chat, session.get()?.user.id ?? "") : false;
  // a search keeps what it found, and moves it
  const stays = chat && (belongs ?? at >= 0);
  if (!stays) {
    if (at >= 0) store.set({ ...list, ids: list.ids.filter((other) => other !== id) });
    return;
  }
  const others = at >= 0 ? list.ids.filter((other) => other !== id) : list.ids;
  const next = others.findIndex((other) => {
    const known = chats.get(other);
    return known && byActivity(chat, known) < 0;
  });
  // it comes with a later page; the last line of those that are here may have moved up, so that it does not tell
  if (next < 0 && at < 0 && edge && byActivity(edge, chat) < 0) return;
  const to = next < 0 ? others.length : next;
  if (to === at) return;
  store.set({ ...list, ids: [...others.slice(0, to), id, ...others.slice(to)] });
}
