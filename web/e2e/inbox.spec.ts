// The list of chats and what is done with a chat, by two operators and customers at once.
import type { Page } from "@playwright/test";
import { Customer, type Organization, type Person } from "./support/server";
import { accessibility, expect, test } from "./support/test";

const row = (page: Page, name: string) => page.locator("[data-chats] [data-chat]").filter({ hasText: name });
/** Names of the chats from the top down. */
const order = (page: Page) =>
  page
    .locator("[data-chats] li")
    .evaluateAll((lines) =>
      lines
        .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
        .map((line) => line.querySelector(".truncate")?.textContent),
    );
const toast = (page: Page, text: string | RegExp) => page.locator("[data-sonner-toast]").filter({ hasText: text });
const head = (page: Page) => page.locator("header").filter({ has: page.getByRole("button", { name: "Snooze" }) });

/** Keys mean something where nothing is being written; an open chat begins with its field. */
async function leaveField(page: Page): Promise<void> {
  await head(page).waitFor();
  const field = page.getByRole("textbox", { name: "Message" });
  await expect(field).toBeFocused();
  await field.press("Escape");
  await field.blur();
}

async function customers({ admin }: Organization, ...names: string[]): Promise<Customer[]> {
  const channelId = await admin.programChannel();
  const made = names.map((name) => new Customer(admin, channelId, name.toLowerCase(), name));
  for (const one of made) await one.write(`Hello from ${one.name}`);
  return made;
}

async function idOf(customer: Customer | undefined): Promise<string> {
  return (await (customer as Customer).chat()).id;
}

test("the newest chat is first, live, with its unread count and what was said", async ({ organization, openAs }) => {
  const [carla, dmitri] = await customers(organization, "Carla", "Dmitri");
  const page = await openAs(organization.admin);
  await expect.poll(() => order(page)).toEqual(["Dmitri", "Carla"]);
  await carla?.write("Is anybody here?");
  await expect.poll(() => order(page)).toEqual(["Carla", "Dmitri"]);
  await expect(row(page, "Carla")).toContainText("Is anybody here?");
  await expect(row(page, "Carla")).toContainText("2 unread");
  await organization.admin.post("/api/messages/send", { chatId: await idOf(dmitri), content: "Good day" });
  await expect.poll(() => order(page)).toEqual(["Dmitri", "Carla"]);
  await expect(row(page, "Dmitri")).toContainText("You:");
  await expect(row(page, "Dmitri")).not.toContainText("unread");
});

test("a first message makes a line without anybody doing anything", async ({ organization, openAs }) => {
  const channelId = await organization.admin.programChannel();
  const page = await openAs(organization.admin);
  await expect(page.getByText("All done")).toBeVisible();
  await new Customer(organization.admin, channelId, "e", "Elena").write("New here");
  await expect(row(page, "Elena")).toContainText("New here");
});

test("without a channel an administrator is led to connect one", async ({ organization, openAs }) => {
  const page = await openAs(organization.admin);
  await expect(page.getByText("No channel is connected yet")).toBeVisible();
  await page.getByRole("link", { name: /Connect Telegram/ }).click();
  await expect(page).toHaveURL(/\/settings\/channels$/);
});

test("each filter is in the address and leaves the chats it names", async ({ organization, openAs }) => {
  const { admin } = organization;
  const bob = await admin.hire("Bob Brown");
  const [mine, his, urgent, done, asleep] = await customers(organization, "Mine", "His", "Tagged", "Done", "Asleep");
  await admin.patch(`/api/chats/${await idOf(mine)}`, { assignedUserId: admin.account.id });
  await admin.patch(`/api/chats/${await idOf(his)}`, { assignedUserId: bob.account.id });
  await admin.patch(`/api/chats/${await idOf(urgent)}`, { labels: ["refund"], priority: "urgent" });
  await admin.patch(`/api/chats/${await idOf(done)}`, { status: "resolved" });
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await admin.patch(`/api/chats/${await idOf(asleep)}`, { snoozedUntil: until });
  await admin.post(`/api/chats/${await idOf(his)}/read`);
  const channelId = await admin.programChannel("Second program");
  await new Customer(admin, channelId, "other", "Other").write("Over there");
  const page = await openAs(admin);
  const shows = async (...names: string[]) => expect.poll(async () => (await order(page)).sort()).toEqual(names.sort());
  const choose = async (field: string, option: string) => {
    await page.getByRole("button", { name: "Filters", exact: true }).click();
    await page.getByLabel(field, { exact: true }).selectOption(option);
    await page.keyboard.press("Escape");
  };
  const clear = () => page.getByRole("button", { name: "Clear filters" }).first().click();
  await shows("Mine", "His", "Tagged", "Asleep", "Other");

  await page.getByRole("link", { name: "Mine", exact: true }).click();
  await expect(page).toHaveURL(/assignedTo=me/);
  await shows("Mine");
  await page.getByRole("link", { name: "Unassigned" }).click();
  await shows("Tagged", "Asleep", "Other");
  await page.getByRole("link", { name: "All", exact: true }).click();

  await choose("State", "Resolved");
  await shows("Done");
  await page.reload();
  await shows("Done");
  await choose("State", "Snoozed");
  await shows("Asleep");
  await choose("State", "All states");
  await shows("Mine", "His", "Tagged", "Done", "Asleep", "Other");
  await clear();
  await expect(page).toHaveURL(/\/inbox$/);

  await choose("Channel", "Second program");
  await shows("Other");
  await page.getByRole("button", { name: "Take off the filter: Second program" }).click();
  await choose("Channel", "Telegram");
  await expect(page.getByText("No chat fits these filters")).toBeVisible();
  await clear();
  await choose("Assigned to", "Bob Brown");
  await shows("His");
  await clear();
  await page.keyboard.press("u");
  await expect(page).toHaveURL(/unread=true/);
  await shows("Mine", "Tagged", "Asleep", "Other");
  await page.goBack();
  await page.goto(`${organization.server.url}/inbox?label=refund`);
  await shows("Tagged");
  await expect(row(page, "Tagged")).toContainText("Urgent");
  expect(await accessibility(page)).toEqual([]);
});

