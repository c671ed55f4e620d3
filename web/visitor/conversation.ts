// The conversation as it is known here: history, live news and repeats of both, merged into one list.
import { type Message, ofTold, type ToldMessage } from "./message";

/** How far a message has come; none goes back. */
const RANK: Record<string, number> = { queued: 0, sent: 1, received: 1, failed: 1, delivered: 2, read: 3 };
const REMEMBERED_EVENTS = 2_000;

export type Tick = "sent" | "delivered" | "read";

export class Conversation {
  readonly contactId: string;
  readonly #messages = new Map<string, Message>();
  readonly #events = new Set<string>();
  /** Own messages of which only the acknowledgement is known, not yet the journal's word. */
  readonly #acknowledged = new Set<string>();
  #readByTeam = "";
  #readByUs = "";
  #sorted: Message[] | null = null;

  constructor(contactId: string) {
    this.contactId = contactId;
  }

  /** All messages, oldest first. */
  list(): Message[] {
    this.#sorted ??= [...this.#messages.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
    return this.#sorted;
  }

  find(id: string): Message | undefined {
    return this.#messages.get(id);
  }

  /** Whether an event is new here; says yes once. */
  isNews(eventId: string): boolean {
    if (this.#events.has(eventId)) return false;
    this.#events.add(eventId);
    if (this.#events.size > REMEMBERED_EVENTS) this.#events.delete(this.#events.values().next().value as string);
    return true;
  }

  /** A whole message, from history or the journal. */
  take(message: Message): void {
    this.#acknowledged.delete(message.id);
    this.#put(message);
  }

  /** An own message that the server has just acknowledged. */
  takeAcknowledged(message: Message): void {
    if (this.#messages.has(message.id)) return;
    this.#acknowledged.add(message.id);
    this.#put(message);
  }

  /** A message in the words of `/chat`; false where the whole one has to be loaded before anything can be shown. */
  hear(told: ToldMessage): boolean {
    const message = ofTold(told, this.contactId, this.#messages.get(told.id));
    if (message) this.take(message);
    return message !== null;
  }

  /** An answer's new status. */
  rise(id: string, status: Message["status"]): void {
    const message = this.#messages.get(id);
    if (message && rank(status) > rank(message.status)) this.#put({ ...message, status });
  }

  /** All up to this message were read: by the visitor (`by` is its contact) or by somebody of the team. */
  read(id: string, by: string | null | undefined): void {
    if (by === this.contactId) this.readByUs(id);
    else if (id > this.#readByTeam) this.#readByTeam = id;
  }

  readByUs(id: string): void {
    if (id > this.#readByUs) this.#readByUs = id;
  }

  /** What history alone does not say: the team has read all own messages but the newest `unread`. */
  readAllBut(unread: number): void {
    const own = this.list().filter((message) => !message.fromMe);
    const last = own[own.length - 1 - unread];
    if (last) this.read(last.id, null);
  }

  /** How far an own message has come. */
  tick(message: Message): Tick {
    if (message.id <= this.#readByTeam) return "read";
    return this.#acknowledged.has(message.id) ? "sent" : "delivered";
  }

  /** Answers that the visitor has not read. */
  unread(): Message[] {
    return this.list().filter(
      ({ id, fromMe, type, status, deletedAt }) =>
        fromMe && type !== "system" && status !== "read" && !deletedAt && id > this.#readByUs,
    );
  }

  /** Forgets the messages: a gap is filled by loading anew. */
  clear(): void {
    this.#messages.clear();
    this.#acknowledged.clear();
    this.#sorted = null;
  }

  #put(message: Message): void {
    const known = this.#messages.get(message.id);
    const status = known && rank(known.status) > rank(message.status) ? known.status : message.status;
    this.#messages.set(message.id, { ...message, status });
    this.#sorted = null;
  }
}

function rank(status: string): number {
  return RANK[status] ?? 0;
}
