// The visitor's chat page: one conversation, kept fresh by long polling. What people wrote is only ever put in as text.
"use strict";

const WORDS = {
  en: {
    title: "Support chat",
    empty: "Write to us: we read everything and answer here.",
    placeholder: "Your message",
    send: "Send",
    connecting: "Connecting…",
    online: "We are here",
    away: "No connection, trying again…",
    closed: "This chat is not available.",
    busy: "Too many visitors right now, trying again…",
    you: "You",
    team: "Support",
    sending: "Sending…",
    sent: "Sent",
    read: "Read",
    edited: "edited",
    failed: "Not sent. Try again",
    tooLong: "The message is too long.",
    deleted: "Message deleted",
    file: "File",
    today: "Today",
  },
  ru: {
    title: "Чат поддержки",
    empty: "Напишите нам: мы читаем всё и отвечаем прямо здесь.",
    placeholder: "Ваше сообщение",
    send: "Отправить",
    connecting: "Подключаемся…",
    online: "Мы на связи",
    away: "Нет связи, пробуем ещё раз…",
    closed: "Этот чат недоступен.",
    busy: "Сейчас слишком много посетителей, пробуем ещё раз…",
    you: "Вы",
    team: "Поддержка",
    sending: "Отправляем…",
    sent: "Отправлено",
    read: "Прочитано",
    edited: "изменено",
    failed: "Не отправлено. Повторить",
    tooLong: "Сообщение слишком длинное.",
    deleted: "Сообщение удалено",
    file: "Файл",
    today: "Сегодня",
  },
};
const LANGUAGE = (navigator.languages || []).map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in WORDS) || "en";
const SAY = WORDS[LANGUAGE];
const CHANNEL = location.pathname.split("/").filter(Boolean).pop();
const WAIT_SECS = 25;
const HISTORY = 50;
const LONGEST_PAUSE_MS = 15000;

const at = (id) => document.getElementById(id);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** What the browser keeps between visits; a page that may keep nothing still works until it is closed. */
const kept = {
  key: `switchboard.visitor.${CHANNEL}`,
  value: null,
  get() {
    try { return localStorage.getItem(this.key) || this.value; } catch { return this.value; }
  },
  set(value) {
    this.value = value;
    try { localStorage.setItem(this.key, value); } catch { /* a private window */ }
  },
};

/** An answer that is no success. */
class Refused extends Error {
  constructor(status, retryAfterSecs) {
    super(`status ${status}`);
    this.status = status;
    this.retryAfterSecs = retryAfterSecs;
  }
}

let session = null;
/** Messages by id, and those under way by the key that makes repeats harmless. */
const shown = new Map();