test("a chat that stops or begins to fit the filter goes and comes by itself", async ({ organization, openAs }) => {
  const { admin } = organization;
  const [carla] = await customers(organization, "Carla", "Dmitri");
  const page = await openAs(admin, "/inbox?assignedTo=none");
  await expect(row(page, "Carla")).toBeVisible();
  await admin.post(`/api/chats/${await idOf(carla)}/claim`);
  await expect(row(page, "Carla")).toHaveCount(0);
  await expect(row(page, "Dmitri")).toBeVisible();
  await admin.post(`/api/chats/${await idOf(carla)}/release`);
  await expect(row(page, "Carla")).toBeVisible();
});

test("a search finds people by name, and messages, which open where they were said", async ({
  organization,
  openAs,
}) => {
  const [carla] = await customers(organization, "Carla", "Dmitri");
  await carla?.write("The blue armchair has not come");
  const page = await openAs(organization.admin);
  await expect.poll(() => order(page)).toHaveLength(2);
  await page.keyboard.press("/");
  await page.keyboard.type("dmit");
  await expect(page).toHaveURL(/q=dmit/);
  await expect.poll(() => order(page)).toEqual(["Dmitri"]);
  await page.getByRole("searchbox").fill("armchair");
  const hit = page.getByRole("list", { name: "Messages" }).getByRole("link", { name: /armchair/ });
  await expect(hit).toContainText("Carla");
  await hit.click();
  await expect(page).toHaveURL(new RegExp(`/inbox/${await idOf(carla)}\\?.*message=`));
  await page.getByRole("button", { name: "Clear the search" }).click();
  await expect.poll(() => order(page)).toEqual(["Carla", "Dmitri"]);
});

test("of two who take a chat at once one has it, and the other reads who", async ({ organization, openAs }) => {
  const { admin } = organization;
  const bob = await admin.hire("Bob Brown");
  const [carla] = await customers(organization, "Carla");
  const address = `/inbox/${await idOf(carla)}`;
  const pages = await Promise.all([openAs(admin, address), openAs(bob, address)]);
  const take = pages.map((page) => page.getByRole("button", { name: "Take", exact: true }));
  for (const button of take) await expect(button).toBeVisible();
  // neither page may learn of the other's click before its own: the server is told when both have clicked
  let goOn = () => {};
  const bothClicked = new Promise<void>((done) => {
    goOn = done;
  });
  for (const page of pages) {
    await page.route("**/claim", async (route) => {
      await bothClicked;
      await route.continue();
    });
  }
  const claims = pages.map((page) => page.waitForResponse("**/claim"));
  for (const button of take) await button.click();
  goOn();
  await Promise.all(claims);
  const { assignedUserId } = await (carla as Customer).chat();
  const [winner, loser] = assignedUserId === admin.account.id ? pages : [pages[1], pages[0]];
  const name = assignedUserId === admin.account.id ? "Ann Admin" : "Bob Brown";
  await expect(toast(winner as Page, "The chat is yours")).toBeVisible();
  await expect(toast(loser as Page, `${name} was faster`)).toBeVisible();
  for (const page of pages) {
    await expect(page.getByRole("button", { name: `Assigned to ${name}` })).toBeVisible();
    await expect(page.getByRole("button", { name: "Take", exact: true })).toHaveCount(0);
  }
});

