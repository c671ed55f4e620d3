// What the views draw from: one state, and who wants to know that it changed.
import type { Message } from "./message";

/** Why nobody can write here. */
export type Closed = "gone" | "refused";
export type Link = "connecting" | "online" | "offline" | "busy";

export interface State {
  stage: "starting" | "asking" | "open" | Closed;
  link: Link;
  /** Seconds until the next try while `busy`. */
  busySecs: number;
  /** Who of the team is typing. */
  typing: string | null;
  older: "none" | "some" | "loading";
  /** The last answer, for those who listen instead of look. */
  announced: Message | null;
}

export class Store {
  state: State = { stage: "starting", link: "connecting", busySecs: 0, typing: null, older: "none", announced: null };
  readonly #watchers = new Set<() => void>();
  #told = false;

  change(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    this.touch();
  }

  /** Tells the watchers, once for all changes of one turn. */
  touch(): void {
    if (this.#told) return;
    this.#told = true;
    queueMicrotask(() => {
      this.#told = false;
      for (const watcher of this.#watchers) watcher();
    });
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}
