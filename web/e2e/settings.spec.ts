// The settings, as those who keep a support team running use them.
import type { Page } from "@playwright/test";
import { newId, newToken, test } from "./support/networks";
import { Person } from "./support/server";
import { accessibility, expect, openDashboard } from "./support/test";

const HOSTILE = `<img src=x onerror="document.title='owned'"><b>“Bob”</b>`;
const submit = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

test("a person is added and signs in, and loses sections within seconds of losing the role", async ({
  organization,
  openAs,
  browser,
}) => {
  const page = await openAs(organization.admin, "/settings/users");
  await page.getByRole("link", { name: "Add a person" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Mia Moderator");
  const email = `mia.${newId()}@example.com`;
  await page.getByLabel("E-mail").fill(email);
  await submit(page, "Generate");
  const password = await page.getByLabel("Password").inputValue();
  expect(password.length).toBeGreaterThanOrEqual(12);
  await page.getByRole("radio", { name: /Administrator/ }).check();
  await submit(page, "Add a person");
  await expect(page.getByText(password)).toBeVisible();

  const mia = await Person.signIn(organization.server, { id: "", name: "Mia Moderator", email, password });
  const hers = await openDashboard(browser, mia, "/settings/channels", {});
  await expect(hers.getByRole("heading", { name: "Connect your first channel" })).toBeVisible();

  await page.getByRole("link", { name: /Mia Moderator/ }).click();
  await page.getByRole("radio", { name: /Operator/ }).check();
  await submit(page, "Save");
  await expect(hers.getByText("Only administrators see this")).toBeVisible({ timeout: 45_000 });
  await expect(hers.getByRole("link", { name: "People" })).toHaveCount(0);

  await page.getByRole("link", { name: /Mia Moderator/ }).click();
  await submit(page, "Deactivate");
  await page.getByRole("alertdialog").getByRole("button", { name: "Deactivate" }).click();
  await expect(page.getByRole("heading", { name: "Deactivated" })).toBeVisible();
  await expect(hers.getByRole("button", { name: "Sign in" })).toBeVisible({ timeout: 45_000 });
  await hers.context().close();
});

test("the last administrator stays one", async ({ organization, openAs }) => {
  const page = await openAs(organization.admin, `/settings/users?id=${organization.admin.account.id}`);
  await page.getByRole("radio", { name: /Operator/ }).check();
  await submit(page, "Save");
  await expect(page.getByRole("alert")).toContainText("last administrator");
  await page.getByRole("radio", { name: /Administrator/ }).check();
  await submit(page, "Deactivate");
  await page.getByRole("alertdialog").getByRole("button", { name: "Deactivate" }).click();
  await expect(page.getByRole("region", { name: /^Notifications/ })).toContainText("This is the last administrator");
});

test("a new password is set, and the old one is no longer good", async ({ organization, openAs }) => {
  const bob = await organization.admin.hire("Bob Builder");
  const page = await openAs(organization.admin, `/settings/users?id=${bob.account.id}`);
  await page.getByLabel("New password").fill("another good password");
  await submit(page, "Set the password");
  await expect(page.getByText("another good password")).toBeVisible();
  await expect(Person.signIn(organization.server, bob.account)).rejects.toThrow("401");
  await Person.signIn(organization.server, { ...bob.account, password: "another good password" });
});

test("an API key is shown once, works, and is refused once it is deleted", async ({ organization, openAs }) => {
  const page = await openAs(organization.admin, "/settings/api-keys");
  await page.getByLabel("Name").fill("Nightly export");
  await submit(page, "Make a key");
  const key = (await page.getByText(/^sk_/).textContent()) ?? "";
  const ask = () =>
    fetch(`${organization.server.url}/api/chats`, { headers: { authorization: `Bearer ${key}` } }).then(
      (response) => response.status,
    );
  expect(await ask()).toBe(200);
  await page.reload();
  await expect(page.getByText("Nightly export", { exact: true })).toBeVisible();
  await expect(page.getByText(key)).toHaveCount(0);
  await page.getByRole("button", { name: "Delete Nightly export" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No keys yet")).toBeVisible();
  await expect.poll(ask, { timeout: 30_000 }).toBe(401);
});

test("teams and labels are made, changed and deleted", async ({ organization, openAs }) => {
  await organization.admin.hire("Bob Builder");
  const page = await openAs(organization.admin, "/settings/teams");
  await page.getByRole("link", { name: "Add a team" }).click();
  await page.getByLabel("Name").fill("Support");
  await page.getByLabel("Bob Builder").check();
  await submit(page, "Add a team");
  await expect(page.getByRole("link", { name: /Support.*Bob Builder/ })).toBeVisible();
  await page.getByRole("link", { name: /Support/ }).click();
  await page.getByLabel("Bob Builder").uncheck();
  await submit(page, "Save");
  await expect(page.getByRole("link", { name: /Support.*Nobody is in it/ })).toBeVisible();

  await page.getByRole("link", { name: "Labels" }).click();
  await page.getByLabel("New label").fill("invoice");
  await page.getByRole("radio", { name: "Green" }).check();
  await submit(page, "Add the label");
  await expect(page.getByRole("button", { name: "Colour of invoice" })).toBeVisible();
  expect((await organization.admin.get("/api/labels")).items[0].color).toBe("#16a34a");
  await page.getByLabel("New label").fill("INVOICE");
  await submit(page, "Add the label");
  await expect(page.getByRole("alert")).toContainText("already");
  await page.getByLabel("New label").fill("");
  await page.getByRole("button", { name: "Colour of invoice" }).click();
  await page.getByRole("dialog").getByRole("radio", { name: "Red" }).click();
  await expect.poll(async () => (await organization.admin.get("/api/labels")).items[0].color).toBe("#dc2626");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Delete invoice" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No labels yet")).toBeVisible();
});

test("quick replies are made, found and changed by any operator", async ({ organization, openAs }) => {
  const bob = await organization.admin.hire("Bob Builder");
  const page = await openAs(bob, "/settings/quick-replies");
  await page.getByRole("link", { name: "Add a quick reply" }).click();
  await page.getByLabel("Shortcut").fill("two words");
  await page.getByLabel("Text").fill("We are open from 9 to 18.\nSee you!");
  await submit(page, "Add a quick reply");
  await expect(page.getByText("and no spaces")).toBeVisible();
  await page.getByLabel("Shortcut").fill("/hours");
  await submit(page, "Add a quick reply");
  await expect(page.getByText("/hours")).toBeVisible();
  await organization.admin.post("/api/quick-replies", { shortcut: "thanks", content: "Thank you!" });
  await page.reload();
  await expect(page.getByText("/thanks")).toBeVisible();
  await page.getByLabel("Search").fill("OPEN");
  await expect(page.getByText("/thanks")).toHaveCount(0);
  await page.getByRole("link", { name: /\/hours/ }).click();
  await expect(page.getByLabel("Text")).toHaveValue("We are open from 9 to 18.\nSee you!");
  await submit(page, "Delete");
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("/hours")).toHaveCount(0);
});

test("an operator sees the own sections alone, and others say why they are not there", async ({
  organization,
  openAs,
}) => {
  const bob = await organization.admin.hire("Bob Builder");
  const page = await openAs(bob, "/settings/profile");
  const links = page.getByRole("navigation", { name: "Settings" }).getByRole("link");
  await expect(links).toContainText(["Profile"]);
  for (const hidden of ["Channels", "People", "Teams", "Labels", "API keys", "System"]) {
    await expect(links.filter({ hasText: hidden })).toHaveCount(0);
  }
  await page.goto(`${organization.server.url}/settings/system`);
  await expect(page.getByText("Only administrators see this")).toBeVisible();
  await page.goto(`${organization.server.url}/settings/labels`);
  await expect(page.getByText("Only moderators and administrators see this")).toBeVisible();
});

test("a profile is changed, and colleagues see it", async ({ organization, openAs }) => {
  const bob = await organization.admin.hire("Bob Builder");
  const boss = await openAs(organization.admin, "/settings/users");
  const page = await openAs(bob, "/settings/profile");
  await page.getByLabel("Username").fill("bo b");
  await submit(page, "Save");
  await expect(page.getByText(/must have 2 to 32/)).toBeVisible();
  await page.getByLabel("Username").fill("bobby");
  await page.getByLabel("Name", { exact: true }).fill("Bob the Builder");
  await submit(page, "Save");
  await expect(page.getByRole("heading", { name: "Bob the Builder" })).toBeVisible();
  await expect(boss.getByText("Bob the Builder")).toBeVisible();
  await expect(boss.getByText("@bobby")).toBeVisible();
});

test("what was not understood is listed with its reason and can be read again", async ({
  organization,
  openAs,
  bridge,
}) => {
  const { id } = await organization.admin.post("/api/channels", { name: "Phone", provider: "bridge", credentials: {} });
  await expect.poll(async () => (await organization.admin.get(`/api/channels/${id}`)).status).toBe("qr");
  await bridge.tell(id, "poll.moon", { text: HOSTILE });
  const page = await openAs(organization.admin, "/settings/system");
  await expect(page.getByText(/Version \d/)).toBeVisible();
  await expect(page.getByText("Works").first()).toBeVisible();
  await expect(page.getByText(/poll\.moon.*is not one of/)).toBeVisible();
  await page.getByText("Show the delivery").click();
  await expect(page.getByText("onerror")).toBeVisible();
  await submit(page, "Read again");
  await expect(page.getByText(/Still not understood/)).toBeVisible();
});

test("hostile names are shown as what they are", async ({ organization, openAs }) => {
  const { admin, server } = organization;
  await admin.programChannel(HOSTILE);
  await admin.post("/api/labels", { name: HOSTILE.slice(0, 40) });
  await admin.post("/api/teams", { name: HOSTILE, userIds: [] });
  await admin.post("/api/quick-replies", { shortcut: "x", content: HOSTILE });
  await admin.post("/api/api-keys", { name: HOSTILE, role: "user" });
  await admin.patch("/api/me", { name: HOSTILE });
  const page = await openAs(admin, "/settings/channels");
  for (const section of ["channels", "labels", "teams", "quick-replies", "api-keys", "users", "profile"]) {
    await page.goto(`${server.url}/settings/${section}`);
    await expect(page.getByText("<img src=x").first()).toBeVisible();
    await expect(page.locator("img[src=x]")).toHaveCount(0);
  }
  expect(await page.title()).not.toBe("owned");
});

test("sound and notifications are chosen, tried and kept", async ({ organization, openAs }) => {
  const page = await openAs(organization.admin, "/settings/notifications", { permissions: ["notifications"] });
  await page.evaluate(() => {
    const shown: string[] = [];
    Object.assign(window, { shown });
    window.Notification = new Proxy(Notification, {
      construct: (target, [title]) => {
        shown.push(title);
        return Object.create(target.prototype);
      },
    });
  });
  await page.getByRole("switch", { name: "Desktop notifications" }).click();
  await expect(page.getByRole("switch", { name: "Desktop notifications" })).toBeChecked();
  await page.getByRole("radio", { name: /Mine alone/ }).check();
  await page.getByRole("button", { name: "Try it" }).click();
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { shown: string[] }).shown))
    .toEqual(["Switchboard"]);
  await page.getByRole("switch", { name: "Sound" }).click();
  await page.reload();
  await expect(page.getByRole("switch", { name: "Sound" })).not.toBeChecked();
  await expect(page.getByRole("radio", { name: /Mine alone/ })).toBeChecked();
});

