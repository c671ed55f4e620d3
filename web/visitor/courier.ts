// Carries the queue to the server: one message at a time, in order, each until it is taken or refused for good.
import { Refused } from "./api";
import type { Message } from "./message";
import type { Queue, Waiting } from "./queue";
import type { FailureKind } from "./words";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export interface Errand {
  /** Hands one over to the server. */
  send: (entry: Waiting) => Promise<Message>;
  sent: (entry: Waiting, message: Message) => void;
  /** The session is over: nothing leaves before `kick`. */
  expired: () => void;
  changed: () => void;
  pause?: (ms: number) => Promise<void>;
}

export class Courier {
  readonly #queue: Queue;
  readonly #errand: Errand;
  readonly #pause: (ms: number) => Promise<void>;
  #running = false;
  #open = false;
  #wake: () => void = () => {};
  /** The one that is under way. */
  underWay: string | null = null;

  constructor(queue: Queue, errand: Errand) {
    this.#queue = queue;
    this.#errand = errand;
    this.#pause = errand.pause ?? ((ms) => new Promise((done) => setTimeout(done, ms)));
  }

  /** The way is open: carries what there is, without the rest of a pause. */
  kick(): Promise<void> {
    this.#open = true;
    this.#wake();
    return this.#run();
  }

  /** The way is closed: what is under way may still arrive, the rest stays. */
  halt(): void {
    this.#open = false;
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    let pauseMs = FIRST_PAUSE_MS;
    for (let entry = this.#queue.next(); entry && this.#open; entry = this.#queue.next()) {
      const waitMs = await this.#carry(entry, pauseMs);
      if (waitMs > 0) {
        const woken = new Promise<void>((wake) => {
          this.#wake = wake;
        });
        await Promise.race([this.#pause(waitMs), woken]);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      } else {
        pauseMs = FIRST_PAUSE_MS;
      }
    }
    this.#running = false;
  }

  /** Milliseconds to wait before the next try; 0 where this one is settled. */
  async #carry(entry: Waiting, pauseMs: number): Promise<number> {
    this.underWay = entry.key;
    this.#queue.trying(entry.key);
    this.#errand.changed();
    try {
      const message = await this.#errand.send(entry);
      this.#queue.done(entry.key);
      this.underWay = null;
      this.#errand.sent(entry, message);
      return 0;
    } catch (error) {
      if (!(error instanceof Refused) || error.status >= 500 || error.status === 429 || error.status === 408) {
        return Math.max(pauseMs, error instanceof Refused ? error.retryAfterMs : 0);
      }
      // not refused: the session, or its chat, is no more
      if (error.status === 401 || error.code === "CHAT_NOT_FOUND") {
        this.halt();
        this.#errand.expired();
        return 0;
      }
      this.#queue.refuse(entry.key, failureOf(error));
      return 0;
    } finally {
      this.underWay = null;
      this.#errand.changed();
    }
  }
}

function failureOf({ status }: Refused): FailureKind {
  if (status === 413) return "tooLong";
  if (status === 403) return "blocked";
  return status === 404 || status === 409 ? "files" : "refused";
}
