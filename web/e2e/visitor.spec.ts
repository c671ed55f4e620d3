// The visitor's page, with an operator on the other side.
import { accessibility, expect, test } from "./support/test";
import { chatOf, messagesOf, online, picture, said, sendFile, socketOf, visit, write } from "./support/visitor";

test("a first visit leads to a conversation, with names, ticks and what the other side does", async ({
  browser,
  organization,
}) => {
  const { admin } = organization;
  const channelId = await admin.webchatChannel();
  const { page } = await visit(browser, organization, channelId);
  await expect(page.getByRole("heading", { name: "How can we help?" })).toBeVisible();
  await online(page);
  await write(page, "Is it open today?");
  await expect(page.locator(".step.delivered")).toBeVisible();
  const chat = await chatOf(admin, channelId);
  expect((await messagesOf(admin, chat.id)).map(({ content }: { content: string }) => content)).toEqual([
    "Is it open today?",
  ]);

  await admin.post(`/api/chats/${chat.id}/read`);
  await expect(page.locator(".step.read")).toBeVisible();
  const socket = await socketOf(admin, chat.id);
  socket.emit("typing:start", { chatId: chat.id });
  await expect(page.getByText("Ann Admin is typing")).toBeVisible();
  const heard = new Promise((done) => socket.once("typing:start", done));
  await page.getByRole("textbox").pressSequentially("And");
  expect(await heard).toMatchObject({ chatId: chat.id });
  const answer = await admin.post("/api/messages/send", {
    chatId: chat.id,
    content: "Until nine, see www.shop.example.",
  });
  await expect(page.getByText("Ann Admin is typing")).toBeHidden();
  await expect(page.locator(".who")).toHaveText("Ann Admin");
  await expect(page.getByRole("link", { name: "www.shop.example" })).toHaveAttribute(
    "href",
    "https://www.shop.example/",
  );
  await expect(page.getByRole("log")).toHaveText(/Ann Admin: Until nine/);
  await expect
    .poll(async () => (await messagesOf(admin, chat.id)).find(({ id }: { id: string }) => id === answer.id).status)
    .toBe("read");
  socket.close();
});

test("a reload leads back to the same chat and keeps the draft", async ({ browser, organization }) => {
  const { admin } = organization;
  const channelId = await admin.webchatChannel();
  const { page } = await visit(browser, organization, channelId);
  await online(page);
  await write(page, "first");
  await expect(page.locator(".step.delivered")).toBeVisible();
  const chat = await chatOf(admin, channelId);
  await admin.post("/api/messages/send", { chatId: chat.id, content: "an answer" });
  await expect(said(page)).toHaveText(["first", "an answer"]);
  await page.getByRole("textbox").fill("not yet sent");
  await page.reload();
  await expect(said(page)).toHaveText(["first", "an answer"]);
  await expect(page.locator(".step.read")).toBeVisible();
  await expect(page.getByRole("textbox")).toHaveValue("not yet sent");
  expect((await chatOf(admin, channelId)).id).toBe(chat.id);
});

