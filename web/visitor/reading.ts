// What the visitor has seen: told once for each newest answer, while somebody looks at the end of the conversation.

export interface Glance {
  /** The newest answer that is unread. */
  newest: () => string | undefined;
  /** Tells the server. */
  tell: (messageId: string) => Promise<void>;
  /** It is told. */
  told: (messageId: string) => void;
}

export class Reading {
  readonly #glance: Glance;
  #looking = false;
  #atEnd = true;
  #upTo = "";

  constructor(glance: Glance) {
    this.#glance = glance;
  }

  /** The conversation can be seen, or no longer. */
  look(looking: boolean): void {
    this.#looking = looking;
    this.mark();
  }

  /** The end of it can be seen, or the visitor reads further up. */
  scrolled(atEnd: boolean): void {
    this.#atEnd = atEnd;
    this.mark();
  }

  /** Another conversation begins. */
  reset(): void {
    this.#upTo = "";
  }

  /** Says that all was read, if it is seen. */
  mark(): void {
    const newest = this.#glance.newest();
    const seen = this.#looking && this.#atEnd && document.visibilityState === "visible";
    if (!newest || !seen || newest <= this.#upTo) return;
    const before = this.#upTo;
    this.#upTo = newest;
    this.#glance.tell(newest).then(
      () => this.#glance.told(newest),
      () => {
        // unread still; the next look, message or connection says it again
        if (this.#upTo === newest) this.#upTo = before;
      },
    );
  }
}
