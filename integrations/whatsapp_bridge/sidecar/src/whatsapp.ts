// The seam to WhatsApp: all that a session asks of it. Tests put a scripted one in its place.

import { getRandomValues } from 'node:crypto';
import makeWASocket, {
  type AnyMessageContent,
  Browsers,
  downloadMediaMessage,
  fetchLatestWaWebVersion,
  type GroupMetadata,
  makeCacheableSignalKeyStore,
  proto,
  type WAMessage,
  type WAMessageKey,
} from 'baileys';
import type { Auth } from './auth.js';
import { log, reason, silent } from './log.js';

export interface Socket {
  on(event: string, listener: (news: any) => void): void;
  user(): { id: string; lid?: string } | undefined;
  registered(): boolean;
  /** Resolves once WhatsApp's server has the message, with its content. */
  send(jid: string, content: AnyMessageContent, id: string | undefined, quoted?: WAMessage): Promise<WAMessage | undefined>;
  read(keys: WAMessageKey[]): Promise<void>;
  presence(kind: 'composing' | 'paused', jid: string): Promise<void>;
  /** Fails where no answer comes in time. */
  ping(patienceMs: number): Promise<void>;
  group(jid: string): Promise<GroupMetadata | undefined>;
  pairingCode(digits: string): Promise<string>;
  logout(): Promise<void>;
  end(): void;
}

export interface ConnectOptions {
  auth: Auth;
  url: string | undefined;
  history: boolean;
  /** For recipients that could not read a message. */
  message(id: string): proto.IMessage | undefined;
  groupCached(jid: string): GroupMetadata | undefined;
}

export interface WhatsApp {
  connect(options: ConnectOptions): Promise<Socket>;
  download(message: WAMessage): Promise<Buffer>;
}

/** WhatsApp's server has taken the message, and said no. */
export class Nack extends Error {
  constructor(readonly code: string) {
    super(`refused with ${code}`);
  }
}

/** It is not known whether WhatsApp has it; the same id may be sent again. */
export class NoAck extends Error {}

const ACK_MS = 10_000;

export const whatsapp: WhatsApp = { connect, download };

async function connect(options: ConnectOptions): Promise<Socket> {
  const { auth } = options;
  const sock = makeWASocket({
    auth: { creds: auth.state.creds, keys: makeCacheableSignalKeyStore(auth.state.keys, silent) },
    logger: silent,
    browser: Browsers.ubuntu('Switchboard'),
    // the phone goes on ringing
    markOnlineOnConnect: false,
    syncFullHistory: options.history,
    generateHighQualityLinkPreview: false,
    getMessage: async (key) => (key.id ? options.message(key.id) : undefined),
    cachedGroupMetadata: async (jid) => options.groupCached(jid),
    ...(options.url ? { waWebSocketUrl: options.url } : { version: await version() }),
  });

  const acks = new Map<string, (error?: string) => void>();
  sock.ws.on('CB:ack,class:message', ({ attrs }: { attrs: Record<string, string> }) => {
    acks.get(attrs.id ?? '')?.(attrs.error);
  });

  return {
    on: (event, listener) => sock.ev.on(event as 'connection.update', listener),
    user: () => sock.user,
    registered: () => auth.state.creds.registered || auth.state.creds.me !== undefined,
    async send(jid, content, id, quoted) {
      const messageId = id ?? generated();
      const acked = new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new NoAck('WhatsApp did not acknowledge the message')), ACK_MS);
        acks.set(messageId, (error) => {
          clearTimeout(timer);
          error ? reject(new Nack(error)) : resolve();
        });
      });
      acked.catch(() => undefined);
      try {
        const sent = await sock.sendMessage(jid, content, { messageId, ...(quoted && { quoted }) });
        await acked;
        return sent;
      } finally {
        acks.get(messageId)?.();
        acks.delete(messageId);
      }
    },
    read: (keys) => sock.readMessages(keys),
    presence: (kind, jid) => sock.sendPresenceUpdate(kind, jid),
    async ping(patienceMs) {
      const attrs = { id: sock.generateMessageTag(), to: 's.whatsapp.net', type: 'get', xmlns: 'w:p' };
      const answer = await sock.query({ tag: 'iq', attrs, content: [{ tag: 'ping', attrs: {} }] }, patienceMs);
      if (!answer) throw new Error('no answer');
    },
    group: (jid) => sock.groupMetadata(jid),
    pairingCode: (digits) => sock.requestPairingCode(digits),
    logout: () => sock.logout(),
    end: () => sock.end(undefined),
  };
}

function generated(): string {
  return `3EB0${[...getRandomValues(new Uint8Array(18))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`.toUpperCase();
}

/** WhatsApp turns away clients that are too old: the newest version that its page names, else the one Baileys knows. */
async function version() {
  const found = await fetchLatestWaWebVersion({ signal: AbortSignal.timeout(5_000) });
  if (found.error) log('info', 'the newest version of WhatsApp Web is not known', { reason: reason(found.error) });
  return found.version;
}

async function download(message: WAMessage): Promise<Buffer> {
  return downloadMediaMessage(message, 'buffer', {});
}
