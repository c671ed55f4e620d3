// The panel beside a chat: who the person is, notes, tickets, other chats, who may be the same.
import type { Page } from "@playwright/test";
import { Customer, type Organization } from "./support/server";
import { accessibility, expect, test } from "./support/test";

const WIDE = { viewport: { width: 1440, height: 1200 } };
const panel = (page: Page) => page.getByRole("complementary", { name: "Contact" });

async function customer({ admin }: Organization, name: string, channel?: string): Promise<Customer> {
  const made = new Customer(admin, channel ?? (await admin.programChannel()), name.toLowerCase(), name);
  await made.write(`Hello from ${name}`);
  return made;
}

test("what an operator corrects stays, and what is wrong is refused in words", async ({ organization, openAs }) => {
  const carla = await customer(organization, "Carla");
  const { id } = await carla.chat();
  const page = await openAs(organization.admin, `/inbox/${id}`, WIDE);
  const other = await openAs(await organization.admin.hire("Bob Brown"), `/inbox/${id}`, WIDE);
  await expect(panel(page).getByText("Known as")).toBeVisible();
  expect(await accessibility(page)).toEqual([]);
  await panel(page).getByRole("button", { name: "Edit: Phone" }).click();
  await panel(page).getByLabel("Phone").fill("not a number");
  await page.keyboard.press("Enter");
  await expect(panel(page).getByRole("alert")).toBeVisible();
  await panel(page).getByLabel("Phone").fill("+49 30 901820");
  await page.keyboard.press("Enter");
  await expect(panel(page).getByRole("link", { name: "+4930901820" })).toBeVisible();
  await expect(panel(page).getByRole("button", { name: "Edit: Phone" })).toBeFocused();
  await expect(panel(other).getByRole("link", { name: "+4930901820" })).toBeVisible();

  await panel(page).getByRole("button", { name: "Edit: Name" }).click();
  await panel(page).getByLabel("Name", { exact: true }).fill("Carla Corrected");
  await page.keyboard.press("Enter");
  await expect(panel(other).getByRole("heading", { name: "Carla Corrected" })).toBeVisible();
  await carla.write("Still me");
  await expect(page.locator("[data-chats]")).toContainText("Still me");
  await expect(page.locator("[data-chats]")).toContainText("Carla Corrected");
  await panel(page).getByRole("button", { name: "Edit: Name" }).click();
  await page.keyboard.press("Escape");
  await expect(panel(page).getByLabel("Name", { exact: true })).toHaveCount(0);
});

test("a person whom the team blocks is said to be, and can be heard again", async ({ organization, openAs }) => {
  const carla = await customer(organization, "Carla");
  const page = await openAs(organization.admin, `/inbox/${(await carla.chat()).id}`, WIDE);
  await panel(page).getByRole("button", { name: "Block" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Block" }).click();
  await expect(panel(page).getByText(/Blocked since/)).toBeVisible();
  await panel(page).getByRole("button", { name: "Unblock" }).click();
  await expect(panel(page).getByText(/Blocked since/)).toHaveCount(0);
});

test("notes about a person are shared, and taken away by who wrote them", async ({ organization, openAs }) => {
  const carla = await customer(organization, "Carla");
  const bob = await organization.admin.hire("Bob Brown");
  const { id } = await carla.chat();
  const page = await openAs(bob, `/inbox/${id}`, WIDE);
  await panel(page).getByLabel("New note").fill("Prefers <b>calls</b> in the morning");
  await panel(page).getByRole("button", { name: "Add note" }).click();
  await expect(panel(page).getByText("Prefers <b>calls</b> in the morning")).toBeVisible();
  await expect(panel(page).getByLabel("New note")).toHaveValue("");
  const colleague = await openAs(await organization.admin.hire("Carl Cole"), `/inbox/${id}`, WIDE);
  await expect(panel(colleague).getByText("Prefers <b>calls</b> in the morning")).toBeVisible();
  await expect(panel(colleague).getByText(/Bob Brown/)).toBeVisible();
  await expect(panel(colleague).getByRole("button", { name: "Delete note" })).toHaveCount(0);
  await panel(page).getByRole("button", { name: "Delete note" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(panel(page).getByText("Prefers")).toHaveCount(0);
});

test("a ticket is made from the chat, and leads to its page", async ({ organization, openAs }) => {
  const carla = await customer(organization, "Carla");
  const page = await openAs(organization.admin, `/inbox/${(await carla.chat()).id}`, WIDE);
  await panel(page).getByRole("button", { name: "New ticket" }).click();
  await page.getByRole("dialog").getByLabel("Title").fill("Armchair has not come");
  await page.getByRole("dialog").getByLabel("Priority").selectOption("High");
  await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
  const link = panel(page).getByRole("link", { name: /#1.*Armchair has not come/ });
  await expect(link).toBeVisible();
  await link.click();
  await expect(page).toHaveURL(/\/tickets\/[0-9a-f-]{36}/);
});

test("two contacts with one phone number are offered as one person, joined, and parted again", async ({
  organization,
  openAs,
}) => {
  const { admin } = organization;
  const carla = await customer(organization, "Carla");
  const karla = await customer(organization, "Karla", await admin.programChannel("Second program"));
  for (const one of [carla, karla]) {
    const { contact } = (await one.chat()) as unknown as { contact: { id: string } };
    await admin.patch(`/api/contacts/${contact.id}`, { phone: "+4930901820" });
  }
  const page = await openAs(admin, `/inbox/${(await carla.chat()).id}`, WIDE);
  const maybe = panel(page).getByRole("region", { name: "May be the same person" });
  await maybe.getByRole("button", { name: "Merge" }).click();
  await expect(panel(page).getByRole("listitem").filter({ hasText: "+4930901820" })).toHaveCount(2);
  await expect(panel(page).getByRole("link", { name: /Hello from Karla/ })).toBeVisible();
  await panel(page)
    .getByRole("button", { name: /Take Karla out/ })
    .click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Take out" }).click();
  await expect(maybe).toBeVisible();
  await expect(panel(page).getByRole("link", { name: /Hello from Karla/ })).toHaveCount(0);

  const operator = await openAs(await admin.hire("Bob Brown"), `/inbox/${(await carla.chat()).id}`, WIDE);
  await expect(panel(operator).getByText("May be the same person")).toBeVisible();
  await expect(panel(operator).getByRole("button", { name: "Merge" })).toHaveCount(0);
});

test("the panel is folded away and stays so", async ({ organization, openAs }) => {
  const carla = await customer(organization, "Carla");
  const page = await openAs(organization.admin, `/inbox/${(await carla.chat()).id}`, WIDE);
  await expect(panel(page)).toBeVisible();
  await page.getByRole("button", { name: "Hide the contact" }).click();
  await expect(panel(page)).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("button", { name: "Show the contact" })).toBeVisible();
  await expect(panel(page)).toHaveCount(0);
});
