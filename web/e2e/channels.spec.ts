// Channels: added, paired, changed and deleted by an administrator.
import { createServer } from "node:http";
import type { Page } from "@playwright/test";
import { newId, newToken, test } from "./support/networks";
import { expect, watch } from "./support/test";

const channelId = (page: Page) => new URL(page.url()).searchParams.get("id") ?? "";
const submit = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const status = (page: Page, name: string) => expect(page.locator(`[data-status=${name}]`)).toBeVisible();

/** A page of somebody else's website. */
async function website(html: string): Promise<{ url: string; close: () => void }> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end(`<!doctype html><title>Shop</title><body><h1>Shop</h1>${html}</body>`);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test("a web chat is added in a few clicks, its snippet works on a website, and a visitor's words reach the inbox", async ({
  organization,
  openAs,
}) => {
  const page = await openAs(organization.admin, "/settings/channels", {
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await page.getByRole("link", { name: /Add a web chat/ }).click();
  await submit(page, "Add the channel");
  await status(page, "connected");
  await page.getByRole("button", { name: /Copy: Code/ }).click();
  const snippet = await page.evaluate(() => navigator.clipboard.readText());
  expect(snippet).toBe(
    `<script src="${organization.server.url}/widget.js" data-channel="${channelId(page)}" defer></script>`,
  );

  const shop = await website(snippet);
  const other = await page.context().newPage();
  watch(other);
  await other.goto(shop.url);
  await expect(other.getByRole("button", { name: "Open chat" })).toBeVisible();
  shop.close();

  const [visitor] = await Promise.all([
    page.waitForEvent("popup"),
    page.getByRole("link", { name: "Write as a visitor" }).click(),
  ]);
  watch(visitor);
  await visitor.getByRole("textbox").last().fill("Is this thing on?");
  await visitor.keyboard.press("Enter");
  await expect
    .poll(async () => (await organization.admin.get("/api/chats")).items[0]?.lastMessage?.preview)
    .toBe("Is this thing on?");
});

test("Telegram's refusal of a wrong token is shown in full, and the right one connects", async ({
  organization,
  openAs,
  telegram,
}) => {
  const page = await openAs(organization.admin, "/settings/channels?add=telegram");
  await page.getByLabel("Bot token").fill("not a token");
  await submit(page, "Add the channel");
  await expect(page.getByLabel("Bot token")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByText(/a bot token looks like/)).toBeVisible();

  const token = newToken();
  await page.getByLabel("Bot token").fill(token);
  await submit(page, "Add the channel");
  await status(page, "error");
  await expect(page.getByRole("alert")).toContainText("Unauthorized");
  await expect(page.getByText(token)).toHaveCount(0);

  const good = telegram.bot(newToken(), { name: "Shop bot", username: "shop_bot" });
  await page.getByLabel("Bot token").fill(good);
  await submit(page, "Save");
  await status(page, "connected");
  await expect(page.getByText("Shop bot")).toBeVisible();
  await expect(page.getByLabel("Bot token")).toHaveValue("");

  await page.goto(`${organization.server.url}/settings/channels?add=telegram`);
  await page.getByLabel("Bot token").fill(good);
  await submit(page, "Add the channel");
  await expect(page.getByRole("alert")).toContainText("This bot is connected to another channel already");
});

test("the code to pair a phone appears and changes live, and gives way to the phone's number", async ({
  organization,
  openAs,
  bridge,
}) => {
  const page = await openAs(organization.admin, "/settings/channels?add=bridge");
  await expect(page.getByText("WhatsApp does not allow this way")).toBeVisible();
  await submit(page, "Add the channel");
  await status(page, "qr");
  const code = page.getByRole("img", { name: "QR code to pair the phone" });
  await expect(code).toBeVisible();
  const id = channelId(page);
  const next = await bridge.renew(id);
  await expect(code).toHaveAttribute("data-code", next);
  await bridge.pair(id, "+4915550100");
  await status(page, "connected");
  await expect(code).toHaveCount(0);
  await expect(page.getByText("+4915550100")).toBeVisible();
});

test("what Meta asks for is there to copy, and secrets are not shown again", async ({ organization, openAs }) => {
  const page = await openAs(organization.admin, "/settings/channels?add=waba");
  await page.getByLabel("Phone number id").fill(`10${newId()}`);
  await page.getByLabel("Access token").fill("EAASecretOfMeta");
  await page.getByLabel(/App secret/).fill("AppSecretOfMeta");
  await submit(page, "Add the channel");
  const id = await page.waitForURL(/id=/).then(() => channelId(page));
  await expect(page.getByText(`${organization.server.url}/webhooks/waba/${id}`)).toBeVisible();
  const { verifyToken } = await organization.admin.get(`/api/channels/${id}`);
  await expect(page.getByText(verifyToken)).toBeVisible();
  await expect(page.getByRole("heading", { name: "Templates" })).toBeVisible();
  expect(await page.content()).not.toContain("SecretOfMeta");
});

test("a channel is renamed, what is not saved is not lost silently, and deleting says what goes with it", async ({
  organization,
  openAs,
}) => {
  const id = await organization.admin.programChannel();
  const page = await openAs(organization.admin, `/settings/channels?id=${id}`);
  await expect(page.getByText(`/api/channels/${id}/inbound`)).toBeVisible();
  await page.getByLabel("Name").fill("Shop app");
  await page.getByRole("link", { name: "People" }).click();
  await expect(page.getByRole("alertdialog")).toContainText("not saved yet");
  await submit(page, "Cancel");
  await page.getByLabel("Name").press("Enter");
  await expect(page.getByRole("heading", { name: "Shop app" })).toBeVisible();
  await page.getByRole("link", { name: "People" }).click();
  await expect(page.getByRole("heading", { name: "People" })).toBeVisible();

  await page.goto(`${organization.server.url}/settings/channels?id=${id}`);
  await submit(page, "Delete");
  await expect(page.getByRole("alertdialog")).toContainText("chats, contacts and messages go with it");
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("heading", { name: "Connect your first channel" })).toBeVisible();
});