test("files go both ways: chosen, pasted, dropped and answered", async ({ browser, organization }) => {
  const { admin } = organization;
  const channelId = await admin.webchatChannel();
  const { page } = await visit(browser, organization, channelId);
  await online(page);
  await page.locator("input[type=file]").setInputFiles([
    { name: "photo.png", mimeType: "image/png", buffer: picture(600, 300) },
    { name: "order.txt", mimeType: "text/plain", buffer: Buffer.from("two of them") },
  ]);
  await expect(page.locator(".chip")).toHaveCount(2);
  await expect(page.getByRole("button", { name: "Send" })).toBeEnabled();
  await write(page, "see both");
  await expect(page.locator(".chip")).toHaveCount(0);
  await expect(page.locator(".step.delivered")).toBeVisible();
  const image = page.getByRole("img", { name: "photo.png" });
  await expect(image).toBeVisible();
  expect(await image.evaluate((one: HTMLImageElement) => [one.naturalWidth, one.naturalHeight])).toEqual([600, 300]);
  await expect(page.getByRole("link", { name: /order\.txt/ })).toHaveAttribute("href", /^\/api\/media\//);
  const chat = await chatOf(admin, channelId);
  const [first, second] = await messagesOf(admin, chat.id);
  expect([first.type, first.content, first.attachments[0].fileName]).toEqual(["image", "see both", "photo.png"]);
  expect([second.type, second.attachments[0].fileName]).toEqual(["document", "order.txt"]);

  for (const kind of ["paste", "drop"]) {
    await page.getByRole("textbox").evaluate((field, event) => {
      const data = new DataTransfer();
      data.items.add(new File(["x"], `${event}.txt`, { type: "text/plain" }));
      const options = { bubbles: true, cancelable: true };
      if (event === "paste") field.dispatchEvent(new ClipboardEvent(event, { ...options, clipboardData: data }));
      else field.dispatchEvent(new DragEvent(event, { ...options, dataTransfer: data }));
    }, kind);
    await expect(page.locator(".chip")).toContainText(`${kind}.txt`);
    await page.getByRole("button", { name: `Remove ${kind}.txt` }).click();
  }

  await sendFile(admin, chat.id, "answer.png", "image/png", picture(400, 400));
  await expect(page.getByRole("img", { name: "answer.png" })).toBeVisible();
  await sendFile(admin, chat.id, "sound.wav", "audio/wav", wave());
  await expect(page.locator("audio")).toHaveAttribute("src", /^\/api\/media\//);
});

test("edits, deletions, quotes and reactions are seen live", async ({ browser, organization }) => {
  const { admin } = organization;
  const channelId = await admin.webchatChannel();
  const { page } = await visit(browser, organization, channelId);
  await online(page);
  await write(page, "a question");
  await expect(page.locator(".step.delivered")).toBeVisible();
  const chat = await chatOf(admin, channelId);
  const [own] = await messagesOf(admin, chat.id);
  const answer = await admin.post("/api/messages/send", { chatId: chat.id, content: "an asnwer", replyToId: own.id });
  await expect(page.getByRole("button", { name: "You a question" })).toBeVisible();
  await admin.put(`/api/messages/${own.id}/reaction`, { emoji: "👍" });
  await expect(page.locator(".reactions")).toHaveText("👍");
  await admin.patch(`/api/messages/${answer.id}`, { content: "an answer" });
  await expect(said(page)).toHaveText(["a question", "an answer"]);
  await expect(page.getByText("edited")).toBeVisible();
  await admin.delete(`/api/messages/${answer.id}`);
  await expect(page.getByText("Message deleted")).toBeVisible();
  await expect(page.getByText("an answer", { exact: true })).toHaveCount(0);
});

test("a new visitor is asked who it is, may leave it out, and is not asked again", async ({
  browser,
  organization,
}) => {
  const { admin } = organization;
  const channelId = await admin.webchatChannel();
  const { page } = await visit(browser, organization, channelId, { query: "?ask=name,email" });
  expect((await admin.get(`/api/chats?channelId=${channelId}`)).items).toEqual([]);
  await page.getByLabel("Your name").fill("Zoë");
  await page.getByLabel("Your e-mail").fill("nobody");
  await page.getByRole("button", { name: "Start the chat" }).click();
  await expect(page.getByRole("alert")).toHaveText("Please check the e-mail address.");
  expect(await accessibility(page)).toEqual([]);
  await page.getByLabel("Your e-mail").fill("zoe@example.com");
  await page.getByRole("button", { name: "Start the chat" }).click();
  await online(page);
  const { items } = await admin.get(`/api/chats?channelId=${channelId}`);
  expect([items[0].contact.name, items[0].contact.email]).toEqual(["Zoë", "zoe@example.com"]);
  await page.reload();
  await online(page);
  const other = await visit(browser, organization, channelId, { query: "?ask=name" });
  await other.page.getByRole("button", { name: "Skip" }).click();
  await online(other.page);
});

test("a chat that is not there, a page that may not use it and a crowd are told in words", async ({
  browser,
  organization,
}) => {
  const { admin, server } = organization;
  const channelId = await admin.webchatChannel("Closed", { allowedOrigins: ["https://shop.example"] });
  const context = await browser.newContext();
  const page = await context.newPage();
  await context.route("**/sessions", async (route) => {
    const headers = { ...route.request().headers(), origin: "https://evil.example" };
    return route.fulfill({ response: await route.fetch({ headers }) });
  });
  await page.goto(`${server.url}/webchat/${channelId}`);
  await expect(page.getByRole("alert")).toContainText("This chat may not be used from this page");
  expect(await accessibility(page)).toEqual([]);
  await context.unrouteAll();
  await context.route("**/sessions", (route) =>
    route.fulfill({ status: 404, json: { status: 404, code: "NOT_FOUND" } }),
  );
  await page.reload();
  await expect(page.getByRole("alert")).toContainText("This chat is not available");
  await context.unrouteAll();
  let asked = 0;
  await context.route("**/sessions", (route) => {
    if (asked++ > 0) return route.continue();
    return route.fulfill({ status: 429, headers: { "retry-after": "2" }, json: { status: 429, code: "RATE_LIMIT" } });
  });
  await page.reload();
  await expect(page.getByText("Too many visitors right now. Trying again in 2 s.")).toBeVisible();
  await online(page);
});

test("older messages come when the visitor scrolls up, and what is read stays where it is", async ({
  browser,
  organization,
}) => {
  test.slow();
  const { admin } = organization;
  const channelId = await admin.webchatChannel();
  const { page } = await visit(browser, organization, channelId);
  await online(page);
  await write(page, "start");
  await expect(page.locator(".step.delivered")).toBeVisible();
  const chat = await chatOf(admin, channelId);
  for (let at = 1; at <= 60; at++) await admin.post("/api/messages/send", { chatId: chat.id, content: `line ${at}` });
  await expect(page.getByText("line 60", { exact: true })).toBeVisible();
  await page.reload();
  await expect(page.getByText("line 60", { exact: true })).toBeInViewport();
  await expect(page.getByText("start", { exact: true })).toHaveCount(0);
  const list = page.getByRole("region", { name: "Messages" });
  await list.evaluate((box) => box.scrollTo(0, 0));
  await expect(page.getByText("start", { exact: true })).toBeAttached();
  await expect(page.getByText("line 12", { exact: true })).toBeInViewport();
  await list.evaluate((box) => box.scrollTo(0, 300));
  await admin.post("/api/messages/send", { chatId: chat.id, content: "the newest" });
  await page.getByRole("button", { name: "1 new message" }).click();
  await expect(page.getByText("the newest", { exact: true })).toBeInViewport();
  await expect(page.getByRole("button", { name: "1 new message" })).toBeHidden();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing in the ${colorScheme} page, also in Russian and with a colour of its own`, async ({
    browser,
    organization,
  }) => {
    const { admin } = organization;
    const channelId = await admin.webchatChannel();
    const query = "?lang=ru&accent=%23e8b004";
    const options = { colorScheme, query, viewport: { width: 390, height: 760 } };
    const { page } = await visit(browser, organization, channelId, options);
    await online(page);
    expect(await accessibility(page)).toEqual([]);
    await expect(page.locator("html")).toHaveAttribute("lang", "ru");
    await write(page, "Здравствуйте! https://shop.example");
    await expect(page.locator(".step.delivered")).toBeVisible();
    const chat = await chatOf(admin, channelId);
    const [own] = await messagesOf(admin, chat.id);
    await admin.post("/api/messages/send", { chatId: chat.id, content: "Добрый день", replyToId: own.id });
    await sendFile(admin, chat.id, "список.txt", "text/plain", Buffer.from("один"));
    await sendFile(admin, chat.id, "a.png", "image/png", picture(300, 200));
    await expect(page.getByRole("img", { name: "a.png" })).toBeVisible();
    const field = page.locator("input[type=file]");
    await field.setInputFiles([{ name: "ещё.txt", mimeType: "text/plain", buffer: Buffer.from("два") }]);
    await expect(page.locator(".chip")).toBeVisible();
    await expect(page.locator(".day").first()).toHaveText("Сегодня");
    expect(await accessibility(page)).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide).toBe(0);
  });
}

/** A tenth of a second of silence. */
function wave(): Buffer {
  const samples = 800;
  const bytes = Buffer.alloc(44 + samples, 128);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + samples, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8_000, 24);
  bytes.writeUInt32LE(8_000, 28);
  bytes.writeUInt16LE(1, 32);
  bytes.writeUInt16LE(8, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(samples, 40);
  return bytes;
}
