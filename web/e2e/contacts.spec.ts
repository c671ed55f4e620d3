// People: finding them, and what the team knows of them.
import type { Organization } from "./support/server";
import { Customer } from "./support/server";
import { expect, test } from "./support/test";
import { bothThemes, HOSTILE, overflow, PHONE } from "./support/themes";

/** Whoever wrote to a channel of the organization's, as contacts. */
async function people({ admin }: Organization, ...names: string[]) {
  const channelId = await admin.programChannel();
  const contacts: { id: string; name: string }[] = [];
  for (const [at, name] of names.entries()) {
    const customer = new Customer(admin, channelId, `c${at}`, name);
    await customer.write(`Hello from ${at}`);
    contacts.push((await customer.chat()).contact as { id: string; name: string });
  }
  return contacts as [{ id: string; name: string }, ...{ id: string; name: string }[]];
}

test("somebody is found by a part of the name, and whoever writes for the first time appears", async ({
  organization,
  openAs,
}) => {
  await people(organization, "Carla Customer", "Dora Dealer");
  const page = await openAs(organization.admin, "/contacts");
  const lines = page.getByRole("region", { name: "Contacts" }).getByRole("listitem");
  await expect(lines).toHaveText([/Dora Dealer/, /Carla Customer/]);
  await people(organization, "Emil Early");
  await expect(lines).toHaveText([/Emil Early/, /Dora Dealer/, /Carla Customer/]);
  await page.getByLabel("Search people").fill("arla");
  await expect(lines).toHaveText([/Carla Customer/]);
  await expect(page).toHaveURL(/q=arla/);
  await page.reload();
  await expect(lines).toHaveText([/Carla Customer/]);
  await page.getByLabel("Search people").fill("nobody at all");
  await expect(page.getByText("Nobody found")).toBeVisible();
});

test("what one changes of a person, another sees; a wrong address is told at its field", async ({
  organization,
  openAs,
}) => {
  const [carla] = await people(organization, "Carla Customer");
  const bob = await organization.admin.hire("Bob Builder");
  const page = await openAs(organization.admin, `/contacts/${carla.id}`);
  const other = await openAs(bob, `/contacts/${carla.id}`);
  await expect(other.getByRole("heading", { name: "Carla Customer" })).toBeVisible();
  await page.getByRole("button", { name: "Edit: Name" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Carla Smith");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Carla Smith" })).toBeVisible();
  await page.getByRole("button", { name: "Edit: E-mail" }).click();
  await page.getByLabel("E-mail", { exact: true }).fill("no address");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByLabel("E-mail", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("E-mail", { exact: true }).fill("carla@example.com");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("link", { name: "carla@example.com", exact: true })).toHaveAttribute(
    "href",
    "mailto:carla@example.com",
  );
  await expect(other.getByRole("heading", { name: "Carla Smith" })).toBeVisible();
});

test("notes are the team's: anyone writes, the writer and a moderator delete", async ({ organization, openAs }) => {
  const [carla] = await people(organization, "Carla Customer");
  const bob = await organization.admin.hire("Bob Builder");
  await organization.admin.post(`/api/contacts/${carla.id}/notes`, { content: "Prefers calls" });
  const page = await openAs(bob, `/contacts/${carla.id}`);
  const notes = page.getByRole("region", { name: "Notes" });
  await expect(notes.getByRole("listitem")).toHaveText([/Prefers calls.*Ann Admin/s]);
  await expect(notes.getByRole("button", { name: "Delete note" })).toHaveCount(0);
  await notes.getByLabel("New note").fill(HOSTILE);
  await notes.getByLabel("New note").press("Control+Enter");
  await expect(notes.getByRole("listitem").first()).toContainText("<img src=x");
  await expect(notes.getByLabel("New note")).toHaveValue("");
  await notes.getByRole("button", { name: "Delete note" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(notes.getByRole("listitem")).toHaveText([/Prefers calls/]);
});

test("two contacts of one person are suggested, merged and taken apart again", async ({ organization, openAs }) => {
  const { admin } = organization;
  const [carla, work] = await people(organization, "Carla Customer", "Carla at work", "Dora Dealer");
  for (const { id } of [carla, work ?? carla]) await admin.patch(`/api/contacts/${id}`, { phone: "+491701234567" });
  const page = await openAs(admin, `/contacts/${carla.id}`);
  const maybe = page.getByRole("region", { name: "May be the same person" });
  await expect(maybe).toContainText("same phone");
  await maybe.getByRole("button", { name: "Merge" }).click();
  await expect(page.getByText("Carla at work was merged.")).toBeVisible();
  const known = page.getByRole("region", { name: "Known as" });
  await expect(known.getByRole("listitem")).toHaveCount(2);
  await expect(page.getByRole("region", { name: "Chats" }).getByRole("listitem")).toHaveCount(2);
  await known.getByRole("button", { name: /Take Carla at work out/ }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Take out" }).click();
  await expect(known.getByRole("listitem")).toHaveCount(1);

  await page.getByRole("button", { name: "Merge with…" }).click();
  await page.getByLabel("Who is the same person?").fill("dora");
  await page.getByRole("button", { name: "Merge Dora Dealer" }).click();
  await expect(known.getByRole("listitem")).toHaveCount(2);
  await page.getByRole("button", { name: "Undo" }).last().click();
  await expect(known.getByRole("listitem")).toHaveCount(1);
});

test("whoever may not merge is not offered it", async ({ organization, openAs }) => {
  const [carla] = await people(organization, "Carla Customer");
  const page = await openAs(await organization.admin.hire("Bob Builder"), `/contacts/${carla.id}`);
  await expect(page.getByRole("heading", { name: "Carla Customer" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Merge with…" })).toHaveCount(0);
});

test("a blocked person is marked, found among the blocked, and unblocked", async ({ organization, openAs }) => {
  const [carla] = await people(organization, "Carla Customer", "Dora Dealer");
  const page = await openAs(organization.admin, `/contacts/${carla.id}`);
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Block" }).click();
  await expect(page.getByText(/^Blocked since/)).toBeVisible();
  await page.getByRole("button", { name: "Blocked only" }).click();
  const lines = page.getByRole("region", { name: "Contacts" }).getByRole("listitem");
  await expect(lines).toHaveText([/Carla Customer.*Blocked/s]);
  await page.getByRole("button", { name: "Unblock" }).click();
  await expect(page.getByText(/^Blocked since/)).toHaveCount(0);
});

test("a name is text whatever it holds; the page is fit for all, on phones one thing at a time", async ({
  organization,
  openAs,
}) => {
  const [hostile] = await people(organization, HOSTILE.slice(0, 60));
  await organization.admin.post(`/api/contacts/${hostile.id}/notes`, { content: HOSTILE });
  const page = await openAs(organization.admin, "/contacts", PHONE);
  await expect(page.getByRole("link", { name: /<img src=x/ })).toBeVisible();
  expect([await overflow(page), ...(await bothThemes(page))]).toEqual([0]);
  await page.getByRole("link", { name: /<img src=x/ }).click();
  await expect(page.getByRole("heading", { name: /<img src=x/ })).toBeVisible();
  await expect(page.getByRole("region", { name: "Notes" }).getByRole("listitem")).toHaveCount(1);
  expect([await overflow(page), ...(await bothThemes(page))]).toEqual([0]);
  await page.getByRole("button", { name: "Merge with…" }).click();
  expect(await bothThemes(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Back to the list" }).click();
  await expect(page.getByLabel("Search people")).toBeVisible();
  expect(await page.title()).not.toBe("run");
  expect(await page.locator("main img").count()).toBe(0);
});
