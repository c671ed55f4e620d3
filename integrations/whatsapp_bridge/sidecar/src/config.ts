// Settings, read once from the environment.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Config {
  host: string;
  port: number;
  secret: string;
  switchboardUrl: string;
  /** Sessions lie in here. */
  folder: string;
  /** WhatsApp's own address where unset; tests put a fake there. */
  whatsappUrl: string | undefined;
}

const SHORTEST_SECRET = 32;

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const set = (name: string) => env[name]?.trim() || undefined;
  const dataDir = set('DATA_DIR') ?? './data';
  const bind = set('BIND_ADDR') ?? '127.0.0.1:3100';
  const colon = bind.lastIndexOf(':');
  const port = Number(bind.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error('BIND_ADDR must be an address and a port, such as 127.0.0.1:3100');
  }
  const url = set('SWITCHBOARD_URL') ?? 'http://127.0.0.1:3000';
  if (!/^https?:$/.test(new URL(url).protocol)) throw new Error('SWITCHBOARD_URL must begin with http:// or https://');
  return {
    host: bind.slice(0, colon).replace(/^\[|\]$/g, ''),
    port,
    secret: set('BRIDGE_SECRET') ?? generatedSecret(dataDir),
    switchboardUrl: url.replace(/\/+$/, ''),
    folder: join(dataDir, 'bridge'),
    whatsappUrl: set('WHATSAPP_URL'),
  };
}

/** The secret that the server made, where both share a folder. */
function generatedSecret(dataDir: string): string {
  const path = join(dataDir, 'secrets', 'bridge');
  let secret = '';
  try {
    secret = readFileSync(path, 'utf8').trim();
  } catch {
    throw new Error(`set BRIDGE_SECRET to the server's, or DATA_DIR to its folder: there is no ${path}`);
  }
  if (secret.length < SHORTEST_SECRET) throw new Error(`${path} is damaged: set BRIDGE_SECRET`);
  return secret;
}
