// The page within the launcher's frame: hears whether it is seen, tells how much waits. Alone in a window it says nothing.
import { type FrameSays, heardFromLauncher } from "../widget/protocol";

export interface Surroundings {
  /** The chat is seen now, or no longer. */
  seen: (seen: boolean) => void;
}

export class Frame {
  readonly #host: string;
  #unread = -1;

  constructor(host: string, { seen }: Surroundings) {
    this.#host = host;
    window.addEventListener("message", (event) => {
      const word = heardFromLauncher(event, { origin: host, source: window.parent });
      if (word) seen(word.switchboard === "shown");
    });
    this.#say({ switchboard: "ready" });
  }

  unread(count: number): void {
    if (count === this.#unread) return;
    this.#unread = count;
    this.#say({ switchboard: "unread", count });
  }

  close(): void {
    this.#say({ switchboard: "close" });
  }

  #say(word: FrameSays): void {
    window.parent.postMessage(word, this.#host);
  }
}
