import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { content, type Json, list } from '../src/content.js';
import { address, normalize, number } from '../src/jid.js';
import { message, receipt, update } from '../src/translate.js';
import { person, text } from './fake.js';

const known = { resolve: (jid: string) => (jid === '77@lid' ? person : jid), clientOf: () => undefined };
const told = (item: Json, late = false) => message(item, late, known);
const of = (node: Json) => told(text('A1', '', { message: node }))?.data;

test('a text carries who, where, when and its words', () => {
  assert.deepEqual(told(text('A1', 'hello')), {
    event: 'message',
    data: {
      id: 'A1', chatId: person, from: person, fromMe: false, isGroup: false, pushName: 'Ada',
      timestamp: 1_790_000_000, type: 'text', text: 'hello',
    },
    hasFile: false,
  });
});

test('each content has its type', () => {
  const words = { text: 'x' };
  const media = { mimetype: 'a/b', fileLength: { low: 5, high: 1, unsigned: true } };
  for (const [node, type] of [
    [{ extendedTextMessage: words }, 'text'],
    [{ imageMessage: media }, 'image'],
    [{ videoMessage: media }, 'video'],
    [{ videoMessage: { ...media, gifPlayback: true } }, 'animation'],
    [{ ptvMessage: media }, 'video_note'],
    [{ audioMessage: media }, 'audio'],
    [{ audioMessage: { ...media, ptt: true } }, 'voice'],
    [{ documentMessage: media }, 'document'],
    [{ stickerMessage: media }, 'sticker'],
    [{ locationMessage: { degreesLatitude: 1, degreesLongitude: 2 } }, 'location'],
    [{ liveLocationMessage: { degreesLatitude: 1, degreesLongitude: 2 } }, 'location'],
    [{ contactMessage: { displayName: 'Bo', vcard: 'TEL;waid=1:+1 555' } }, 'contacts'],
    [{ contactsArrayMessage: { contacts: [{ displayName: 'Bo' }] } }, 'contacts'],
    [{ buttonsResponseMessage: { selectedDisplayText: 'Yes' } }, 'interactive'],
    [{ listResponseMessage: { title: 'Yes' } }, 'interactive'],
    [{ pollCreationMessageV3: { name: 'Which?' } }, 'poll'],
    [{ orderMessage: {} }, 'order'],
    [{ unsupported: 'message' }, 'unsupported'],
    [{ videoNote: {} }, 'video_note'],
  ] as [Json, string][]) {
    assert.equal(of(node)?.type, type, JSON.stringify(node));
  }
  assert.equal(of({ imageMessage: media })?.media.size, 2 ** 32 + 5);
  assert.deepEqual(of({ contactMessage: { displayName: 'Bo', vcard: 'X\nitem1.TEL;waid=1:+1 555\n' } })?.contacts[0].phones, ['+1 555']);
});

test('wrappers are opened to a fixed depth', () => {
  let node: Json = { conversation: 'deep' };
  const wrap = (times: number) => {
    let wrapped = node;
    for (let n = 0; n < times; n += 1) wrapped = { ephemeralMessage: { message: wrapped } };
    return wrapped;
  };
  assert.equal(content(wrap(5))?.data.text, 'deep');
  assert.equal(content(wrap(9)), undefined);
  node = { documentMessage: { caption: 'read this' } };
  assert.equal(content({ viewOnceMessageV2: { message: { documentWithCaptionMessage: { message: node } } } })?.data.text, 'read this');
});

test('quotes, forwards and albums are marked', () => {
  const contextInfo = { stanzaId: 'Q1', isForwarded: true, forwardingScore: 7 };
  const messageContextInfo = { messageAssociation: { parentMessageKey: { id: 'P1' } } };
  const data = of({ imageMessage: { contextInfo }, messageContextInfo });
  assert.deepEqual([data?.quotedId, data?.forwarded, data?.forwardedOften, data?.albumId], ['Q1', true, true, 'P1']);
});

test('what is no message says nothing', () => {
  for (const node of [
    null, 1, 'x', [], {}, { senderKeyDistributionMessage: {} }, { messageContextInfo: {} }, { albumMessage: {} },
    { protocolMessage: { type: 3 } }, { protocolMessage: { type: 0 } }, { pollUpdateMessage: {} }, { reactionMessage: {} },
  ]) {
    assert.equal(told(text('A1', '', { message: node })), undefined, JSON.stringify(node));
  }
  for (const remoteJid of ['status@broadcast', '1@newsletter', '', '@', undefined, null, 5]) {
    assert.equal(told(text('A1', 'x', { key: { remoteJid } })), undefined, String(remoteJid));
  }
  assert.equal(told({}), undefined);
});

