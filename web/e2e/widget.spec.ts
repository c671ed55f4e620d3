// The launcher on a page of another origin, with a policy as strict as they come.
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { FrameLocator, Page } from "@playwright/test";
import type {} from "../widget/widget";
import { accessibility, expect, test, watch } from "./support/test";
import { chatOf } from "./support/visitor";

const servers: HttpServer[] = [];
test.afterAll(() => {
  for (const server of servers) server.close();
});

interface Host {
  /** Origin of the chat's server. */
  chat: string;
  /** Attributes of the tag. */
  tag: string;
  /** What else the page holds. */
  body?: string;
}

/** A page of somebody else that allows the chat's script and frame, and no styles but its own file. */
async function host({ chat, tag, body = "" }: Host): Promise<string> {
  const policy = `default-src 'none'; script-src ${chat}; frame-src ${chat}; style-src 'self'`;
  const page = `<!doctype html><html lang="en"><title>Shop</title><link rel="stylesheet" href="/host.css">
    <main><h1>Shop</h1><button id="own">Own button</button></main>${body}
    <script src="${chat}/widget.js" ${tag} defer></script></html>`;
  const rude =
    "* { all: unset !important } div, button, span { display: none !important } body { transform: scale(.9) }";
  const server = createServer(({ url }, answer) => {
    if (url === "/host.css") return answer.writeHead(200, { "content-type": "text/css" }).end(rude);
    answer.writeHead(200, { "content-type": "text/html", "content-security-policy": policy }).end(page);
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((done) => server.once("listening", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const launcher = (page: Page) => page.getByRole("button", { name: /chat/ });
const frame = (page: Page): FrameLocator => page.frameLocator("switchboard-chat iframe");
const focused = (page: Page) =>
  page.evaluate(() => document.querySelector("switchboard-chat")?.shadowRoot?.activeElement?.tagName ?? null);

test("opens with the keyboard, gives the focus to the chat and takes it back", async ({ page, organization }) => {
  const { admin, server } = organization;
  const channelId = await admin.webchatChannel();
  watch(page);
  await page.goto(await host({ chat: server.url, tag: `data-channel="${channelId}"` }));
  await expect(launcher(page)).toHaveAccessibleName("Open chat");
  await expect(launcher(page)).toHaveAttribute("aria-expanded", "false");
  await expect(page.locator("iframe")).toHaveCount(0);
  expect((await admin.get(`/api/chats?channelId=${channelId}`)).items).toEqual([]);
  expect(await accessibility(page, "switchboard-chat")).toEqual([]);

  await launcher(page).focus();
  await page.keyboard.press("Enter");
  await expect(launcher(page)).toHaveAttribute("aria-expanded", "true");
  await expect(page.locator("iframe")).toHaveAttribute("title", "Support chat");
  const field = frame(page).getByRole("textbox", { name: "Your message" });
  await expect(field).toBeFocused();
  await page.keyboard.type("hello from the shop");
  await page.keyboard.press("Enter");
  await expect(frame(page).locator(".step.delivered")).toBeVisible();
  await chatOf(admin, channelId);
  await expect.poll(() => focused(page)).toBe("IFRAME");
  await page.keyboard.press("Escape");
  await expect(launcher(page)).toHaveAttribute("aria-expanded", "false");
  await expect.poll(() => focused(page)).toBe("BUTTON");
  await expect(page.locator("iframe")).toBeHidden();
  await page.keyboard.press("Space");
  await expect(field).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  await expect.poll(() => focused(page), "the focus is not held within").not.toBe("IFRAME");
});

test("stands at its corner whatever the page does with its styles", async ({ page, organization }) => {
  const { admin, server } = organization;
  const channelId = await admin.webchatChannel();
  for (const position of ["left", "right"]) {
    const tag = `data-channel="${channelId}" data-position="${position}" data-accent="#0a7d4b"`;
    await page.goto(await host({ chat: server.url, tag }));
    const box = await launcher(page).boundingBox();
    expect(box).toEqual({ x: position === "left" ? 20 : 1280 - 80, y: 800 - 80, width: 60, height: 60 });
    expect(await launcher(page).evaluate((button) => getComputedStyle(button).backgroundColor)).toBe(
      "rgb(10, 125, 75)",
    );
  }
  await page.setViewportSize({ width: 390, height: 760 });
  await launcher(page).click();
  await expect(frame(page).getByRole("textbox")).toBeVisible();
  const panel = await page.locator("switchboard-chat .panel").boundingBox();
  expect(panel).toEqual({ x: 0, y: 0, width: 390, height: 760 });
  await frame(page).getByRole("button", { name: "Close chat" }).click();
  await expect(page.locator("iframe")).toBeHidden();
});

test("counts what waits while it is closed, for returning visitors too", async ({ page, organization }) => {
  const { admin, server } = organization;
  const channelId = await admin.webchatChannel();
  watch(page);
  await page.goto(await host({ chat: server.url, tag: `data-channel="${channelId}"` }));
  await launcher(page).click();
  await frame(page).getByRole("textbox").fill("a question");
  await page.keyboard.press("Enter");
  await expect(frame(page).locator(".step.delivered")).toBeVisible();
  await page.evaluate(() => {
    document.title = "0";
    window.Switchboard?.on("unread", (count) => {
      document.title = String(count);
    });
    window.Switchboard?.close();
  });
  const chat = await chatOf(admin, channelId);
  for (const content of ["one", "two"]) await admin.post("/api/messages/send", { chatId: chat.id, content });
  await expect(launcher(page)).toHaveAccessibleName("Open chat, 2 unread messages");
  await expect(page).toHaveTitle("2");
  expect(await accessibility(page, "switchboard-chat")).toEqual([]);
  const { items } = await admin.get(`/api/chats/${chat.id}/messages`);
  expect(items[0].status, "delivered, but not seen").toBe("delivered");

  await page.reload();
  await expect(launcher(page)).toHaveAccessibleName("Open chat, 2 unread messages");
  await page.evaluate(() => window.Switchboard?.open());
  await expect(frame(page).getByText("two", { exact: true })).toBeVisible();
  await page.evaluate(() => window.Switchboard?.close());
  await expect(launcher(page)).toHaveAccessibleName("Open chat");
  await expect.poll(async () => (await admin.get(`/api/chats/${chat.id}/messages`)).items[0].status).toBe("read");
});

test("hears nobody but its own frame, and the frame nobody but its launcher", async ({ page, organization }) => {
  const { admin, server } = organization;
  const channelId = await admin.webchatChannel();
  const intruder = `<iframe id="intruder" src="${server.url}/webchat/${channelId}?embedded=1&host=https://evil.example"></iframe>`;
  await page.goto(await host({ chat: server.url, tag: `data-channel="${channelId}"`, body: intruder }));
  await launcher(page).click();
  await expect(frame(page).locator(".link.online")).toBeVisible();
  await page.evaluate(() => window.Switchboard?.close());
  await page.evaluate(() => window.postMessage({ switchboard: "unread", count: 99 }, "*"));
  const other = page.frames().find((one) => one.url().includes("evil.example"));
  await other?.evaluate(() => window.parent.postMessage({ switchboard: "unread", count: 99 }, "*"));
  await other?.evaluate(() => {
    for (let at = 0; at < window.parent.length; at++) window.parent[at]?.postMessage({ switchboard: "shown" }, "*");
  });
  await page.waitForTimeout(300);
  await expect(launcher(page)).toHaveAccessibleName("Open chat");
  const chat = await chatOf(admin, channelId);
  await admin.post("/api/messages/send", { chatId: chat.id, content: "unseen" });
  await expect(launcher(page)).toHaveAccessibleName("Open chat, 1 unread message");
});

test("says in words and in the console that this page may not have the chat", async ({ page, organization }) => {
  const { admin, server } = organization;
  const channelId = await admin.webchatChannel("Closed", { allowedOrigins: ["https://shop.example"] });
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  await page.clock.install();
  await page.goto(await host({ chat: server.url, tag: `data-channel="${channelId}" data-lang="ru"` }));
  await launcher(page)
    .or(page.getByRole("button", { name: "Открыть чат" }))
    .click();
  await page.waitForTimeout(500);
  await page.clock.fastForward(11_000);
  await expect(page.getByRole("alert")).toHaveText("Чат не удалось открыть на этой странице.");
  await expect(page.getByRole("link", { name: "Открыть в новом окне" })).toHaveAttribute(
    "href",
    `${server.url}/webchat/${channelId}?lang=ru`,
  );
  expect(said.filter((line) => line.includes("allowedOrigins"))).toHaveLength(1);
  expect(await accessibility(page, "switchboard-chat")).toEqual([]);
});

test("says once what is wrong with the tag", async ({ page, organization }) => {
  const { admin, server } = organization;
  const channelId = await admin.webchatChannel();
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  await page.goto(await host({ chat: server.url, tag: "" }));
  await expect.poll(() => said.filter((line) => line.includes("data-channel is missing")).length).toBe(1);
  await expect(page.locator("switchboard-chat")).toHaveCount(0);

  said.length = 0;
  const body = `<script src="${server.url}/widget.js" data-channel="${channelId}" defer></script>`;
  await page.goto(await host({ chat: server.url, tag: `data-channel="${channelId}"`, body }));
  await expect(page.locator("switchboard-chat")).toHaveCount(1);
  expect(said.filter((line) => line.startsWith("Switchboard:"))).toEqual([
    "Switchboard: widget.js is on this page twice; the first tag is used.",
  ]);
});

test("asks a new visitor in the frame, and passes language and colour on", async ({ page, organization }) => {
  const { admin, server } = organization;
  const channelId = await admin.webchatChannel();
  const tag = `data-channel="${channelId}" data-ask="name" data-lang="ru" data-accent="#7a1fa2"`;
  await page.goto(await host({ chat: server.url, tag }));
  await page.getByRole("button", { name: "Открыть чат" }).click();
  const field = frame(page).getByLabel("Ваше имя");
  await expect(field).toBeFocused();
  await field.fill("Зоя");
  await page.keyboard.press("Enter");
  await expect(frame(page).locator(".link.online")).toBeVisible();
  await expect(frame(page).locator("html")).toHaveCSS("--accent", "#7a1fa2");
  expect((await admin.get(`/api/chats?channelId=${channelId}`)).items[0].title).toBe("Зоя");
});

test("asks too where the browser is slow to draw: the chat is shown before its first picture", async ({
  page,
  organization,
}) => {
  const { admin, server } = organization;
  const channelId = await admin.webchatChannel();
  await page.addInitScript(() => {
    if (window === window.top) return;
    const later = window.setTimeout.bind(window);
    window.requestAnimationFrame = (draw) => later(() => draw(performance.now()), 1_000);
    window.setTimeout = ((call: () => void, wait = 0) => later(call, wait + 1_000)) as typeof window.setTimeout;
  });
  await page.goto(await host({ chat: server.url, tag: `data-channel="${channelId}" data-ask="name"` }));
  await launcher(page).click();
  await expect(frame(page).getByLabel("Your name")).toBeFocused();
});
