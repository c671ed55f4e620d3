// Messages of late, so that they can be quoted, and sent again when a recipient's phone could not read them.

import { join } from 'node:path';
import { proto, type WAMessage } from 'baileys';
import { Lines } from './disk.js';

interface Line {
  id: string;
  chat: string;
  fromMe: boolean;
  participant?: string;
  /** The content, encoded; absent where it was long. */
  content?: string;
}

const KEPT = 5_000;
const LONGEST = 16 * 1024;

export class Messages {
  private readonly kept = new Map<string, Line>();
  private readonly lines: Lines<Line>;

  constructor(folder: string) {
    this.lines = new Lines(join(folder, 'messages.jsonl'), false);
  }

  async load(): Promise<void> {
    const lines = await this.lines.read();
    lines.forEach((line) => this.note(line));
    if (lines.length > 4 * KEPT) await this.lines.rewrite([...this.kept.values()]);
  }

  async add(message: WAMessage, chat: string): Promise<void> {
    const id = message.key.id;
    if (!id || !message.message) return;
    const bytes = proto.Message.encode(proto.Message.fromObject(message.message)).finish();
    const participant = message.key.participant || undefined;
    const line: Line = { id, chat, fromMe: message.key.fromMe === true, ...(participant && { participant }) };
    if (bytes.length <= LONGEST) line.content = Buffer.from(bytes).toString('base64');
    this.note(line);
    await this.lines.append(line);
  }

  content(id: string): proto.IMessage | undefined {
    const encoded = this.kept.get(id)?.content;
    return encoded === undefined ? undefined : proto.Message.decode(Buffer.from(encoded, 'base64'));
  }

  /** The message to quote; of an unknown one its id alone, as the customer's. */
  quoted(id: string, jid: string): WAMessage {
    const known = this.kept.get(id);
    const key = { remoteJid: jid, id, fromMe: known?.fromMe ?? false, participant: known?.participant };
    return { key, message: this.content(id) ?? { conversation: '' } } as WAMessage;
  }

  /** Who wrote it, in a group. */
  participant(id: string): string | undefined {
    return this.kept.get(id)?.participant;
  }

  private note(line: Line): void {
    this.kept.delete(line.id);
    this.kept.set(line.id, line);
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value as string);
  }
}
