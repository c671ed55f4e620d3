// Follows the journal over REST: whole messages after a nudge of the socket, and all of it where no socket connects.
import type { Api, JournalEvent } from "./api";

const WAIT_SECS = 25;
/** A call that takes so much longer than it was asked to is given up. */
const GRACE_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

export interface Reader {
  heard: (events: JournalEvent[]) => void;
  /** The cursor cannot be served: load anew. */
  gap: () => Promise<void>;
  /** A poll came through, or did not. */
  reached: (reached: boolean) => void;
  /** What went wrong on the way; gives whether to go on. */
  failed: (error: unknown) => boolean;
  pause?: (ms: number) => Promise<void>;
}

export class Journal {
  readonly #api: Api;
  readonly #reader: Reader;
  /** The last position that was applied as a whole. */
  cursor: string | null = null;
  #pulling = false;
  #again = false;
  #following: AbortController | null = null;

  constructor(api: Api, reader: Reader) {
    this.#api = api;
    this.#reader = reader;
  }

  /** Whether it polls. */
  get following(): boolean {
    return this.#following !== null;
  }

  /** There is something new: fetches it, once more if it is told so meanwhile. */
  async pull(): Promise<void> {
    this.#again = true;
    if (this.#pulling) return;
    this.#pulling = true;
    try {
      while (this.#again) {
        this.#again = false;
        await this.#next(0);
      }
    } catch (error) {
      // nothing is lost: the cursor stays, and the next nudge or connection fetches from there
      this.#reader.failed(error);
    } finally {
      this.#pulling = false;
    }
  }

  /** Polls from here on, until `rest`. */
  async follow(): Promise<void> {
    if (this.#following) return;
    const following = new AbortController();
    this.#following = following;
    let pauseMs = FIRST_PAUSE_MS;
    // the first answer comes at once: it shows whether the server can be reached at all
    let waitSecs = 0;
    while (!following.signal.aborted) {
      try {
        await this.#next(waitSecs, following.signal);
        this.#reader.reached(true);
        waitSecs = WAIT_SECS;
        pauseMs = FIRST_PAUSE_MS;
      } catch (error) {
        if (following.signal.aborted) return;
        this.#reader.reached(false);
        waitSecs = 0;
        if (!this.#reader.failed(error)) return this.rest();
        await (this.#reader.pause ?? sleep)(pauseMs);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  /** A socket does it now. */
  rest(): void {
    this.#following?.abort();
    this.#following = null;
  }

  async #next(waitSecs: number, signal?: AbortSignal): Promise<void> {
    let more = true;
    while (more && this.cursor) {
      const call = new AbortController();
      const abort = () => call.abort();
      const late = setTimeout(abort, waitSecs * 1_000 + GRACE_MS);
      signal?.addEventListener("abort", abort, { once: true });
      const page = await this.#api.events(this.cursor, waitSecs, call.signal).finally(() => {
        clearTimeout(late);
        signal?.removeEventListener("abort", abort);
      });
      if (signal?.aborted) return;
      if (page.gap) return this.#reader.gap();
      this.cursor = page.cursor;
      this.#reader.heard(page.events);
      more = page.more;
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
