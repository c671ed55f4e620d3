// What the browser keeps of a channel between visits. A window that may keep nothing still works until it is closed.

export class Kept {
  readonly #prefix: string;
  readonly #storage: Storage | null;
  readonly #memory = new Map<string, string>();

  /** Keeps under `switchboard.{channel}.`. */
  constructor(channel: string, storage: Storage | null) {
    this.#prefix = `switchboard.${channel}.`;
    this.#storage = storage;
  }

  get(name: string): string | null {
    return this.#memory.get(name) ?? this.#tried((storage) => storage.getItem(this.#prefix + name)) ?? null;
  }

  /** Keeps a value; where the storage is full or closed, in memory alone. */
  set(name: string, value: string): void {
    this.#memory.set(name, value);
    this.#tried((storage) => storage.setItem(this.#prefix + name, value));
  }

  remove(name: string): void {
    this.#memory.delete(name);
    this.#tried((storage) => storage.removeItem(this.#prefix + name));
  }

  /** Names that begin so, in order. */
  names(beginning: string): string[] {
    const stored = this.#tried((storage) => Object.keys(storage)) ?? [];
    const own = stored.filter((key) => key.startsWith(this.#prefix)).map((key) => key.slice(this.#prefix.length));
    return [...new Set([...own, ...this.#memory.keys()])].filter((name) => name.startsWith(beginning)).sort();
  }

  #tried<T>(use: (storage: Storage) => T): T | undefined {
    try {
      return this.#storage ? use(this.#storage) : undefined;
    } catch {
      return undefined; // full, or forbidden by the browser: memory has it
    }
  }
}

/** The window's storage; `null` where even asking for it is refused. */
export function storageOf(window: Window): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
