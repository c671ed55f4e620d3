// Reading: where a chat opens, what stays where it is, and how each message looks.
import type { Route } from "@playwright/test";
import { age, atEnd, exactly, field, log, message, tick, write, written } from "./support/chat";
import { FIRED, HOSTILE } from "./support/hostile";
import { accessibility, expect, test } from "./support/test";

test("a chat opens at its first unread message, is read at the end, and opens at the end then", async ({
  organization,
  openAs,
}) => {
  const { admin } = organization;
  const { customer, chatId, path } = await written(organization);
  await admin.post("/api/messages/send", { chatId, content: "How can I help?" });
  for (let at = 1; at <= 30; at++) await customer.write(`Question ${at}`);
  const page = await openAs(admin, path);
  await expect(page.getByText("New messages", { exact: true })).toBeVisible();
  await expect(exactly(page, "Question 1")).toBeInViewport();
  await expect.poll(() => atEnd(page)).toBe(false);
  expect((await customer.chat()).unreadCount).toBe(30);
  await page.getByRole("button", { name: "To the newest messages" }).click();
  await expect(message(page, "Question 30")).toBeInViewport();
  await expect.poll(async () => (await customer.chat()).unreadCount).toBe(0);
  await page.reload();
  await expect(message(page, "Question 30")).toBeInViewport();
  await expect.poll(() => atEnd(page)).toBe(true);
});

test("messages that come follow the reader at the end, and leave one who reads history where they are", async ({
  organization,
  openAs,
}) => {
  const { customer, chatId, path } = await written(organization);
  await age(organization, chatId, 200);
  await organization.admin.post(`/api/chats/${chatId}/read`);
  const page = await openAs(organization.admin, path);
  await expect(message(page, "Hello")).toBeInViewport();
  await customer.write("Are you there?\n".repeat(20).trim());
  await expect(message(page, "Are you there?")).toBeInViewport();
  await expect.poll(() => atEnd(page)).toBe(true);

  await log(page).hover();
  await page.mouse.wheel(0, -1_200);
  await expect.poll(() => atEnd(page)).toBe(false);
  await page.waitForTimeout(500);
  const seen = await watched(page);
  for (const text of ["Still there?", "Please answer", "I wait"]) await customer.write(text);
  await expect(page.getByRole("button", { name: "3 new messages" })).toBeVisible();
  expect(await where(page, seen.id)).toBeCloseTo(seen.top, 0);
  await page.getByRole("button", { name: "3 new messages" }).click();
  await expect(message(page, "I wait")).toBeInViewport();
});

test("older messages come in above without a jump while the reader scrolls back", async ({ organization, openAs }) => {
  const { chatId, path } = await written(organization);
  await age(organization, chatId, 200);
  await organization.admin.post(`/api/chats/${chatId}/read`);
  const page = await openAs(organization.admin, path);
  await expect(message(page, "Hello")).toBeInViewport();
  let seen: Where | undefined;
  const scrollBack = async (route: Route) => {
    const response = await route.fetch();
    // a row that shrinks meanwhile is not made good by the list: it would fight with the reader's own movement
    await log(page).evaluate((box) => box.scrollBy(0, -10));
    seen = await watched(page);
    await route.fulfill({ response });
  };
  await page.route(/before=/, scrollBack, { times: 1 });
  // near enough to the top for the next page to be loaded, and a message there to be watched
  await log(page).evaluate((box) => box.scrollTo(0, 300));
  await expect.poll(() => log(page).evaluate((box) => box.scrollTop)).toBeGreaterThan(1_000);
  await page.waitForTimeout(500);
  expect(Math.abs((await where(page, seen?.id ?? "")) - (seen?.top ?? 0))).toBeLessThan(2);
});

