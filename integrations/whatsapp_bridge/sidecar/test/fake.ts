// A scripted WhatsApp at the seam, and a server that takes deliveries: what tests put around sessions.

import { EventEmitter } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyMessageContent, WAMessage } from 'baileys';
import type { Json } from '../src/content.js';
import { Session, type SessionOptions } from '../src/session.js';
import type { ConnectOptions, Socket, WhatsApp } from '../src/whatsapp.js';

export const SECRET = 'a bridge secret of the tests, long enough';
export const CHANNEL = '018f0000-0000-7000-8000-000000000001';
export const NO_GAPS = { session: [0, 0] as [number, number], chat: [0, 0] as [number, number] };

const endings: (() => void)[] = [];

/** Ends what a test has started. */
export function cleanUp(): void {
  for (const end of endings.splice(0)) end();
}

export const folder = () => mkdtempSync(join(tmpdir(), 'bridge-'));

export class FakeSocket extends EventEmitter implements Socket {
  paired = true;
  ended = false;
  pings = 0;
  dead = false;
  failures: Error[] = [];
  sent: { jid: string; content: any; id: string | undefined; quoted?: WAMessage | undefined }[] = [];
  calls: unknown[] = [];

  constructor(readonly options: ConnectOptions) {
    super();
  }
  user = () => ({ id: '15550100000:7@s.whatsapp.net' });
  registered = () => this.paired;
  async send(jid: string, content: AnyMessageContent, id: string | undefined, quoted?: WAMessage) {
    this.sent.push({ jid, content, id, quoted });
    const failure = this.failures.shift();
    if (failure) throw failure;
    return { key: { remoteJid: jid, id, fromMe: true }, message: { conversation: 'sent' } } as WAMessage;
  }
  async read(keys: unknown) {
    this.calls.push(['read', keys]);
  }
  async presence(kind: string, jid: string) {
    this.calls.push([kind, jid]);
  }
  async ping() {
    this.pings += 1;
    if (this.dead) throw new Error('no answer in time');
  }
  async group(jid: string) {
    return { id: jid, subject: 'Neighbours', participants: [] } as never;
  }
  pairingCode = async (digits: string) => `CODE${digits.slice(-4)}`;
  async logout() {
    this.calls.push(['logout']);
  }
  end() {
    this.ended = true;
  }
  open() {
    this.emit('connection.update', { connection: 'open' });
  }
  close(statusCode: number) {
    this.emit('connection.update', { connection: 'close', lastDisconnect: { error: { output: { statusCode } } } });
  }
}

export class FakeWhatsApp implements WhatsApp {
  sockets: FakeSocket[] = [];
  files = new Map<string, Buffer>();
  paired = true;

  async connect(options: ConnectOptions): Promise<Socket> {
    const socket = new FakeSocket(options);
    socket.paired = this.paired;
    this.sockets.push(socket);
    return socket;
  }
  async download(message: WAMessage): Promise<Buffer> {
    const bytes = this.files.get(message.key.id ?? '');
    if (!bytes) throw new Error('expired');
    return bytes;
  }
  async socket(count = 1): Promise<FakeSocket> {
    await until(() => this.sockets.length >= count);
    return this.sockets[count - 1]!;
  }
}

export interface Delivery {
  headers: IncomingMessage['headers'];
  raw: string;
  body: Json;
}

/** Takes deliveries; answers with what `answer` says, or 200. */
export async function inbox(answer: (delivery: Delivery, count: number) => number = () => 200) {
  const taken: Delivery[] = [];
  let count = 0;
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const raw = Buffer.concat(pieces).toString();
    const delivery = { headers: request.headers, raw, body: JSON.parse(raw) as Json };
    const status = answer(delivery, (count += 1));
    if (status === 200) taken.push(delivery);
    response.writeHead(status).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => server.close(), () => server.closeAllConnections());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const events = (name?: string) => taken.map(({ body }) => body).filter((body) => !name || body.event === name);
  return { url, taken, events, tries: () => count };
}

export async function until(check: () => unknown, patienceMs = 8_000): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export async function session(switchboardUrl: string, whatsapp: WhatsApp, more: Partial<SessionOptions> = {}) {
  const options = { channelId: CHANNEL, folder: folder(), secret: SECRET, switchboardUrl, whatsapp, gaps: NO_GAPS };
  const made = new Session({ ...options, ...more });
  await made.load();
  endings.push(() => made.stop());
  return made;
}

export const person = '4915550100@s.whatsapp.net';

export function text(id: string, words: string, more: Json = {}): Json {
  const { key, ...rest } = more;
  return {
    key: { remoteJid: person, fromMe: false, id, ...key },
    pushName: 'Ada',
    messageTimestamp: 1_790_000_000,
    message: { conversation: words },
    ...rest,
  };
}
