// The bridge's HTTP API, for the server alone.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Json } from './content.js';
import { log, reason } from './log.js';
import { Refusal } from './send.js';
import type { Place, Sessions } from './sessions.js';
import { authorized } from './sign.js';

/** A file of 3 MiB in base64, and room. */
const LARGEST_BODY = 8 * 1024 * 1024;
const BODY_MS = 30_000;

export function serve(sessions: Sessions, secret: string): Server {
  const server = createServer((request, response) => {
    answer(sessions, secret, request, response).catch((error) => {
      const refusal = error instanceof Refusal ? error : undefined;
      if (!refusal) log('error', 'a request failed', { reason: reason(error) });
      if (response.headersSent) return response.destroy();
      const { status, code, message } = refusal ?? { status: 500, code: 'INTERNAL', message: 'the bridge failed; its log says why' };
      reply(response, status, { code, message });
    });
  });
  server.requestTimeout = BODY_MS;
  return server;
}

async function answer(sessions: Sessions, secret: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://bridge');
  if (url.pathname === '/health') return reply(response, 200, { status: 'ok' });
  if (!authorized(secret, request.headers.authorization)) throw new Refusal(401, 'UNAUTHORIZED', 'wrong secret');
  const [, root, channelId = '', ...below] = url.pathname.split('/').map(decoded);
  if (root !== 'sessions') throw missing('address');
  const method = request.method ?? 'GET';
  const body = method === 'GET' ? {} : await json(request);

  if (below.length === 0 && method === 'PUT') {
    const { phone, history } = body;
    const wishes = { ...(typeof phone === 'string' && { phone }), ...(history === true && { history }) };
    const state = await sessions.start(channelId, wishes);
    if (!state) throw new Refusal(422, 'INVALID_DATA', 'the session is named after its channel, a UUID');
    return reply(response, 200, state);
  }
  const place = await sessions.find(channelId);
  if (!place) throw missing('session');
  if (below.length === 0 && method === 'GET') return reply(response, 200, place.session.current());
  if (below.length === 0 && method === 'DELETE') {
    await sessions.remove(channelId);
    return reply(response, 200, { status: 'disconnected' });
  }
  if (below[0] === 'media' && below[1] && below.length === 2) return file(place, method, below[1], response);
  reply(response, 200, await act(place, method, below, body));
}

async function act({ sender }: Place, method: string, below: string[], body: Json): Promise<Json> {
  const [what, id, more] = below;
  const route = `${method} ${[what, id && ':id', more].filter(Boolean).join('/')}`;
  switch (route) {
    case 'POST messages':
      return { id: await sender.message(body) };
    case 'POST read':
      await sender.read(body);
      break;
    case 'POST typing':
      await sender.typing(body);
      break;
    case 'POST messages/:id/edit':
      await sender.edit(id!, body);
      break;
    case 'DELETE messages/:id':
      await sender.remove(id!, body);
      break;
    case 'PUT messages/:id/reaction':
      await sender.react(id!, body);
      break;
    default:
      throw missing('address');
  }
  return { ok: true };
}

/** The server deletes what it has; whatever it leaves goes after a week. */
async function file({ session }: Place, method: string, key: string, response: ServerResponse): Promise<void> {
  if (method === 'DELETE') {
    await session.kept.forget(key);
    return reply(response, 200, { ok: true });
  }
  const found = method === 'GET' ? await session.kept.open(key) : undefined;
  if (!found) throw missing('file');
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': found.size });
  await pipeline(found.stream, response);
}

const missing = (what: string) => new Refusal(404, 'NOT_FOUND', `no such ${what}`);

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw missing('address');
  }
}

async function json(request: IncomingMessage): Promise<Json> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > LARGEST_BODY) throw new Refusal(413, 'TOO_LARGE', 'the body is too large');
    pieces.push(piece);
  }
  if (size === 0) return {};
  try {
    const body: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'));
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Json;
  } catch {
    // said below
  }
  throw new Refusal(400, 'INVALID_DATA', 'the body is not a JSON object');
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
