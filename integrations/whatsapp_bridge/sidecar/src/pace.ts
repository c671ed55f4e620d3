// Messages leave one at a time with small uneven gaps, larger ones within a chat: accounts that send like machines are banned.

export interface Gaps {
  session: [number, number];
  chat: [number, number];
}

export const GAPS: Gaps = { session: [100, 350], chat: [400, 1_100] };

export class Pace {
  private tail: Promise<unknown> = Promise.resolve();
  private readonly chats = new Map<string, number>();
  private free = 0;

  constructor(private readonly gaps: Gaps = GAPS) {}

  /** Does the work in its turn. */
  run<T>(chat: string, work: () => Promise<T>): Promise<T> {
    const done = this.tail.then(async () => {
      const wait = Math.max(this.free, this.chats.get(chat) ?? 0) - Date.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      try {
        return await work();
      } finally {
        this.free = Date.now() + between(this.gaps.session);
        this.chats.delete(chat);
        this.chats.set(chat, Date.now() + between(this.gaps.chat));
        if (this.chats.size > 1_000) this.chats.delete(this.chats.keys().next().value as string);
      }
    });
    this.tail = done.catch(() => undefined);
    return done;
  }
}

const between = ([least, most]: [number, number]) => least + Math.random() * (most - least);
