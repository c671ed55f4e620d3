// Files on their way up: chosen, pasted or dropped, each with its progress, until they are sent with a message.
import { Refused } from "./api";
import type { Attachment } from "./message";

/** The server's limit. */
const LARGEST_BYTES = 100 * 1024 * 1024;
export const MOST_FILES = 10;

export type UploadTrouble = "tooBig" | "failed" | "waits";

export interface Upload {
  id: number;
  file: File;
  /** Address of the picture within the browser. */
  preview: string | null;
  /** From 0 to 1. */
  progress: number;
  attachment: Attachment | null;
  trouble: UploadTrouble | null;
}

type Send = (file: File, progress: (share: number) => void, signal: AbortSignal) => Promise<Attachment>;

export class Uploads {
  readonly #send: Send;
  readonly #changed: () => void;
  readonly #aborts = new Map<number, AbortController>();
  #items: Upload[] = [];
  #last = 0;

  constructor(send: Send, changed: () => void) {
    this.#send = send;
    this.#changed = changed;
  }

  all(): Upload[] {
    return this.#items;
  }

  /** Whether all are up, so that a message may take them along. */
  settled(): boolean {
    return this.#items.every(({ attachment }) => attachment !== null);
  }

  /** Takes files; false where some had no more room. */
  add(files: Iterable<File>): boolean {
    for (const file of files) {
      if (this.#items.length >= MOST_FILES) return false;
      this.#last += 1;
      const upload: Upload = {
        id: this.#last,
        file,
        preview: file.type.startsWith("image/") ? URL.createObjectURL(file) : null,
        progress: 0,
        attachment: null,
        trouble: file.size > LARGEST_BYTES ? "tooBig" : null,
      };
      this.#items = [...this.#items, upload];
      if (!upload.trouble) void this.#start(upload.id);
    }
    this.#changed();
    return true;
  }

  remove(id: number): void {
    this.#aborts.get(id)?.abort();
    this.#forget(this.#items.filter((item) => item.id === id));
    this.#items = this.#items.filter((item) => item.id !== id);
    this.#changed();
  }

  /** Starts again what did not get through; `waiting` alone, or what was refused too. */
  retry(id?: number): void {
    for (const item of this.#items) {
      if (item.trouble === "waits" || (item.id === id && item.trouble === "failed")) void this.#start(item.id);
    }
  }

  /** Hands over what is up, for a message. */
  takeAll(): Attachment[] {
    const attachments = this.#items.flatMap(({ attachment }) => attachment ?? []);
    this.#forget(this.#items);
    this.#items = [];
    this.#changed();
    return attachments;
  }

  async #start(id: number): Promise<void> {
    const item = this.#items.find((one) => one.id === id);
    if (!item) return;
    const abort = new AbortController();
    this.#aborts.set(id, abort);
    this.#change(id, { trouble: null, progress: 0 });
    try {
      const attachment = await this.#send(item.file, (progress) => this.#change(id, { progress }), abort.signal);
      this.#change(id, { attachment, progress: 1 });
    } catch (error) {
      // without an answer it waits for the connection; a refusal is for the visitor to see
      if (!abort.signal.aborted) this.#change(id, { trouble: troubleOf(error) });
    } finally {
      this.#aborts.delete(id);
    }
  }

  #change(id: number, change: Partial<Upload>): void {
    this.#items = this.#items.map((item) => (item.id === id ? { ...item, ...change } : item));
    this.#changed();
  }

  #forget(items: Upload[]): void {
    for (const { preview } of items) if (preview) URL.revokeObjectURL(preview);
  }
}

function troubleOf(error: unknown): UploadTrouble {
  if (!(error instanceof Refused) || error.status === 401) return "waits";
  return error.status === 413 ? "tooBig" : "failed";
}

/** Files in the portions that one message can carry: pictures and films together, all else alone. */
export function portions(attachments: Attachment[]): Attachment[][] {
  const seen = (attachment: Attachment) => attachment.type === "image" || attachment.type === "video";
  const album = attachments.filter(seen);
  const others = attachments.filter((attachment) => !seen(attachment)).map((attachment) => [attachment]);
  return album.length > 0 ? [album, ...others] : others;
}
