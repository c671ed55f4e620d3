// The visitor's page where the connection, the server or the browser gives trouble: nothing is lost, nothing comes twice.
import type { WebSocketRoute } from "@playwright/test";
import { accessibility, expect, test } from "./support/test";
import { chatOf, messagesOf, online, said, socketOf, visit, write } from "./support/visitor";

test("what is written without a connection survives a reload and arrives once, in order", async ({
  browser,
  organization,
}) => {
  const { admin } = organization;
  const channelId = await admin.webchatChannel();
  const { page, context } = await visit(browser, organization, channelId);
  await online(page);
  await context.route(/\/(api|socket\.io)\//, (route) => route.abort());
  await page.routeWebSocket(/socket\.io/, (socket) => socket.close());
  // what was open stays so under a new route: the page is loaded anew without a way out
  await page.reload();
  await expect(page.getByText("What you write is kept")).toBeVisible();
  const lines = ["one", "two", "three"];
  for (const line of lines) await write(page, line);
  await expect(page.locator(".step.queued, .step.sending")).toHaveCount(3);
  await page.reload();
  await expect(said(page)).toHaveText(lines);
  await context.unrouteAll();
  await online(page);
  await expect(page.locator(".unsent")).toHaveCount(0);
  await expect(said(page)).toHaveText(lines);
  const chat = await chatOf(admin, channelId);
  const contents = (await messagesOf(admin, chat.id)).map(({ content }: { content: string }) => content);
  expect(contents).toEqual(lines);
});

test("a message whose acknowledgement was lost is one message", async ({ browser, organization }) => {
  const { admin } = organization;
  const channelId = await admin.webchatChannel();
  const { page, context } = await visit(browser, organization, channelId);
  await online(page);
  let lost = 0;
  await context.route("**/api/messages/send", async (route) => {
    if (lost++ > 0) return route.continue();
    await route.fetch();
    await route.abort("connectionreset");
  });
  await write(page, "only once");
  await expect.poll(() => lost, { timeout: 60_000 }).toBeGreaterThan(1);
  await expect(page.locator(".unsent")).toHaveCount(0);
  await expect(said(page)).toHaveText(["only once"]);
  expect(await messagesOf(admin, (await chatOf(admin, channelId)).id)).toHaveLength(1);
});

test("what the server refuses says so, and can be sent again or deleted", async ({ browser, organization }) => {
  const { admin } = organization;
  const channelId = await admin.webchatChannel();
  const { page, context } = await visit(browser, organization, channelId);
  await online(page);
  await context.route("**/api/messages/send", (route) =>
    route.fulfill({ status: 413, json: { status: 413, code: "MESSAGE_TOO_LARGE" } }),
  );
  await write(page, "refused");
  await expect(page.getByText("Not sent: the message is too long")).toBeVisible();
  expect(await accessibility(page)).toEqual([]);
  await context.unrouteAll();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator(".step.delivered")).toBeVisible();
  expect(await messagesOf(admin, (await chatOf(admin, channelId)).id)).toHaveLength(1);
});

test("the conversation goes on where no WebSocket gets through, and stays so while it is tried again", async ({
  browser,
  organization,
}) => {
  const { admin } = organization;
  const channelId = await admin.webchatChannel();
  const context = await browser.newContext();
  const page = await context.newPage();
  let tries = 0;
  let closed = true;
  await page.routeWebSocket(/socket\.io/, (socket) => {
    tries++;
    if (closed) socket.close();
    else socket.connectToServer();
  });
  const polls: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/socket.io/")) polls.push(request.url());
  });
  await page.goto(`${organization.server.url}/webchat/${channelId}`);
  await online(page);
  await write(page, "by another way");
  await expect(page.locator(".step.delivered")).toBeVisible();
  const chat = await chatOf(admin, channelId);
  await admin.post("/api/messages/send", { chatId: chat.id, content: "and back" });
  await expect(said(page)).toHaveText(["by another way", "and back"]);
  await expect.poll(async () => (await messagesOf(admin, chat.id))[1].status).toBe("read");
  // polling is REST's own, and one more WebSocket that fails says nothing of the server
  expect(polls).toEqual([]);
  await expect.poll(() => tries).toBeGreaterThan(1);
  const before = tries;
  await expect(async () => {
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    expect(tries).toBeGreaterThan(before);
  }).toPass();
  await page.waitForTimeout(3_500);
  await expect(page.locator(".link.online")).toBeVisible();
  await write(page, "still");
  await expect(page.locator(".step.delivered, .step.read")).toHaveCount(2);
  // what is told over the socket alone shows that it is back
  closed = false;
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  const socket = await socketOf(admin, chat.id);
  await expect(async () => {
    socket.emit("typing:start", { chatId: chat.id });
    await expect(page.getByText("Ann Admin is typing")).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  socket.close();
});