test('reactions, edits and revocations name their message', () => {
  const reacted = of({ reactionMessage: { key: { id: 'M1' }, text: '👍' } });
  assert.deepEqual([reacted?.type, reacted?.reaction], ['reaction', { messageId: 'M1', emoji: '👍' }]);
  assert.equal(of({ reactionMessage: { key: { id: 'M1' }, text: '' } })?.reaction.emoji, '');

  const edit = { protocolMessage: { type: 14, key: { id: 'M1' }, editedMessage: { conversation: 'better' } } };
  for (const node of [edit, { editedMessage: { message: edit } }]) {
    const changed = told(text('E1', '', { message: node }));
    assert.deepEqual([changed?.event, changed?.data.id, changed?.data.text], ['message.edit', 'M1', 'better']);
  }
  const key = { remoteJid: person, fromMe: false, id: 'M1' };
  const news = { message: { editedMessage: { message: { conversation: 'better' } } } };
  assert.deepEqual([update({ key, update: news }, known)?.event, update({ key, update: news }, known)?.data.text], ['message.edit', 'better']);

  const revoked = told(text('E2', '', { message: { protocolMessage: { type: 0, key: { id: 'M1' } } } }));
  assert.deepEqual([revoked?.event, revoked?.data.id, revoked?.data.chatId], ['message.delete', 'M1', person]);
  assert.equal(update({ key, update: { message: null } }, known)?.event, 'message.delete');
});

test('status numbers are words, and only of our messages', () => {
  const key = { remoteJid: person, fromMe: true, id: 'M1' };
  const status = (news: Json, more: Json = {}) => update({ key: { ...key, ...more }, update: news }, known)?.data.status;
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6].map((number) => status({ status: number })),
    ['failed', undefined, 'sent', 'delivered', 'read', 'played', undefined]);
  assert.equal(status({ status: 'DELIVERY_ACK' }), 'delivered');
  assert.equal(status({ status: 4 }, { fromMe: false }), undefined);
  assert.equal(status({ starred: true }), undefined);
  const failed = update({ key, update: { status: 0, messageStubParameters: ['463'] } }, known);
  assert.equal(failed?.data.error.code, '463');
});

test('a group acknowledges by receipts of its members', () => {
  const key = { remoteJid: '1-2@g.us', fromMe: true, id: 'M1' };
  const of = (receipts: Json) => receipt({ key, receipt: receipts }, known)?.data;
  assert.deepEqual(of({ userJid: person, receiptTimestamp: '5' }), { id: 'M1', chatId: '1-2@g.us', timestamp: 5, status: 'delivered' });
  assert.equal(of({ readTimestamp: { low: 9, high: 0, unsigned: true }, receiptTimestamp: 5 })?.status, 'read');
  assert.equal(of({}), undefined);
});

test('a group names its members, and a person goes by the phone where it is known', () => {
  const inGroup = told(text('A1', 'x', { key: { remoteJid: '1-2@g.us', participant: '77:3@lid' } }));
  assert.deepEqual([inGroup?.data.chatId, inGroup?.data.participant, inGroup?.data.isGroup], ['1-2@g.us', person, true]);
  assert.equal(told(text('A1', 'x', { key: { remoteJid: '77@lid' } }))?.data.chatId, person);
  assert.equal(told(text('A1', 'x', { key: { remoteJid: '88@lid' } }))?.data.chatId, '88@lid');
  assert.equal(told(text('A1', 'x', { key: { remoteJid: '88@lid', remoteJidAlt: '555:2@s.whatsapp.net' } }))?.data.chatId, '555@s.whatsapp.net');
});

test('addresses and numbers have one spelling', () => {
  for (const jid of ['49155:15@s.whatsapp.net', '49155_1@s.whatsapp.net', '49155@c.us', '49155_1:2@c.us']) {
    assert.equal(normalize(jid), '49155@s.whatsapp.net', jid);
  }
  assert.equal(address('+49155123'), '49155123@s.whatsapp.net');
  assert.deepEqual([number('5'), number({ low: -1, high: 0 }), number(''), number('x'), number(NaN), number(null)],
    [5, 4_294_967_295, undefined, undefined, undefined, undefined]);
});

test('collected events of Baileys are read', (t) => {
  const folder = process.env.SWITCHBOARD_CORPORA;
  if (!folder) return t.skip('SWITCHBOARD_CORPORA names no folder of collected bodies');
  const names = readdirSync(join(folder, 'bridge')).filter((name) => name.includes('-baileys-'));
  assert.ok(names.length);
  for (const name of names) {
    const { event, data } = JSON.parse(readFileSync(join(folder, 'bridge', name), 'utf8')) as Json;
    const out =
      event === 'messages.upsert' ? list(data.messages).map((item) => message(item, data.type === 'append', known))
      : event === 'messages.update' ? list(data).map((item) => update(item, known))
      : event === 'messaging-history.set' ? list(data.messages).map((item) => message(item, true, known))
      : [];
    const words = out.map((told) => (told ? `${told.event}:${told.data.type ?? told.data.status ?? ''}` : 'nothing to tell'));
    t.diagnostic(`${name.slice(0, 80)} -> ${words.join(', ') || `${event || 'no event'}: a state, not a message`}`);
  }
});
