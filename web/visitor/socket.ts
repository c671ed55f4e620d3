// A small Socket.IO client: Engine.IO 4 and Socket.IO 5 over one WebSocket, in one namespace, opened again until it is closed.

export interface Line {
  /** What CONNECT carries; asked for at each try. */
  auth: () => object;
  heard: (event: string, payload: unknown) => void;
  /** The connection is gone, or did not come about. Another try follows, unless it was closed from here. */
  lost: () => void;
}

/** From dialling to the namespace's answer. */
const CONNECT_MS = 6_000;
/** An acknowledgement that takes longer is taken for lost. */
const ACK_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
/** Pauses begin small again only after a connection that lasted so long: one that is cut at once is no success. */
const STEADY_MS = 10_000;
/** After so many failures without ever a connection, something on the way lets no WebSocket through … */
const BARRED_AFTER = 2;
/** … and it is tried so seldom. */
const BARRED_PAUSE_MS = 60_000;
/** More than the server ever says at once. */
const MOST_CHARACTERS = 1024 * 1024;
/** More than a visitor says within a minute; a network that does not take it is gone. */
const MOST_UNSENT_BYTES = 64 * 1024;
const MOST_ACKS = 32;

/** Codes of a close, for whoever reads the server's side of it. */
const GOODBYE = 1000;
const SILENT = 4000;
const MALFORMED = 4002;

interface Packet {
  /** The digit of Engine.IO; after its `4`, for a message, that of Socket.IO. */
  kind: string;
  /** Number of the acknowledgement that it is or wants; empty where there is none. */
  id: string;
  data: unknown;
}

export class Socket {
  readonly #namespace: string;
  readonly #line: Line;
  readonly #acks = new Map<string, (answers?: unknown[]) => void>();
  #lastAck = 0;
  #web: WebSocket | null = null;
  #wanted = false;
  #wasConnected = false;
  #connectedAt: number | null = null;
  #failures = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  /** How long the server may be silent, as it said itself, and when that is over. */
  #silenceMs = 0;
  #silentAt = 0;
  #alarm: ReturnType<typeof setTimeout> | undefined;

  constructor(namespace: string, line: Line) {
    this.#namespace = namespace;
    this.#line = line;
  }

  get connected(): boolean {
    return this.#connectedAt !== null;
  }

