// A server of this repository on a database of its own, and programs that speak with it by REST.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const BINARY = process.env.SWITCHBOARD_BIN ?? new URL("../../../target/debug/switchboard", import.meta.url).pathname;
const CLUSTER = process.env.TEST_DATABASE_URL ?? "postgres://postgres@127.0.0.1:5432/postgres";

/** What the environment of a server may hold besides its database and address. */
export type Settings = Record<string, string>;

export class Server {
  private process: ChildProcess | null = null;
  /** What it wrote to stdout and stderr. */
  output = "";

  private constructor(
    readonly url: string,
    readonly database: string,
    private readonly folder: string,
    private readonly settings: Settings,
    private readonly verb: string,
  ) {}

  /** Starts one on an empty database; `verb` is the command, such as `demo`. */
  static async start(settings: Settings = {}, verb = "serve"): Promise<Server> {
    const name = `sb_e2e_${randomBytes(6).toString("hex")}`;
    await run("psql", ["-qw", CLUSTER, "-c", `create database ${name}`]);
    const folder = await mkdtemp(join(tmpdir(), "switchboard-e2e-"));
    const url = `http://127.0.0.1:${await freePort()}`;
    const server = new Server(url, CLUSTER.replace(/[^/]*$/, name), folder, settings, verb);
    await server.launch();
    return server;
  }

  private environment(): NodeJS.ProcessEnv {
    const address = new URL(this.url).host;
    const own = { DATABASE_URL: this.database, DATA_DIR: this.folder, BIND_ADDR: address, RATE_LIMIT: "off" };
    return { PATH: process.env.PATH, HOME: process.env.HOME, ...own, ...this.settings };
  }

  /** Starts it, again after [`kill`] or [`stop`]: same address, same database. */
  async launch(): Promise<void> {
    const child = spawn(BINARY, [this.verb], { env: this.environment(), stdio: ["ignore", "pipe", "pipe"] });
    this.process = child;
    const note = (text: Buffer) => {
      this.output += text.toString();
    };
    child.stdout.on("data", note);
    child.stderr.on("data", note);
    for (let tries = 0; tries < 300; tries++) {
      if (child.exitCode !== null) break;
      const ready = await fetch(`${this.url}/health/ready`).catch(() => null);
      if (ready?.ok) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`the server did not start:\n${this.output}`);
  }

  kill(): Promise<void> {
    return this.end("SIGKILL");
  }

  stop(): Promise<void> {
    return this.end("SIGTERM");
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = null;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await ended;
  }

  /** Ends it and removes what it left. */
  async discard(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
    await run("psql", [
      "-qw",
      CLUSTER,
      "-c",
      `drop database if exists ${new URL(this.database).pathname.slice(1)} with (force)`,
    ]);
  }

  /** Rows of the database, for seeds that REST would take too long for. */
  async sql(statement: string): Promise<string> {
    const { stdout } = await run("psql", ["-qtAw", "-v", "ON_ERROR_STOP=1", this.database, "-c", statement], {
      maxBuffer: 1 << 26,
    });
    return stdout.trim();
  }

  /** A new organization with its administrator. */
  async organization(name = "Corner Shop"): Promise<Organization> {
    const email = `ann.${randomBytes(4).toString("hex")}@example.com`;
    const password = "correct horse battery";
    const parts = ["--organization", name, "--email", email, "--password", password, "--server"];
    const { stdout } = await run(BINARY, ["create-admin", ...parts], { env: this.environment() });
    const { organizationId, userId } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");
    const admin = await Person.signIn(this, { id: userId, name: "Ann Admin", email, password });
    await admin.patch("/api/me", { name: "Ann Admin", username: "ann" });
    return { id: organizationId, server: this, admin };
  }
}

export interface Organization {
  id: string;
  server: Server;
  admin: Person;
}

interface Account {
  id: string;
  name: string;
  email: string;
  password: string;
}

/** Somebody who speaks with the server by REST. Fails loudly where the answer is no success. */
export class Person {
  private constructor(
    readonly server: Server,
    readonly account: Account,
    private readonly token: string,
  ) {}

  static async signIn(server: Server, account: Account): Promise<Person> {
    const answer = await request(server.url, "POST", "/api/auth/login", null, {
      email: account.email,
      password: account.password,
    });
    return new Person(server, account, answer.accessToken);
  }

  /** A colleague, made by an administrator. */
  async hire(name: string, role = "user"): Promise<Person> {
    const email = `${name.toLowerCase().replace(/[^a-z]/g, "")}.${randomBytes(4).toString("hex")}@example.com`;
    const password = "correct horse battery";
    const username = `${name.split(" ")[0]?.toLowerCase()}${randomBytes(2).toString("hex")}`;
    const { id } = await this.post("/api/users", { email, password, name, role, username });
    return Person.signIn(this.server, { id, name, email, password });
  }

  get(path: string) {
    return request(this.server.url, "GET", path, this.token);
  }
  post(path: string, body: unknown = {}) {
    return request(this.server.url, "POST", path, this.token, body);
  }
  patch(path: string, body: unknown) {
    return request(this.server.url, "PATCH", path, this.token, body);
  }
  put(path: string, body: unknown) {
    return request(this.server.url, "PUT", path, this.token, body);
  }
  delete(path: string) {
    return request(this.server.url, "DELETE", path, this.token);
  }

  /** A channel of the provider `api`, whose customers are played by [`Customer`]. */
  async programChannel(name = "My program"): Promise<string> {
    return (await this.post("/api/channels", { name, provider: "api", credentials: {} })).id;
  }

  async webchatChannel(name = "Site", credentials: object = {}): Promise<string> {
    return (await this.post("/api/channels", { name, provider: "webchat", credentials })).id;
  }
}

/** A customer of a channel `api`. */
export class Customer {
  private said = 0;

  constructor(
    private readonly owner: Person,
    private readonly channelId: string,
    readonly id: string,
    readonly name: string,
  ) {}

  async write(content: string, message: object = {}): Promise<void> {
    const id = `${this.id}-${++this.said}`;
    const body = { from: { id: this.id, name: this.name }, message: { id, type: "text", content, ...message } };
    await this.owner.post(`/api/channels/${this.channelId}/inbound`, body);
  }

  /** The chat with this customer, once it has written. */
  async chat(): Promise<{ id: string; [field: string]: unknown }> {
    const { items } = await this.owner.get(`/api/chats?channelId=${this.channelId}&limit=200`);
    const found = items.find((chat: { externalId: string }) => chat.externalId === this.id);
    if (!found) throw new Error(`${this.name} has no chat`);
    return found;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: tests read the fields that they know of
async function request(base: string, method: string, path: string, token: string | null, body?: unknown): Promise<any> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(base + path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === "object" && address ? address.port : 0;
}
