// What calls an operator: the number in the title, one sound and one notification however many tabs are open.
import type { Page } from "@playwright/test";
import { Customer, type Person } from "./support/server";
import { expect, test } from "./support/test";

/** Counts what a tab rings and shows, in place of the desktop and the loudspeaker. */
async function listen(page: Page): Promise<void> {
  await page.context().addInitScript(() => {
    const counts = { rings: 0, shown: [] as string[], last: null as { onclick: (() => void) | null } | null };
    Object.assign(window, { calls: counts });
    class Shown {
      static permission = "granted";
      static requestPermission = async () => "granted";
      onclick: (() => void) | null = null;
      constructor(title: string, { body }: { body: string }) {
        counts.shown.push(`${title}: ${body}`);
        counts.last = this;
      }
      close() {}
    }
    Object.defineProperty(window, "Notification", { value: Shown });
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (at?: number) {
      counts.rings += 1;
      start.call(this, at);
    };
  });
}

interface Calls {
  rings: number;
  shown: string[];
  last: { onclick: (() => void) | null } | null;
}
const calls = (page: Page) => page.evaluate(() => (window as unknown as { calls: Calls }).calls);
const shown = async (pages: Page[]) => (await Promise.all(pages.map(calls))).flatMap((one) => one.shown);

async function choose(page: Page, person: Person, about: string): Promise<void> {
  const settings = JSON.stringify({ sound: true, desktop: true, about });
  await page.evaluate(
    ([name, value]) => localStorage.setItem(name as string, value as string),
    [`switchboard.attention.${person.account.id}`, settings],
  );
  await listen(page);
  await page.reload();
  await page.locator("[data-connection=live]").waitFor({ state: "attached" });
  await page.locator("body").click({ position: { x: 5, y: 5 } });
}

test("the tab's title counts unread chats that are one's own or nobody's, live", async ({ organization, openAs }) => {
  const { admin } = organization;
  const bob = await admin.hire("Bob Brown");
  const channelId = await admin.programChannel();
  const [carla, dmitri] = ["Carla", "Dmitri"].map((name) => new Customer(admin, channelId, name, name));
  const page = await openAs(admin);
  await expect(page).toHaveTitle("Switchboard");
  await carla?.write("Hello");
  await expect(page).toHaveTitle("(1) Switchboard");
  await expect(page.locator("link[rel=icon]")).toHaveAttribute("href", /d92d20/);
  await dmitri?.write("Hello");
  await dmitri?.write("Hello again");
  await expect(page).toHaveTitle("(2) Switchboard");
  const chat = await dmitri?.chat();
  await admin.patch(`/api/chats/${chat?.id}`, { assignedUserId: bob.account.id });
  await expect(page).toHaveTitle("(1) Switchboard");
  await bob.post(`/api/chats/${(await carla?.chat())?.id}/read`);
  await expect(page).toHaveTitle("Switchboard");
});

test("one of several tabs calls, for a chat that nobody is looking at, and leads there", async ({
  organization,
  openAs,
}) => {
  const { admin } = organization;
  const channelId = await admin.programChannel();
  const carla = new Customer(admin, channelId, "carla", "Carla");
  const first = await openAs(admin);
  await choose(first, admin, "all");
  const second = await first.context().newPage();
  await second.goto(`${organization.server.url}/inbox`);
  await second.locator("[data-connection=live]").waitFor({ state: "attached" });
  const tabs = [first, second];
  await carla.write("Is anybody here?");
  await expect.poll(() => shown(tabs)).toEqual(["Carla: Is anybody here?"]);
  const speaker = (await calls(first)).shown.length > 0 ? first : second;
  expect((await calls(first)).rings + (await calls(second)).rings).toBe(2);
  await speaker.evaluate(() => (window as unknown as { calls: Calls }).calls.last?.onclick?.());
  const { id } = await carla.chat();
  await expect(speaker).toHaveURL(new RegExp(`/inbox/${id}`));
  // it is open now in a tab that can be seen
  await speaker.bringToFront();
  await carla.write("Thanks, I see you");
  await expect(speaker.locator("[data-chats]")).toContainText("Thanks, I see you");
  await speaker.waitForTimeout(500);
  expect(await shown(tabs)).toEqual(["Carla: Is anybody here?"]);
  // when the tab that speaks is closed another does
  await speaker.close();
  const left = tabs.find((tab) => tab !== speaker) as Page;
  const succeeded = () => left.evaluate(async () => (await navigator.locks.query()).pending?.length);
  await expect.poll(succeeded).toBe(0);
  await carla.write("Are you still there?");
  await expect.poll(() => shown([left])).toEqual(["Carla: Are you still there?"]);
});

test("whoever wants to hear of their own chats alone hears of no other", async ({ organization, openAs }) => {
  const { admin } = organization;
  const channelId = await admin.programChannel();
  const [carla, dmitri] = ["Carla", "Dmitri"].map((name) => new Customer(admin, channelId, name, name));
  const page = await openAs(admin);
  await choose(page, admin, "mine");
  await carla?.write("Nobody's chat");
  await expect(page.locator("[data-chats]")).toContainText("Nobody's chat");
  await dmitri?.write("First");
  await admin.post(`/api/chats/${(await dmitri?.chat())?.id}/claim`);
  await dmitri?.write("To my operator");
  await expect.poll(() => shown([page])).toEqual(["Dmitri: To my operator"]);
});