  open(): void {
    this.#wanted = true;
    if (!this.#web) this.#dial();
  }

  close(): void {
    this.#wanted = false;
    clearTimeout(this.#again);
    if (this.#web) this.#drop(GOODBYE);
  }

  /** Takes the connection for lost: the network is. */
  cut(): void {
    if (this.#web) this.#drop(SILENT);
  }

  /** Tries at once instead of at the end of a pause. */
  hurry(): void {
    // timers stand still while a computer sleeps
    if (this.#web && Date.now() > this.#silentAt) this.#drop(SILENT);
    if (this.#wanted && !this.#web) this.#dial();
  }

  /** Says something that nobody misses should it be lost; nothing where there is no connection. */
  say(event: string, payload: unknown): void {
    if (this.connected) this.#send("42", JSON.stringify([event, payload]));
  }

  /** Says something and waits for its acknowledgement; an error where it does not come. */
  ask(event: string, payload: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.connected || this.#acks.size >= MOST_ACKS) return reject(new Error("There is no connection for it."));
      const id = String(++this.#lastAck);
      const late = setTimeout(() => this.#acks.get(id)?.(), ACK_MS);
      this.#acks.set(id, (answers) => {
        clearTimeout(late);
        this.#acks.delete(id);
        if (answers) resolve(answers[0]);
        else reject(new Error("It was not acknowledged."));
      });
      this.#send("42", id + JSON.stringify([event, payload]));
    });
  }

  #dial(): void {
    clearTimeout(this.#again);
    try {
      this.#web = new WebSocket(`${location.origin.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`);
    } catch {
      // the browser or a policy has none
      return this.#drop(GOODBYE);
    }
    this.#web.onmessage = ({ data }) => this.#take(data);
    this.#web.onclose = () => this.#drop(GOODBYE);
    this.#expect(CONNECT_MS);
  }

  /** Lets go of what there is, and plans the next try. */
  #drop(code: number): void {
    const web = this.#web;
    this.#web = null;
    clearTimeout(this.#alarm);
    if (web) {
      web.onmessage = web.onclose = null;
      web.close(code);
    }
    if (this.#connectedAt !== null && Date.now() - this.#connectedAt >= STEADY_MS) this.#failures = 0;
    this.#connectedAt = null;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures++, LONGEST_PAUSE_MS);
    const barred = !this.#wasConnected && this.#failures >= BARRED_AFTER;
    const waitMs = (barred ? BARRED_PAUSE_MS : pauseMs) * (0.75 + Math.random() / 2);
    clearTimeout(this.#again);
    if (this.#wanted) this.#again = setTimeout(() => this.#dial(), waitMs);
    for (const settle of [...this.#acks.values()]) settle();
    this.#line.lost();
  }

  /** The server has to be heard within this. */
  #expect(ms: number): void {
    clearTimeout(this.#alarm);
    this.#silentAt = Date.now() + ms;
    this.#alarm = setTimeout(() => this.#drop(SILENT), ms);
  }

  #take(frame: unknown): void {
    const packet = packetOf(frame, this.#namespace);
    if (!packet) return this.#drop(MALFORMED);
    const { kind, id, data } = packet;
    if (kind === "0") {
      const { pingInterval, pingTimeout } = data as Record<string, number>;
      this.#silenceMs = Number(pingInterval) + Number(pingTimeout);
      this.#send("40", JSON.stringify(this.#line.auth()));
    } else if (kind === "40") {
      this.#connectedAt = Date.now();
      this.#wasConnected = true;
    } else if (kind === "2") {
      this.#web?.send("3");
    } else if (kind === "1" || kind === "41" || kind === "44") {
      // the server's goodbye, or its refusal
      return this.#drop(GOODBYE);
    }
    if (this.connected) this.#expect(this.#silenceMs);
    if (kind === "43") this.#acks.get(id)?.(data as unknown[]);
    if (kind === "42") {
      const [event, payload] = data as [string, unknown];
      if (id) this.#send("43", `${id}[]`);
      this.#line.heard(event, payload);
    }
  }

  #send(kind: string, text: string): void {
    if (!this.#web) return;
    if (this.#web.bufferedAmount > MOST_UNSENT_BYTES) this.#drop(SILENT);
    else this.#web.send(`${kind}${this.#namespace},${text}`);
  }
}

/** `null` where a frame is none that a server of this protocol sends to this namespace. */
function packetOf(frame: unknown, namespace: string): Packet | null {
  if (typeof frame !== "string" || frame.length > MOST_CHARACTERS) return null;
  const [, kind, space, id = "", json] = /^([0126]|4[0-4])(?:(\/[^,]*),(\d*))?(.*)$/s.exec(frame) ?? [];
  if (!kind || space !== (kind.length > 1 ? namespace : undefined)) return null;
  let data: unknown;
  try {
    data = json ? JSON.parse(json) : null;
  } catch {
    return null;
  }
  const isList = Array.isArray(data);
  if (kind === "0" && !saysItsRhythm(data)) return null;
  if (kind === "42" && !(isList && typeof (data as unknown[])[0] === "string")) return null;
  if (kind === "43" && !(isList && id)) return null;
  return { kind, id, data };
}

function saysItsRhythm(data: unknown): boolean {
  const { pingInterval, pingTimeout } = (data ?? {}) as Record<string, unknown>;
  // timers take no more than 2^31
  return [pingInterval, pingTimeout].every((ms) => typeof ms === "number" && ms > 0 && ms < 2 ** 30);
}
