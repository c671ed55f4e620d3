// What WhatsApp tells a session, on its way to the outbox.

import { type GroupMetadata, proto, type WAMessage } from 'baileys';
import { type Json, list } from './content.js';
import { isGroup, normalize, number } from './jid.js';
import type { Lids } from './lids.js';
import { log, reason } from './log.js';
import { type Kept, LARGEST } from './media.js';
import type { Messages } from './messages.js';
import type { Happened, Outbox } from './outbox.js';
import type { Sent } from './sent.js';
import { contactPairs, message, pairs, receipt, type Told, update } from './translate.js';
import type { Socket, WhatsApp } from './whatsapp.js';

export interface Stores {
  lids: Lids;
  sent: Sent;
  messages: Messages;
  outbox: Outbox;
}

const TITLE_MS = 5_000;
const DOWNLOAD_TRIES = 3;
const MOST_GROUPS = 1_000;

export class Receiver {
  private turn: Promise<void> = Promise.resolve();
  private readonly groups = new Map<string, GroupMetadata>();
  /** What was told of late: an edit and a revocation come in two events each. */
  private readonly told = new Set<string>();

  constructor(
    private readonly stores: Stores,
    private readonly history: () => boolean,
    private readonly channelId: string,
  ) {}

  groupCached = (jid: string) => this.groups.get(jid);

  /** Hears a socket's messages until it ends; events are worked through one after the other. */
  listen(socket: Socket): void {
    const hear = (event: string, work: (news: any) => Promise<void>) =>
      socket.on(event, (news) => {
        this.turn = this.turn
          .then(() => work(news))
          .catch((error) => log('error', `${event} was not understood`, { channelId: this.channelId, reason: reason(error) }));
      });
    hear('messages.upsert', ({ messages, type }) => this.messages(socket, list(messages), type === 'append'));
    hear('messages.update', async (items) => {
      for (const item of list(items)) await this.tell(socket, update(item, this.known), item);
    });
    hear('message-receipt.update', async (items) => {
      for (const item of list(items)) await this.tell(socket, receipt(item, this.known), item);
    });
    hear('messaging-history.set', async ({ contacts, messages, lidPnMappings }) => {
      for (const { lid, pn } of list(lidPnMappings)) await this.learn(lid, pn);
      for (const [one, other] of contactPairs(contacts)) await this.learn(one, other);
      if (!this.history()) return;
      const oldestFirst = list(messages).sort((a, b) => (number(a.messageTimestamp) ?? 0) - (number(b.messageTimestamp) ?? 0));
      await this.messages(socket, oldestFirst, true);
    });
    hear('lid-mapping.update', async ({ lid, pn }) => this.learn(lid, pn));
    hear('contacts.upsert', async (contacts) => {
      for (const [one, other] of contactPairs(contacts)) await this.learn(one, other);
    });
    hear('groups.upsert', async (groups) => list(groups).forEach((group) => this.group(group as GroupMetadata)));
    hear('groups.update', async (groups) => {
      for (const group of list(groups)) {
        const known = this.groups.get(group.id);
        if (known) this.group({ ...known, ...group } as GroupMetadata);
      }
    });
    hear('group-participants.update', async ({ id }) => void this.groups.delete(id));
  }

  /** All that came before is in the outbox. */
  settled(): Promise<void> {
    return this.turn;
  }

  private readonly known = {
    resolve: (jid: string) => this.stores.lids.resolve(jid),
    clientOf: (id: string) => this.stores.sent.clientOf(id),
  };

  private async messages(socket: Socket, items: Json[], late: boolean): Promise<void> {
    for (const item of items) {
      const told = message(item, late && item.key?.fromMe !== true, this.known);
      // the server knows what it sent itself
      if (told?.event === 'message' && told.data.clientId) continue;
      if (told?.event === 'message' && told.data.type !== 'reaction') await this.keep(item as WAMessage, told);
      await this.tell(socket, told, item);
    }
  }

  private async keep(item: WAMessage, told: Told): Promise<void> {
    await this.stores.messages
      .add(item, told.data.chatId)
      .catch((error) => log('warn', 'a message was not kept for quotes', { reason: reason(error) }));
  }

  private async tell(socket: Socket, told: Told | undefined, item: Json): Promise<void> {
    for (const [one, other] of pairs(item.key)) await this.learn(one, other);
    if (!told) return;
    if (told.event === 'message.edit' || told.event === 'message.delete') {
      const key = `${told.event} ${told.data.chatId} ${told.data.id} ${told.data.text ?? ''}`;
      if (this.told.has(key)) return;
      this.told.add(key);
      if (this.told.size > 1_000) this.told.delete(this.told.values().next().value as string);
    }
    const { event, data } = told;
    if (data.isGroup && event === 'message') data.title = await this.title(socket, data.chatId);
    if (event !== 'message.status') await this.stores.lids.use(data.chatId);
    const happened: Happened = { event, data };
    if (told.hasFile) happened.file = encoded(item as WAMessage);
    await this.stores.outbox.put(happened);
  }

  private async learn(one: unknown, other: unknown): Promise<void> {
    const moved = await this.stores.lids.learn(one, other);
    if (moved) await this.stores.outbox.put({ event: 'chat.moved', data: moved });
  }

  private async title(socket: Socket, jid: string): Promise<string | undefined> {
    if (!isGroup(jid)) return undefined;
    if (!this.groups.has(jid)) {
      const late = new Promise<undefined>((resolve) => setTimeout(resolve, TITLE_MS, undefined).unref());
      const group = await Promise.race([socket.group(jid).catch(() => undefined), late]);
      if (group) this.group(group);
    }
    return this.groups.get(jid)?.subject;
  }

  private group(group: GroupMetadata): void {
    const id = normalize(group.id);
    if (!id) return;
    this.groups.delete(id);
    this.groups.set(id, group);
    if (this.groups.size > MOST_GROUPS) this.groups.delete(this.groups.keys().next().value as string);
  }
}

function encoded(item: WAMessage): string {
  return Buffer.from(proto.WebMessageInfo.encode(proto.WebMessageInfo.fromObject(item)).finish()).toString('base64');
}

/** Fetches the file of an event that waits in the outbox; one that cannot be had is said to be missing. */
export async function attach(happened: Happened, whatsapp: WhatsApp, kept: Kept): Promise<void> {
  const media = happened.data.media as Json | undefined;
  if (happened.file === undefined || !media || media.url || media.base64) return;
  if ((media.size ?? 0) > LARGEST) return;
  const item = proto.WebMessageInfo.decode(Buffer.from(happened.file, 'base64')) as WAMessage;
  for (let tries = 1; ; tries += 1) {
    try {
      return await kept.handOver(media, await whatsapp.download(item));
    } catch (error) {
      log('warn', 'a file was not fetched', { tries, reason: reason(error) });
      if (tries >= DOWNLOAD_TRIES) return;
      await new Promise((resolve) => setTimeout(resolve, tries * 500));
    }
  }
}
