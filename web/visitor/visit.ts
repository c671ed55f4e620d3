// One visit from coming in to leaving: session, history, live news, what is written, what is read.
import { Api, type JournalEvent, type Person, Refused, type Session } from "./api";
import { Conversation } from "./conversation";
import { Courier } from "./courier";
import { Journal } from "./journal";
import type { Kept } from "./kept";
import { Live, type Payload, type Told } from "./live";
import type { Attachment, Message } from "./message";
import { Queue } from "./queue";
import { Reading } from "./reading";
import type { Settings } from "./settings";
import { Store } from "./store";
import { cleaned } from "./text";
import { Typing } from "./typing";
import { portions, Uploads } from "./uploads";

const PAGE = 50;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** A lost connection is spoken of when it does not come back at once. */
const PATIENCE_MS = 2_500;
/** A session that ends within this was not worth much. */
const SOON_MS = 10_000;

export class Visit {
  readonly store = new Store();
  readonly queue: Queue;
  readonly uploads: Uploads;
  readonly settings: Settings;
  conversation = new Conversation("");
  readonly #kept: Kept;
  readonly #api: Api;
  readonly #courier: Courier;
  readonly #journal: Journal;
  readonly #typing: Typing;
  readonly reading: Reading;
  readonly #live: Live;
  #session: Session | null = null;
  #person: Person = {};
  #running = false;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #renewedAt = 0;
  /** Own messages of the journal that may be the one under way: looked at when its answer is here. */
  #held: (() => void)[] = [];

