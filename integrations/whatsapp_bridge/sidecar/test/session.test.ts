import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { Sender } from '../src/send.js';
import { authorized } from '../src/sign.js';
import { Nack, NoAck } from '../src/whatsapp.js';
import { CHANNEL, cleanUp, FakeWhatsApp, folder, inbox, NO_GAPS, person, SECRET, session, text, until } from './fake.js';

afterEach(cleanUp);

const upsert = (...messages: unknown[]) => ({ type: 'notify', messages });

async function connected(url: string, whatsapp = new FakeWhatsApp(), more = {}) {
  const made = await session(url, whatsapp, more);
  await made.start({});
  const socket = await whatsapp.socket();
  await until(() => socket.listenerCount('messages.upsert'));
  socket.open();
  return { made, socket, whatsapp };
}

test('pairing shows the latest code, and tells when the phone is there', async () => {
  let up = false;
  const server = await inbox(() => (up ? 200 : 503));
  const whatsapp = new FakeWhatsApp();
  whatsapp.paired = false;
  const made = await session(server.url, whatsapp);
  assert.equal((await made.start({})).status, 'connecting');
  const socket = await whatsapp.socket();
  await until(() => socket.listenerCount('connection.update'));
  socket.emit('connection.update', { qr: '2@first' });
  socket.emit('connection.update', { qr: '2@second' });
  assert.deepEqual([made.current().status, made.current().qr], ['qr', '2@second']);
  up = true;
  const codes = () => server.events('connection').flatMap(({ data }) => data.qr ?? []);
  await until(() => codes().length);
  assert.deepEqual(codes(), ['2@second'], 'an older code is not told');
  socket.open();
  await until(() => server.events('connection').at(-1)?.data.status === 'connected');
  assert.deepEqual(server.events('connection').at(-1)?.data, { status: 'connected', phone: '+15550100000' });
  assert.equal(made.current().qr, null);
});

test('with a phone number the code is for typing', async () => {
  const server = await inbox();
  const whatsapp = new FakeWhatsApp();
  const made = await session(server.url, whatsapp);
  await made.start({ phone: '+49 155 50100' });
  const socket = await whatsapp.socket();
  await until(() => socket.listenerCount('connection.update'));
  socket.emit('connection.update', { qr: '2@abc' });
  await until(() => made.current().status === 'qr');
  assert.deepEqual([made.current().qr, made.current().code], ['CODE0100', 'CODE0100']);
});

test('what an ended connection means decides what follows', async () => {
  for (const [code, status, again] of [
    [401, 'disconnected', false], [403, 'error', false], [440, 'error', false], [411, 'error', false],
    [515, 'connecting', true], [408, 'connecting', true], [428, 'connecting', true], [503, 'connecting', true],
  ] as [number, string, boolean][]) {
    const server = await inbox();
    const { made, socket, whatsapp } = await connected(server.url);
    socket.close(code);
    assert.equal(made.current().status, status, String(code));
    if (again) await whatsapp.socket(2);
    else {
      assert.ok(made.current().error, String(code));
      // somebody starts it again
      await made.start();
      await whatsapp.socket(2);
    }
    assert.equal(whatsapp.sockets.length, 2, String(code));
  }
});

test('a connection that is open but dead is told and replaced', async () => {
  const server = await inbox();
  const { made, socket, whatsapp } = await connected(server.url, new FakeWhatsApp(), { probeEveryMs: 20 });
  await until(() => socket.pings > 1);
  assert.equal(made.current().status, 'connected');
  socket.dead = true;
  const second = await whatsapp.socket(2);
  assert.ok(socket.ended);
  await until(() => server.events('connection').some(({ data }) => /dead/.test(data.error ?? '')));
  await until(() => second.listenerCount('connection.update'));
  second.open();
  assert.equal(made.current().status, 'connected');
});

test('a delivery is sealed as the contract says, afresh each time', async () => {
  const seen: string[] = [];
  const server = await inbox(({ headers, raw, body }) => {
    const timestamp = String(headers['x-switchboard-timestamp']);
    const expected = createHmac('sha256', SECRET).update(`${timestamp}.${CHANNEL}.${raw}`).digest('hex');
    assert.equal(headers['x-switchboard-signature'], `sha256=${expected}`);
    if (body.event !== 'message') return 200;
    seen.push(raw);
    return seen.length === 1 ? 500 : 200;
  });
  const { socket } = await connected(server.url);
  socket.emit('messages.upsert', upsert(text('A1', 'Grüße')));
  await until(() => server.events('message').length);
  assert.equal(server.events('message')[0]?.data.text, 'Grüße');
  assert.equal(seen[0], seen[1], 'the same event, id and all');
});

