// Writing: what an operator sends is shown at once, goes out once and in order, and nothing typed is lost.
import { age, atEnd, choose, exactly, expectMessages, field, log, message, tick, write, written } from "./support/chat";
import { FakeGraph } from "./support/graph";
import { Server } from "./support/server";
import { accessibility, expect, openDashboard, test } from "./support/test";

test("a message is on the screen at once, in order, and gets its tick", async ({ organization, openAs }) => {
  const { path, chatId } = await written(organization);
  const page = await openAs(organization.admin, path);
  await expect(message(page, "Hello")).toBeVisible();
  for (const text of ["one", "two", "three"]) {
    await write(page, `Answer ${text}`);
    await expect(field(page)).toHaveValue("");
    await expect(field(page)).toBeFocused();
  }
  await expectMessages(page, ["Hello", "Answer one", "Answer two", "Answer three"]);
  await expect(tick(page, "Answer three", "Sent")).toBeVisible();
  const { items } = await organization.admin.get(`/api/chats/${chatId}/messages`);
  expect(items.map((one: { content: string }) => one.content)).toEqual([
    "Answer three",
    "Answer two",
    "Answer one",
    "Hello",
  ]);
});

test("what is written without a connection waits, and goes out once when it is back", async ({
  organization,
  openAs,
}) => {
  const { path, chatId } = await written(organization);
  const page = await openAs(organization.admin, path);
  await expect(message(page, "Hello")).toBeVisible();
  await page.context().setOffline(true);
  await write(page, "Written in a tunnel");
  await expect(message(page, "Written in a tunnel").getByText("waits for the connection")).toBeVisible();
  await page.context().setOffline(false);
  await expect(tick(page, "Written in a tunnel", "Sent")).toBeVisible({
    timeout: 60_000,
  });
  const { items } = await organization.admin.get(`/api/chats/${chatId}/messages`);
  expect(items.filter((one: { content: string }) => one.content === "Written in a tunnel").length).toBe(1);
});

test("a server that dies while operators write loses nothing and sends nothing twice", async ({ browser }) => {
  const server = await Server.start();
  try {
    const organization = await server.organization();
    const { path, chatId } = await written(organization);
    const page = await openDashboard(browser, organization.admin, path, {});
    await expect(message(page, "Hello")).toBeVisible();
    await server.kill();
    await write(page, "First after the crash");
    await write(page, "Second after the crash");
    await server.launch();
    await page.reload();
    await expectMessages(page, ["Hello", "First after the crash", "Second after the crash"]);
    await expect(tick(page, "Second after the crash", "Sent")).toBeVisible({
      timeout: 60_000,
    });
    const { items } = await organization.admin.get(`/api/chats/${chatId}/messages`);
    expect(items.length).toBe(3);
    await page.context().close();
  } finally {
    await server.discard();
  }
});

