// Figures for those who lead a team.
import { readFile } from "node:fs/promises";
import { Customer, type Person } from "./support/server";
import { expect, test } from "./support/test";
import { bothThemes, HOSTILE, overflow, PHONE } from "./support/themes";

/** Two customers of a channel write; one gets an answer. */
async function busyDay(admin: Person, channel: string): Promise<void> {
  const channelId = await admin.programChannel(channel);
  const [carla, dora] = [
    new Customer(admin, channelId, "c1", "Carla Customer"),
    new Customer(admin, channelId, "c2", "Dora Dealer"),
  ];
  await carla.write("Where is my parcel?");
  await dora.write("Hello");
  const { id } = await carla.chat();
  await admin.post("/api/messages/send", { chatId: id, content: "On its way" });
  await admin.patch(`/api/chats/${id}`, { status: "resolved" });
}

test("what happened today is counted, by channel and by colleague, and can be taken away as a file", async ({
  organization: { admin },
  openAs,
}) => {
  await busyDay(admin, "Corner Shop's program");
  const page = await openAs(admin, "/reports");
  const tile = (name: string) => page.locator("dl div").filter({ has: page.getByText(name, { exact: true }) });
  await expect(tile("New chats")).toContainText("2");
  await expect(tile("Received")).toContainText("2");
  await expect(tile("Sent")).toContainText("1");
  await expect(tile("Resolved")).toContainText("1");
  await expect(tile("First response")).toContainText("1 case");
  await expect(page.getByRole("row", { name: /Corner Shop's program 2 2 1/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /Ann Admin 1 1 1/ })).toBeVisible();

  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  const file = await waiting;
  expect(file.suggestedFilename()).toMatch(/^switchboard-\d{4}-\d\d-\d\d\.csv$/);
  expect(await readFile(await file.path(), "utf8")).toContain("Corner Shop's program");
});

test("a chart is a table too, shows one line at a time, and is drawn anew for another theme", async ({
  organization: { admin },
  openAs,
}) => {
  await busyDay(admin, "Shop");
  const page = await openAs(admin, "/reports");
  const chart = page.getByRole("figure", { name: /Messages by day/ });
  const canvas = chart.locator("canvas");
  const drawn = () =>
    canvas.evaluate((one: HTMLCanvasElement) => one.toDataURL().length + one.toDataURL().slice(-4_000));
  await expect(canvas).toBeVisible();
  await expect.poll(drawn).not.toBe("");
  const light = await drawn();
  await chart.getByRole("button", { name: /Received/ }).click();
  await expect.poll(drawn).not.toBe(light);
  const alone = await drawn();
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(drawn).not.toBe(alone);
  await chart.getByRole("button", { name: "As a table" }).click();
  await expect(chart.getByRole("row").last()).toContainText("2");
  await expect(canvas).toHaveCount(0);
});

test("a table is sorted by the column that is clicked", async ({ organization: { admin }, openAs }) => {
  await busyDay(admin, "Busy");
  await admin.programChannel("Quiet");
  const page = await openAs(admin, "/reports");
  const table = page.getByRole("region", { name: "By channel" }).last();
  const names = table.getByRole("rowheader");
  await table.getByRole("button", { name: "Channel" }).click();
  await expect(names).toHaveText(["Busy", "Quiet"]);
  await table.getByRole("button", { name: "Channel" }).click();
  await expect(names).toHaveText(["Quiet", "Busy"]);
  await expect(table.getByRole("columnheader", { name: "Channel" })).toHaveAttribute("aria-sort", "descending");
  await table.getByRole("button", { name: "New chats" }).click();
  await expect(names).toHaveText(["Busy", "Quiet"]);
});

test("the period is in the address; without its days it asks for them", async ({ organization: { admin }, openAs }) => {
  await busyDay(admin, "Shop");
  const page = await openAs(admin, "/reports?period=custom");
  await expect(page.getByText("Choose a first and a last day.")).toBeVisible();
  await page.getByLabel("First day").fill("2020-01-01");
  await page.getByLabel("Last day").fill("2020-01-31");
  await expect(page.getByText("Nobody answered in this period.")).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("First day")).toHaveValue("2020-01-01");
  await expect(page.getByText("Nobody answered in this period.")).toBeVisible();
  await page.getByLabel("First day").fill("2019-01-01");
  await expect(page.getByRole("alert")).toContainText("92 days");
});

test("reports are for moderators: an operator is not led there, and told so at the address", async ({
  organization: { admin },
  openAs,
}) => {
  const page = await openAs(await admin.hire("Bob Builder"), "/reports");
  await expect(page.getByText("Your role does not allow this.")).toBeVisible();
  await expect(page.getByRole("link", { name: "Reports" })).toHaveCount(0);
  const mia = await openAs(await admin.hire("Mia Moderator", "moderator"), "/reports");
  await expect(mia.getByRole("button", { name: "Download CSV" })).toBeVisible();
});

test("a channel's name is text whatever it holds; the page is fit for all and for phones", async ({
  organization: { admin },
  openAs,
}) => {
  await busyDay(admin, HOSTILE.slice(0, 60));
  const page = await openAs(admin, "/reports", PHONE);
  await expect(page.getByRole("rowheader", { name: /<img src=x/ })).toBeVisible();
  expect([await overflow(page), ...(await bothThemes(page))]).toEqual([0]);
  await page.getByRole("button", { name: "As a table" }).first().click();
  expect(await bothThemes(page)).toEqual([]);
  expect(await page.title()).not.toBe("run");
});
