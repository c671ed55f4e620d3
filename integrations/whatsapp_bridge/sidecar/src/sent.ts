// What this session sent, by the server's `clientId`: the id is chosen and on disk before WhatsApp is asked, so that a
// repeat, also after a crash, is the same message.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Lines } from './disk.js';

type Line = { clientId: string; id: string; done?: true };

const KEPT = 20_000;

export class Sent {
  private readonly byClient = new Map<string, { id: string; done: boolean }>();
  private readonly byId = new Map<string, string>();
  private readonly lines: Lines<Line>;

  constructor(
    folder: string,
    private readonly channelId: string,
  ) {
    this.lines = new Lines(join(folder, 'sent.jsonl'), true);
  }

  async load(): Promise<void> {
    const lines = await this.lines.read();
    for (const line of lines) this.note(line);
    if (lines.length > 4 * KEPT) {
      const kept = [...this.byClient].map(([clientId, { id, done }]) => ({ clientId, id, ...(done && { done }) }));
      await this.lines.rewrite(kept as Line[]);
    }
  }

  /** The message's id, and whether WhatsApp has it for sure. */
  known(clientId: string): { id: string; done: boolean } | undefined {
    return this.byClient.get(clientId);
  }

  /** The id to send under, on disk. */
  async begin(clientId: string): Promise<string> {
    const known = this.byClient.get(clientId);
    if (known) return known.id;
    const line = { clientId, id: this.idOf(clientId) };
    this.note(line);
    await this.lines.append(line);
    return line.id;
  }

  async finish(clientId: string, id: string): Promise<void> {
    const line: Line = { clientId, id, done: true };
    this.note(line);
    await this.lines.append(line);
  }

  /** The server's name of a message that it sent here. */
  clientOf(id: string): string | undefined {
    return this.byId.get(id);
  }

  /** Looks like the ids that WhatsApp Web makes. */
  private idOf(clientId: string): string {
    const digest = createHash('sha256').update(`${this.channelId}\n${clientId}`).digest('hex');
    return `3EB0${digest.slice(0, 36).toUpperCase()}`;
  }

  private note({ clientId, id, done }: Line): void {
    this.byClient.delete(clientId);
    this.byClient.set(clientId, { id, done: done === true });
    this.byId.set(id, clientId);
    if (this.byClient.size > KEPT) {
      const [oldest, entry] = this.byClient.entries().next().value ?? [];
      if (oldest !== undefined) this.byClient.delete(oldest);
      if (entry) this.byId.delete(entry.id);
    }
  }
}
