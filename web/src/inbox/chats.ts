// All chats that this tab knows, whichever list they came from; lists hold ids.
import { api, ask } from "../api/http";
import { session } from "../api/session";
import type { Chat, ChatDigest, Message } from "../api/types";
import { createEntities } from "../live/entities";
import { snapshot } from "../live/recent";

export const chats = createEntities<Chat>();

const loading = new Map<string, Promise<Chat>>();

/** Loads a chat. Rejects with a `Problem`. */
export function loadChat(id: string): Promise<Chat> {
  const call = () => ask(api.GET("/api/chats/{id}", { params: { path: { id } } })) as Promise<Chat>;
  const running =
    loading.get(id) ?? snapshot(call, (chat) => chats.put([withChanges(chat)])).finally(() => loading.delete(id));
  loading.set(id, running);
  return running;
}

/** Changes that the server has not answered yet, by chat, in the order in which they were made. */
const unanswered = new Map<string, Partial<Chat>[]>();
const changing = new Map<string, Promise<void>>();

/** A chat as it will be when what was changed here has reached the server. */
function withChanges(chat: Chat): Chat {
  return Object.assign({}, chat, ...(unanswered.get(chat.id) ?? []));
}

/**
 * Changes a chat here at once and at the server, there one change after the other; what the server refuses is taken back.
 * Rejects with a `Problem`.
 */
export async function changeChat(id: string, change: Partial<Chat>): Promise<void> {
  unanswered.set(id, [...(unanswered.get(id) ?? []), change]);
  const before = chats.get(id);
  if (before) chats.put([{ ...before, ...change }]);
  const sent = (changing.get(id) ?? Promise.resolve()).then(() => sendChange(id, change));
  changing.set(
    id,
    sent.catch(() => {
      // whoever made that change is told; the next one goes all the same
    }),
  );
  await sent;
}

async function sendChange(id: string, change: Partial<Chat>): Promise<void> {
  const answered = () => {
    const left = (unanswered.get(id) ?? []).filter((other) => other !== change);
    if (left.length > 0) unanswered.set(id, left);
    else unanswered.delete(id);
  };
  const body = change as never;
  try {
    const call = () => ask(api.PATCH("/api/chats/{id}", { params: { path: { id } }, body })) as Promise<Chat>;
    await snapshot(call, (chat) => {
      answered();
      keep(chat);
    });
  } catch (error) {
    answered();
    // if that fails too, the chat stands wrong until it is loaded again, as everything does without a connection
    await loadChat(id).catch(() => {});
    throw error;
  }
}

export async function claimChat(id: string): Promise<void> {
  await snapshot(() => ask(api.POST("/api/chats/{id}/claim", { params: { path: { id } } })) as Promise<Chat>, keep);
}

export async function releaseChat(id: string): Promise<void> {
  await snapshot(() => ask(api.POST("/api/chats/{id}/release", { params: { path: { id } } })) as Promise<Chat>, keep);
}

export async function deleteChat(id: string): Promise<void> {
  await ask(api.DELETE("/api/chats/{id}", { params: { path: { id } } }));
  chats.remove(id);
}

/** Marks all of a chat as read, for the team and the caller; does nothing where nothing is unread. */
export async function readChat(id: string): Promise<void> {
  const chat = chats.get(id);
  if (chat && chat.unreadCount === 0 && !chat.myUnreadCount) return;
  await snapshot(() => ask(api.POST("/api/chats/{id}/read", { params: { path: { id } } })) as Promise<Chat>, keep);
}

function keep(chat: Chat): void {
  const myUnreadCount = chat.myUnreadCount ?? chats.get(chat.id)?.myUnreadCount;
  chats.put([withChanges({ ...chat, myUnreadCount })]);
}

/**
 * A chat as an event tells it. The event knows nothing of the caller's own count, which stays as it was; and a list may have
 * been answered meanwhile that knows newer messages.
 */
export function tellChat(chat: Chat, isNew = false): void {
  const known = chats.get(chat.id);
  if (!known) {
    chats.put([{ ...chat, myUnreadCount: chat.unreadCount }]);
    // one that is not new has a count of the caller's own
    if (!isNew) void loadChat(chat.id).catch(() => {});
    return;
  }
  const { myUnreadCount, lastMessage, lastMessageAt } = known;
  const newer = lastMessage && isAfter(lastMessage, chat.lastMessage) ? { lastMessage, lastMessageAt } : {};
  chats.put([withChanges({ ...chat, myUnreadCount, ...newer })]);
}

/** What a new message changes in its chat. */
export function digest(message: Message, news: ChatDigest | undefined): void {
  const chat = chats.get(message.chatId);
  if (!chat) return void loadChat(message.chatId).catch(() => {});
  const newer = !message.private && isAfter(message, chat.lastMessage);
  chats.put([
    {
      ...chat,
      ...news,
      lastMessage: newer ? preview(message) : chat.lastMessage,
      // told again it counts no second time
      myUnreadCount: newer ? unreadAfter(message, chat, news) : chat.myUnreadCount,
    },
  ]);
}

/** Ids grow with time, so they decide between messages of one millisecond. */
function isAfter(message: Pick<Message, "id" | "createdAt">, known: Chat["lastMessage"]): boolean {
  if (!known || known.createdAt < message.createdAt) return true;
  return known.createdAt === message.createdAt && known.id < message.id;
}

/** Who answers has read; a colleague's answer leaves one's own count as it is. */
function unreadAfter(message: Message, chat: Chat, news: ChatDigest | undefined): number {
  const mine = chat.myUnreadCount ?? 0;
  if (message.fromMe) return message.senderUserId === session.get()?.user.id ? 0 : mine;
  return (news?.unreadCount ?? 0) > 0 ? mine + 1 : mine;
}

/** An edited or deleted message changes its chat's line where it is the newest. */
export function retell(message: Message): void {
  const chat = chats.get(message.chatId);
  if (chat?.lastMessage?.id === message.id) chats.put([{ ...chat, lastMessage: preview(message) }]);
}

function preview(message: Message): Chat["lastMessage"] {
  const { id, type, fromMe, createdAt, content } = message;
  return { id, type, fromMe, createdAt, preview: content.slice(0, 200) };
}

/** Somebody read all up to a message; without one, all. */
export function readUpTo(chatId: string, messageId: string | null, byMe: boolean): void {
  const chat = chats.get(chatId);
  if (!chat) return;
  const all = !messageId || !chat.lastMessage || chat.lastMessage.id === messageId || chat.lastMessage.fromMe;
  // how much of the rest is unread only the server knows
  if (!all) return void loadChat(chatId).catch(() => {});
  if (chat.unreadCount === 0 && !(byMe && chat.myUnreadCount)) return;
  chats.put([{ ...chat, unreadCount: 0, myUnreadCount: byMe ? 0 : chat.myUnreadCount }]);
}