test('events wait on disk in order until the server takes them, also over a restart', async () => {
  let up = false;
  const server = await inbox(() => (up ? 200 : 503));
  const place = folder();
  const { made, socket } = await connected(server.url, new FakeWhatsApp(), { folder: place });
  socket.emit('messages.upsert', upsert(text('A1', 'one'), text('A2', 'two')));
  socket.emit('messages.upsert', upsert(text('A3', 'three')));
  await until(() => made.outbox.size === 3);
  made.stop();
  assert.equal(readdirSync(join(place, 'outbox')).filter((name) => name.endsWith('.json')).length, 3);

  const again = await session(server.url, new FakeWhatsApp(), { folder: place });
  assert.equal(again.outbox.size, 3);
  up = true;
  await until(() => again.outbox.size === 0);
  assert.deepEqual(server.events('message').map(({ data }) => data.text), ['one', 'two', 'three']);
});

test('a file goes inside its event, a large one is kept until fetched, an expired one is said to be missing', async () => {
  const server = await inbox();
  const { made, socket, whatsapp } = await connected(server.url);
  whatsapp.files.set('A1', Buffer.from('small'));
  whatsapp.files.set('A2', Buffer.alloc(3 * 1024 * 1024 + 1, 7));
  const image = (id: string) => text(id, '', { message: { imageMessage: { mimetype: 'image/png', fileLength: 5 } } });
  socket.emit('messages.upsert', upsert(image('A1'), image('A2'), image('A3')));
  await until(() => server.events('message').length === 3, 15_000);
  const [small, large, gone] = server.events('message').map(({ data }) => data.media);
  assert.equal(Buffer.from(small.base64, 'base64').toString(), 'small');
  const key = large.url.split('/').at(-1);
  assert.equal(large.url, `/sessions/${CHANNEL}/media/${key}`);
  assert.equal((await made.kept.open(key))?.size, 3 * 1024 * 1024 + 1);
  assert.equal(await made.kept.open('../session.json'), undefined);
  assert.deepEqual(gone, { mimeType: 'image/png', size: 5 });
});

test('a hidden id moves once its phone is known, and later messages go by the phone', async () => {
  const server = await inbox();
  const place = folder();
  const { made, socket } = await connected(server.url, new FakeWhatsApp(), { folder: place });
  socket.emit('messages.upsert', upsert(text('A1', 'x', { key: { remoteJid: '77@lid' } })));
  socket.emit('lid-mapping.update', { lid: '77@lid', pn: person });
  socket.emit('lid-mapping.update', { lid: '77@lid', pn: person });
  socket.emit('lid-mapping.update', { lid: '88@lid', pn: '4915550102@s.whatsapp.net' });
  socket.emit('messages.upsert', upsert(text('A2', 'y', { key: { remoteJid: '77@lid' } })));
  await until(() => server.events('message').length === 2);
  assert.deepEqual(server.events('message').map(({ data }) => data.chatId), ['77@lid', person]);
  assert.deepEqual(server.events('chat.moved').map(({ data }) => data), [{ from: '77@lid', to: person }]);
  made.stop();
  const again = await session(server.url, new FakeWhatsApp(), { folder: place });
  assert.equal(again.lids.resolve('77@lid'), person);
});

test('history comes on request alone, and group messages carry the title', async () => {
  for (const history of [false, true]) {
    const server = await inbox();
    const whatsapp = new FakeWhatsApp();
    const made = await session(server.url, whatsapp);
    await made.start({ history });
    const socket = await whatsapp.socket();
    await until(() => socket.listenerCount('messages.upsert'));
    assert.equal(socket.options.history, history);
    socket.open();
    socket.emit('messaging-history.set', { messages: [text('H2', 'later'), text('H1', 'old', { messageTimestamp: 5 })], contacts: [], chats: [] });
    socket.emit('messages.upsert', upsert(text('A1', 'live', { key: { remoteJid: '1-2@g.us', participant: person } })));
    await until(() => server.events('message').some(({ data }) => data.id === 'A1'));
    assert.deepEqual(server.events('message').map(({ data }) => [data.id, data.history]),
      history ? [['H1', true], ['H2', true], ['A1', undefined]] : [['A1', undefined]]);
    assert.equal(server.events('message').at(-1)?.data.title, 'Neighbours');
  }
});