  constructor(settings: Settings, kept: Kept) {
    this.settings = settings;
    this.#kept = kept;
    this.#api = new Api(settings.channel);
    this.queue = new Queue(kept, Date.now());
    this.uploads = new Uploads(
      (file, progress, signal) => this.#api.upload(file, progress, signal),
      () => this.store.touch(),
    );
    this.#courier = new Courier(this.queue, {
      send: ({ content, attachments, key }) =>
        this.#api.send(
          this.#chatId,
          content,
          attachments.map(({ id }) => id),
          key,
        ),
      sent: (_, message) => this.#sent(message),
      expired: () => this.#renew(),
      changed: () => this.#settle(),
    });
    this.#journal = new Journal(this.#api, {
      heard: (events) => this.#heardAll(events),
      gap: () => this.#load(),
      reached: (reached) => this.#reached(reached),
      failed: (error) => this.#survives(error),
    });
    this.#typing = new Typing(
      (typing) => this.#session && this.#live.typing(this.#chatId, typing),
      (name) => this.store.state.typing !== name && this.store.change({ typing: name }),
    );
    this.reading = new Reading({
      newest: () => this.conversation.unread().pop()?.id,
      tell: (id) => (this.#live.connected ? this.#live.read(this.#chatId, id) : this.#api.read(this.#chatId, id)),
      told: (id) => {
        this.conversation.readByUs(id);
        this.store.touch();
      },
    });
    this.#live = new Live({
      token: () => this.#api.token,
      cursor: () => this.#journal.cursor,
      synced: (gap) => void this.#synced(gap),
      lost: () => this.#lost(),
      expired: () => this.#renew(),
      told: (event, payload) => this.#told(event, payload),
      typing: (name, userId, typing) => {
        if (userId !== this.conversation.contactId) this.#typing.heard(typing ? name : null);
      },
    });
    window.addEventListener("online", () => this.#hurry());
    window.addEventListener("offline", () => {
      this.#live.cut();
      this.#reached(false);
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#hurry();
      this.reading.mark();
    });
  }

  /** Was here before in this browser, or has been asked already. */
  get isKnown(): boolean {
    return this.#kept.get("token") !== null || this.#kept.get("asked") !== null;
  }

  /** Comes in: at once where the visitor is known or nothing is asked, else after the questions. */
  start(): void {
    if (this.settings.ask.length > 0 && !this.isKnown) this.store.change({ stage: "asking" });
    else void this.#run();
  }

  /** Comes in with what the visitor said of itself; gives the fields that the server refused. */
  async introduce(person: Person): Promise<string[]> {
    this.#person = person;
    try {
      await this.#enter();
    } catch (error) {
      if (error instanceof Refused && error.status === 422) return error.fields;
      // whatever else it is, the ordinary way in says it and tries again
    }
    this.#kept.set("asked", "1");
    void this.#run();
    return [];
  }

  get draft(): string {
    return this.#kept.get("draft") ?? "";
  }

  /** Keeps what is being written, and says that it is. */
  write(draft: string): void {
    if (draft) this.#kept.set("draft", draft);
    else this.#kept.remove("draft");
    this.#typing.wrote(draft, Date.now());
  }

  /** Queues a text with the files that are up. */
  send(text: string): void {
    const content = cleaned(text).trim();
    const [first, ...others] = portions(this.uploads.takeAll());
    const add = (words: string, files: Attachment[]) => this.queue.add(words, files, Date.now());
    if (content || first) add(content, first ?? []);
    for (const files of others) add("", files);
    this.write("");
    this.store.touch();
    if (this.store.state.link === "online") void this.#courier.kick();
  }

  retry(key: string): void {
    this.queue.retry(key);
    this.store.touch();
    if (this.store.state.link === "online") void this.#courier.kick();
  }

  discard(key: string): void {
    this.queue.done(key);
    this.store.touch();
  }

  /** Whether this one is on its way right now. */
  isUnderWay(key: string): boolean {
    return this.#courier.underWay === key;
  }

  async loadOlder(): Promise<void> {
    const first = this.conversation.list()[0];
    if (this.store.state.older !== "some" || !first) return;
    this.store.change({ older: "loading" });
    try {
      const { items, nextCursor } = await this.#api.history(this.#chatId, PAGE, first.id);
      for (const message of items) this.conversation.take(message);
      this.store.change({ older: nextCursor ? "some" : "none" });
    } catch (error) {
      this.store.change({ older: "some" });
      this.#survives(error);
    }
  }

  get #chatId(): string {
    return this.#session?.chatId ?? "";
  }

  /** Comes in and loads, however long it takes; then stays connected. */
  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    let pauseMs = FIRST_PAUSE_MS;
    while (!(await this.#arrive())) {
      const { link, busySecs } = this.store.state;
      const waitMs = link === "busy" ? busySecs * 1000 : pauseMs * (0.75 + Math.random() / 2);
      await new Promise((done) => setTimeout(done, waitMs));
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
    this.#running = false;
    if (this.store.state.stage !== "open") return;
    this.#reached(true);
    this.#live.open();
    // one that takes long to fail is not waited for
    setTimeout(() => !this.#live.connected && this.#lost(), PATIENCE_MS);
  }

  /** One try; true where it is settled, for better or worse. */
  async #arrive(): Promise<boolean> {
    try {
      if (!this.#session) await this.#enter();
      await this.#load();
      this.store.change({ stage: "open" });
      return true;
    } catch (error) {
      const refused = error instanceof Refused ? error : null;
      const entered = this.#session !== null;
      if (refused?.status === 401 || refused?.code === "CHAT_NOT_FOUND") this.#session = null;
      if (!entered && (refused?.status === 404 || refused?.status === 403)) {
        this.store.change({ stage: refused.status === 404 ? "gone" : "refused" });
        return true;
      }
      if (refused?.status === 429) {
        this.store.change({ link: "busy", busySecs: Math.ceil(Math.max(refused.retryAfterMs, 1_000) / 1_000) });
      } else if (!entered || !refused) {
        this.store.change({ link: "offline" });
      }
      return false;
    }
  }

  async #enter(): Promise<void> {
    const session = await this.#api.enter(this.#kept.get("token"), this.#person);
    this.#person = {};
    this.#kept.set("token", session.visitorToken);
    this.#api.token = session.token;
    if (session.chatId !== this.#session?.chatId || session.contact.id !== this.conversation.contactId) {
      this.conversation = new Conversation(session.contact.id);
      this.reading.reset();
    }
    this.#session = session;
  }

  /** Loads what was written. The cursor is taken first, so that nothing falls between. */
  async #load(): Promise<void> {
    const { cursor } = await this.#api.now();
    const [chat, { items, nextCursor }] = await Promise.all([
      this.#api.chat(this.#chatId),
      this.#api.history(this.#chatId, PAGE),
    ]);
    this.conversation.clear();
    for (const message of items) this.conversation.take(message);
    this.conversation.readAllBut(chat.unreadCount);
    this.#journal.cursor = cursor;
    this.store.change({ older: nextCursor ? "some" : "none" });
    this.reading.mark();
  }

  /** The session is over: the same visitor comes in again. */
  #renew(): void {
    this.#live.close();
    this.#journal.rest();
    this.#courier.halt();
    this.#session = null;
    // one that ends as soon as it began is no reason to ask without a pause
    const soon = Date.now() - this.#renewedAt < SOON_MS;
    this.#renewedAt = Date.now();
    setTimeout(() => void this.#run(), soon ? SOON_MS : 0);
  }

  async #synced(gap: boolean): Promise<void> {
    this.#journal.rest();
    this.#reached(true);
    if (gap) await this.#load().catch((error) => this.#survives(error));
    else await this.#journal.pull();
    this.uploads.retry();
    this.reading.mark();
  }

  #lost(): void {
    this.#typing.heard(null);
    // while it polls, the polls say whether the server can be reached, not a WebSocket that failed once more
    if (!this.#session || this.#journal.following) return;
    this.#reached(false);
    void this.#journal.follow();
  }

  /** The network or the visitor is back: what waits, or hangs, is tried at once. */
  #hurry(): void {
    this.#live.hurry();
    if (!this.#journal.following) return;
    this.#journal.rest();
    void this.#journal.follow();
  }

  /** The server can be reached, or cannot; the loss is spoken of after a moment. */
  #reached(reached: boolean): void {
    if (reached) {
      clearTimeout(this.#patience);
      this.#patience = undefined;
      if (this.store.state.link !== "online") this.store.change({ link: "online" });
      this.uploads.retry();
      void this.#courier.kick();
      return;
    }
    this.#courier.halt();
    this.#patience ??= setTimeout(() => this.store.change({ link: "offline" }), navigator.onLine ? PATIENCE_MS : 0);
  }

  /** What to do about an error on the way; false where the session ended with it. */
  #survives(error: unknown): boolean {
    const refused = error instanceof Refused ? error : null;
    if (refused?.status !== 401 && refused?.code !== "CHAT_NOT_FOUND") return true;
    this.#renew();
    return false;
  }

  #told<E extends Told>(event: E, payload: Payload<E>): void {
    if (!this.conversation.isNews(payload.event_id)) return;
    if (event === "chat:message:new" || event === "chat:message:updated") {
      const told = payload as Payload<"chat:message:new">;
      this.#holdOwn(told.sender_id !== this.conversation.contactId, told.id, () => {
        const known = this.conversation.find(told.id) !== undefined;
        this.conversation.hear(told);
        if (!known) this.#arrived(told.id);
      });
      void this.#journal.pull();
    } else if (event === "chat:message:read") {
      const { message_id, read_by } = payload as Payload<"chat:message:read">;
      this.conversation.read(message_id, read_by);
    } else {
      const { message_id } = payload as Payload<"chat:message:delivered">;
      this.conversation.rise(message_id, event === "chat:message:failed" ? "failed" : "delivered");
    }
    this.#refresh();
  }

  #heardAll(events: JournalEvent[]): void {
    for (const { eventId, event, data } of events) {
      // whole messages are taken also where the socket told them before: it tells only a part
      this.conversation.isNews(eventId);
      if (event === "message:new" || event === "message:updated") {
        const message = data as unknown as Message;
        this.#holdOwn(message.fromMe, message.id, () => {
          const known = this.conversation.find(message.id) !== undefined;
          this.conversation.take(message);
          if (!known) this.#arrived(message.id);
        });
      } else if (event === "message:status") {
        this.conversation.rise(String(data.messageId), data.status as Message["status"]);
        if (data.status === "read") this.conversation.readByUs(String(data.messageId));
      } else if (event === "messages:read" && typeof data.lastReadMessageId === "string") {
        this.conversation.read(data.lastReadMessageId, null);
      }
    }
    this.#refresh();
  }

  /** An own message that is new here waits while one is under way: it may be that one, and would stand there twice. */
  #holdOwn(fromTeam: boolean, id: string, take: () => void): void {
    if (!fromTeam && this.#courier.underWay !== null && !this.conversation.find(id)) this.#held.push(take);
    else take();
  }

  #sent(message: Message): void {
    this.conversation.takeAcknowledged(message);
    this.#settle();
  }

  /** Looks at what was held, once nothing is under way. */
  #settle(): void {
    if (this.#courier.underWay === null) for (const take of this.#held.splice(0)) take();
    this.store.touch();
  }

  #arrived(id: string): void {
    const message = this.conversation.find(id);
    if (!message?.fromMe || message.deletedAt) return;
    this.#typing.heard(null);
    this.store.change({ announced: message });
  }

  #refresh(): void {
    this.reading.mark();
    this.store.touch();
  }
}
