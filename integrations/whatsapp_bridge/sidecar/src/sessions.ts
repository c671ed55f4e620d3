// All sessions of this process; those that were started before are started again.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config.js';
import { makeFolder } from './disk.js';
import { log, reason } from './log.js';
import { Sender } from './send.js';
import { Session, type SessionOptions, type State, type Wishes } from './session.js';
import type { WhatsApp } from './whatsapp.js';

const CHANNEL = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface Place {
  session: Session;
  sender: Sender;
}

export class Sessions {
  private readonly places = new Map<string, Promise<Place>>();

  constructor(
    private readonly config: Config,
    private readonly whatsapp: WhatsApp,
    private readonly more: Partial<SessionOptions> = {},
  ) {}

  async load(): Promise<void> {
    await makeFolder(this.config.folder);
    for (const name of await readdir(this.config.folder)) {
      if (!CHANNEL.test(name)) continue;
      const started = this.open(name).then(({ session }) => session.start());
      await started.catch((error) => log('error', 'a session cannot be read', { channelId: name, reason: reason(error) }));
    }
  }

  find(channelId: string): Promise<Place> | undefined {
    return this.places.get(channelId);
  }

  /** `undefined` where the name is no channel's. */
  async start(channelId: string, wishes: Wishes): Promise<State | undefined> {
    if (!CHANNEL.test(channelId)) return undefined;
    const { session } = await this.open(channelId);
    return session.start(wishes);
  }

  async remove(channelId: string): Promise<void> {
    const place = await this.places.get(channelId);
    this.places.delete(channelId);
    await place?.session.remove();
  }

  async stop(): Promise<void> {
    for (const place of this.places.values()) (await place.catch(() => undefined))?.session.stop();
  }

  private open(channelId: string): Promise<Place> {
    let place = this.places.get(channelId);
    if (!place) {
      place = this.make(channelId);
      this.places.set(channelId, place);
      place.catch(() => this.places.delete(channelId));
    }
    return place;
  }

  private async make(channelId: string): Promise<Place> {
    const { secret, switchboardUrl, whatsappUrl, folder } = this.config;
    const whatsapp = this.whatsapp;
    const options = { channelId, folder: join(folder, channelId), secret, switchboardUrl, whatsapp, whatsappUrl };
    const session = new Session({ ...options, ...this.more });
    await session.load();
    return { session, sender: new Sender(session) };
  }
}
