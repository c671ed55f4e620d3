// A Graph API on this machine, in place of Meta's: one number, one account with a template, and customers who write.
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";

interface Refusal {
  code: number;
  message: string;
}

const TEMPLATES = [
  {
    id: "1",
    name: "order_ready",
    language: "en",
    status: "APPROVED",
    category: "UTILITY",
    components: [
      { type: "BODY", text: "Hello {{1}}, your order {{2}} is ready.", example: { body_text: [["Ann", "12"]] } },
      { type: "FOOTER", text: "Corner Shop" },
    ],
  },
  { id: "2", name: "not_yet", language: "en", status: "PENDING", category: "UTILITY", components: [] },
];

export class FakeGraph {
  /** What was sent to customers, in order. */
  readonly sent: Record<string, unknown>[] = [];
  private readonly refusals: Refusal[] = [];
  private made = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<FakeGraph> {
    const server = createServer(async (request, response) => {
      const body = await bodyOf(request);
      const { status, answer } = fake.answer(request.method ?? "", request.url ?? "", body);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(answer));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    const fake = new FakeGraph(server, `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/v26.0`);
    return fake;
  }

  /** The next message is refused so. */
  refuse(refusal: Refusal): void {
    this.refusals.push(refusal);
  }

  private answer(method: string, path: string, body: Record<string, unknown>): { status: number; answer: unknown } {
    const ok = (answer: unknown) => ({ status: 200, answer });
    if (method === "GET" && path.includes("/message_templates")) return ok({ data: TEMPLATES, paging: {} });
    if (method === "POST" && path.endsWith("/messages") && body.type) {
      const refusal = this.refusals.shift();
      if (refusal) return { status: 400, answer: { error: { type: "OAuthException", ...refusal } } };
      this.sent.push(body);
      const contacts = [{ input: body.to, wa_id: body.to }];
      return ok({ messaging_product: "whatsapp", contacts, messages: [{ id: `wamid.sent.${++this.made}` }] });
    }
    if (method === "GET") {
      return ok({ id: path.split("/").at(-1)?.split("?")[0], verified_name: "Shop", status: "CONNECTED" });
    }
    return ok({ success: true });
  }

  /** A customer writes, as Meta tells it. `at`: seconds since 1970. */
  async deliver(server: string, channelId: string, secret: string, from: string, text: string, at: number) {
    const value = {
      messaging_product: "whatsapp",
      metadata: { display_phone_number: "15550100000", phone_number_id: "1200" },
      contacts: [{ profile: { name: "Carla Customer" }, wa_id: from }],
      messages: [{ from, id: `wamid.got.${++this.made}`, timestamp: String(at), type: "text", text: { body: text } }],
    };
    const entry = [{ id: "4200", changes: [{ field: "messages", value }] }];
    const body = JSON.stringify({ object: "whatsapp_business_account", entry });
    const signature = createHmac("sha256", secret).update(body).digest("hex");
    const headers = { "content-type": "application/json", "x-hub-signature-256": `sha256=${signature}` };
    const answer = await fetch(`${server}/webhooks/waba/${channelId}`, { method: "POST", headers, body });
    if (!answer.ok) throw new Error(`the webhook was answered with ${answer.status}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const piece of request) text += piece;
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
