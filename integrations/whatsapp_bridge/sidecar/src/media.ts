// Files: a customer's are handed over inside the event, or kept here until the server has fetched them; the server's come
// inside the request or from an address of it.

import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, writeWhole } from './disk.js';
import type { Json } from './content.js';

/** Base64 makes it less than the 5 MiB that the server takes. */
const LARGEST_INSIDE = 3 * 1024 * 1024;
export const LARGEST = 100 * 1024 * 1024;
const KEPT_DAYS = 7;
const FETCH_MS = 15_000;

export class Kept {
  constructor(
    private readonly folder: string,
    private readonly below: string,
  ) {}

  async load(): Promise<void> {
    await makeFolder(this.folder);
    await this.forgetOld();
  }

  /** Puts the bytes into `media`, or keeps them and puts their address there: a path below the bridge's own. */
  async handOver(media: Json, bytes: Buffer): Promise<void> {
    media.size = bytes.length;
    if (bytes.length <= LARGEST_INSIDE) {
      media.base64 = bytes.toString('base64');
      return;
    }
    await this.forgetOld();
    const key = randomBytes(16).toString('hex');
    await writeWhole(join(this.folder, key), bytes);
    media.url = `${this.below}/media/${key}`;
  }

  async open(key: string): Promise<{ size: number; stream: NodeJS.ReadableStream } | undefined> {
    if (!/^[0-9a-f]{32}$/.test(key)) return undefined;
    const path = join(this.folder, key);
    const found = await stat(path).catch(() => undefined);
    return found && { size: found.size, stream: createReadStream(path) };
  }

  /** The server has it. */
  async forget(key: string): Promise<void> {
    if (/^[0-9a-f]{32}$/.test(key)) await rm(join(this.folder, key), { force: true });
  }

  private async forgetOld(): Promise<void> {
    const oldest = Date.now() - KEPT_DAYS * 24 * 3600 * 1000;
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found && found.mtimeMs < oldest) await rm(path, { force: true });
    }
  }
}

/** The bytes of a file that the server sends. */
export async function outgoingBytes(media: Json): Promise<Buffer> {
  if (typeof media.base64 === 'string') return Buffer.from(media.base64, 'base64');
  if (typeof media.url !== 'string' || !/^https?:\/\//.test(media.url)) throw new Error('media needs base64 or url');
  const response = await fetch(media.url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_MS) });
  if (!response.ok || !response.body) throw new Error(`the file's address answers ${response.status}`);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body) {
    size += piece.length;
    if (size > LARGEST) throw new Error('the file is too large');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