test("a draft, its reply and its being a note outlive a reload and signing out", async ({ organization, openAs }) => {
  const { path } = await written(organization);
  const page = await openAs(organization.admin, path);
  await choose(page, "Hello", "Reply");
  await page.getByRole("button", { name: "Private note" }).click();
  await field(page).fill("Half a thou");
  await page.reload();
  await expect(field(page)).toHaveValue("Half a thou");
  await expect(page.getByText("Reply to Carla Customer")).toBeVisible();
  await expect(page.getByRole("button", { name: "Private note" })).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("button", { name: /Ann Admin/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("E-mail").fill(organization.admin.account.email);
  await page.getByLabel("Password").fill(organization.admin.account.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(field(page)).toHaveValue("Half a thou");
});

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC",
  "base64",
);

test("files come by the button, by paste and by drop, show their progress and go out with the text", async ({
  organization,
  openAs,
}) => {
  const { path, chatId } = await written(organization);
  const page = await openAs(organization.admin, path);
  const tray = page.getByRole("list", { name: "Attached files" });
  await page.locator("input[type=file]").setInputFiles([
    { name: "by button.png", mimeType: "image/png", buffer: PNG },
    { name: "by mistake.txt", mimeType: "text/plain", buffer: Buffer.from("no") },
  ]);
  await expect(tray.getByRole("listitem")).toHaveCount(2);
  await page.getByRole("button", { name: "Remove by mistake.txt" }).click();
  const give = (how: "paste" | "drop", name: string) =>
    field(page).evaluate(
      (area, { how, name, bytes }) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
        const common = { bubbles: true, cancelable: true };
        if (how === "paste") area.dispatchEvent(new ClipboardEvent("paste", { ...common, clipboardData: data }));
        else area.dispatchEvent(new DragEvent("drop", { ...common, dataTransfer: data }));
      },
      { how, name, bytes: [...PNG] },
    );
  await give("paste", "by paste.png");
  await give("drop", "by drop.png");
  await expect(tray.getByRole("listitem")).toHaveCount(3);
  await field(page).fill("Three pictures");
  await expect(page.getByRole("button", { name: "Send", exact: true })).toBeEnabled();
  await field(page).press("Enter");
  await expect(tray).toBeHidden();
  await expect(tick(page, "Three pictures", "Sent")).toBeVisible();
  await expect(message(page, "Three pictures").getByRole("button", { name: /Show large/ })).toHaveCount(3);
  const { items } = await organization.admin.get(`/api/chats/${chatId}/messages`);
  expect(items[0].attachments.map((one: { fileName: string }) => one.fileName)).toEqual([
    "by button.png",
    "by paste.png",
    "by drop.png",
  ]);
});

test("operators reply, change, react and delete", async ({ organization, openAs }) => {
  const { path, chatId } = await written(organization);
  const page = await openAs(organization.admin, path);
  await choose(page, "Hello", "Reply");
  await write(page, "An answer");
  await expect(message(page, "An answer").getByRole("button", { name: /Go to the message of Carla/ })).toBeVisible();
  await choose(page, "An answer", "Edit");
  await expect(field(page)).toHaveValue("An answer");
  await write(page, "A better answer");
  await expect(message(page, "A better answer").getByText("edited")).toBeVisible();
  await expect(field(page)).toHaveValue("");
  const row = exactly(page, "Hello").first();
  await row.hover();
  await row.getByRole("button", { name: "React" }).click();
  await page.getByRole("button", { name: "👍" }).click();
  const reaction = row.getByRole("button", { name: /👍: Ann Admin/ });
  await expect(reaction).toBeVisible();
  await reaction.click();
  await expect(reaction).toBeHidden();
  await choose(page, "A better answer", "Delete");
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(message(page, "Message deleted")).toBeVisible();
  const { items } = await organization.admin.get(`/api/chats/${chatId}/messages`);
  expect(items[0].deletedAt).not.toBeNull();
});

test("a slash offers quick replies, which arrows and Enter put into the field", async ({ organization, openAs }) => {
  const { admin } = organization;
  await admin.post("/api/quick-replies", { shortcut: "hours", content: "We are open from 9 to 5, {{name}}." });
  await admin.post("/api/quick-replies", { shortcut: "thanks", content: "Thank you!" });
  const { path } = await written(organization);
  const page = await openAs(admin, path);
  await field(page).pressSequentially("/");
  const list = page.getByRole("listbox", { name: "Quick replies" });
  await expect(list.getByRole("option")).toHaveCount(2);
  await field(page).press("ArrowDown");
  await expect(list.getByRole("option", { name: /thanks/ })).toHaveAttribute("aria-selected", "true");
  await field(page).press("Escape");
  await expect(list).toBeHidden();
  await field(page).pressSequentially("ho");
  await expect(list.getByRole("option")).toHaveCount(1);
  await field(page).press("Enter");
  await expect(field(page)).toHaveValue("We are open from 9 to 5, {{name}}.");
});

test("a note names a colleague, looks different and never reaches the customer", async ({ organization, openAs }) => {
  const { admin } = organization;
  const bob = await admin.hire("Bob Builder");
  const { username } = await bob.get("/api/me");
  const { path, chatId } = await written(organization);
  const page = await openAs(admin, path);
  await field(page).press("ControlOrMeta+Shift+E");
  await field(page).pressSequentially("Look, @bob");
  await page.getByRole("option", { name: /Bob Builder/ }).click();
  await expect(field(page)).toHaveValue(`Look, @${username} `);
  await field(page).press("Enter");
  await expect(message(page, `@${username}`).getByText("only for the team")).toBeVisible();
  await expect
    .poll(async () => (await admin.get(`/api/chats/${chatId}/messages`)).items[0])
    .toMatchObject({ private: true, content: `Look, @${username}` });
  expect((await bob.get("/api/notifications")).items[0].type).toBe("chat_mentioned");
});

test("a text over the limit is not sent, in words", async ({ organization, openAs }) => {
  const { admin } = organization;
  const { path } = await written(organization);
  const page = await openAs(admin, path);
  await field(page).fill("😀".repeat(32_768));
  await expect(page.getByText("0 characters left")).toBeVisible();
  await field(page).fill(`${"😀".repeat(32_768)}!!`);
  await expect(page.getByText("2 characters too long for this channel")).toBeVisible();
  await field(page).press("Enter");
  await expect(field(page)).not.toHaveValue("");
  await expect(page.getByRole("button", { name: "Send", exact: true })).toBeDisabled();
});

test("what the server refuses stays with its reason, and goes back into the field", async ({
  organization,
  openAs,
}) => {
  const { path } = await written(organization);
  const page = await openAs(organization.admin, path);
  await page.route("**/api/messages/send", (route) =>
    route.fulfill({
      status: 422,
      contentType: "application/problem+json",
      body: JSON.stringify({ status: 422, code: "INVALID_DATA", detail: "The network takes no such words." }),
    }),
  );
  await write(page, "Careful words");
  const row = message(page, "Careful words");
  await expect(row.getByText("The network takes no such words.")).toBeVisible();
  await row.getByRole("button", { name: "Back into the field" }).click();
  await expect(field(page)).toHaveValue("Careful words");
  await expect(row).toBeHidden();
  await page.unroute("**/api/messages/send");
  await field(page).press("Enter");
  await expect(row.getByRole("img", { name: "Sent", exact: true })).toBeVisible();
});

test("whoever writes while reading old messages is at the end again", async ({ organization, openAs }) => {
  const { path, chatId } = await written(organization);
  await age(organization, chatId, 300);
  const page = await openAs(organization.admin, path);
  await expect(message(page, "Hello")).toBeVisible();
  await log(page).evaluate((box) => box.scrollTo(0, 400));
  await expect.poll(() => atEnd(page)).toBe(false);
  await write(page, "Back at the end");
  await expect(message(page, "Back at the end")).toBeVisible();
  await expect.poll(() => atEnd(page)).toBe(true);
});

test("with the window closed a template is chosen, filled and sent", async ({ browser }) => {
  const graph = await FakeGraph.start();
  const server = await Server.start({ WABA_API_URL: graph.url });
  try {
    const organization = await server.organization();
    const { admin } = organization;
    const credentials = { phoneNumberId: "1200", wabaId: "4200", accessToken: "token", appSecret: "appsecret" };
    const channel = await admin.post("/api/channels", { name: "Shop's number", provider: "waba", credentials });
    await admin.post(`/api/channels/${channel.id}/templates/sync`);
    const eightDays = Math.floor(Date.now() / 1000) - 8 * 86_400;
    await graph.deliver(server.url, channel.id, "appsecret", "79990001122", "Hello from WhatsApp", eightDays);
    const { items } = await admin.get(`/api/chats?channelId=${channel.id}`);
    const page = await openDashboard(browser, admin, `/inbox/${items[0].id}`, {});
    await expect(page.getByText("The 24-hour window is closed.")).toBeVisible();
    await expect(field(page)).toBeHidden();
    expect(await accessibility(page, "section[aria-label^='Chat with']")).toEqual([]);
    await page.getByRole("button", { name: "Choose a template" }).click();
    await page.getByRole("button", { name: /order_ready/ }).click();
    await page.getByLabel("Text: 1").fill("Carla");
    await page.getByLabel("Text: 2").fill("4817");
    await expect(page.locator("[data-preview]")).toContainText("Hello Carla, your order 4817 is ready.");
    await page.getByRole("dialog").getByRole("button", { name: "Send" }).click();
    await expect(message(page, "Hello Carla, your order 4817 is ready.")).toHaveCount(1);
    await expect.poll(() => graph.sent.length).toBe(1);
    expect(graph.sent[0]).toMatchObject({
      type: "template",
      template: { name: "order_ready", components: [{ parameters: [{ text: "Carla" }, { text: "4817" }] }] },
    });
    const now = Math.floor(Date.now() / 1000) - 21 * 3_600;
    await graph.deliver(server.url, channel.id, "appsecret", "79990001122", "Yes?", now);
    await expect(field(page)).toBeVisible();
    await expect(page.getByText(/Free answers are possible for 2 h(ou)?rs? 5\d min/)).toBeVisible();
    await page.context().close();
  } finally {
    await server.discard();
    await graph.stop();
  }
});

test("what a network refuses says why, and goes out again when asked", async ({ browser }) => {
  const graph = await FakeGraph.start();
  const server = await Server.start({ WABA_API_URL: graph.url });
  try {
    const organization = await server.organization();
    const { admin } = organization;
    const credentials = { phoneNumberId: "1200", accessToken: "token", appSecret: "appsecret" };
    const channel = await admin.post("/api/channels", { name: "Shop's number", provider: "waba", credentials });
    const now = Math.floor(Date.now() / 1000);
    await graph.deliver(server.url, channel.id, "appsecret", "79990001122", "Hello from WhatsApp", now);
    const { items } = await admin.get(`/api/chats?channelId=${channel.id}`);
    const page = await openDashboard(browser, admin, `/inbox/${items[0].id}`, {});
    graph.refuse({ code: 131026, message: "Message undeliverable" });
    await write(page, "Will not arrive");
    const row = message(page, "Will not arrive");
    await expect(row.getByRole("img", { name: "Not delivered" })).toBeVisible();
    await expect(row.getByText("131026")).toBeVisible();
    await row.hover();
    await expect(row.getByRole("button", { name: "React" })).toBeVisible();
    await row.getByRole("button", { name: "Send again" }).first().click();
    await expect(row.getByRole("img", { name: "Sent", exact: true })).toBeVisible();
    await page.context().close();
  } finally {
    await server.discard();
    await graph.stop();
  }
});
