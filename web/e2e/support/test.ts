// What each test begins with: a server shared by the tests of a worker, an organization of the test's own, and signed-in browsers.
import { readFile } from "node:fs/promises";
import { type Browser, type BrowserContextOptions, test as base, expect, type Page } from "@playwright/test";
import { type Organization, type Person, Server } from "./server";

interface Fixtures {
  organization: Organization;
  /** Opens the dashboard as somebody, in a browser profile of its own. */
  openAs: (person: Person, path?: string, options?: BrowserContextOptions) => Promise<Page>;
}

export const test = base.extend<Fixtures, { server: Server }>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: the form that fixtures have
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.discard();
    },
    { scope: "worker" },
  ],
  organization: async ({ server }, use) => use(await server.organization()),
  openAs: async ({ browser }, use) => {
    const opened: Page[] = [];
    await use(async (person, path = "/inbox", options = {}) => {
      const page = await openDashboard(browser, person, path, options);
      opened.push(page);
      return page;
    });
    for (const page of opened) await page.context().close();
  },
});

export { expect };

/** Signs in by the form, as a person does; fails the test on errors of the page's own and on refused content. */
export async function openDashboard(
  browser: Browser,
  person: Person,
  path: string,
  options: BrowserContextOptions,
): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  watch(page);
  await page.goto(person.server.url + path);
  await page.locator("input[name=email]").fill(person.account.email);
  await page.locator("input[name=password]").fill(person.account.password);
  await page.locator("button[type=submit]").click();
  await page.locator("[data-connection=live]").waitFor({ state: "attached" });
  return page;
}

/** A page that throws, or loads what its policy or its host forbids, is a failure whatever else it shows. */
export function watch(page: Page): void {
  page.on("pageerror", (error) => {
    throw new Error(`the page failed: ${error.stack ?? error.message}`);
  });
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) throw new Error(message.text());
  });
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (["http:", "https:", "ws:", "wss:"].includes(protocol) && hostname !== "127.0.0.1" && hostname !== "localhost") {
      throw new Error(`a request for a foreign host: ${request.url()}`);
    }
  });
}

const AXE = new URL("../../node_modules/axe-core/axe.min.js", import.meta.url);

/** What axe finds, in short; expect it to be empty. */
export async function accessibility(page: Page, within = "body"): Promise<string[]> {
  // evaluated, not inserted: the page's policy allows no script of others
  await page.evaluate(await readFile(AXE, "utf8"));
  return page.evaluate(async (selector) => {
    const { axe } = window as unknown as { axe: { run: (within: string, options: object) => Promise<Found> } };
    const { violations } = await axe.run(selector, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  }, within);
}

interface Found {
  violations: { id: string; nodes: { html: string }[] }[];
}