const PLACES = [
  "profile",
  "notifications",
  "channels",
  "channels?add=choose",
  "channels?add=webchat",
  "channels?add=telegram",
  "channels?add=waba",
  "channels?add=bridge",
  "users",
  "users?add=new",
  "teams",
  "teams?add=new",
  "labels",
  "quick-replies",
  "quick-replies?add=new",
  "api-keys",
  "system",
];

for (const theme of ["light", "dark"] as const) {
  test(`every section can be used by everybody, in ${theme}`, async ({ organization, openAs }) => {
    test.setTimeout(240_000);
    const { admin, server } = organization;
    const places = [...PLACES];
    for (const id of [await admin.webchatChannel(), await admin.programChannel()]) places.push(`channels?id=${id}`);
    const credentials = { phoneNumberId: `20${newId()}`, accessToken: "EAASecretOfMeta" };
    const others = [
      { name: "Number", provider: "waba", credentials },
      { name: "Phone", provider: "bridge" },
      { name: "Bot", provider: "telegram", credentials: { token: newToken() } },
    ];
    for (const other of others) places.push(`channels?id=${(await admin.post("/api/channels", other)).id}`);
    places.push(`users?id=${(await admin.hire("Bob Builder")).account.id}`);
    await admin.post("/api/labels", { name: "invoice", color: "#16a34a" });
    await admin.post("/api/quick-replies", { shortcut: "hours", content: "9 to 18" });
    await admin.post("/api/teams", { name: "Support", userIds: [admin.account.id] });
    await admin.post("/api/api-keys", { name: "Export", role: "user" });
    const page = await openAs(admin, "/settings/profile", { colorScheme: theme });
    for (const place of places) {
      await page.goto(`${server.url}/settings/${place}`);
      await page.locator("[data-connection=live]").waitFor({ state: "attached" });
      await expect(page.locator("h1")).toBeVisible();
      await expect(page.getByText("Loading…")).toHaveCount(0);
      expect(await accessibility(page), place).toEqual([]);
    }
  });
}

test("on a phone the list of sections comes first, and nothing is wider than the screen", async ({
  organization,
  openAs,
}) => {
  const { admin, server } = organization;
  const id = await admin.webchatChannel();
  const page = await openAs(admin, "/settings", { viewport: { width: 360, height: 740 } });
  const sections = page.getByRole("navigation", { name: "Settings" });
  await expect(sections).toBeVisible();
  await sections.getByRole("link", { name: "Channels" }).click();
  await expect(sections).toBeHidden();
  await expect(page.getByRole("heading", { name: "Channels" })).toBeVisible();
  for (const place of [...PLACES, `channels?id=${id}`]) {
    await page.goto(`${server.url}/settings/${place}`);
    await expect(page.locator("h1")).toBeVisible();
    await expect(page.getByText("Loading…")).toHaveCount(0);
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll("main *")]
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .map((element) => element.outerHTML.slice(0, 120)),
    );
    expect(wide, place).toEqual([]);
  }
  await page.getByRole("link", { name: "Channels" }).click();
  await page.getByRole("main").getByRole("link", { name: "Settings" }).click();
  await expect(sections).toBeVisible();
});
