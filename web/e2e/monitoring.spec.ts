// How the server does, for administrators.
import { expect, test } from "./support/test";
import { bothThemes, HOSTILE, overflow, PHONE } from "./support/themes";

test("figures follow what happens, and are kept as a table too", async ({ organization: { admin }, openAs }) => {
  const page = await openAs(admin, "/monitoring");
  const online = page.locator("dl[aria-label=Now] div").filter({ hasText: "Colleagues online" });
  await expect(online.locator("dd").first()).toHaveText("1");
  await openAs(await admin.hire("Bob Builder"));
  await expect(online.locator("dd").first()).toHaveText("2");
  const chart = page.getByRole("figure", { name: "Connections" });
  await expect(chart.locator("canvas")).toBeVisible();
  await chart.getByRole("button", { name: "As a table" }).click();
  await expect(chart.getByRole("columnheader")).toHaveText(["Time", "/", "/chat", "/notifications", "/ws"]);
  await expect(page.getByRole("row", { name: /Answers/ })).toHaveCount(1);
  await expect(page.getByLabel("Health")).toContainText(/Database.*OK/);
});

test("a tab that nobody sees asks for nothing, and catches up when it is seen again", async ({
  organization: { admin },
  openAs,
}) => {
  const page = await openAs(admin, "/monitoring");
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/api/admin/monitoring")) asked += 1;
  });
  await expect.poll(() => asked, { timeout: 45_000 }).toBeGreaterThan(0);
  const see = (state: string) =>
    page.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }, state);
  await see("hidden");
  const before = asked;
  await page.waitForTimeout(7_000);
  expect(asked).toBe(before);
  await see("visible");
  await expect.poll(() => asked).toBeGreaterThan(before);
});

test("a channel that does not work says why, as text", async ({ organization: { admin }, server, openAs }) => {
  const id = await admin.programChannel("Shop");
  await server.sql(`update channels set status = 'error', last_error = $$${HOSTILE}$$ where id = '${id}'`);
  const page = await openAs(admin, "/monitoring");
  const channel = page.getByRole("region", { name: "Channels" }).getByRole("listitem");
  await expect(channel).toContainText("Error");
  await expect(channel).toContainText("<img src=x");
  expect(await page.title()).not.toBe("run");
});

test("a node that does not answer is marked, and figures that cannot be had are not taken for those of now", async ({
  organization: { admin },
  openAs,
}) => {
  const page = await openAs(admin, "/contacts");
  await page.route("**/api/admin/monitoring", async (route) => {
    const answer = await route.fetch();
    const figures = await answer.json();
    const silent = { ...figures.nodes[0], id: "01a22177-07fb-714c-bdfb-903eac20eed7", answered: false };
    await route.fulfill({ response: answer, json: { ...figures, nodes: [...figures.nodes, silent] } });
  });
  await page.getByRole("link", { name: "Monitoring" }).click();
  await expect(page.getByRole("row", { name: /903eac20eed7 Silent —/ })).toBeVisible();
  await page.unroute("**/api/admin/monitoring");
  await page.route("**/api/admin/monitoring", (route) => route.abort());
  await expect(page.getByText("These figures are not those of now.")).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("row", { name: /Silent/ })).toBeVisible();
});

test("it is for administrators, the whole server's figures for those of the server", async ({
  organization: { admin },
  openAs,
}) => {
  const page = await openAs(admin, "/monitoring");
  await page.getByRole("button", { name: "Whole server" }).click();
  await expect(page.getByRole("button", { name: "Whole server" })).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByRole("row", { name: /Answers/ })).toBeVisible();
  const other = await openAs(await admin.hire("Amir Admin", "admin"), "/monitoring");
  await expect(other.getByRole("row", { name: /Answers/ })).toBeVisible();
  await expect(other.getByRole("button", { name: "Whole server" })).toHaveCount(0);
  const mia = await openAs(await admin.hire("Mia Moderator", "moderator"), "/monitoring");
  await expect(mia.getByText("Your role does not allow this.")).toBeVisible();
});

test("the page is fit for all and for phones", async ({ organization: { admin }, openAs }) => {
  await admin.programChannel("Shop");
  const page = await openAs(admin, "/monitoring", PHONE);
  await expect(page.locator("canvas").first()).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "Shop" })).toBeVisible();
  expect([await overflow(page), ...(await bothThemes(page))]).toEqual([0]);
});
