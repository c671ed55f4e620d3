// What a member is told personally.
import { Customer, type Person } from "./support/server";
import { expect, test } from "./support/test";
import { bothThemes, HOSTILE, overflow, PHONE } from "./support/themes";

async function chatWith(admin: Person, name = "Carla Customer"): Promise<string> {
  const customer = new Customer(admin, await admin.programChannel(), "c1", name);
  await customer.write("Where is my parcel?");
  return (await customer.chat()).id;
}

test("a chat that is given to somebody is told at once, opened by a click, and read then", async ({
  organization: { admin },
  openAs,
}) => {
  const bob = await admin.hire("Bob Builder");
  const chatId = await chatWith(admin);
  const page = await openAs(bob, "/tickets");
  await expect(page.getByRole("button", { name: "Notifications", exact: true })).toBeVisible();
  await admin.patch(`/api/chats/${chatId}`, { assignedUserId: bob.account.id });
  await expect(page.getByText("Ann Admin assigned a chat to you")).toBeVisible();
  await page.getByRole("button", { name: "Notifications, 1 unread" }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /Ann Admin assigned a chat to you/ })
    .click();
  await expect(page).toHaveURL(new RegExp(`/inbox/${chatId}`));
  await expect(page.getByRole("button", { name: "Notifications", exact: true })).toBeVisible();
});

test("the word on a new one leads to its chat too; where that chat is open already there is none", async ({
  organization: { admin },
  openAs,
}) => {
  const bob = await admin.hire("Bob Builder");
  const chatId = await chatWith(admin);
  const page = await openAs(bob, "/tickets");
  const note = {
    userId: bob.account.id,
    type: "sla_breached",
    title: "Answer overdue: first",
    body: "",
    data: { chatId },
  };
  await admin.post("/api/notifications", note);
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`/inbox/${chatId}`));
  await expect(page.getByRole("button", { name: "Notifications", exact: true })).toBeVisible();
  await admin.post("/api/notifications", { ...note, title: "Answer overdue: second" });
  await expect(page.getByRole("button", { name: "Notifications, 1 unread" })).toBeVisible();
  await expect(page.getByText("Answer overdue: second")).toHaveCount(0);
});

test("all are marked as read at once; the list goes on as one scrolls", async ({ organization: { admin }, openAs }) => {
  for (let at = 1; at <= 110; at++) {
    await admin.post("/api/notifications", {
      userId: admin.account.id,
      type: "post_liked",
      title: `Like ${at}`,
      body: "",
      data: {},
    });
  }
  const page = await openAs(admin, "/tickets");
  await page.getByRole("button", { name: "Notifications, 99+ unread" }).click();
  const list = page.getByRole("dialog");
  const lines = list.getByRole("listitem");
  await expect(lines.first()).toContainText("Like 110");
  await lines.first().hover();
  await expect(async () => {
    await page.mouse.wheel(0, 4_000);
    await expect(lines).toHaveCount(110, { timeout: 500 });
  }).toPass();
  await list.getByRole("button", { name: "Mark all as read" }).click();
  await expect(page.getByRole("button", { name: "Notifications", exact: true })).toBeVisible();
  await list.getByRole("button", { name: "Unread", exact: true }).click();
  await expect(list.getByText("Everything is read")).toBeVisible();
});

test("every type is said in words, and what programs write is text whatever it holds", async ({
  organization: { admin },
  openAs,
}) => {
  const types = [
    "booking_request",
    "booking_confirmed",
    "booking_cancelled",
    "friend_request",
    "friend_accepted",
    "post_liked",
    "post_commented",
    "post_reposted",
    "mention",
    "review_received",
    "auto_booking_proposal",
    "chat_assigned",
    "chat_mentioned",
    "sla_breached",
    "channel_disconnected",
  ];
  for (const type of types) {
    const data = { chatId: "../../settings", url: "javascript:document.title='run'" };
    await admin.post("/api/notifications", { userId: admin.account.id, type, title: HOSTILE, body: HOSTILE, data });
  }
  const page = await openAs(admin, "/tickets", PHONE);
  await page.getByRole("button", { name: "Notifications, 15 unread" }).click();
  const list = page.getByRole("dialog");
  await expect(list.getByRole("listitem")).toHaveCount(15);
  const words = await list.getByRole("listitem").allInnerTexts();
  expect(words.filter((text) => /_|type\./.test(text.split("\n")[0] ?? ""))).toEqual([]);
  expect(new Set(words.map((text) => text.split("\n")[0])).size).toBe(15);
  const box = await list.boundingBox();
  expect(box && box.width >= 340 && box.x >= 0 && box.x + box.width <= 360).toBe(true);
  expect([await overflow(page), ...(await bothThemes(page))]).toEqual([0]);
  await list.getByRole("listitem").first().getByRole("button").click();
  await expect(page).toHaveURL(/\/tickets$/);
  await expect(page.getByRole("button", { name: "Notifications, 14 unread" })).toBeVisible();
  expect(await page.title()).not.toBe("run");
});
