// Who hides behind which id (`@lid`), on disk. A chat that was handed over under its hidden id moves once the phone is known.

import { join } from 'node:path';
import { Lines } from './disk.js';
import { isLid, isPhone, normalize } from './jid.js';

type Line = { lid: string; pn?: string };

export class Lids {
  private readonly phones = new Map<string, string>();
  private readonly used = new Set<string>();
  private readonly lines: Lines<Line>;

  constructor(folder: string) {
    this.lines = new Lines(join(folder, 'lids.jsonl'), true);
  }

  async load(): Promise<void> {
    for (const { lid, pn } of await this.lines.read()) {
      if (pn) this.phones.set(lid, pn);
      else this.used.add(lid);
    }
  }

  /** The phone's address where it is known. */
  resolve(jid: string): string {
    return this.phones.get(jid) ?? jid;
  }

  /** Notes that a chat goes by its hidden id. */
  async use(chat: string): Promise<void> {
    if (!isLid(chat) || this.used.has(chat)) return;
    this.used.add(chat);
    await this.lines.append({ lid: chat });
  }

  /** Takes two names of a person, in either order. The move that follows, if the chat went by the hidden one. */
  async learn(one: unknown, other: unknown): Promise<{ from: string; to: string } | undefined> {
    const [first, second] = [normalize(one), normalize(other)];
    if (!first || !second) return undefined;
    const [lid, pn] = isLid(first) ? [first, second] : [second, first];
    if (!isLid(lid) || !isPhone(pn) || this.phones.get(lid) === pn) return undefined;
    const from = this.phones.get(lid) ?? (this.used.has(lid) ? lid : undefined);
    this.phones.set(lid, pn);
    await this.lines.append({ lid, pn });
    return from ? { from, to: pn } : undefined;
  }
}
