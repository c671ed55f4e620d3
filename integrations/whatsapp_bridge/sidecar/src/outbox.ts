// What the server has not taken yet: one file per event, in order, kept until it says 2xx. Survives any crash.

import { randomUUID } from 'node:crypto';
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, readIfThere, writeWhole } from './disk.js';
import { log, reason } from './log.js';
import { sealed } from './sign.js';

export interface Happened {
  event: string;
  data: Record<string, unknown>;
  /** A message of WhatsApp, encoded, whose file goes along: fetched just before the event is handed over. */
  file?: string;
}

interface Entry extends Happened {
  id: string;
  timestamp: number;
}

export interface OutboxOptions {
  folder: string;
  channelId: string;
  secret: string;
  switchboardUrl: string;
  /** Puts the file's bytes, or their address, into `data.media`. */
  attach(happened: Happened): Promise<void>;
  firstPauseMs?: number;
  longestPauseMs?: number;
}

const TIMEOUT_MS = 30_000;

export class Outbox {
  private readonly waiting: string[] = [];
  private next = 1;
  private connection: Happened | undefined;
  private running = false;
  private stopped = false;
  private wake: (() => void) | undefined;
  private pauseMs = 0;
  private writes: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: OutboxOptions) {}

  async load(): Promise<void> {
    await makeFolder(this.options.folder);
    const files = (await readdir(this.options.folder)).filter((name) => /^\d{15}\.json$/.test(name)).sort();
    this.waiting.push(...files);
    this.next = Number(files.at(-1)?.slice(0, 15) ?? 0) + 1;
    this.run();
  }

  /** On disk once this resolves. */
  put(happened: Happened): Promise<void> {
    const entry: Entry = { id: randomUUID(), timestamp: seconds(), ...happened };
    const write = this.writes.then(async () => {
      const name = `${String(this.next++).padStart(15, '0')}.json`;
      await writeWhole(join(this.options.folder, name), JSON.stringify(entry));
      this.waiting.push(name);
      this.run();
    });
    this.writes = write.catch(() => undefined);
    return write;
  }

  /** The state of the connection: the latest alone, and never on disk, since it may hold a code for pairing. */
  tell(data: Record<string, unknown>): void {
    this.connection = { event: 'connection', data };
    this.run();
  }

  get size(): number {
    return this.waiting.length;
  }

  stop(): void {
    this.stopped = true;
    this.wake?.();
  }

  private run(): void {
    if (this.running || this.stopped) return;
    this.running = true;
    void this.deliverAll().finally(() => {
      this.running = false;
      if (this.connection || this.waiting.length) this.run();
    });
  }

  private async deliverAll(): Promise<void> {
    while (!this.stopped && (this.connection || this.waiting.length)) {
      try {
        await this.deliverOne();
        this.pauseMs = 0;
      } catch (error) {
        if (this.stopped) return;
        log('warn', 'an event was not taken', { channelId: this.options.channelId, reason: reason(error) });
        const first = this.options.firstPauseMs ?? 1_000;
        this.pauseMs = Math.min(this.options.longestPauseMs ?? 60_000, this.pauseMs * 2 || first);
        await this.pause(this.pauseMs * (0.8 + Math.random() * 0.4));
      }
    }
  }

  private async deliverOne(): Promise<void> {
    const connection = this.connection;
    if (connection) {
      await this.post({ id: randomUUID(), timestamp: seconds(), ...connection });
      if (this.connection === connection) this.connection = undefined;
      return;
    }
    const path = join(this.options.folder, this.waiting[0] ?? '');
    const text = await readIfThere(path);
    if (text !== undefined) {
      const entry = JSON.parse(text) as Entry;
      await this.options.attach(entry);
      await this.post(entry);
      await unlink(path);
    }
    this.waiting.shift();
  }

  private async post({ id, event, data, timestamp }: Entry): Promise<void> {
    const { channelId, secret, switchboardUrl } = this.options;
    const body = JSON.stringify({ id, event, data, timestamp });
    const response = await fetch(`${switchboardUrl}/webhooks/bridge/${channelId}`, {
      method: 'POST',
      // sealed afresh each time: the server takes no seal older than five minutes
      headers: { 'content-type': 'application/json', ...sealed(secret, channelId, body, seconds()) },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`the server answers ${response.status} to ${event}`);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

const seconds = () => Math.floor(Date.now() / 1000);
