// What operators wrote and the server has not confirmed yet: shown at once, sent in order within a chat, kept over reloads and lost
// connections. A repeated attempt sends nothing twice, since each message keeps its idempotency key.
import { call } from "../api/http";
import { asProblem } from "../api/problem";
import { session } from "../api/session";
import type { Attachment, Message } from "../api/types";
import { connection } from "../live/connection";
import { createStore } from "../live/store";
import { keepMessage } from "./timeline";

/** The body of `POST /api/messages/send`. */
export interface Draft {
  chatId: string;
  content: string;
  type?: string;
  metadata?: Record<string, unknown>;
  attachmentIds?: string[];
  replyToId?: string;
  template?: { name: string; language: string; components?: unknown[] };
  private?: boolean;
}

export interface Pending extends Draft {
  key: string;
  createdAt: string;
  /** `refused`: the server said no, for the reason in `refusal`; the operator decides what happens next. */
  state: "waiting" | "sending" | "refused";
  refusal?: { code: string; detail: string };
  /** What was uploaded, to be shown meanwhile. */
  attachments: Attachment[];
}

const NAME = () => `switchboard.outbox.${session.get()?.user.id ?? ""}`;
const AGAIN_MS = 3_000;

export const outbox = createStore<Pending[]>([]);

let opened = "";

/** Takes up what an earlier page left behind. */
export function openOutbox(): void {
  if (opened === NAME()) return;
  opened = NAME();
  try {
    const kept = JSON.parse(localStorage.getItem(opened) ?? "[]") as Pending[];
    outbox.set(kept.map((pending) => (pending.state === "sending" ? { ...pending, state: "waiting" } : pending)));
  } catch {
    outbox.set([]);
  }
  flush();
}

function change(next: (all: Pending[]) => Pending[]): void {
  outbox.update(next);
  try {
    localStorage.setItem(NAME(), JSON.stringify(outbox.get()));
  } catch {
    // a full or closed storage: kept until the tab is closed
  }
}

export function post(draft: Draft, attachments: Attachment[] = []): void {
  const pending: Pending = {
    ...draft,
    attachments,
    key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`,
    createdAt: new Date().toISOString(),
    state: "waiting",
  };
  change((all) => [...all, pending]);
  flush();
}

export function postAgain(key: string): void {
  change((all) => all.map((one) => (one.key === key ? { ...one, state: "waiting", refusal: undefined } : one)));
  flush();
}

/** Takes a message back that was not sent; the caller puts its text into the composer. */
export function withdraw(key: string): Pending | undefined {
  const found = outbox.get().find((one) => one.key === key && one.state !== "sending");
  if (found) change((all) => all.filter((one) => one !== found));
  return found;
}

const sending = new Set<string>();

function flush(): void {
  for (const chatId of new Set(outbox.get().map((one) => one.chatId))) void sendNext(chatId);
}

async function sendNext(chatId: string): Promise<void> {
  if (sending.has(chatId)) return;
  sending.add(chatId);
  try {
    for (;;) {
      const next = outbox.get().find((one) => one.chatId === chatId && one.state !== "refused");
      if (!next) return;
      if (!(await send(next))) return;
    }
  } finally {
    sending.delete(chatId);
  }
}

/** Whether the next one may follow. */
async function send({
  key,
  state: _state,
  refusal: _refusal,
  createdAt: _at,
  attachments: _files,
  ...draft
}: Pending): Promise<boolean> {
  const mark = (part: Partial<Pending>) =>
    change((all) => all.map((one) => (one.key === key ? { ...one, ...part } : one)));
  mark({ state: "sending" });
  try {
    const message = await call<Message>("POST", "/api/messages/send", draft, { "idempotency-key": key });
    change((all) => all.filter((one) => one.key !== key));
    keepMessage(message);
    return true;
  } catch (error) {
    const problem = asProblem(error);
    if (problem.passes || problem.status === 401) {
      mark({ state: "waiting" });
      setTimeout(flush, (problem.retryAfterSecs ?? 0) * 1000 || AGAIN_MS);
      return false;
    }
    mark({ state: "refused", refusal: { code: problem.code, detail: problem.fields[0]?.message ?? problem.detail } });
    return true;
  }
}

/** The socket may tell of our own message before the call that sent it is answered: then it is not shown twice. */
export function bindSent(message: Message): void {
  if (!message.fromMe || message.senderUserId !== session.get()?.user.id) return;
  const under = outbox.get().find((one) => one.chatId === message.chatId && one.state === "sending");
  const same = under && under.content === message.content && Boolean(under.private) === message.private;
  if (same) change((all) => all.filter((one) => one !== under));
}

connection.subscribe(() => {
  if (connection.get().state === "live") flush();
});