test("a long chat keeps the page small", async ({ organization, openAs }) => {
  test.setTimeout(300_000);
  const { chatId, path } = await written(organization);
  await age(organization, chatId, 10_000);
  await organization.admin.post(`/api/chats/${chatId}/read`);
  const page = await openAs(organization.admin, path);
  await expect(message(page, "Hello")).toBeInViewport();
  // within the page: two hundred pages are loaded, and each question from outside takes its time
  const most = await log(page).evaluate(
    (box) =>
      new Promise<number>((done) => {
        let most = 0;
        const back = () => {
          box.scrollTo(0, 0);
          most = Math.max(most, document.querySelectorAll("*").length);
          const first = [...box.querySelectorAll("[data-row] [dir=auto]")].some(
            (one) => one.textContent === "Old message 1",
          );
          if (first) done(most);
          else setTimeout(back, 20);
        };
        back();
      }),
  );
  await expect(exactly(page, "Old message 1")).toBeInViewport();
  expect(most).toBeLessThan(2_500);
});

test("a reply leads to the message far back that it answers, and so does an address", async ({
  organization,
  openAs,
}) => {
  const { admin } = organization;
  const { chatId, path } = await written(organization);
  await age(organization, chatId, 400);
  const old = await organization.server.sql(
    `select id from messages where chat_id = '${chatId}' and content = 'Old message 20'`,
  );
  await admin.post("/api/messages/send", { chatId, content: "As I said then", replyToId: old });
  const page = await openAs(admin, path);
  await message(page, "As I said then")
    .getByRole("button", { name: /Go to the message/ })
    .click();
  await expect(exactly(page, "Old message 20")).toBeInViewport();
  await expect(message(page, "As I said then")).toBeHidden();
  await page.getByRole("button", { name: "To the newest messages" }).click();
  await expect(message(page, "As I said then")).toBeInViewport();
  await page.goto(`${organization.server.url}${path}?message=${old}`);
  await expect(exactly(page, "Old message 20")).toBeInViewport();
  await expect(page.locator(`[data-message="${old}"]`)).toBeInViewport();
});

test("the search of a chat leads to what it finds", async ({ organization, openAs }) => {
  const { customer, chatId, path } = await written(organization);
  await customer.write("The parcel number is 4817-XK");
  await age(organization, chatId, 300);
  const page = await openAs(organization.admin, path);
  await expect(message(page, "Hello")).toBeVisible();
  await page.keyboard.press("ControlOrMeta+Shift+F");
  await page.getByRole("searchbox", { name: "Search in this chat" }).fill("message 33");
  await page
    .getByRole("list", { name: "Found messages" })
    .getByRole("button", { name: /Old message 33$|33/ })
    .first()
    .click();
  await expect(exactly(page, "Old message 33")).toBeInViewport();
});

test("keys go from message to message and open what can be done", async ({ organization, openAs }) => {
  const { customer, path } = await written(organization);
  await customer.write("Second");
  await customer.write("Third");
  const page = await openAs(organization.admin, path);
  await expect(message(page, "Third")).toBeVisible();
  await field(page).press("Shift+Tab");
  await message(page, "Third").focus();
  await page.keyboard.press("ArrowUp");
  await expect(message(page, "Second")).toBeFocused();
  await page.keyboard.press("Home");
  await expect(message(page, "Hello")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "Reply" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByText("Reply to Carla Customer")).toBeVisible();
  await expect(field(page)).toBeFocused();
});

test("keys open what can be done with a message as soon as it has the focus", async ({ organization, openAs }) => {
  const { path } = await written(organization);
  const page = await openAs(organization.admin, path);
  // no frame comes after the first: what is drawn after the messages were painted is not drawn by itself
  await page.addInitScript(() => {
    window.requestAnimationFrame = () => 0;
  });
  await page.reload();
  await expect(message(page, "Hello")).toBeVisible();
  await expect(page.getByRole("button", { name: "What to do with this message" })).toHaveCount(0);
  await message(page, "Hello").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "Reply" })).toBeFocused();
});

test("the customer's typing is shown without moving anything", async ({ organization, openAs }) => {
  const { path, chatId } = await written(organization);
  const bob = await organization.admin.hire("Bob Builder");
  const page = await openAs(organization.admin, path);
  const other = await openAs(bob, path);
  await expect(message(page, "Hello")).toBeVisible();
  await expect(message(other, "Hello")).toBeVisible();
  const seen = await watched(page);
  await field(other).pressSequentially("Let me");
  const typing = page.getByRole("region", { name: "Chat with Carla Customer" }).getByText("Bob Builder is typing…");
  await expect(typing).toBeVisible();
  expect(await where(page, seen.id)).toBe(seen.top);
  await write(other, "Let me see");
  await expect(typing).toBeHidden();
  await expect(message(page, "Let me see")).toContainText("Bob Builder");
  expect(chatId).toBeTruthy();
});

