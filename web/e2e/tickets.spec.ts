// What is to be done beyond a conversation.
import { Customer } from "./support/server";
import { expect, test } from "./support/test";
import { bothThemes, HOSTILE, overflow, PHONE } from "./support/themes";

test("a ticket that one makes is in the other's list at once, and what the other changes comes back", async ({
  organization,
  openAs,
}) => {
  const bob = await organization.admin.hire("Bob Builder");
  const [ann, other] = [await openAs(organization.admin, "/tickets"), await openAs(bob, "/tickets")];
  await expect(other.getByText("Nothing is to be done")).toBeVisible();
  await ann.getByRole("button", { name: "New ticket" }).click();
  const form = ann.getByRole("dialog");
  await form.getByLabel("Title").fill("Refund order 4711");
  await form.getByLabel("Description").fill("Paid twice.\nOnce on Monday.");
  await form.getByLabel("Priority").selectOption("urgent");
  await form.getByLabel("Assignee").selectOption({ label: "Bob Builder" });
  await form.getByRole("button", { name: "Create" }).click();
  await expect(ann.getByRole("heading", { name: "Refund order 4711" })).toBeVisible();

  const line = other.getByRole("link", { name: /#1.*Refund order 4711/ });
  await line.click();
  await expect(other.getByText("Paid twice.")).toBeVisible();
  await other.getByRole("article").getByLabel("Status").selectOption("in_progress");
  await expect(ann.getByRole("article").getByLabel("Status")).toHaveValue("in_progress");
  await expect(ann.getByRole("link", { name: /#1/ })).toContainText("In progress");

  await other.getByRole("button", { name: "Edit title and description" }).click();
  await other.getByRole("article").getByLabel("Title").fill("Refund order 4712");
  await other.getByRole("button", { name: "Save" }).click();
  await expect(ann.getByRole("heading", { name: "Refund order 4712" })).toBeVisible();

  await other.getByRole("article").getByLabel("Status").selectOption("closed");
  await expect(ann.getByRole("link", { name: /#1/ })).toHaveCount(0);
  await expect(ann.getByText(/^Closed /)).toBeVisible();
});

test("what is asked for is in the address: it survives a reload, and is taken back by the way back", async ({
  organization: { admin },
  openAs,
}) => {
  const mine = { title: "Mine", assignedUserId: admin.account.id };
  const [own, none, done] = [
    await admin.post("/api/tickets", mine),
    await admin.post("/api/tickets", { title: "Nobody's" }),
    await admin.post("/api/tickets", { title: "Done", assignedUserId: admin.account.id }),
  ];
  await admin.patch(`/api/tickets/${done.id}`, { status: "resolved" });
  const page = await openAs(admin, "/tickets");
  const titles = page.getByRole("region", { name: "Tickets" }).getByRole("listitem");
  await expect(titles).toHaveText([new RegExp(none.title), new RegExp(own.title)]);
  const list = page.getByRole("region", { name: "Tickets" });
  await list.getByLabel("Assignee").selectOption({ label: "Mine" });
  await expect(titles).toHaveText([/Mine/]);
  await list.getByLabel("Status").selectOption({ label: "All" });
  await expect(titles).toHaveText([/Done/, /Mine/]);
  await page.reload();
  await expect(titles).toHaveText([/Done/, /Mine/]);
  await list.getByLabel("Search tickets").fill("#2");
  await expect(page.getByText("No tickets here")).toBeVisible();
  await list.getByLabel("Assignee").selectOption({ label: "Anyone's" });
  await expect(titles).toHaveText([/Nobody's/]);
});

test("the list goes on as one scrolls", async ({ organization: { admin }, openAs }) => {
  for (let at = 1; at <= 120; at++) await admin.post("/api/tickets", { title: `Task ${at}` });
  const page = await openAs(admin, "/tickets");
  const lines = page.getByRole("region", { name: "Tickets" }).getByRole("listitem");
  await expect(lines.first()).toContainText("Task 120");
  await lines.first().hover();
  await expect(async () => {
    await page.mouse.wheel(0, 4_000);
    await expect(lines.last()).toContainText("#1", { timeout: 500 });
    expect(await lines.count()).toBe(120);
  }).toPass();
});

test("a ticket leads to its chat and shows what was said there last", async ({ organization: { admin }, openAs }) => {
  const customer = new Customer(admin, await admin.programChannel(), "c1", "Carla Customer");
  await customer.write("Where is my parcel?");
  const chat = await customer.chat();
  const ticket = await admin.post("/api/tickets", { title: "Find the parcel", chatId: chat.id });
  const page = await openAs(admin, `/tickets/${ticket.id}`);
  const link = page.getByRole("article").getByRole("link", { name: /Carla Customer/ });
  await expect(link).toContainText("Where is my parcel?");
  await customer.write("Hello?");
  await expect(link).toContainText("Hello?");
  await link.click();
  await expect(page).toHaveURL(new RegExp(`/inbox/${chat.id}`));
});

test("a title is text whatever it holds; the page is fit for all, on phones one thing at a time", async ({
  organization: { admin },
  openAs,
}) => {
  await admin.post("/api/tickets", { title: HOSTILE.slice(0, 60), description: HOSTILE.repeat(5), priority: "high" });
  const page = await openAs(admin, "/tickets", PHONE);
  await expect(page.getByRole("button", { name: "New ticket" })).toBeVisible();
  expect([await overflow(page), ...(await bothThemes(page))]).toEqual([0]);
  await page.getByRole("link", { name: /#1/ }).click();
  await expect(page.getByRole("heading", { name: /<img src=x/ })).toBeVisible();
  await expect(page.getByRole("button", { name: "New ticket" })).toBeHidden();
  expect([await overflow(page), ...(await bothThemes(page))]).toEqual([0]);
  await page.getByRole("link", { name: "Back to the list" }).click();
  await page.getByRole("button", { name: "New ticket" }).click();
  await expect(page.getByRole("dialog").getByLabel("Title")).toBeFocused();
  expect(await bothThemes(page)).toEqual([]);
  expect(await page.title()).not.toBe("run");
  expect(await page.locator("main img").count()).toBe(0);
});

test("where the list cannot be had it says so, and tries again when asked to", async ({
  organization: { admin },
  openAs,
}) => {
  await admin.post("/api/tickets", { title: "Refund order 4711" });
  const page = await openAs(admin, "/contacts");
  await page.route("**/api/tickets?*", (route) => route.abort());
  await page.getByRole("link", { name: "Tickets" }).click();
  await expect(page.getByRole("alert")).toContainText("cannot be reached", { timeout: 60_000 });
  await page.unroute("**/api/tickets?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("link", { name: /Refund order 4711/ })).toBeVisible();
});