test('a client id that comes again is the same message, also over a restart', async () => {
  const server = await inbox();
  const place = folder();
  const { made, socket } = await connected(server.url, new FakeWhatsApp(), { folder: place });
  const sender = new Sender(made);
  const body = { to: person, type: 'text', text: 'hi', clientId: 'c1' };
  const [one, same] = await Promise.all([sender.message(body), sender.message(body)]);
  assert.equal(one, same);
  assert.match(one, /^3EB0[0-9A-F]{36}$/);
  assert.equal(socket.sent.length, 1);

  // the process dies while WhatsApp is asked: the id is on disk already
  socket.failures.push(new NoAck('late'));
  await assert.rejects(sender.message({ ...body, clientId: 'c2' }), { status: 503 });
  const lines = readFileSync(join(place, 'sent.jsonl'), 'utf8');
  const begun = socket.sent[1]!.id!;
  assert.ok(lines.includes(begun) && !new RegExp(`${begun}","done`).test(lines));
  made.stop();

  const next = await connected(server.url, new FakeWhatsApp(), { folder: place });
  const later = new Sender(next.made);
  assert.equal(await later.message(body), one);
  assert.equal(next.socket.sent.length, 0, 'what was sent is not sent again');
  assert.equal(await later.message({ ...body, clientId: 'c2' }), begun);
  assert.deepEqual(next.socket.sent.map(({ id }) => id), [begun], 'the same message to WhatsApp');
  next.socket.emit('messages.update', [{ key: { remoteJid: person, fromMe: true, id: one }, update: { status: 4 } }]);
  await until(() => server.events('message.status').length);
  assert.deepEqual(server.events('message.status')[0]?.data, { id: one, chatId: person, clientId: 'c1', status: 'read' });
  // the echo of what the server sent is no news
  next.socket.emit('messages.upsert', upsert(text(one, 'hi', { key: { fromMe: true } }), text('A9', 'from the phone', { key: { fromMe: true } })));
  await until(() => server.events('message').length);
  assert.deepEqual(server.events('message').map(({ data }) => data.id), ['A9']);
});

test('refusals are told apart', async () => {
  const server = await inbox();
  const { made, socket } = await connected(server.url);
  const sender = new Sender(made);
  const body = { to: person, type: 'text', text: 'hi', clientId: 'c1' };
  socket.failures.push(new Nack('463'));
  await assert.rejects(sender.message(body), { status: 422, code: '463' });
  for (const odd of [{ to: 'someone' }, { clientId: '' }, { text: '' }, { type: 'poll' }, { type: 'location' }, { type: 'contacts' }]) {
    await assert.rejects(sender.message({ ...body, clientId: 'c2', ...odd }), { status: 422, code: 'INVALID_DATA' }, JSON.stringify(odd));
  }
  socket.close(408);
  await assert.rejects(sender.message({ ...body, clientId: 'c3' }), { status: 409, code: 'SESSION_NOT_CONNECTED' });
});

test('changes, receipts and typing name their message', async () => {
  const server = await inbox();
  const { made, socket } = await connected(server.url);
  const sender = new Sender(made);
  const group = '1-2@g.us';
  socket.emit('messages.upsert', upsert(text('G1', 'x', { key: { remoteJid: group, participant: person } })));
  await until(() => server.events('message').length);
  await sender.edit('M1', { chatId: person, text: 'better' });
  await sender.remove('M1', { chatId: person, fromMe: true });
  await sender.react('G1', { chatId: group, emoji: '👍', participant: 'wrong@s.whatsapp.net' });
  await sender.read({ chatId: group, messageId: 'G1' });
  await sender.typing({ chatId: person, typing: true });
  await sender.typing({ chatId: person, typing: false });
  await sender.message({ to: group, type: 'text', text: 'answer', quotedId: 'G1', clientId: 'c1' });
  const own = { remoteJid: person, id: 'M1', fromMe: true };
  const theirs = { remoteJid: group, id: 'G1', fromMe: false, participant: person };
  assert.deepEqual(socket.sent.slice(0, 3).map(({ content }) => content), [
    { text: 'better', linkPreview: null, edit: own },
    { delete: own },
    { react: { key: theirs, text: '👍' } },
  ]);
  assert.deepEqual(socket.sent[3]?.quoted?.key, theirs);
  assert.deepEqual(socket.calls, [['read', [theirs]], ['composing', person], ['paused', person]]);
});

test('messages leave one at a time, with gaps', async () => {
  const server = await inbox();
  const gaps = { ...NO_GAPS, chat: [60, 60] as [number, number] };
  const { made, socket } = await connected(server.url, new FakeWhatsApp(), { gaps });
  const sender = new Sender(made);
  const before = Date.now();
  await Promise.all([1, 2, 3].map((n) => sender.message({ to: person, text: `${n}`, clientId: `c${n}` })));
  assert.deepEqual(socket.sent.map(({ content }) => content.text), ['1', '2', '3']);
  assert.ok(Date.now() - before >= 110);
});

test('the secret is asked for', () => {
  assert.ok(authorized(SECRET, `Bearer ${SECRET}`));
  for (const wrong of [undefined, '', SECRET, `bearer ${SECRET}`, `Bearer ${SECRET}x`, 'Bearer ']) {
    assert.ok(!authorized(SECRET, wrong), wrong);
  }
});
