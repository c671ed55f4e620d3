// The messages of a chat as far as they were loaded, oldest first, without holes: from some message up to the newest, or, after
// a jump to an old message, up to some later one.
import { api, ask } from "../api/http";
import { asProblem, type Problem } from "../api/problem";
import type { Message, MessageStatus, Page } from "../api/types";
import { snapshot } from "../live/recent";
import { createStore, type Store } from "../live/store";

export interface Timeline {
  messages: Message[];
  /** Whether there are older ones to load, and newer ones. */
  older: boolean;
  newer: boolean;
  state: "loading" | "ready" | "failed";
  problem: Problem | null;
}

const EMPTY: Timeline = { messages: [], older: false, newer: false, state: "loading", problem: null };
const PAGE = 50;
/** Chats whose messages are kept current in the background; going back to one is instant. */
const MOST_TIMELINES = 20;

const timelines = new Map<string, Store<Timeline>>();
const running = new Map<string, Promise<void>>();
const AGAIN_MS = 3_000;

export function timelineOf(chatId: string): Store<Timeline> {
  if (ahead === chatId) ahead = null;
  const known = timelines.get(chatId);
  const store = known ?? createStore(EMPTY);
  timelines.delete(chatId);
  timelines.set(chatId, store);
  if (!known) {
    for (const old of [...timelines.keys()].slice(0, -MOST_TIMELINES)) timelines.delete(old);
    void loadNewest(chatId);
  }
  return store;
}

/** A chat that was loaded ahead and not opened yet. */
let ahead: string | null = null;

/** Loads the messages of a chat that will be opened, it seems. One at a time: the guess before this one is forgotten. */
export function loadAhead(chatId: string): void {
  if (timelines.has(chatId)) return;
  if (ahead) timelines.delete(ahead);
  timelineOf(chatId);
  ahead = chatId;
}

/** Whether its messages were asked for before it is opened. */
export const isAhead = (chatId: string) => ahead === chatId;

type Around = { before?: string; after?: string; limit?: number };

function page(chatId: string, around: Around): Promise<Page<Message>> {
  const params = { path: { id: chatId }, query: { limit: PAGE, ...around } };
  return ask(api.GET("/api/chats/{id}/messages", { params: params as never })) as Promise<Page<Message>>;
}

function load(chatId: string, around: Around, put: (found: Page<Message>) => Partial<Timeline>): Promise<void> {
  return exclusive(chatId, async (store) => {
    if (store.get().state === "failed") store.update((line) => ({ ...line, state: "loading", problem: null }));
    try {
      await snapshot(
        () => page(chatId, around),
        (found) => store.update((line) => ({ ...line, ...put(found), state: "ready", problem: null })),
      );
    } catch (error) {
      const problem = asProblem(error);
      const further = Boolean(around.before || around.after);
      // what is there stays current if only a further page is missing
      store.update((line) => ({ ...line, state: further ? line.state : "failed", problem }));
      if (!further && problem.passes) setTimeout(() => void loadNewest(chatId), AGAIN_MS);
    }
  });
}

async function exclusive(chatId: string, work: (store: Store<Timeline>) => Promise<void>): Promise<void> {
  const store = timelines.get(chatId);
  if (!store) return;
  const done = work(store);
  running.set(chatId, done);
  try {
    await done;
  } finally {
    running.delete(chatId);
  }
}

/** The newest messages; what was loaded before is let go. */
export async function loadNewest(chatId: string): Promise<void> {
  while (running.has(chatId)) await running.get(chatId);
  await load(chatId, {}, ({ items, nextCursor }) => ({
    messages: items.toReversed(),
    older: nextCursor !== null,
    newer: false,
  }));
}

export function loadOlder(chatId: string): Promise<void> {
  const line = timelines.get(chatId)?.get();
  const first = line?.messages[0];
  if (!first || !line?.older || running.has(chatId)) return Promise.resolve();
  return load(chatId, { before: first.id }, ({ items, nextCursor }) => ({
    messages: [...items.toReversed(), ...(timelines.get(chatId)?.get().messages ?? [])],
    older: nextCursor !== null,
  }));
}

export function loadNewer(chatId: string): Promise<void> {
  const line = timelines.get(chatId)?.get();
  const last = line?.messages.at(-1);
  if (!last || !line?.newer || running.has(chatId)) return Promise.resolve();
  return load(chatId, { after: last.id }, ({ items }) => {
    const later = items.toReversed();
    return { messages: [...(timelines.get(chatId)?.get().messages ?? []), ...later], newer: later.length === PAGE };
  });
}

