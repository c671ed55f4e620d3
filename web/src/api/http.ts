// REST calls with the session's token. An answer that is no success becomes a `Problem`.
import createClient from "openapi-fetch";
import type { paths } from "./generated/rest";
import { Problem } from "./problem";
import { freshToken, renew, session } from "./session";

async function authorized(request: Request): Promise<Response> {
  const token = await freshToken();
  const spare = request.clone();
  const response = await send(request, token);
  if (response.status !== 401 || !session.get()) return response;
  return send(spare, await renew(token));
}

function send(request: Request, token: string): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set("authorization", `Bearer ${token}`);
  return fetch(new Request(request, { headers }));
}

/** Typed by the server's OpenAPI document. Wrap each call in [`ask`]. */
export const api = createClient<paths>({ baseUrl: "", fetch: authorized });

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer to a call. Rejects with a `Problem`. */
export async function ask<T>(call: Promise<Outcome<T>>): Promise<NonNullable<T>> {
  let outcome: Outcome<T>;
  try {
    outcome = await call;
  } catch (error) {
    if (error instanceof Problem || (error instanceof DOMException && error.name === "AbortError")) throw error;
    throw Problem.unreachable(error);
  }
  if (!outcome.response.ok) throw Problem.of(outcome.response, outcome.error);
  // a 204 has no body, and nobody reads it
  return outcome.data as NonNullable<T>;
}

/** The same for addresses that the document does not have types for. `T` is what the caller knows of the answer. */
export async function call<T>(method: string, path: string, body?: unknown, headers?: HeadersInit): Promise<T> {
  const sent = new Headers(headers);
  const plain = body === undefined || body instanceof FormData;
  if (!plain) sent.set("content-type", "application/json");
  let response: Response;
  try {
    const payload = plain ? (body as FormData | undefined) : JSON.stringify(body);
    response = await authorized(new Request(new URL(path, location.href), { method, headers: sent, body: payload }));
  } catch (error) {
    throw error instanceof Problem ? error : Problem.unreachable(error);
  }
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw Problem.of(response, answer);
  return answer as T;
}

/** A file, such as an export. Rejects with a `Problem`. */
export async function download(path: string): Promise<Blob> {
  try {
    const response = await authorized(new Request(new URL(path, location.href)));
    if (!response.ok) throw Problem.of(response, await response.json().catch(() => null));
    return await response.blob();
  } catch (error) {
    throw error instanceof Problem ? error : Problem.unreachable(error);
  }
}
