// A Bot API on this machine, in place of Telegram's. Knows the bots that it is told of; refuses all others as Telegram does.
import { createServer, type Server } from "node:http";

interface Bot {
  name: string;
  username: string;
}

/** Long polls are answered after this, with nothing. */
const WAIT_MS = 2_000;

export class FakeTelegram {
  private readonly bots = new Map<string, Bot>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<FakeTelegram> {
    const server = createServer((request, response) => {
      const [, token, method] = /^\/bot([^/]+)\/(\w+)/.exec(request.url ?? "") ?? [];
      request.resume();
      request.on("end", async () => {
        const bot = fake.bots.get(decodeURIComponent(token ?? ""));
        if (bot && method === "getUpdates") await new Promise((done) => setTimeout(done, WAIT_MS));
        response.writeHead(bot ? 200 : 401, { "content-type": "application/json" });
        response.end(
          JSON.stringify(
            bot
              ? { ok: true, result: answer(method ?? "", token ?? "", bot) }
              : { ok: false, error_code: 401, description: "Unauthorized" },
          ),
        );
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    const fake = new FakeTelegram(server, `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
    return fake;
  }

  /** A token that is good from now on. */
  bot(token: string, bot: Bot): string {
    this.bots.set(token, bot);
    return token;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

function answer(method: string, token: string, bot: Bot): unknown {
  switch (method) {
    case "getMe":
      return { id: Number(token.split(":")[0]), is_bot: true, first_name: bot.name, username: bot.username };
    case "getWebhookInfo":
      return { url: "", has_custom_certificate: false, pending_update_count: 0 };
    case "getUpdates":
      return [];
    default:
      return true;
  }
}
