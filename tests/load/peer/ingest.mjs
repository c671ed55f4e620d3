// The peer of what comes in: webhooks of Telegram and of Meta are proven, read, stored in PostgreSQL, answered and told.
//
// A message of a known chat is one statement, which is its own transaction: no round trip can be saved any more. Only a new
// chat takes a transaction of several.
//
// Environment: PORT, DATABASE_URL, JWT_SECRET, TELEGRAM_SECRET, APP_SECRET, POOL.
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import express from "express";
import pg from "pg";
import { same, welcome } from "./operators.mjs";

const { PORT, DATABASE_URL, TELEGRAM_SECRET, APP_SECRET, POOL = "20" } = process.env;
const ORGANIZATION = 1;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL) });
await pool.query(`
  create table if not exists contacts (
    id bigint generated always as identity primary key,
    organization_id integer not null,
    channel_id integer not null,
    external_id text not null,
    name text,
    username text,
    created_at timestamptz not null default now(),
    unique (channel_id, external_id)
  );
  create table if not exists chats (
    id bigint generated always as identity primary key,
    organization_id integer not null,
    channel_id integer not null,
    external_id text not null,
    contact_id bigint not null references contacts,
    status text not null default 'open',
    unread integer not null default 0,
    last_message_id bigint,
    active_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    unique (channel_id, external_id)
  );
  create index if not exists chats_list on chats (organization_id, active_at desc, id desc);
  create table if not exists messages (
    id bigint generated always as identity primary key,
    organization_id integer not null,
    chat_id bigint not null references chats,
    channel_id integer not null,
    external_id text not null,
    type text not null,
    content text not null,
    status text not null default 'received',
    provider_at timestamptz not null,
    created_at timestamptz not null default now(),
    unique (channel_id, external_id, chat_id)
  );
  create index if not exists messages_chat on messages (chat_id, id desc);
`);

// no row: no such chat; a row without a message: stored before
const STORE = `
  with chat as (
    select c.id, c.contact_id, c.status, c.created_at from chats c where c.channel_id = $2 and c.external_id = $3
  ), named as (
    update contacts p set name = $4, username = $5 from chat
    where p.id = chat.contact_id and (p.name, p.username) is distinct from ($4, $5)
  ), message as (
    insert into messages (organization_id, chat_id, channel_id, external_id, type, content, provider_at)
    select $1, chat.id, $2, $6, $7, $8, to_timestamp($9) from chat
    on conflict (channel_id, external_id, chat_id) do nothing
    returning id, chat_id, created_at
  ), raised as (
    update chats c set unread = c.unread + 1, last_message_id = m.id, active_at = m.created_at
    from message m where c.id = m.chat_id
    returning c.unread
  )
  select chat.id as chat_id, chat.contact_id, chat.status, chat.created_at as chat_at, message.id, message.created_at, raised.unread
  from chat left join message on true left join raised on true`;
const MAKE_CONTACT = `
  insert into contacts as c (organization_id, channel_id, external_id, name, username) values ($1, $2, $3, $4, $5)
  on conflict (channel_id, external_id) do update set name = excluded.name, username = excluded.username
  returning id`;
const MAKE_CHAT = `
  insert into chats (organization_id, channel_id, external_id, contact_id) values ($1, $2, $3, $4)
  on conflict (channel_id, external_id) do nothing
  returning id`;

const store = async (client, one) => {
  const values = [ORGANIZATION, one.channelId, one.chat, one.name, one.username, one.externalId, "text", one.text, one.at];
  return (await client.query({ name: "store", text: STORE, values })).rows[0];
};

const makeChat = async (client, one) => {
  const person = [ORGANIZATION, one.channelId, one.chat, one.name, one.username];
  const contact = await client.query({ name: "contact", text: MAKE_CONTACT, values: person });
  const values = [ORGANIZATION, one.channelId, one.chat, contact.rows[0].id];
  return (await client.query({ name: "chat", text: MAKE_CHAT, values })).rowCount === 1;
};

/** Stores messages in one transaction, and gives what is to be told. */
const storeAll = async (messages) => {
  const client = await pool.connect();
  try {
    const told = [];
    await client.query("begin");
    for (const one of messages) {
      let row = await store(client, one);
      const isNew = !row && (await makeChat(client, one));
      row ??= await store(client, one);
      told.push({ one, row, isNew });
    }
    await client.query("commit");
    return told;
  } catch (error) {
    await client.query("rollback");
    throw error;
  } finally {
    client.release();
  }
};

const receive = async (messages) => {
  if (messages.length === 1) {
    const row = await store(pool, messages[0]);
    if (row) return tell([{ one: messages[0], row, isNew: false }]);
  }
  tell(await storeAll(messages));
};

const tell = (stored) => {
  for (const { one, row, isNew } of stored) {
    if (!row.id) continue;
    const contact = { id: row.contact_id, externalId: one.chat, name: one.name, username: one.username };
    const chat = { id: row.chat_id, channelId: one.channelId, status: row.status, unreadCount: row.unread, createdAt: row.chat_at };
    const room = io.to(`org_${ORGANIZATION}`);
    if (isNew) room.emit("chat:new", { ...chat, contact });
    room.emit("message:new", {
      message: {
        id: row.id,
        chatId: row.chat_id,
        channelId: one.channelId,
        externalId: one.externalId,
        fromMe: false,
        type: "text",
        content: one.text,
        status: "received",
        sender: contact,
        createdAt: row.created_at,
        timestamp: new Date(one.at * 1_000).toISOString(),
      },
      chat,
    });
  }
};

const app = express();
app.disable("x-powered-by");
app.disable("etag");
app.use(express.raw({ type: "application/json", limit: "5mb" }));

const secret = Buffer.from(TELEGRAM_SECRET);
app.post("/webhooks/telegram/:channel", async (request, response) => {
  if (!same(secret, Buffer.from(request.get("x-telegram-bot-api-secret-token") ?? ""))) return response.sendStatus(401);
  const { message } = JSON.parse(request.body);
  if (message?.text !== undefined) {
    const { id, first_name: first, last_name: last, username } = message.chat;
    const name = [first, last].filter(Boolean).join(" ");
    const channelId = Number(request.params.channel);
    const externalId = String(message.message_id);
    await receive([{ channelId, externalId, chat: String(id), name, username, text: message.text, at: message.date }]);
  }
  response.json({ received: true });
});

app.post("/webhooks/waba", async (request, response) => {
  const expected = `sha256=${createHmac("sha256", APP_SECRET).update(request.body).digest("hex")}`;
  if (!same(Buffer.from(expected), Buffer.from(request.get("x-hub-signature-256") ?? ""))) return response.sendStatus(401);
  const messages = [];
  for (const { value } of JSON.parse(request.body).entry.flatMap((entry) => entry.changes)) {
    const names = new Map(value.contacts?.map((contact) => [contact.wa_id, contact.profile?.name]));
    for (const { from, id, type, text, timestamp } of value.messages ?? []) {
      if (type !== "text") continue;
      messages.push({ channelId: 2, externalId: id, chat: from, name: names.get(from), text: text.body, at: Number(timestamp) });
    }
  }
  if (messages.length > 0) await receive(messages);
  response.json({ received: true });
});

app.get("/health/ready", (_request, response) => response.sendStatus(200));

const http = createServer(app);
const io = welcome(http);
http.listen(Number(PORT), "127.0.0.1", 4_096);