async function call(method, path, body, headers = {}) {
  const init = { method, headers: { ...headers } };
  if (session) init.headers.authorization = `Bearer ${session.token}`;
  if (body !== undefined) {
    init.headers["content-type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  const answer = await fetch(path, init);
  if (!answer.ok) throw new Refused(answer.status, Number(answer.headers.get("retry-after")) || 0);
  return answer.json();
}

async function enter() {
  const visitorToken = kept.get();
  session = null;
  const opened = await call("POST", `/api/webchat/${encodeURIComponent(CHANNEL)}/sessions`, visitorToken ? { visitorToken } : {});
  kept.set(opened.visitorToken);
  session = opened;
}

/** Loads what was written, and gives the cursor from which news follow: taken first, so that nothing falls between. */
async function load() {
  const { cursor } = await call("GET", "/api/events?after=latest");
  const { items } = await call("GET", `/api/chats/${session.chatId}/messages?limit=${HISTORY}`);
  const waiting = [...shown.values()].filter((entry) => entry.key);
  shown.clear();
  items.reverse().forEach((message) => keep(message));
  waiting.forEach((entry) => shown.set(entry.id, entry));
  draw();
  return cursor;
}

async function follow() {
  let cursor = null;
  let failures = 0;
  for (;;) {
    try {
      if (!session) await enter();
      if (cursor === null) {
        cursor = await load();
        state(SAY.online);
        at("text").disabled = false;
        markRead();
      }
      const news = await call("GET", `/api/events?after=${encodeURIComponent(cursor)}&wait=${WAIT_SECS}`);
      failures = 0;
      state(SAY.online);
      cursor = news.gap ? null : news.cursor;
      news.events.forEach(({ event, data }) => hear(event, data));
      if (news.events.length) {
        draw();
        markRead();
      }
    } catch (error) {
      const status = error instanceof Refused ? error.status : 0;
      if (status === 401) {
        // the day is over: the same visitor comes in again, and loads what it missed
        session = null;
        cursor = null;
      }
      if (status === 403 || (status === 404 && !session)) {
        state(SAY.closed);
        at("text").disabled = true;
        return;
      }
      if (status === 404) session = cursor = null;
      state(status === 429 ? SAY.busy : failures > 0 ? SAY.away : SAY.connecting);
      const ms = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures) * (0.75 + Math.random() / 2);
      failures = Math.min(failures + 1, 10);
      await pause(Math.max(ms, (error.retryAfterSecs || 0) * 1000));
    }
  }
}

function hear(event, data) {
  if (event === "message:new" || event === "message:updated") {
    keep(data);
  } else if (event === "message:status") {
    const entry = shown.get(data.messageId);
    if (entry) entry.message.status = data.status;
  } else if (event === "messages:read") {
    for (const entry of shown.values()) if (entry.own) entry.seen = true;
  }
}

function keep(message) {
  const known = shown.get(message.id);
  shown.set(message.id, { id: message.id, message, own: !message.fromMe, seen: Boolean(known && known.seen) });
}

let reading = null;

/** Says that all was read, while somebody looks. */
function markRead() {
  if (document.visibilityState !== "visible" || !session) return;
  const unread = [...shown.values()].filter(({ message, own }) => !own && message.status !== "read" && message.type !== "system");
  const last = unread.pop();
  if (!last || reading === last.id) return;
  reading = last.id;
  call("POST", `/api/chats/${session.chatId}/read`, { messageId: last.id }).catch(() => { reading = null; });
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function write(content) {
  const key = newKey();
  const id = `waiting-${key}`;
  const message = { id, content, type: "text", createdAt: new Date().toISOString(), attachments: [] };
  const entry = { id, key, message, own: true, seen: false, failed: null };
  shown.set(id, entry);
  send(entry);
}

async function send(entry) {
  entry.failed = null;
  draw(true);
  try {
    const body = { chatId: session.chatId, content: entry.message.content };
    const message = await call("POST", "/api/messages/send", body, { "idempotency-key": entry.key });
    shown.delete(entry.id);
    if (!shown.has(message.id)) keep(message);
  } catch (error) {
    entry.failed = error instanceof Refused && error.status === 413 ? SAY.tooLong : SAY.failed;
  }
  draw(true);
}

function state(text) {
  if (at("state").textContent !== text) at("state").textContent = text;
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const time = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "long" });

/** Draws the conversation; stays at the end if that is where the reader was. */
function draw(toEnd = false) {
  const list = at("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const made = [];
  let lastDay = "";
  let lastWho = "";
  let answered = [...shown.values()].filter(({ own }) => !own).length;
  for (const entry of shown.values()) {
    // whoever answered has read what was written before
    if (!entry.own) answered -= 1;
    else if (answered > 0) entry.seen = true;
    const when = new Date(entry.message.createdAt);
    const label = when.toDateString() === new Date().toDateString() ? SAY.today : day.format(when);
    if (label !== lastDay) {
      made.push(element("li", "day", label));
      lastDay = label;
      lastWho = "";
    }
    const who = entry.own ? SAY.you : entry.message.senderName || SAY.team;
    made.push(drawMessage(entry, when, who === lastWho || entry.own ? "" : who));
    lastWho = who;
  }
  list.replaceChildren(...made);
  if (toEnd || atEnd) list.scrollTop = list.scrollHeight;
}

function drawMessage(entry, when, who) {
  const { message, own } = entry;
  const item = element("li", "message");
  item.classList.toggle("own", own);
  item.classList.toggle("waiting", Boolean(entry.key));
  item.classList.toggle("deleted", Boolean(message.deletedAt));
  if (who) item.append(element("p", "who", who));
  const bubble = element("div", "bubble");
  if (message.deletedAt) {
    bubble.textContent = SAY.deleted;
  } else {
    for (const file of message.attachments || []) bubble.append(drawFile(file));
    bubble.append(document.createTextNode(message.content || ""));
  }
  const foot = element("p", "foot");
  if (entry.failed) {
    const again = element("button", "again", entry.failed);
    again.type = "button";
    again.addEventListener("click", () => send(entry));
    foot.append(again);
  } else {
    const words = [time.format(when)];
    if (message.editedAt && !message.deletedAt) words.push(SAY.edited);
    if (own) words.push(entry.key ? SAY.sending : entry.seen ? SAY.read : SAY.sent);
    foot.textContent = words.join(" · ");
  }
  item.append(bubble, foot);
  return item;
}

/** A file of ours; an address that leads elsewhere is not followed. */
function drawFile(file) {
  const url = typeof file.url === "string" && file.url.startsWith("/api/media/") ? file.url : null;
  if (url && file.type === "image") {
    const image = element("img");
    image.src = url;
    image.alt = file.fileName || SAY.file;
    return image;
  }
  const link = element(url ? "a" : "span", "", `${file.fileName || SAY.file} `);
  if (url) {
    link.href = url;
    link.target = "_blank";
    link.rel = "noopener";
  }
  return link;
}

function fit() {
  const text = at("text");
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight + 2, 144)}px`;
  at("send").disabled = !text.value.trim() || !session;
}

document.documentElement.lang = LANGUAGE;
document.title = SAY.title;
at("title").textContent = SAY.title;
at("messages").dataset.empty = SAY.empty;
at("messages").setAttribute("aria-label", SAY.title);
at("text").placeholder = SAY.placeholder;
at("text").setAttribute("aria-label", SAY.placeholder);
at("text").disabled = true;
at("send").setAttribute("aria-label", SAY.send);
state(SAY.connecting);

at("text").addEventListener("input", fit);
at("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    at("write").requestSubmit();
  }
});
at("write").addEventListener("submit", (event) => {
  event.preventDefault();
  const content = at("text").value.trim();
  if (!content || !session) return;
  at("text").value = "";
  fit();
  write(content);
});
document.addEventListener("visibilitychange", markRead);
follow();
