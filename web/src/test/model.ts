// A small server for tests of what is live: chats that change at random, the events that tell of it, and answers to lists.
import type { Chat, Message } from "../api/types";
import { byActivity, matches } from "../inbox/filter";

export interface Random {
  /** A whole number below the bound. */
  below: (bound: number) => number;
  chance: (share: number) => boolean;
}

/** The same numbers for the same seed. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { below: (bound) => Math.floor(next() * bound), chance: (share) => next() < share };
}

const STATUSES = ["open", "pending", "snoozed", "resolved"] as const;
const PEOPLE = ["me", "bob", null] as const;
const PAGE = 10;

export class Model {
  readonly chats = new Map<string, Chat>();
  /** What the socket has yet to say. */
  readonly told: { name: string; payload: unknown }[] = [];
  private ticks = 0;

  constructor(private readonly random: Random) {}

  sorted(): Chat[] {
    return [...this.chats.values()].sort(byActivity);
  }

  get(path: string, { path: named, query }: { path?: { id: string }; query?: Record<string, unknown> }): unknown {
    if (path === "/api/chats/{id}") return this.chats.get(named?.id ?? "");
    const { cursor, status, limit: _limit, q: _q, ...rest } = query ?? {};
    const filter = {
      ...rest,
      status: typeof status === "string" ? (status.split(",") as Chat["status"][]) : undefined,
    };
    const after = cursor ? (JSON.parse(String(cursor)) as Chat) : null;
    const found = this.sorted().filter(
      (chat) => matches(filter, chat, "me") && (!after || byActivity(after, chat) < 0),
    );
    const items = found.slice(0, PAGE);
    return { items, nextCursor: found.length > PAGE ? JSON.stringify(items.at(-1)) : null };
  }

  /** Something happens. */
  step(): void {
    const kind = this.random.below(10);
    if (this.chats.size < 5 || kind === 0) this.create();
    else if (kind <= 4) this.message({});
    else if (kind === 5) this.read();
    else if (kind === 6 && this.random.chance(0.3)) this.remove();
    else this.change();
  }

  /** Few, so that equal times happen. */
  private now(): string {
    if (this.random.chance(0.7)) this.ticks += 1;
    return new Date(1_700_000_000_000 + this.ticks).toISOString();
  }

  private made = 0;
  private id(): string {
    this.made += 1;
    return `01900000-0000-7000-8000-${String(this.made).padStart(12, "0")}`;
  }

  private any(): Chat {
    const all = [...this.chats.values()];
    return all[this.random.below(all.length)] as Chat;
  }

  private keep(chat: Chat): Chat {
    this.chats.set(chat.id, chat);
    return chat;
  }

  private tell(name: string, payload: object): void {
    const { myUnreadCount: _mine, ...known } = structuredClone(payload) as Record<string, unknown>;
    this.told.push({ name, payload: known });
  }

  private create(): void {
    const [id, at] = [this.id(), this.now()];
    const channel = this.random.chance(0.5) ? "telegram" : "webchat";
    const chat = { id, channel, channelId: channel, contact: { id }, status: "open", priority: "normal", labels: [] };
    const rest = { assignedUserId: null, teamId: null, unreadCount: 0, myUnreadCount: 0, lastMessage: null };
    this.keep({ ...chat, ...rest, lastMessageAt: null, createdAt: at, windowExpiresAt: null } as unknown as Chat);
    this.say(this.chats.get(id) as Chat, {}, true);
  }

  message(part: Partial<Message>): void {
    this.say(this.any(), part, false);
  }

  private say(chat: Chat, part: Partial<Message>, first: boolean): void {
    const [id, createdAt] = [this.id(), this.now()];
    const fromMe = !first && this.random.chance(0.3);
    const senderUserId = fromMe ? (this.random.chance(0.5) ? "me" : "bob") : null;
    const note = fromMe && this.random.chance(0.2);
    const message = { id, chatId: chat.id, fromMe, senderUserId, private: note, type: "text", content: id, createdAt };
    const last: Chat["lastMessage"] = { id, type: "text", fromMe, createdAt, preview: id };
    const mine = fromMe ? (senderUserId === "me" && !note ? 0 : chat.myUnreadCount) : (chat.myUnreadCount ?? 0) + 1;
    const after = this.keep({
      ...chat,
      unreadCount: fromMe ? (note ? chat.unreadCount : 0) : chat.unreadCount + 1,
      myUnreadCount: mine,
      status: fromMe || chat.status === "pending" ? chat.status : "open",
      lastMessage: note ? chat.lastMessage : last,
      lastMessageAt: note ? chat.lastMessageAt : createdAt,
    });
    const { unreadCount, lastMessageAt, status, windowExpiresAt } = after;
    if (first) this.tell("chat:new", after);
    this.tell("message:new", { ...message, ...part, chat: { unreadCount, lastMessageAt, status, windowExpiresAt } });
    if (!first && status !== chat.status) this.tell("chat:updated", after);
    if (fromMe && !note) this.tellRead(after, senderUserId);
  }

  private tellRead(chat: Chat, userId: string | null): void {
    this.tell("messages:read", {
      chatId: chat.id,
      readByUserId: userId,
      lastReadMessageId: chat.lastMessage?.id ?? null,
    });
  }

  private read(): void {
    const chat = this.any();
    const userId = this.random.chance(0.5) ? "me" : "bob";
    const myUnreadCount = userId === "me" ? 0 : chat.myUnreadCount;
    this.tellRead(this.keep({ ...chat, unreadCount: 0, myUnreadCount }), userId);
  }

  private change(): void {
    const chat = this.any();
    const parts: Partial<Chat>[] = [
      { status: STATUSES[this.random.below(STATUSES.length)] },
      { assignedUserId: PEOPLE[this.random.below(PEOPLE.length)] },
      { labels: this.random.chance(0.5) ? ["refund"] : [] },
    ];
    this.tell("chat:updated", this.keep({ ...chat, ...parts[this.random.below(parts.length)] }));
  }

  private remove(): void {
    const chat = this.any();
    this.chats.delete(chat.id);
    this.tell("chat:deleted", { chatId: chat.id });
  }
}
