// What people write is text and stays text on the visitor's page, whoever wrote it.
import { FIRED, HOSTILE } from "./support/hostile";
import { expect, test } from "./support/test";
import { chatOf, messagesOf, sendFile, visit, write } from "./support/visitor";

test("more than two hundred hostile texts are shown as they are, and none does anything", async ({
  browser,
  organization,
}) => {
  test.setTimeout(300_000);
  expect(HOSTILE.length).toBeGreaterThan(200);
  const { admin } = organization;
  const channelId = await admin.webchatChannel();
  const mallory = await admin.hire("Mallory");
  await mallory.patch("/api/me", { name: "<img src=x onerror=window.__fired=1>" });
  const { page } = await visit(browser, organization, channelId);
  const trouble: string[] = [];
  page.on("dialog", (dialog) => {
    trouble.push(`a dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  await page.evaluate(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      throw new Error(`refused by the policy: ${event.blockedURI}`);
    });
  });
  await expect(page.locator(".link.online")).toBeVisible();
  await write(page, HOSTILE[0] ?? "");
  await expect(page.locator(".step.delivered")).toBeVisible();
  const chat = await chatOf(admin, channelId);
  for (const [at, content] of HOSTILE.entries()) {
    const replyToId = at === 1 ? (await messagesOf(admin, chat.id))[0].id : undefined;
    await mallory.post("/api/messages/send", { chatId: chat.id, content, replyToId });
  }
  // file names and captions too
  for (const name of HOSTILE.slice(20, 26)) await sendFile(mallory, chat.id, name, "text/plain", Buffer.from("x"));
  const all = await messagesOf(admin, chat.id);
  const stored = all.filter(({ fromMe, type }: { fromMe: boolean; type: string }) => fromMe && type === "text");
  await expect(page.locator(".message:not(.own) .text")).toHaveCount(HOSTILE.length);
  const shown = await page.locator(".message:not(.own) .text").evaluateAll((all) => all.map((one) => one.textContent));
  const contents = stored.map(({ content }: { content: string }) => content);
  expect(shown.slice(-contents.length)).toEqual(contents);
  expect(shown).toEqual(HOSTILE);
  await expect(page.locator(".message:not(.own) a.file")).toHaveCount(6);
  for (const link of await page.locator(".text a").all()) {
    expect(await link.getAttribute("href")).toMatch(/^(https?:|mailto:|tel:)/);
    expect(await link.getAttribute("rel")).toContain("noopener");
  }
  await page.reload();
  await expect(page.locator(".message:not(.own) .text").first()).toBeVisible();
  expect(await page.evaluate((name) => name in window, FIRED)).toBe(false);
  expect(
    await page.locator(".messages").locator("script, iframe, object, embed, style, base, meta, link").count(),
  ).toBe(0);
  expect(trouble).toEqual([]);
});