/**
 * Goes to a message that may be far back: it and its neighbours replace what was loaded. Rejects with a `Problem`, or where there
 * is no such message in this chat any more.
 */
export async function loadAround(chatId: string, messageId: string): Promise<void> {
  timelineOf(chatId);
  while (running.has(chatId)) await running.get(chatId);
  const line = timelines.get(chatId)?.get();
  const at = line?.messages.findIndex((message) => message.id === messageId) ?? -1;
  // the very first one is drawn when it is known what stands before it
  if (at > 0 || (at === 0 && !line?.older)) return;
  await exclusive(chatId, async (store) => {
    await snapshot(
      () => around(chatId, messageId),
      (found) => store.set({ ...found, state: "ready", problem: null }),
    );
  });
}

async function around(chatId: string, messageId: string): Promise<Pick<Timeline, "messages" | "older" | "newer">> {
  const [before, after] = await Promise.all([page(chatId, { before: messageId }), page(chatId, { after: messageId })]);
  const first = after.items.at(-1);
  // the message itself: it is just before those that follow it
  const own = await page(chatId, first ? { before: first.id } : {});
  const target = own.items.filter((message) => message.id === messageId);
  return {
    messages: [...before.items.toReversed(), ...target, ...after.items.toReversed()],
    older: before.nextCursor !== null,
    newer: after.items.length === PAGE,
  };
}

/** A message by itself, such as one that another answers: loaded if need be; null where it is gone. Rejects with a `Problem`. */
export async function oneMessage(chatId: string, messageId: string): Promise<Message | null> {
  const known = timelines
    .get(chatId)
    ?.get()
    .messages.find((message) => message.id === messageId);
  if (known) return known;
  // it is just before the one that follows it, or the newest of all
  const [next] = (await page(chatId, { after: messageId, limit: 1 })).items;
  const found = (await page(chatId, { limit: 1, ...(next ? { before: next.id } : {}) })).items;
  return found.find((message) => message.id === messageId) ?? null;
}

/** Takes in a message that is new, or changed; one that belongs to a part that is not loaded is left out. */
export function keepMessage(message: Message): void {
  const store = timelines.get(message.chatId);
  const line = store?.get();
  if (!store || !line) return;
  const at = line.messages.findIndex((known) => known.id === message.id);
  const known = line.messages[at];
  if (known) {
    const status = higher(known, message.status);
    // the answer to a send may come after the news that it failed, and does not know why
    const error = status === message.status ? message.error : known.error;
    store.set({ ...line, messages: line.messages.with(at, { ...message, status, error }) });
    return;
  }
  const last = line.messages.at(-1);
  // a change of something old that was not loaded; what is new is told in the order in which it was stored
  if (line.state !== "ready" || line.newer || (last && message.createdAt < last.createdAt)) return;
  store.set({ ...line, messages: [...line.messages, message] });
}

const RANK: Record<MessageStatus, number> = { received: 0, queued: 0, sent: 1, failed: 2, delivered: 3, read: 4 };

/** A status only rises. */
function higher(known: Message, next: MessageStatus): MessageStatus {
  return RANK[next] >= RANK[known.status] ? next : known.status;
}

export function raiseStatus(
  chatId: string,
  messageId: string,
  status: MessageStatus,
  error: Message["error"],
  at: string,
): void {
  const store = timelines.get(chatId);
  const line = store?.get();
  const index = line?.messages.findIndex((message) => message.id === messageId) ?? -1;
  const known = line?.messages[index];
  if (!store || !line || !known) return;
  // a message that is sent again begins again, and that is told by its event
  const next = status === "queued" && known.status === "failed" ? status : higher(known, status);
  const times = { sent: "sentAt", delivered: "deliveredAt", read: "readAt" } as const;
  const stamp = status in times ? { [times[status as keyof typeof times]]: at } : {};
  const changed = { ...known, ...stamp, status: next, error: next === "failed" ? (error ?? known.error) : null };
  store.set({ ...line, messages: line.messages.with(index, changed) });
}

export function forgetChat(chatId: string): void {
  timelines.get(chatId)?.set({ ...EMPTY, state: "ready" });
  timelines.delete(chatId);
}

/** After a gap: what was missed nobody will tell. */
export function reloadTimelines(): void {
  for (const chatId of timelines.keys()) void loadNewest(chatId);
}

/** Whoever signs in next sees nothing of this session. */
export function forgetTimelines(): void {
  ahead = null;
  timelines.clear();
}
