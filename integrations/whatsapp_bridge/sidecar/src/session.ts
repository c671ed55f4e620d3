// One paired phone: its connection, what it hears and what it sends. Everything that must survive a crash is on disk.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { forgetAuth, loadAuth } from './auth.js';
import { codeOf, type Status, verdict } from './connection.js';
import type { Json } from './content.js';
import { makeFolder, readIfThere, writeWhole } from './disk.js';
import { normalize, phone } from './jid.js';
import { Lids } from './lids.js';
import { log, reason } from './log.js';
import { Kept } from './media.js';
import { Messages } from './messages.js';
import { Outbox } from './outbox.js';
import { type Gaps, Pace } from './pace.js';
import { attach, Receiver } from './receive.js';
import { Sent } from './sent.js';
import type { Socket, WhatsApp } from './whatsapp.js';

export interface Wishes {
  /** Pair by a code that is typed into the phone with this number, in place of a picture. */
  phone?: string;
  /** Hand over what the phone remembers, once it is paired. */
  history?: boolean;
}

export interface SessionOptions {
  channelId: string;
  folder: string;
  secret: string;
  switchboardUrl: string;
  whatsapp: WhatsApp;
  whatsappUrl?: string | undefined;
  probeEveryMs?: number;
  probePatienceMs?: number;
  gaps?: Gaps;
}

export interface State {
  status: Status;
  qr: string | null;
  code?: string;
  phone: string | null;
  error?: string;
}

export class Session {
  readonly lids: Lids;
  readonly sent: Sent;
  readonly messages: Messages;
  readonly outbox: Outbox;
  readonly kept: Kept;
  readonly pace: Pace;
  private readonly receiver: Receiver;
  private wishes: Wishes = {};
  private state: State = { status: 'disconnected', qr: null, phone: null };
  private socket: Socket | undefined;
  private generation = 0;
  private failures = 0;
  private wanted = false;
  private retry: NodeJS.Timeout | undefined;
  private probe: NodeJS.Timeout | undefined;

  constructor(private readonly options: SessionOptions) {
    const { folder, channelId, secret, switchboardUrl, whatsapp } = options;
    this.lids = new Lids(folder);
    this.sent = new Sent(folder, channelId);
    this.messages = new Messages(folder);
    this.kept = new Kept(join(folder, 'media'), `/sessions/${channelId}`);
    this.pace = new Pace(options.gaps);
    const attachFile = (happened: Parameters<typeof attach>[0]) => attach(happened, whatsapp, this.kept);
    this.outbox = new Outbox({ folder: join(folder, 'outbox'), channelId, secret, switchboardUrl, attach: attachFile });
    this.receiver = new Receiver(this, () => this.wishes.history === true, channelId);
  }

  async load(): Promise<void> {
    await makeFolder(this.options.folder);
    const saved = await readIfThere(this.file('session.json'));
    if (saved) this.wishes = JSON.parse(saved) as Wishes;
    await Promise.all([this.lids.load(), this.sent.load(), this.messages.load(), this.kept.load()]);
    await this.outbox.load();
  }

  /** Connects, unless it is at it already. */
  async start(wishes: Wishes = this.wishes): Promise<State> {
    this.wishes = wishes;
    await writeWhole(this.file('session.json'), JSON.stringify(wishes));
    if (!this.wanted) {
      this.wanted = true;
      this.failures = 0;
      this.change({ status: 'connecting' });
      void this.connect();
    }
    return this.state;
  }

  current(): State {
    return this.state;
  }

  /** The socket, while WhatsApp can be spoken to. */
  connected(): Socket | undefined {
    return this.state.status === 'connected' ? this.socket : undefined;
  }

  /** Ends the connection and keeps the pairing. */
  stop(): void {
    this.wanted = false;
    this.generation += 1;
    clearTimeout(this.retry);
    clearInterval(this.probe);
    this.socket?.end();
    this.socket = undefined;
    this.outbox.stop();
  }