test("assigning, snoozing, resolving and reopening are seen by the colleague as they happen", async ({
  organization,
  openAs,
}) => {
  const { admin } = organization;
  const bob = await admin.hire("Bob Brown");
  const [carla] = await customers(organization, "Carla");
  const page = await openAs(admin, `/inbox/${await idOf(carla)}`);
  const other = await openAs(bob);
  await expect(row(other, "Carla")).toBeVisible();
  await leaveField(page);

  await page.keyboard.press("a");
  await page.keyboard.type("bob");
  await page.keyboard.press("Enter");
  await expect(row(other, "Carla")).toContainText("Assigned to you");

  await page.keyboard.press("s");
  await page.getByRole("menuitem", { name: /Tomorrow/ }).click();
  await expect(row(other, "Carla")).toContainText("Snoozed until");
  await toast(page, "Snoozed until").getByRole("button", { name: "Undo" }).click();
  await expect(row(other, "Carla")).not.toContainText("Snoozed until");

  await page.keyboard.press("e");
  await expect(row(other, "Carla")).toHaveCount(0);
  await expect(row(page, "Carla")).toHaveCount(0);
  await toast(page, "Resolved").getByRole("button", { name: "Undo" }).click();
  await expect(row(other, "Carla")).toBeVisible();

  await page.keyboard.press("e");
  await expect(row(other, "Carla")).toHaveCount(0);
  await carla?.write("One more thing");
  await expect(row(other, "Carla")).toContainText("One more thing");
  await expect(page.getByRole("button", { name: "Resolve" })).toBeVisible();
});

test("labels and priority are set by keys and menus, and shown to the colleague", async ({ organization, openAs }) => {
  const { admin } = organization;
  const bob = await admin.hire("Bob Brown");
  await admin.post("/api/labels", { name: "refund", color: "#b42318" });
  await admin.post("/api/labels", { name: "delivery", color: "#147a4b" });
  const [carla] = await customers(organization, "Carla");
  const page = await openAs(admin, `/inbox/${await idOf(carla)}`);
  const other = await openAs(bob);
  await leaveField(page);
  await page.keyboard.press("l");
  await page.getByRole("option", { name: "refund" }).click();
  await page.getByRole("option", { name: "delivery" }).click();
  await expect(row(other, "Carla")).toContainText("refund");
  await expect(row(other, "Carla")).toContainText("delivery");
  await page.getByRole("option", { name: "refund" }).click();
  await expect(row(other, "Carla")).not.toContainText("refund");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitemcheckbox", { name: "Urgent" }).click();
  await expect(row(other, "Carla")).toContainText("Urgent");
});

test("who looks at the same chat is shown, and that a colleague writes there", async ({ organization, openAs }) => {
  const { admin } = organization;
  const bob = await admin.hire("Bob Brown");
  const [carla] = await customers(organization, "Carla");
  const address = `/inbox/${await idOf(carla)}`;
  const page = await openAs(admin, address);
  const other = await openAs(bob, address);
  await expect(page.getByText("Also here: Bob Brown")).toBeAttached();
  await expect(other.getByText("Also here: Ann Admin")).toBeAttached();
  await other.getByRole("textbox", { name: "Message" }).first().pressSequentially("I am look");
  await expect(head(page).getByText("Bob Brown is writing an answer")).toBeVisible();
  await expect(row(page, "Carla")).toContainText("is typing");
  await other.goto(`${organization.server.url}/inbox`);
  await expect(page.getByText("Also here: Bob Brown")).toHaveCount(0);
});

test("several tabs of one operator show the same, and one person", async ({ organization, openAs }) => {
  const { admin } = organization;
  const bob = await admin.hire("Bob Brown");
  const [carla] = await customers(organization, "Carla");
  const address = `/inbox/${await idOf(carla)}`;
  const page = await openAs(bob, address);
  const second = await page.context().newPage();
  await second.goto(organization.server.url + address);
  const colleague = await openAs(admin, address);
  await expect(colleague.getByText("Also here: Bob Brown", { exact: true })).toBeAttached();
  await leaveField(page);
  await page.keyboard.press("e");
  await expect(second.getByRole("button", { name: "Reopen" })).toBeVisible();
  await second.close();
  await expect(colleague.getByText("Also here: Bob Brown", { exact: true })).toBeAttached();
});

