// What the server asks of a session: messages, changes to them, receipts, typing.

import type { AnyMessageContent, WAMessageKey } from 'baileys';
import { type Json, text } from './content.js';
import { address, isGroup } from './jid.js';
import { Invalid, outgoing } from './outgoing.js';
import type { Session } from './session.js';
import { nack } from './translate.js';
import { Nack, NoAck, type Socket } from './whatsapp.js';

/** An answer other than 200. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const invalid = (message: string) => new Refusal(422, 'INVALID_DATA', message);

export class Sender {
  private readonly running = new Map<string, Promise<string>>();

  constructor(private readonly session: Session) {}

  /** The id of the message; a `clientId` that comes again is the same message. */
  async message(body: Json): Promise<string> {
    const clientId = text(body.clientId);
    const to = address(body.to);
    if (!clientId || clientId.length > 200 || !to) throw invalid('clientId and to are required');
    const running = this.running.get(clientId);
    if (running) return running;
    const work = this.once(clientId, to, body).finally(() => this.running.delete(clientId));
    this.running.set(clientId, work);
    return work;
  }

  private async once(clientId: string, to: string, body: Json): Promise<string> {
    const { sent, messages, pace } = this.session;
    const known = sent.known(clientId);
    if (known?.done) return known.id;
    this.socket();
    const content = await this.content(body);
    return pace.run(to, async () => {
      const socket = this.socket();
      // on disk before WhatsApp is asked: a repeat after a crash goes out under the same id, and is the same message
      const id = await sent.begin(clientId);
      const quoted = text(body.quotedId);
      const message = await asked(socket.send(to, content, id, quoted ? messages.quoted(quoted, to) : undefined));
      await sent.finish(clientId, id);
      if (message) await messages.add(message, to).catch(() => undefined);
      return id;
    });
  }

  private async content(body: Json): Promise<AnyMessageContent> {
    try {
      return await outgoing(body);
    } catch (error) {
      if (error instanceof Invalid) throw invalid(error.message);
      throw new Refusal(502, 'FILE_UNREACHABLE', 'the file could not be fetched from the server');
    }
  }

  async edit(id: string, body: Json): Promise<void> {
    const words = text(body.text);
    if (!words) throw invalid('text is required');
    await this.change(body, { text: words, linkPreview: null, edit: { ...this.key(id, body), fromMe: true } });
  }

  async remove(id: string, body: Json): Promise<void> {
    await this.change(body, { delete: this.key(id, { fromMe: true, ...body }) });
  }

  async react(id: string, body: Json): Promise<void> {
    await this.change(body, { react: { key: this.key(id, body), text: text(body.emoji) ?? '' } });
  }

  async read(body: Json): Promise<void> {
    const id = text(body.messageId);
    if (!id) throw invalid('messageId is required');
    await this.socket().read([this.key(id, { ...body, fromMe: false })]);
  }

  async typing(body: Json): Promise<void> {
    await this.socket().presence(body.typing === false ? 'paused' : 'composing', this.chat(body));
  }

  private async change(body: Json, content: AnyMessageContent): Promise<void> {
    const chat = this.chat(body);
    await this.session.pace.run(chat, () => asked(this.socket().send(chat, content, undefined)));
  }

  private key(id: string, body: Json): WAMessageKey {
    const remoteJid = this.chat(body);
    const fromMe = body.fromMe === true;
    const participant = isGroup(remoteJid) && !fromMe ? (this.session.messages.participant(id) ?? address(body.participant)) : undefined;
    return { remoteJid, id, fromMe, ...(participant && { participant }) };
  }

  private chat(body: Json): string {
    const chat = address(body.chatId);
    if (!chat) throw invalid('chatId is required');
    return chat;
  }

  private socket(): Socket {
    const socket = this.session.connected();
    if (socket) return socket;
    const { status, error } = this.session.current();
    throw new Refusal(409, 'SESSION_NOT_CONNECTED', error ?? `the phone is not connected (${status})`);
  }
}

async function asked<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Nack) throw new Refusal(422, error.code, nack(error.code));
    const message = error instanceof NoAck ? error.message : 'WhatsApp could not be asked';
    throw new Refusal(503, 'WHATSAPP_UNAVAILABLE', message);
  }
}
