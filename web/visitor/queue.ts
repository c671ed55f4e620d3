// What the visitor wrote and the server has not taken yet: one stored entry each, so that two tabs never overwrite each other.
import type { Kept } from "./kept";
import type { Attachment } from "./message";
import type { FailureKind } from "./words";

/** Longer ago than this the server may have forgotten the key, so that sending again could send twice. */
const KEY_LIVES_MS = 23 * 60 * 60 * 1000;
const BEGINNING = "waiting.";

export interface Waiting {
  /** Makes repeats harmless, and is the place in the queue. */
  key: string;
  content: string;
  attachments: Attachment[];
  /** When it was written, in milliseconds of this browser's clock. */
  at: number;
  /** It was under way once, and nobody knows whether it arrived. */
  tried: boolean;
  failed: FailureKind | null;
}

export class Queue {
  readonly #kept: Kept;
  readonly #entries = new Map<string, Waiting>();
  #last = 0;

  /** Takes up what an earlier page left. */
  constructor(kept: Kept, now: number) {
    this.#kept = kept;
    for (const name of kept.names(BEGINNING)) {
      const entry = read(kept.get(name));
      if (!entry) {
        kept.remove(name);
        continue;
      }
      if (entry.tried && !entry.failed && now - entry.at > KEY_LIVES_MS) entry.failed = "stale";
      this.#entries.set(entry.key, entry);
      this.#last = Math.max(this.#last, entry.at);
    }
  }

  /** In the order of writing. */
  all(): Waiting[] {
    return [...this.#entries.values()];
  }

  add(content: string, attachments: Attachment[], now: number): Waiting {
    // strictly after the one before, also where the clock stands still or was set back
    this.#last = Math.max(now, this.#last + 1);
    const entry: Waiting = {
      key: newKey(this.#last),
      content,
      attachments,
      at: this.#last,
      tried: false,
      failed: null,
    };
    this.#put(entry);
    return entry;
  }

  /** The first that waits to be sent. */
  next(): Waiting | null {
    return this.all().find((entry) => !entry.failed) ?? null;
  }

  /** It leaves now: should the page end, the answer is unknown. */
  trying(key: string): void {
    this.#change(key, { tried: true });
  }

  /** The server has it. */
  done(key: string): void {
    this.#entries.delete(key);
    this.#kept.remove(BEGINNING + key);
  }

  /** The server refused it for good: it stays, until the visitor sends it again or deletes it. */
  refuse(key: string, failed: FailureKind): void {
    this.#change(key, { failed, tried: false });
  }

  /** Sends it once more; under its old key, so that it is still one message if it did arrive. */
  retry(key: string): void {
    this.#change(key, { failed: null });
  }

  #change(key: string, change: Partial<Waiting>): void {
    const entry = this.#entries.get(key);
    if (entry) this.#put({ ...entry, ...change });
  }

  #put(entry: Waiting): void {
    this.#entries.set(entry.key, entry);
    this.#kept.set(BEGINNING + entry.key, JSON.stringify(entry));
  }
}

/** Sorts by time as a text, and is nobody else's. */
function newKey(at: number): string {
  const random = crypto.getRandomValues(new Uint8Array(12));
  return `${at.toString(36).padStart(9, "0")}-${[...random].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function read(text: string | null): Waiting | null {
  try {
    const entry = JSON.parse(text ?? "null") as Waiting | null;
    const whole = entry && typeof entry.key === "string" && typeof entry.content === "string";
    return whole && Array.isArray(entry.attachments) ? entry : null;
  } catch {
    return null; // cut off or written by something else
  }
}
