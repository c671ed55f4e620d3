// WhatsApp's events in the contract's words. Pure, apart from what is learnt about hidden ids.

import { type Content, content, type Json, list, text, unwrap } from './content.js';
import { isGroup, isLid, isPost, normalize, number, phone } from './jid.js';

export interface Told {
  event: 'message' | 'message.status' | 'message.edit' | 'message.delete';
  data: Json;
  hasFile?: boolean;
}

export interface Known {
  /** The phone's address of a hidden id, where it is known. */
  resolve(jid: string): string;
  /** Our server's name of a message that it sent. */
  clientOf(id: string): string | undefined;
}

const STATUS: Record<string, string> = {
  0: 'failed',
  ERROR: 'failed',
  2: 'sent',
  SERVER_ACK: 'sent',
  3: 'delivered',
  DELIVERY_ACK: 'delivered',
  4: 'read',
  READ: 'read',
  5: 'played',
  PLAYED: 'played',
};

/** Notes in a group that are worth a line; the others concern phones. */
const NOTES: Record<string, [string, string]> = {
  20: ['group_created', 'The group was created.'],
  GROUP_CREATE: ['group_created', 'The group was created.'],
  21: ['title_changed', 'The group has a new title.'],
  GROUP_CHANGE_SUBJECT: ['title_changed', 'The group has a new title.'],
  27: ['member_joined', 'Somebody joined.'],
  GROUP_PARTICIPANT_ADD: ['member_joined', 'Somebody joined.'],
  28: ['member_left', 'Somebody was removed.'],
  GROUP_PARTICIPANT_REMOVE: ['member_left', 'Somebody was removed.'],
  32: ['member_left', 'Somebody left.'],
  GROUP_PARTICIPANT_LEAVE: ['member_left', 'Somebody left.'],
};

const REVOKE = [0, 'REVOKE'];
const EDIT = [14, 'MESSAGE_EDIT'];

interface Where {
  chatId: string;
  group: boolean;
  fromMe: boolean;
  /** Who wrote, in a group. */
  participant?: string;
}

/** Where a key points; `undefined` for stories, channels, and keys that name no chat. */
function where(key: Json | null | undefined, known: Known): Where | undefined {
  const own = normalize(key?.remoteJid);
  if (!key || !own || isPost(own)) return undefined;
  const group = isGroup(own);
  const fromMe = key.fromMe === true;
  const chatId = group ? own : best(own, key.remoteJidAlt, known);
  const writer = normalize(key.participant);
  return { chatId, group, fromMe, ...(group && writer && { participant: best(writer, key.participantAlt, known) }) };
}

/** Of a person's two addresses the phone's. */
function best(jid: string, other: unknown, known: Known): string {
  const alternative = normalize(other);
  return isLid(jid) && alternative && !isLid(alternative) ? alternative : known.resolve(jid);
}

/** A message of `messages.upsert`, or of the history. */
export function message(item: Json, history: boolean, known: Known): Told | undefined {
  const place = where(item?.key, known);
  const id = text(item?.key?.id);
  if (!place || !id) return undefined;
  const timestamp = number(item.messageTimestamp);
  const base: Json = {
    id,
    chatId: place.chatId,
    from: place.participant ?? (place.fromMe ? undefined : place.chatId),
    fromMe: place.fromMe,
    isGroup: place.group,
    ...(place.participant && { participant: place.participant }),
    ...(text(item.pushName) && !place.fromMe && { pushName: item.pushName }),
    ...(known.clientOf(id) && { clientId: known.clientOf(id) }),
    ...(history && { history: true }),
    ...(timestamp !== undefined && { timestamp }),
  };
  const found = unwrap(item.message);
  if (found?.name === 'protocolMessage') return protocol(found.node, base);
  if (found?.name === 'reactionMessage') return reaction(found.node, base);
  const read: Content | undefined = found ? content(item.message) : note(item);
  return read && { event: 'message', data: { ...base, ...read.data }, hasFile: read.hasFile };
}

/** A service note; what could not be decrypted comes again under the same id. */
function note(item: Json): Content | undefined {
  const [kind, words] = NOTES[String(item.messageStubType)] ?? [];
  return kind ? { data: { type: 'system', kind, text: words }, hasFile: false } : undefined;
}

