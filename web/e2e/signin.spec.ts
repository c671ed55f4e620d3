// Getting in and out.
import { accessibility, expect, test } from "./support/test";

test("a wrong password is refused in words, and the right one leads to where the user wanted to go", async ({
  page,
  organization,
}) => {
  const { admin, server } = organization;
  await page.goto(`${server.url}/contacts`);
  await page.getByLabel("E-mail").fill(admin.account.email);
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("wrong");
  expect(await accessibility(page)).toEqual([]);
  await page.getByLabel("Password").fill(admin.account.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/contacts$/);
});

test("whoever signs out is out in all tabs", async ({ organization, openAs }) => {
  const page = await openAs(organization.admin);
  const other = await page.context().newPage();
  await other.goto(`${organization.server.url}/inbox`);
  await other.locator("[data-connection=live]").waitFor({ state: "attached" });
  await page.getByRole("button", { name: /Ann Admin/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
  await expect(other.getByRole("button", { name: "Sign in" })).toBeVisible();
});
