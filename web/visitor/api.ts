// The REST calls of a visitor. Whatever is no success comes out as `Refused`; no answer at all is the browser's own error.
import type { components } from "../src/api/generated/rest";
import type { Attachment, Chat, Message } from "./message";

export interface Session {
  token: string;
  visitorToken: string;
  chatId: string;
  contact: components["schemas"]["Contact"];
}

export interface JournalEvent {
  eventId: string;
  event: string;
  data: Record<string, unknown>;
}

export interface Journal {
  events: JournalEvent[];
  cursor: string;
  more: boolean;
  gap?: boolean;
}

export interface Person {
  name?: string;
  email?: string;
}

/** An answer that is no success. */
export class Refused extends Error {
  readonly status: number;
  /** The problem's `code`. */
  readonly code: string;
  /** Milliseconds to wait, where the server asked for it. */
  readonly retryAfterMs: number;
  /** Names of the fields that are wrong. */
  readonly fields: string[];

  constructor(status: number, retryAfter: string | null, problem: unknown) {
    super(`The server answered ${status}.`);
    this.status = status;
    this.retryAfterMs = (Number(retryAfter) || 0) * 1000;
    const said = problem as { code?: string; errors?: { field?: string }[] } | null;
    this.code = said?.code ?? "";
    this.fields = said?.errors?.flatMap(({ field }) => (field ? [field] : [])) ?? [];
  }
}

export class Api {
  readonly #channel: string;
  token = "";

  constructor(channel: string) {
    this.#channel = channel;
  }

  /** Opens a session; with the token of an earlier one it leads back to the same chat. */
  enter(visitorToken: string | null, person: Person): Promise<Session> {
    this.token = "";
    const path = `/api/webchat/${encodeURIComponent(this.#channel)}/sessions`;
    return this.#call("POST", path, { ...person, ...(visitorToken ? { visitorToken } : {}) });
  }

  chat(chatId: string): Promise<Chat> {
    return this.#call("GET", `/api/chats/${chatId}`);
  }

  /** Newest first; `nextCursor` says that there are older ones. */
  history(chatId: string, limit: number, before?: string): Promise<{ items: Message[]; nextCursor: string | null }> {
    return this.#call("GET", `/api/chats/${chatId}/messages?limit=${limit}${before ? `&before=${before}` : ""}`);
  }

  /** The journal's present end. */
  now(): Promise<Journal> {
    return this.#call("GET", "/api/events?after=latest");
  }

  /** What follows a cursor, waiting for it up to `waitSecs`. */
  events(after: string, waitSecs: number, signal?: AbortSignal): Promise<Journal> {
    return this.#call("GET", `/api/events?after=${encodeURIComponent(after)}&wait=${waitSecs}`, undefined, { signal });
  }

  send(chatId: string, content: string, attachmentIds: string[], key: string): Promise<Message> {
    const body = { chatId, content, ...(attachmentIds.length ? { attachmentIds } : {}) };
    return this.#call("POST", "/api/messages/send", body, { headers: { "idempotency-key": key } });
  }

  async read(chatId: string, messageId: string): Promise<void> {
    await this.#call("POST", `/api/chats/${chatId}/read`, { messageId });
  }

  /** Uploads a file; `XMLHttpRequest`, since `fetch` does not say how far it is. */
  upload(file: File, progress: (share: number) => void, signal: AbortSignal): Promise<Attachment> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const form = new FormData();
      form.append("file", file, file.name);
      request.open("POST", "/api/media");
      request.setRequestHeader("authorization", `Bearer ${this.token}`);
      request.responseType = "json";
      request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
      request.onerror = () => reject(new TypeError("The file did not get through."));
      request.onabort = () => reject(new DOMException("Removed.", "AbortError"));
      request.onload = () => {
        if (request.status === 201) resolve(request.response as Attachment);
        else reject(new Refused(request.status, request.getResponseHeader("retry-after"), request.response));
      };
      signal.addEventListener("abort", () => request.abort(), { once: true });
      request.send(form);
    });
  }

  async #call<T>(method: string, path: string, body?: unknown, init: RequestInit = {}): Promise<T> {
    const headers = new Headers(init.headers);
    if (this.token) headers.set("authorization", `Bearer ${this.token}`);
    if (body !== undefined) headers.set("content-type", "application/json");
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await fetch(path, { ...init, method, headers, body: text });
    if (answer.ok) return (await answer.json()) as T;
    throw new Refused(answer.status, answer.headers.get("retry-after"), await answer.json().catch(() => null));
  }
}