function protocol(node: Json, base: Json): Told | undefined {
  const id = text(node?.key?.id);
  if (!id) return undefined;
  // the key below names the chat from its writer's side, so that only the id counts
  if (REVOKE.includes(node.type)) return { event: 'message.delete', data: { ...base, id } };
  if (EDIT.includes(node.type)) return edited(id, node.editedMessage, base);
  return undefined;
}

function edited(id: string, now: unknown, base: Json): Told | undefined {
  const read = content(now);
  if (!read) return undefined;
  // the file stays as it was
  const { media: _, ...data } = read.data;
  return { event: 'message.edit', data: { ...base, ...data, id } };
}

function reaction(node: Json, base: Json): Told | undefined {
  const messageId = text(node?.key?.id);
  if (!messageId) return undefined;
  return { event: 'message', data: { ...base, type: 'reaction', reaction: { messageId, emoji: text(node.text) ?? '' } } };
}

/** One of `messages.update`. */
export function update(item: Json, known: Known): Told | undefined {
  const place = where(item?.key, known);
  const id = text(item?.key?.id);
  const news: Json = item?.update ?? {};
  if (!id) return undefined;
  const base: Json = { id, ...(place && { chatId: place.chatId, fromMe: place.fromMe, isGroup: place.group }) };
  if (place?.participant) base.participant = place.participant;
  const timestamp = number(news.messageTimestamp);
  if (timestamp !== undefined) base.timestamp = timestamp;
  if (news.message === null && place) return { event: 'message.delete', data: base };
  if (news.message?.editedMessage && place) return edited(id, news.message, base);
  const status = STATUS[String(news.status)];
  if (!status || item.key.fromMe === false) return undefined;
  return { event: 'message.status', data: { ...statusOf(base, known), status, ...failure(status, news) } };
}

function statusOf(base: Json, known: Known): Json {
  const { isGroup: _, fromMe: __, participant: ___, ...data } = base;
  const clientId = known.clientOf(base.id);
  return clientId ? { ...data, clientId } : data;
}

function failure(status: string, news: Json): Json {
  if (status !== 'failed') return {};
  const code = String(news.messageStubParameters?.[0] ?? 'WHATSAPP_ERROR');
  return { error: { code, message: nack(code) } };
}

/** What WhatsApp's refusal means. */
export function nack(code: string): string {
  switch (code) {
    case '463':
      return 'WhatsApp limits this account: it may not open chats with new people for now.';
    case '479':
      return 'WhatsApp could not read the message.';
    default:
      return `WhatsApp refused the message (${code}).`;
  }
}

/** One of `message-receipt.update`: how groups acknowledge. */
export function receipt(item: Json, known: Known): Told | undefined {
  const place = where(item?.key, known);
  const id = text(item?.key?.id);
  if (!place || !id || !place.fromMe) return undefined;
  const { playedTimestamp, readTimestamp, receiptTimestamp } = item.receipt ?? {};
  const [status, at] = [
    ['played', number(playedTimestamp)] as const,
    ['read', number(readTimestamp)] as const,
    ['delivered', number(receiptTimestamp)] as const,
  ].find(([, seconds]) => seconds) ?? [undefined, undefined];
  if (!status) return undefined;
  return { event: 'message.status', data: { ...statusOf({ id, chatId: place.chatId, timestamp: at }, known), status } };
}

/** Pairs of names of one person that an event gives away. */
export function pairs(key: Json | null | undefined): [unknown, unknown][] {
  if (!key) return [];
  return ([[key.remoteJid, key.remoteJidAlt], [key.participant, key.participantAlt]] as [unknown, unknown][]).filter(
    ([one, other]) => one && other,
  );
}

/** Contacts and histories name both addresses too. */
export function contactPairs(contacts: unknown): [unknown, unknown][] {
  return list(contacts).map((contact) => [
    contact.lid ?? contact.id,
    contact.phoneNumber ?? (phone(normalize(contact.id)) ? contact.id : undefined),
  ]);
}
