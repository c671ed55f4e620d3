// The built process itself, against a fake of WhatsApp's servers that speaks the real protocol.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHANNEL, cleanUp, folder, inbox, SECRET, until } from './fake.js';
import { FakeServers } from './servers.js';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

class Bridge {
  child: ChildProcess | undefined;
  constructor(readonly port: number, readonly env: Record<string, string>) {}

  async start(): Promise<void> {
    const main = new URL('../src/main.js', import.meta.url).pathname;
    this.child = spawn(process.execPath, [main], { env: { PATH: process.env.PATH ?? '', ...this.env }, stdio: ['ignore', 'ignore', 'inherit'] });
    await until(() => fetch(`http://127.0.0.1:${this.port}/health`).then((answer) => answer.ok, () => false));
  }
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.child?.once('exit', resolve));
    this.child?.kill('SIGKILL');
    await gone;
  }
  async ask(method: string, below: string, body?: unknown, secret = SECRET) {
    const answer = await fetch(`http://127.0.0.1:${this.port}/sessions/${below}`, {
      method,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, any> };
  }
}

test('a killed bridge loses no message and sends none twice', { timeout: 60_000 }, async () => {
  const whatsapp = await FakeServers.start();
  let up = true;
  const server = await inbox(() => (up ? 200 : 503));
  const data = folder();
  mkdirSync(join(data, 'secrets'));
  writeFileSync(join(data, 'secrets', 'bridge'), `${SECRET}\n`);
  await whatsapp.pair(join(data, 'bridge', CHANNEL));
  const port = await freePort();
  const bridge = new Bridge(port, { BIND_ADDR: `127.0.0.1:${port}`, DATA_DIR: data, SWITCHBOARD_URL: server.url, WHATSAPP_URL: whatsapp.url });
  const connected = () => until(async () => (await bridge.ask('GET', CHANNEL)).body.status === 'connected', 15_000);
  try {
    await bridge.start();
    assert.equal((await bridge.ask('GET', CHANNEL, undefined, 'wrong')).status, 401);
    assert.equal((await bridge.ask('GET', '018f0000-0000-7000-8000-000000000009')).status, 404);
    assert.equal((await bridge.ask('PUT', '..%2f..', {})).status, 422);
    assert.equal((await bridge.ask('PUT', CHANNEL, {})).status, 200);
    await connected();

    await whatsapp.receive('4915550100', 'hello');
    await until(() => server.events('message').length === 1);
    assert.equal(server.events('message')[0]?.data.text, 'hello');

    // the server is away, the bridge dies: what came is handed over later
    up = false;
    await whatsapp.receive('4915550100', 'are you there?');
    const tries = server.tries();
    await until(() => server.tries() > tries);
    await bridge.kill();
    up = true;
    await bridge.start();
    await until(() => server.events('message').length === 2);
    assert.equal(server.events('message')[1]?.data.text, 'are you there?');
    await connected();

    const message = { to: '4915550100@s.whatsapp.net', type: 'text', text: 'yes', clientId: 'c1' };
    const sent = await bridge.ask('POST', `${CHANNEL}/messages`, message);
    assert.equal(sent.status, 200, JSON.stringify(sent.body));
    assert.deepEqual(await bridge.ask('POST', `${CHANNEL}/messages`, message), sent);
    await bridge.kill();
    await bridge.start();
    await connected();
    assert.deepEqual(await bridge.ask('POST', `${CHANNEL}/messages`, message), sent);
    assert.deepEqual(whatsapp.sent(), [{ id: sent.body.id, to: message.to, text: 'yes' }]);
    assert.equal((await bridge.ask('DELETE', CHANNEL)).status, 200);
    assert.equal((await bridge.ask('GET', CHANNEL)).status, 404);
  } finally {
    await bridge.kill();
    await whatsapp.close();
    cleanUp();
  }
});
