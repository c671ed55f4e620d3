// When something goes wrong: the dashboard says what happened and what to do, and no typed text is lost.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { Customer, type Organization, Server } from "./support/server";
import { expect, openDashboard, test } from "./support/test";

interface Talk {
  customer: Customer;
  chatId: string;
}

async function talk({ admin }: Organization): Promise<Talk> {
  const customer = new Customer(admin, await admin.programChannel(), "c-1", "Carla");
  await customer.write("Hello?");
  return { customer, chatId: (await customer.chat()).id };
}

const field = (page: Page) => page.getByRole("textbox", { name: "Message" });
const log = (page: Page) => page.getByRole("log");

async function answer(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await field(page).press("Enter");
}

/** What is stored of ours, oldest first. */
async function answers({ admin }: Organization, chatId: string): Promise<string[]> {
  const { items } = await admin.get(`/api/chats/${chatId}/messages?limit=200`);
  const own = items.filter((message: { fromMe: boolean }) => message.fromMe).reverse();
  return own.map((message: { content: string }) => message.content);
}

test("a server that was killed and comes back: what was missed is there, what was written goes out once and in order", async ({
  browser,
}) => {
  const server = await Server.start();
  try {
    const organization = await server.organization();
    const { customer, chatId } = await talk(organization);
    const page = await openDashboard(browser, organization.admin, `/inbox/${chatId}`, {});
    await answer(page, "before");
    await expect.poll(() => answers(organization, chatId)).toEqual(["before"]);
    await server.kill();
    await expect(page.getByText("No connection to the server")).toBeVisible();
    for (const text of ["first", "second", "third"]) await answer(page, text);
    await expect(log(page).getByText("third")).toBeVisible();
    await expect(page.getByText(/3 messages are waiting/)).toBeVisible();
    // what waits survives a reload too, once the page itself can be had again
    await server.launch();
    await customer.write("Still there?");
    await page.reload();
    await expect(log(page).getByText("Still there?")).toBeVisible();
    await expect(page.getByText("No connection to the server")).toBeHidden();
    await expect.poll(() => answers(organization, chatId)).toEqual(["before", "first", "second", "third"]);
  } finally {
    await server.discard();
  }
});

test("a browser without a network catches up by itself, without a reload", async ({ organization, openAs }) => {
  const { customer, chatId } = await talk(organization);
  const page = await openAs(organization.admin, `/inbox/${chatId}`);
  await expect(log(page).getByText("Hello?")).toBeVisible();
  await page.context().setOffline(true);
  await expect(page.getByText("No connection to the server")).toBeVisible({ timeout: 60_000 });
  for (let n = 1; n <= 5; n++) await customer.write(`missed ${n}`);
  await answer(page, "written meanwhile");
  await page.context().setOffline(false);
  for (let n = 1; n <= 5; n++) await expect(log(page).getByText(`missed ${n}`)).toBeVisible({ timeout: 60_000 });
  await expect.poll(() => answers(organization, chatId)).toEqual(["written meanwhile"]);
});

test("more was missed than is replayed: the screen loads anew and is right", async ({ organization, openAs }) => {
  const { chatId } = await talk(organization);
  const { admin } = organization;
  const page = await openAs(admin, `/inbox/${chatId}`);
  await expect(log(page).getByText("Hello?")).toBeVisible();
  await page.context().setOffline(true);
  await expect(page.getByText("No connection to the server")).toBeVisible({ timeout: 60_000 });
  const many = Array.from({ length: 1_050 }, (_, n) => n);
  for (let at = 0; at < many.length; at += 50) {
    const some = many.slice(at, at + 50);
    await Promise.all(some.map((n) => admin.post("/api/events", { room: "org", event: "bench", data: { n } })));
  }
  await admin.post("/api/messages/send", { chatId, content: "after the gap" });
  await page.context().setOffline(false);
  await expect(log(page).getByText("after the gap")).toBeVisible({ timeout: 60_000 });
});

test("a session that ended asks to sign in, and what was being written is still there", async ({
  organization,
  openAs,
  server,
}) => {
  const { chatId } = await talk(organization);
  const { admin } = organization;
  const page = await openAs(admin, `/inbox/${chatId}`);
  await field(page).fill("half a thought");
  await server.sql(`update sessions set revoked_at = now() where user_id = '${admin.account.id}'`);
  await expect(page.getByText("Your session has ended")).toBeVisible({ timeout: 60_000 });
  await page.locator("input[name=email]").fill(admin.account.email);
  await page.locator("input[name=password]").fill(admin.account.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(field(page)).toHaveValue("half a thought");
});

test("a full disk holds messages up, says so, and heals without a restart", async ({ browser }) => {
  test.skip(process.getuid?.() !== 0, "a small disk of its own needs root");
  test.setTimeout(300_000);
  const disk = await mkdtemp(join(tmpdir(), "switchboard-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=400m,mode=0755", "tmpfs", disk]);
  // the private PostgreSQL keeps all it has on that disk
  const server = await Server.start({ DATABASE_URL: "", DATA_DIR: join(disk, "data") });
  const filler = join(disk, "filler");
  try {
    const organization = await server.organization();
    const { chatId } = await talk(organization);
    const page = await openDashboard(browser, organization.admin, `/inbox/${chatId}`, {});
    await answer(page, "while there is room");
    await expect.poll(() => answers(organization, chatId)).toEqual(["while there is room"]);
    try {
      execFileSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=1M"], { stdio: "ignore" });
    } catch {
      // it ends when the disk is full
    }
    const long = "a long answer ".repeat(200);
    for (let n = 1; n <= 20; n++) await answer(page, `${n} ${long}`);
    await expect(page.getByText(/messages? (is|are) waiting|waiting|waits/).first()).toBeVisible({ timeout: 60_000 });
    rmSync(filler);
    await expect
      .poll(async () => (await answers(organization, chatId).catch(() => [])).length, { timeout: 60_000 })
      .toBe(21);
    const sent = await answers(organization, chatId);
    expect(sent.slice(1).map((text) => Number.parseInt(text, 10))).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  } finally {
    await server.discard();
    execFileSync("umount", ["-l", disk]);
    rmSync(disk, { recursive: true, force: true });
  }
});
