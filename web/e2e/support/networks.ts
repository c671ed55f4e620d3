// A server whose Telegram and WhatsApp are the tests' own.
import { FakeBridge } from "./bridge";
import { Server } from "./server";
import { FakeTelegram } from "./telegram";
import { test as base } from "./test";

export const test = base.extend<object, { telegram: FakeTelegram; bridge: FakeBridge }>({
  telegram: [
    // biome-ignore lint/correctness/noEmptyPattern: the form that fixtures have
    async ({}, use) => {
      const telegram = await FakeTelegram.start();
      await use(telegram);
      await telegram.stop();
    },
    { scope: "worker" },
  ],
  bridge: [
    // biome-ignore lint/correctness/noEmptyPattern: the form that fixtures have
    async ({}, use) => {
      const bridge = await FakeBridge.start();
      await use(bridge);
      await bridge.stop();
    },
    { scope: "worker" },
  ],
  server: [
    async ({ telegram, bridge }, use) => {
      const server = await Server.start({
        TELEGRAM_API_URL: telegram.url,
        // refuses everything: no test of these needs a number that works
        WABA_API_URL: `${telegram.url}/graph`,
        BRIDGE_URL: bridge.url,
        BRIDGE_SECRET: bridge.secret,
      });
      await use(server);
      await server.discard();
    },
    { scope: "worker" },
  ],
});

let ids = 500_000_000 + process.pid * 100;

/** A number that no other test of this run has. */
export function newId(): number {
  return ++ids;
}

/** A bot's token that looks as Telegram's do. */
export function newToken(): string {
  return `${newId()}:AAFakeTokenOfTheBrowserTests`;
}