test("a voice message is played, wound and sped up by keyboard", async ({ organization, openAs }) => {
  const { admin } = organization;
  const { chatId, path } = await written(organization);
  const page = await openAs(admin, path);
  await page.locator("input[type=file]").setInputFiles({ name: "tone.wav", mimeType: "audio/wav", buffer: tone(20) });
  await page.getByRole("button", { name: "Send", exact: true }).click();
  const player = page.getByRole("group", { name: "tone.wav" });
  await player.getByRole("button", { name: "Play" }).focus();
  await page.keyboard.press("Enter");
  await expect(player.getByRole("button", { name: "Pause" })).toBeVisible();
  await expect.poll(async () => Number(await player.getByRole("slider").inputValue())).toBeGreaterThan(0.2);
  await player.getByRole("slider").focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(async () => Number(await player.getByRole("slider").inputValue())).toBeGreaterThan(5);
  await page.keyboard.press(" ");
  await expect(player.getByRole("button", { name: "Play" })).toBeVisible();
  await player.getByRole("button", { name: "Speed 1" }).press("Enter");
  await expect(player.getByRole("button", { name: "Speed 1.5" })).toBeVisible();
  expect(chatId).toBeTruthy();
});

test("each kind of message is shown for what it is", async ({ organization, openAs }) => {
  const { admin } = organization;
  const { customer, path, chatId } = await written(organization);
  await customer.write("", {
    type: "location",
    metadata: { lat: 55.75, lng: 37.61, name: "The shop", address: "Main St 1" },
  });
  await customer.write("", {
    type: "contacts",
    metadata: { contacts: [{ name: "Dan Driver", phones: ["+7 999 000-11-22"] }] },
  });
  await customer.write("Blue", { type: "interactive", metadata: { kind: "button_reply", id: "blue" } });
  await customer.write("", { type: "interactive", metadata: { kind: "nfm_reply", form: { size: "XL" } } });
  await customer.write("Manicure?", {
    type: "booking_proposal",
    metadata: { service_id: "s", service_name: "Manicure", price: 2000, duration: 60 },
  });
  await customer.write("bold and code at https://example.com/a?b=1.", {
    metadata: {
      entities: [
        { type: "bold", offset: 0, length: 4 },
        { type: "code", offset: 9, length: 4 },
      ],
    },
  });
  const page = await openAs(admin, path);
  await expect(message(page, "The shop").getByRole("link", { name: /Open the map/ })).toHaveAttribute(
    "href",
    /^https:\/\/www\.openstreetmap\.org/,
  );
  await expect(message(page, "Dan Driver").getByRole("link")).toHaveAttribute("href", "tel:+79990001122");
  await expect(message(page, "Blue")).toBeVisible();
  await expect(message(page, "XL")).toContainText("size");
  await expect(message(page, "Manicure?")).toContainText("2000 · 60 minutes");
  const rich = message(page, "bold and code");
  await expect(rich.locator("strong")).toHaveText("bold");
  await expect(rich.locator("code")).toHaveText("code");
  await expect(rich.getByRole("link")).toHaveAttribute("href", "https://example.com/a?b=1");
  await expect(rich.getByRole("link")).toHaveAttribute("rel", "noopener noreferrer nofollow");
  await admin.post("/api/messages/send", { chatId, content: "😀👍" });
  await expect(tick(page, "😀👍", "Sent")).toBeVisible();
  for (const theme of ["light", "dark"]) {
    await page.evaluate((name) => {
      document.documentElement.dataset.theme = name;
    }, theme);
    await page.waitForTimeout(300);
    expect(await accessibility(page, "section[aria-label^='Chat with']")).toEqual([]);
  }
});

