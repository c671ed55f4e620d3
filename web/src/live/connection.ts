// The one socket of this tab: connects, renews its token, resumes after the last event that was seen.
import { io, type Socket } from "socket.io-client";
import type { OperatorsSaid, OperatorsTold } from "../api/generated/events";
import { api, ask } from "../api/http";
import { asProblem } from "../api/problem";
import { freshToken, renew, session } from "../api/session";
import { createStore } from "./store";

/**
 * `starting`: never connected yet. `live`: what is on the screen is current. `offline`: it may be behind, and a connection is
 * being tried again. `signedOut`: the session has ended.
 */
export type Connection = { state: "starting" | "live" | "offline" | "signedOut"; since: number };

export const connection = createStore<Connection>({ state: "starting", since: Date.now() });

type Told = { [K in keyof OperatorsTold]: Parameters<OperatorsTold[K]>[0] };
type Said = { [K in keyof OperatorsSaid]: Parameters<OperatorsSaid[K]>[0] };
type Answer<K extends keyof OperatorsSaid> = Parameters<Parameters<OperatorsSaid[K]>[1]>[0];

let socket: Socket<OperatorsTold, OperatorsSaid> | null = null;
let cursor: string | null = null;
let forgetSession = () => {};
const handlers = new Set<(name: keyof Told, payload: unknown) => void>();
const rejoins = new Set<() => void>();

const enter = (state: Connection["state"]) => {
  if (connection.get().state !== state) connection.set({ state, since: Date.now() });
};

/** Told of every event, in order. */
export function onEvent(handler: (name: keyof Told, payload: unknown) => void): () => void {
  handlers.add(handler);
  return () => handlers.delete(handler);
}

/** Called at each connection: rooms belong to a connection, so who follows a chat follows it anew. */
export function onConnected(rejoin: () => void): () => void {
  rejoins.add(rejoin);
  if (socket?.connected) rejoin();
  return () => rejoins.delete(rejoin);
}

/** Says something; `null` where there is no connection, or no answer within five seconds. */
export async function say<K extends keyof Said>(event: K, payload: Said[K]): Promise<Answer<K> | null> {
  if (!socket?.connected) return null;
  try {
    // the types of the library lose the pairing of an event with its payload here
    const speak = socket.timeout(5_000).emitWithAck as unknown as (event: K, payload: Said[K]) => Promise<Answer<K>>;
    return await speak.call(socket.timeout(5_000), event, payload);
  } catch {
    return null;
  }
}

let noted: Promise<string> | null = null;

/** Notes where the journal stands, for the connection that follows. Rejects with a `Problem`. */
export function noteCursor(): Promise<string> {
  noted ??= ask(api.GET("/api/events", { params: { query: { after: "latest" } } })).then((now) => now.cursor);
  return noted;
}

/**
 * Notes where the journal stands and connects from there. What is loaded by REST after this resolves is kept current by the
 * events that follow. Rejects with a `Problem`.
 */
export async function connect(): Promise<void> {
  if (socket) return;
  const now = await noteCursor().finally(() => {
    noted = null;
  });
  if (socket) return;
  cursor = now;
  // polling stands in where a proxy on the way does not let WebSockets through
  const made: Socket<OperatorsTold, OperatorsSaid> = io({
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionDelayMax: 5_000,
    auth: (give) => {
      freshToken().then(
        (token) => give({ token, cursor }),
        () => give({ cursor }),
      );
    },
  });
  socket = made;
  made.onAny((name: keyof Told, payload: unknown) => hear(name, payload));
  made.on("disconnect", (reason) => {
    enter("offline");
    // the server closes what is no longer allowed in; a new token may help, and the library does not try by itself
    if (reason === "io server disconnect") retry();
  });
  made.on("connect_error", (error) => {
    enter(connection.get().state === "starting" ? "starting" : "offline");
    if (!made.active) retry(error.message.includes("Invalid token"));
  });
  forgetSession = session.subscribe(() => {
    const current = session.get();
    if (!current) disconnect("signedOut");
    else void say("auth:refresh", { token: current.accessToken });
  });
}

export function disconnect(state: Connection["state"] = "starting"): void {
  forgetSession();
  socket?.disconnect();
  socket = null;
  cursor = null;
  enter(state);
}

/** Tries to connect now instead of waiting for the next attempt. */
export function reconnectNow(): void {
  if (socket && !socket.connected) socket.disconnect().connect();
}

window.addEventListener("online", reconnectNow);
window.addEventListener("offline", () => enter(socket ? "offline" : connection.get().state));

const RETRY_MS = 2_000;

function retry(invalid = false): void {
  const trying = socket;
  setTimeout(async () => {
    if (socket !== trying || !trying || trying.connected) return;
    try {
      const current = session.get();
      if (invalid && current) await renew(current.accessToken);
      trying.connect();
    } catch (error) {
      if (asProblem(error).status !== 401) retry(invalid);
    }
  }, RETRY_MS);
}

function hear(name: keyof Told, payload: unknown): void {
  for (const handler of handlers) handler(name, payload);
  const seen = (payload as { cursor?: unknown } | undefined)?.cursor;
  if (typeof seen === "string") cursor = seen;
  if (name === "connected") for (const rejoin of rejoins) rejoin();
  if (name === "sync:required") enter("live");
}

/** The socket lives as long as the access token; it is renewed while the tab is open. */
setInterval(() => {
  if (socket && session.get()) void freshToken().catch(() => {});
}, 20_000);