  /** Logs the phone out and forgets the session. */
  async remove(): Promise<void> {
    const socket = this.connected();
    const late = new Promise((resolve) => setTimeout(resolve, 5_000).unref());
    await Promise.race([socket?.logout().catch(() => undefined), late]);
    this.stop();
    await rm(this.options.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private file(name: string): string {
    return join(this.options.folder, name);
  }

  private async connect(): Promise<void> {
    const generation = ++this.generation;
    const current = () => this.wanted && generation === this.generation;
    try {
      const auth = await loadAuth(this.file('auth'));
      const socket = await this.options.whatsapp.connect({
        auth,
        url: this.options.whatsappUrl,
        history: this.wishes.history === true,
        message: (id) => this.messages.content(id),
        groupCached: this.receiver.groupCached,
      });
      if (!current()) return socket.end();
      this.socket = socket;
      socket.on('creds.update', () => {
        auth.save().catch((error) => log('error', 'the pairing was not saved', { reason: reason(error) }));
      });
      socket.on('connection.update', (news: Json) => {
        if (current()) this.heard(socket, news);
      });
      this.receiver.listen(socket);
    } catch (error) {
      log('warn', 'no connection to WhatsApp', { channelId: this.options.channelId, reason: reason(error) });
      if (current()) this.ended(undefined, true);
    }
  }

  private heard(socket: Socket, news: Json): void {
    if (typeof news.qr === 'string') void this.pair(socket, news.qr);
    if (news.connection === 'open') {
      this.failures = 0;
      this.change({ status: 'connected', phone: phone(normalize(socket.user()?.id)) ?? null });
      this.watch(socket);
    } else if (news.connection === 'close') {
      this.ended(codeOf(news.lastDisconnect), socket.registered());
    }
  }

  private async pair(socket: Socket, qr: string): Promise<void> {
    const digits = this.wishes.phone?.replace(/\D/g, '');
    if (!digits) return this.change({ status: 'qr', qr });
    if (this.state.code) return;
    try {
      const code = await socket.pairingCode(digits);
      this.change({ status: 'qr', qr: code, code });
    } catch (error) {
      log('warn', 'no code for pairing', { channelId: this.options.channelId, reason: reason(error) });
      this.change({ status: 'qr', qr });
    }
  }

  private ended(code: number | undefined, paired: boolean): void {
    clearInterval(this.probe);
    this.socket = undefined;
    const what = verdict(code, this.failures, paired);
    this.failures += 1;
    log('info', 'the connection ended', { channelId: this.options.channelId, code, again: what.again });
    this.change({ status: what.status, ...(what.error && { error: what.error }) });
    if (what.again === undefined) {
      this.wanted = false;
      if (what.forget) void forgetAuth(this.file('auth'));
      return;
    }
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.wanted && void this.connect(), what.again);
  }

  /** A connection that says it is open may be dead: WhatsApp is asked for a sign of life. */
  private watch(socket: Socket): void {
    clearInterval(this.probe);
    let asking = false;
    this.probe = setInterval(async () => {
      if (asking) return;
      asking = true;
      try {
        await socket.ping(this.options.probePatienceMs ?? 10_000);
      } catch (error) {
        if (this.socket !== socket) return;
        log('warn', 'connected but dead', { channelId: this.options.channelId, reason: reason(error) });
        clearInterval(this.probe);
        this.generation += 1;
        this.change({ status: 'disconnected', error: 'Connected but dead: WhatsApp no longer answers. A new connection is tried.' });
        socket.end();
        this.socket = undefined;
        void this.connect();
      } finally {
        asking = false;
      }
    }, this.options.probeEveryMs ?? 30_000);
    this.probe.unref();
  }

  private change(next: Partial<State> & { status: Status }): void {
    const before = JSON.stringify(this.state);
    this.state = { qr: null, phone: this.state.phone, ...next };
    if (JSON.stringify(this.state) === before) return;
    const { status, qr, code, phone: number, error } = this.state;
    this.outbox.tell({ status, ...(qr && { qr }), ...(code && { code }), ...(number && { phone: number }), ...(error && { error }) });
  }
}
