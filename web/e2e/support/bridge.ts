// A WhatsApp bridge on this machine whose phones are paired by the test.
import { createHmac, randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";

interface Session {
  webhookUrl: string;
  status: string;
  qr: string | null;
  phone: string | null;
}

export class FakeBridge {
  readonly secret = "a secret of the browser tests, 32 bytes";
  private readonly sessions = new Map<string, Session>();
  private codes = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<FakeBridge> {
    const server = createServer((request, response) => {
      const [, channelId] = /^\/sessions\/([^/]+)$/.exec(request.url ?? "") ?? [];
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        const session = fake.told(request.method ?? "", channelId ?? "", body);
        response.writeHead(session ? 200 : 404, { "content-type": "application/json" });
        response.end(JSON.stringify(session ?? { code: "NOT_FOUND", message: "no such session" }));
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    const fake = new FakeBridge(server, `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
    return fake;
  }

  private told(method: string, channelId: string, body: string): Session | undefined {
    if (method === "PUT" && channelId) {
      const { webhookUrl } = JSON.parse(body || "{}");
      this.sessions.set(channelId, { webhookUrl, status: "qr", qr: this.nextCode(), phone: null });
    }
    const session = this.sessions.get(channelId);
    if (method === "DELETE") this.sessions.delete(channelId);
    return session;
  }

  private nextCode(): string {
    return `2@pair-${++this.codes},${"k".repeat(44)},${"i".repeat(44)}`;
  }

  /** Shows the next code, as a bridge does when nobody scanned the last one. */
  async renew(channelId: string): Promise<string> {
    const session = this.session(channelId);
    session.qr = this.nextCode();
    await this.tell(channelId, "connection", { status: "qr", qr: session.qr });
    return session.qr;
  }

  /** The phone scanned the code. */
  async pair(channelId: string, phone: string): Promise<void> {
    Object.assign(this.session(channelId), { status: "connected", qr: null, phone });
    await this.tell(channelId, "connection", { status: "connected", phone });
  }

  /** A signed delivery. */
  async tell(channelId: string, event: string, data: object): Promise<void> {
    const body = JSON.stringify({ id: randomUUID(), event, data, timestamp: new Date().toISOString() });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const mac = createHmac("sha256", this.secret).update(`${timestamp}.${channelId}.${body}`).digest("hex");
    const response = await fetch(this.session(channelId).webhookUrl, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-switchboard-timestamp": timestamp,
        "x-switchboard-signature": `sha256=${mac}`,
      },
      body,
    });
    if (!response.ok) throw new Error(`the server refused a delivery: ${response.status} ${await response.text()}`);
  }

  private session(channelId: string): Session {
    const session = this.sessions.get(channelId);
    if (!session) throw new Error(`no session of ${channelId}`);
    return session;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