test("a connection that brings what is none of the protocol is made anew, and nothing is missed", async ({
  browser,
  organization,
}) => {
  const { admin } = organization;
  const channelId = await admin.webchatChannel();
  const context = await browser.newContext();
  const page = await context.newPage();
  const sockets: WebSocketRoute[] = [];
  let deaf = false;
  await page.routeWebSocket(/socket\.io/, (socket) => {
    const server = socket.connectToServer();
    sockets.push(socket);
    server.onMessage((frame) => {
      if (!deaf) socket.send(frame);
    });
  });
  await page.goto(`${organization.server.url}/webchat/${channelId}`);
  await online(page);
  await write(page, "before");
  await expect(page.locator(".step.delivered")).toBeVisible();
  const chat = await chatOf(admin, channelId);
  expect(sockets).toHaveLength(1);
  deaf = true;
  await admin.post("/api/messages/send", { chatId: chat.id, content: "swallowed" });
  deaf = false;
  sockets[0]?.send('42/chat,["chat:message:new"');
  await expect(said(page)).toHaveText(["before", "swallowed"]);
  await expect.poll(() => sockets.length).toBe(2);
  await admin.post("/api/messages/send", { chatId: chat.id, content: "after" });
  await expect(said(page)).toHaveText(["before", "swallowed", "after"]);
  await online(page);
});

test("a token that the socket does not take leads to a new session in the same chat", async ({
  browser,
  organization,
}) => {
  const { admin } = organization;
  const channelId = await admin.webchatChannel();
  const context = await browser.newContext();
  const page = await context.newPage();
  let spoilt = 0;
  await page.routeWebSocket(/socket\.io/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      const entering = String(frame).startsWith("40/chat,") && spoilt++ === 0;
      server.send(entering ? '40/chat,{"token":"expired"}' : frame);
    });
  });
  let sessions = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/sessions")) sessions++;
  });
  await page.goto(`${organization.server.url}/webchat/${channelId}`);
  await expect.poll(() => sessions).toBe(2);
  await expect.poll(() => spoilt).toBeGreaterThan(1);
  await online(page);
  await write(page, "here");
  await expect(page.locator(".step.delivered")).toBeVisible();
  const chat = await chatOf(admin, channelId);
  await admin.post("/api/messages/send", { chatId: chat.id, content: "and there" });
  await expect(said(page)).toHaveText(["here", "and there"]);
  expect(sessions).toBe(2);
});

test("a chat that was away hears what it missed", async ({ browser, organization }) => {
  const { admin } = organization;
  const channelId = await admin.webchatChannel();
  const { page, context } = await visit(browser, organization, channelId);
  await online(page);
  await write(page, "before");
  await expect(page.locator(".step.delivered")).toBeVisible();
  const chat = await chatOf(admin, channelId);
  await context.setOffline(true);
  await expect(page.getByText("No connection", { exact: true })).toBeVisible();
  for (const content of ["while", "away"]) await admin.post("/api/messages/send", { chatId: chat.id, content });
  await write(page, "meanwhile");
  await context.setOffline(false);
  await online(page);
  await expect(said(page)).toHaveText(["before", "while", "away", "meanwhile"]);
});

test("the page comes back by itself when the server does", async ({ browser, organization }) => {
  const { admin, server } = organization;
  const channelId = await admin.webchatChannel();
  const { page } = await visit(browser, organization, channelId);
  await online(page);
  await write(page, "before");
  await expect(page.locator(".step.delivered")).toBeVisible();
  const chat = await chatOf(admin, channelId);
  await server.stop();
  await expect(page.getByText("What you write is kept")).toBeVisible();
  await write(page, "meanwhile");
  await server.launch();
  await online(page);
  await expect(page.locator(".unsent")).toHaveCount(0);
  await admin.post("/api/messages/send", { chatId: chat.id, content: "after" });
  await expect(said(page)).toHaveText(["before", "meanwhile", "after"]);
});

test("whoever writes into a chat that was deleted begins a new one, and nothing is lost", async ({
  browser,
  organization,
}) => {
  const { admin } = organization;
  const channelId = await admin.webchatChannel();
  const { page } = await visit(browser, organization, channelId);
  await online(page);
  await write(page, "before");
  await expect(page.locator(".step.delivered")).toBeVisible();
  const first = await chatOf(admin, channelId);
  await admin.delete(`/api/chats/${first.id}`);
  await write(page, "after");
  await expect(said(page)).toHaveText(["after"]);
  await expect(page.locator(".step.delivered")).toBeVisible();
  const second = await chatOf(admin, channelId);
  expect(second.id).not.toBe(first.id);
  expect((await messagesOf(admin, second.id)).map(({ content }: { content: string }) => content)).toEqual(["after"]);
});

test("a window that may keep nothing works until it is closed", async ({ browser, organization }) => {
  const channelId = await organization.admin.webchatChannel();
  const context = await browser.newContext();
  await context.addInitScript(() => {
    Object.defineProperty(window, "localStorage", {
      get() {
        throw new DOMException("denied", "SecurityError");
      },
    });
  });
  const page = await context.newPage();
  await page.goto(`${organization.server.url}/webchat/${channelId}`);
  await online(page);
  await write(page, "in private");
  await expect(page.locator(".step.delivered")).toBeVisible();
});
