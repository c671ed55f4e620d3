// The first run: from an empty database to a chat that customers can write in.
import { Server } from "./support/server";
import { accessibility, expect, test, watch } from "./support/test";

test("the link that the server prints leads through set-up to a working web chat", async ({ page }) => {
  const server = await Server.start();
  try {
    watch(page);
    await page.goto(server.url);
    await expect(page.getByText("Nobody can sign in yet")).toBeVisible();
    const [link] = /http\S+\/setup#token=\S+/.exec(server.output) ?? [""];
    expect(link).toContain(server.url);
    // an address that differs behind the # alone is the same page
    await page.goto("about:blank");
    await page.goto(link);
    expect(await accessibility(page)).toEqual([]);
    await page.getByLabel("Name of the organization").fill("Corner Shop");
    await page.getByLabel("Your name").fill("Ann");
    await page.getByLabel("E-mail").fill("ann@example.com");
    await page.getByLabel("Password").fill("short");
    await page.getByRole("button", { name: "Create" }).click();
    await expect(page).toHaveURL(/\/setup/);
    await page.getByLabel("Password").fill("correct horse battery");
    await page.getByRole("button", { name: "Create" }).click();

    await expect(page.getByRole("heading", { name: "Connect your first channel" })).toBeVisible();
    expect(await accessibility(page)).toEqual([]);
    const offers = page.getByRole("main").getByRole("listitem");
    await expect(offers.filter({ hasText: "Works at once" })).toBeVisible();
    await page.getByRole("link", { name: /Add a web chat/ }).click();
    await page.getByRole("button", { name: "Add the channel" }).click();
    const [visitor] = await Promise.all([
      page.waitForEvent("popup"),
      page.getByRole("link", { name: "Write as a visitor" }).click(),
    ]);
    await visitor.getByRole("textbox").last().fill("Hello, shop!");
    await visitor.keyboard.press("Enter");
    await page.getByRole("link", { name: "Inbox" }).click();
    await expect(page.getByText("Hello, shop!").first()).toBeVisible();

    // the link is good once
    await page.evaluate(() => localStorage.clear());
    await page.goto("about:blank");
    await page.goto(link);
    await page.getByLabel("Name of the organization").fill("Thieves");
    await page.getByLabel("Your name").fill("Eve");
    await page.getByLabel("E-mail").fill("eve@example.com");
    await page.getByLabel("Password").fill("correct horse battery");
    await page.getByRole("button", { name: "Create" }).click();
    await expect(page.getByText("Switchboard is set up already")).toBeVisible();
  } finally {
    await server.discard();
  }
});