test("a moderator deletes a chat after being asked, and it is gone for all", async ({ organization, openAs }) => {
  const { admin } = organization;
  const bob = await admin.hire("Bob Brown");
  const [carla] = await customers(organization, "Carla");
  const page = await openAs(admin, `/inbox/${await idOf(carla)}`);
  const other = await openAs(bob, `/inbox/${await idOf(carla)}`);
  await other.getByRole("button", { name: "More", exact: true }).click();
  await expect(other.getByRole("menuitem", { name: "Delete chat" })).toHaveCount(0);
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Delete chat" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/\/inbox$/);
  await expect(row(page, "Carla")).toHaveCount(0);
  await expect(row(other, "Carla")).toHaveCount(0);
});

test("keys alone open a chat, answer and resolve it", async ({ organization, openAs }) => {
  const { admin } = organization;
  const [carla] = await customers(organization, "Carla", "Dmitri", "Elena");
  const page = await openAs(admin);
  await expect(row(page, "Elena")).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("k");
  await expect(row(page, "Dmitri")).toBeFocused();
  await page.keyboard.press("End");
  await expect(row(page, "Carla")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(await idOf(carla)));
  const field = page.getByRole("textbox", { name: "Message" });
  await expect(field).toBeFocused();
  await page.keyboard.type("We are looking into it");
  await page.keyboard.press("Enter");
  await expect(row(page, "Carla")).toContainText("We are looking into it");
  await leaveField(page);
  await page.keyboard.press("e");
  await expect(row(page, "Carla")).toHaveCount(0);
  await page.keyboard.press("Shift+?");
  await expect(page.getByRole("dialog")).toContainText("Next chat");
  await expect(page.getByRole("dialog")).toContainText("Resolve or reopen");
});

test("a list that cannot be loaded says so and is loaded at another try", async ({ organization, openAs }) => {
  await customers(organization, "Carla");
  const page = await openAs(organization.admin);
  await page.route(/\/api\/chats\?/, (route) =>
    route.fulfill({
      status: 500,
      contentType: "application/problem+json",
      body: JSON.stringify({ title: "Internal", status: 500, code: "INTERNAL", detail: "Broken." }),
    }),
  );
  await page.getByRole("link", { name: "Unassigned" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "went wrong" })).toBeVisible();
  await page.unroute(/\/api\/chats\?/);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(row(page, "Carla")).toBeVisible();
});

test("on a phone the list and the chat have the screen in turn, with nothing beyond its edge", async ({
  organization,
  openAs,
}) => {
  await customers(organization, "Carla", "Dmitri");
  const page = await openAs(organization.admin, "/inbox", { viewport: { width: 360, height: 740 } });
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
  await row(page, "Carla").click();
  await expect(page.getByRole("heading", { name: "Carla" })).toBeVisible();
  await expect(row(page, "Dmitri")).toBeHidden();
  expect(await fits()).toBe(true);
  await page.getByRole("button", { name: "Show the contact" }).click();
  await expect(page.getByRole("dialog", { name: "Contact" })).toContainText("Details");
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Back to the chats" }).click();
  await expect(row(page, "Dmitri")).toBeVisible();
  expect(await fits()).toBe(true);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`nothing stands in the way of anybody, ${colorScheme}`, async ({ organization, openAs }) => {
    const [carla] = await customers(organization, "Carla", "Dmitri");
    await organization.admin.patch(`/api/chats/${await idOf(carla)}`, { labels: ["refund"], priority: "high" });
    const page = await openAs(organization.admin, `/inbox/${await idOf(carla)}`, { colorScheme });
    await expect(page.getByRole("heading", { name: "Carla" }).first()).toBeVisible();
    expect(await accessibility(page)).toEqual([]);
    await leaveField(page);
    await page.keyboard.press("a");
    await expect(page.getByRole("combobox", { name: "Assign to" })).toBeFocused();
    expect(await accessibility(page)).toEqual([]);
  });
}

test("what is under the pointer stays there while others write, and the way up is offered", async ({
  organization,
  openAs,
}) => {
  const { admin } = organization;
  const names = Array.from({ length: 40 }, (_, at) => `Person ${String(at).padStart(2, "0")}`);
  const made = await customers(organization, ...names);
  const page: Page = await openAs(admin satisfies Person);
  await expect(row(page, "Person 39")).toBeVisible();
  const list = page.locator("[data-chats]");
  await list.hover();
  await page.mouse.wheel(0, 900);
  await expect(row(page, "Person 22")).toBeVisible();
  const before = await row(page, "Person 22").boundingBox();
  await made[0]?.write("From far below");
  await made[1]?.write("Me too");
  await expect(page.getByRole("button", { name: "2 new" })).toBeVisible();
  expect(await row(page, "Person 22").boundingBox()).toEqual(before);
  await page.getByRole("button", { name: "2 new" }).click();
  await expect(row(page, "Person 01")).toContainText("Me too");
  await expect(page.getByRole("button", { name: "2 new" })).toHaveCount(0);
});
