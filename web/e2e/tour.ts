// Takes the pictures of docs/screenshots from a demo: the first minute of a newcomer, then the parts, dark, phone and Russian.
import { type Browser, type BrowserContextOptions, type Page, test } from "@playwright/test";
import { Server } from "./support/server";

const SHOTS = new URL("../../docs/screenshots/", import.meta.url).pathname;
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

let server: Server;

test.beforeAll(async () => {
  server = await Server.start({}, "demo");
  // customers begin to write by themselves
  await new Promise((done) => setTimeout(done, 12_000));
});
test.afterAll(() => server.discard());

const printed = (word: string) => new RegExp(`^\\s*${word}\\s+(\\S+)`, "m").exec(server.output)?.[1] ?? "";

async function signIn(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  await page.goto(server.url);
  await page.locator("input[name=email]").waitFor();
  if (!options.locale && !options.colorScheme && !options.isMobile) await shoot(page, "1-sign-in");
  await page.locator("input[name=email]").fill(printed("login"));
  await page.locator("input[name=password]").fill(printed("password"));
  await page.locator("button[type=submit]").click();
  await page.locator("[data-connection=live]").waitFor({ state: "attached" });
  await page.locator("a[href*='/inbox/']").first().waitFor();
  return page;
}

async function shoot(page: Page, name: string): Promise<void> {
  // pictures of files come in after the list
  await page.waitForTimeout(1_200);
  await page.screenshot({ path: `${SHOTS}${name}.png`, animations: "disabled" });
}

/** Opens the chat whose line holds a text. */
async function open(page: Page, text: string): Promise<void> {
  await page.locator("a[href*='/inbox/']").filter({ hasText: text }).first().click();
  await page.getByRole("log").waitFor();
}

test("the first minute", async ({ browser }) => {
  const page = await signIn(browser);
  await shoot(page, "2-inbox");
  const visitor = await (await browser.newContext({ viewport: { width: 420, height: 720 } })).newPage();
  await visitor.goto(printed("web chat"));
  await visitor.getByRole("textbox").fill("Hello! Is the demo working?");
  await visitor.keyboard.press("Enter");
  await open(page, "Is the demo working?");
  const field = page.getByRole("textbox", { name: "Message" });
  await field.fill("It is, and this answer is live.");
  await field.press("Enter");
  await visitor.getByText("this answer is live").first().waitFor();
  await shoot(page, "3-answer");
  await shoot(visitor, "4-web-chat");
});

test("the parts", async ({ browser }) => {
  const page = await signIn(browser);
  for (const part of ["tickets", "contacts", "reports", "monitoring", "settings/channels"]) {
    await page.goto(`${server.url}/${part}`);
    await page.locator("[data-connection=live]").waitFor({ state: "attached" });
    if (part === "monitoring") await page.waitForTimeout(20_000);
    await shoot(page, part.replace("settings/", ""));
  }
});

test("dark, phone and Russian", async ({ browser }) => {
  const dark = await signIn(browser, { colorScheme: "dark" });
  await dark.locator("a[href*='/inbox/']").nth(1).click();
  await dark.getByRole("log").waitFor();
  await shoot(dark, "dark");
  const phone = await signIn(browser, PHONE);
  await shoot(phone, "phone-list");
  await phone.locator("a[href*='/inbox/']").first().click();
  await phone.getByRole("log").waitFor();
  await shoot(phone, "phone-chat");
  const russian = await signIn(browser, { locale: "ru-RU" });
  await open(russian, "Мария");
  await shoot(russian, "russian");
});
