// The paired phone's keys: a file each, put in place whole.

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuthenticationState, BufferJSON, initAuthCreds, proto, type SignalDataSet } from 'baileys';
import { makeFolder, readIfThere, writeWhole } from './disk.js';

export interface Auth {
  state: AuthenticationState;
  save(): Promise<void>;
}

export async function loadAuth(folder: string): Promise<Auth> {
  await makeFolder(folder);
  const turns = new Map<string, Promise<void>>();
  const path = (name: string) => join(folder, `${encodeURIComponent(name)}.json`);
  const read = async (name: string) => {
    await turns.get(name);
    const text = await readIfThere(path(name));
    try {
      return text === undefined ? undefined : JSON.parse(text, BufferJSON.reviver);
    } catch {
      return undefined;
    }
  };
  // writes of one file take turns, so that the last one wins
  const write = (name: string, value: unknown, durable: boolean) => {
    const text = value == null ? undefined : JSON.stringify(value, BufferJSON.replacer);
    const turn = (turns.get(name) ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => (text === undefined ? rm(path(name), { force: true }) : writeWhole(path(name), text, durable)));
    turns.set(name, turn);
    return turn.finally(() => {
      if (turns.get(name) === turn) turns.delete(name);
    });
  };

  const creds = (await read('creds')) ?? initAuthCreds();
  return {
    state: {
      creds,
      keys: {
        get: async (type, ids) => {
          const found: Record<string, any> = {};
          for (const id of ids) {
            const value = await read(`${type}-${id}`);
            if (value === undefined) continue;
            found[id] = type === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.fromObject(value) : value;
          }
          return found;
        },
        set: async (data: SignalDataSet) => {
          const writes = Object.entries(data).flatMap(([type, values]) =>
            Object.entries(values ?? {}).map(([id, value]) => write(`${type}-${id}`, value, false)),
          );
          await Promise.all(writes);
        },
      },
    },
    save: () => write('creds', creds, true),
  };
}

/** Forgets the pairing: the phone has logged us out. */
export async function forgetAuth(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) await rm(join(folder, name), { force: true });
}