test("hostile texts in every field of a message are shown as texts and run nothing", async ({
  organization,
  openAs,
}) => {
  test.setTimeout(300_000);
  const { admin } = organization;
  const { customer, path, chatId } = await written(organization);
  for (const text of HOSTILE) await customer.write(text);
  const [first = ""] = HOSTILE;
  for (const text of HOSTILE.filter((_, at) => at % 12 === 0)) {
    const contacts = [{ name: text, phones: [text], emails: [text], organization: text }];
    await customer.write("", { type: "contacts", metadata: { contacts } });
    await customer.write("", { type: "location", metadata: { lat: 1, lng: 2, name: text, address: text } });
    const interactive = { kind: text, id: text, buttons: [{ title: text }], form: { [text]: text }, description: text };
    await customer.write(text, { type: "interactive", metadata: interactive });
    await customer.write(text, { type: "profile_share", metadata: { name: text, avatar: text } });
    await customer.write(text, { type: "post_share", metadata: { author_name: text, media_url: text } });
    const entities = [
      { type: "text_link", offset: 0, length: 1, url: text },
      { type: text, offset: 0, length: 1 },
    ];
    await customer.write(text, { metadata: { entities } });
  }
  const { items } = await admin.get(`/api/chats/${chatId}/messages?limit=1`);
  await admin.post("/api/messages/send", { chatId, content: first, replyToId: items[0].id });
  const page = await openAs(admin, path);
  await expect(log(page)).toBeVisible();
  await page
    .getByRole("button", { name: "To the newest messages" })
    .click({ timeout: 3_000 })
    .catch(() => {});
  const hrefs = new Set<string>();
  const texts = new Set<string>();
  await expect(async () => {
    const seen = await log(page).evaluate((box) => {
      const links = [...box.querySelectorAll("a")].map((link) => link.href);
      const words = [...box.querySelectorAll("[data-row] [dir=auto]")].map((one) => one.textContent ?? "");
      const top = box.scrollTop;
      box.scrollBy(0, -box.clientHeight * 0.7);
      return { links, words, top };
    });
    for (const link of seen.links) hrefs.add(link);
    for (const text of seen.words) texts.add(text);
    expect(seen.top).toBe(0);
    await expect(message(page, "Hello")).toBeInViewport({ timeout: 100 });
  }).toPass({ timeout: 120_000, intervals: [60] });
  expect(await page.evaluate((name) => (window as unknown as Record<string, unknown>)[name], FIRED)).toBeUndefined();
  expect([...hrefs].filter((href) => !/^(https?|mailto|tel):/.test(href))).toEqual([]);
  const missing = HOSTILE.filter((text) => ![...texts].some((shown) => shown === text || shown.trim() === text.trim()));
  expect(missing).toEqual([]);
});

test("a chat that is deleted says so and leads back", async ({ organization, openAs }) => {
  const { admin } = organization;
  const { path, chatId } = await written(organization);
  const page = await openAs(admin, path);
  await expect(message(page, "Hello")).toBeVisible();
  await admin.delete(`/api/chats/${chatId}`);
  await expect(page.getByText("This chat is gone")).toBeVisible();
  await page.getByRole("button", { name: "Back to the inbox" }).click();
  await expect(page).toHaveURL(/\/inbox(\?|$)/);
});

type Where = { id: string; top: number };
type Page = Parameters<typeof log>[0];

/** A message in the middle of the screen, and where it is. */
async function watched(page: Page): Promise<Where> {
  return log(page).evaluate((box) => {
    const { top, height } = box.getBoundingClientRect();
    const rows = [...box.querySelectorAll<HTMLElement>("[data-message]")];
    const middle = rows.find((row) => row.getBoundingClientRect().bottom > top + height / 2) ?? rows[0];
    return { id: middle?.dataset.message ?? "", top: middle?.getBoundingClientRect().top ?? 0 };
  });
}

const where = (page: Page, id: string) =>
  page.locator(`[data-message="${id}"]`).evaluate((row) => row.getBoundingClientRect().top);

/** A tone of some seconds as a WAV file. */
function tone(seconds: number): Buffer {
  const rate = 8_000;
  const data = Buffer.alloc(seconds * rate, 128);
  for (let at = 0; at < data.length; at++) data[at] = 128 + Math.round(20 * Math.sin((at * 440 * 2 * Math.PI) / rate));
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write("data", 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}
