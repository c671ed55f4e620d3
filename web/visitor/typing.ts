// Typing, both ways: who of the team does it, and that the visitor does. Both end by themselves, should their end be lost.

/** Typing of the team that is not said again within this is over. */
const ENDS_MS = 12_000;
/** The server forgets the visitor's after 10 s; so often it is said again. */
const AGAIN_MS = 4_000;

export class Typing {
  readonly #say: (typing: boolean) => void;
  readonly #changed: (name: string | null) => void;
  #ends: ReturnType<typeof setTimeout> | undefined;
  #saidAt = 0;

  constructor(say: (typing: boolean) => void, changed: (name: string | null) => void) {
    this.#say = say;
    this.#changed = changed;
  }

  /** Somebody of the team types; `null` where nobody does any more. */
  heard(name: string | null): void {
    clearTimeout(this.#ends);
    if (name !== null) this.#ends = setTimeout(() => this.#changed(null), ENDS_MS);
    this.#changed(name);
  }

  /** The visitor's text has changed to this. */
  wrote(text: string, now: number): void {
    if (text && now - this.#saidAt > AGAIN_MS) {
      this.#saidAt = now;
      this.#say(true);
    } else if (!text && this.#saidAt > 0) {
      this.#saidAt = 0;
      this.#say(false);
    }
  }
}
