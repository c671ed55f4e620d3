// A fake of WhatsApp's servers on the loopback (@openclaw/crabline), with a phone that is paired already: it has no pairing.
// As a program of its own it serves the tests of the Rust side: `node dist/test/servers.js FOLDER-OF-THE-SESSION`.

import { startWhatsAppServer } from '@openclaw/crabline';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { loadAuth } from '../src/auth.js';
import { folder } from './fake.js';

const PHONE = '15550100000';

interface Sent {
  id: string;
  to: string;
  text: string;
}

export class FakeServers {
  private readonly log: Sent[] = [];
  private constructor(private readonly server: Awaited<ReturnType<typeof startWhatsAppServer>>, log: Sent[]) {
    this.log = log;
  }

  static async start(): Promise<FakeServers> {
    const log: Sent[] = [];
    const server = await startWhatsAppServer({
      selfJid: `${PHONE}@s.whatsapp.net`,
      recorderPath: join(folder(), 'traffic.jsonl'),
      onEvent: (event: any) => {
        const { key, message } = event.body ?? {};
        if (event.accepted && key?.fromMe) log.push({ id: key.id, to: key.remoteJid, text: message?.conversation ?? '' });
      },
    });
    return new FakeServers(server, log);
  }

  get url(): string {
    return this.server.manifest.endpoints.baileysWebSocketUrl;
  }

  /** Puts the keys of a paired phone where a session looks for them. */
  async pair(session: string): Promise<void> {
    const auth = await loadAuth(join(session, 'auth'));
    auth.state.creds.me = { id: `${PHONE}:1@s.whatsapp.net`, name: 'Shop' };
    auth.state.creds.registered = true;
    await auth.save();
  }

  /** A text of a customer. */
  async receive(from: string, text: string): Promise<void> {
    const { adminToken, endpoints } = this.server.manifest;
    const jid = `${from}@s.whatsapp.net`;
    const answer = await fetch(endpoints.adminInboundUrl, {
      method: 'POST',
      headers: { 'x-crabline-admin-token': adminToken, 'content-type': 'application/json' },
      body: JSON.stringify({ chatJid: jid, senderJid: jid, text, pushName: 'Ada' }),
    });
    if (!answer.ok) throw new Error(`the fake answers ${answer.status}: ${await answer.text()}`);
  }

  sent(): Sent[] {
    return this.log;
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

// one command a line on stdin, one answer a line on stdout
if (process.argv[1] === new URL(import.meta.url).pathname) {
  // libsignal prints keys of sessions on stdout
  console.log = console.info = console.warn = () => undefined;
  const servers = await FakeServers.start();
  await servers.pair(process.argv[2] ?? '');
  const say = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`);
  say({ url: servers.url });
  for await (const line of createInterface({ input: process.stdin })) {
    const { receive, from } = JSON.parse(line) as { receive?: string; from?: string };
    if (receive !== undefined) await servers.receive(from ?? '', receive);
    say({ sent: servers.sent() });
  }
  process.exit(0);
}
