// Files that are whole or not there, also after a power cut.

import { constants } from 'node:fs';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes under way, by path: two at once would take each other's new file away. */
const underway = new Map<string, Promise<void>>();

/** Written beside, made durable, and put in place by a rename; one after the other where several write the same file. */
export function writeWhole(path: string, data: string | Uint8Array, durable = true): Promise<void> {
  const done = (underway.get(path) ?? Promise.resolve()).then(() => replace(path, data, durable));
  const settled = done.catch(() => undefined).finally(() => {
    if (underway.get(path) === settled) underway.delete(path);
  });
  underway.set(path, settled);
  return done;
}

async function replace(path: string, data: string | Uint8Array, durable: boolean): Promise<void> {
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    await file.writeFile(data);
    if (durable) await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  if (durable) await syncFolder(dirname(path));
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

/** `undefined` where there is no such file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** One JSON object a line, added to at the end. A line that a crash cut short is passed over when reading. */
export class Lines<T> {
  private tail: Promise<void> = Promise.resolve();

  constructor(
    private readonly path: string,
    private readonly durable: boolean,
  ) {}

  async read(): Promise<T[]> {
    const lines: T[] = [];
    for (const line of ((await readIfThere(this.path)) ?? '').split('\n')) {
      if (!line) continue;
      try {
        lines.push(JSON.parse(line) as T);
      } catch {
        // cut short
      }
    }
    return lines;
  }

  append(line: T): Promise<void> {
    return this.inTurn(async () => {
      const file = await open(this.path, 'a', 0o600);
      try {
        // the line break before closes a line that was cut short
        await file.appendFile(`\n${JSON.stringify(line)}\n`);
        if (this.durable) await file.sync();
      } finally {
        await file.close();
      }
    });
  }

  rewrite(lines: T[]): Promise<void> {
    return this.inTurn(() => writeWhole(this.path, lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.tail.then(work);
    this.tail = done.catch(() => undefined);
    return done;
  }
}
