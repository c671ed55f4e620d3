// An inbox of 5,000 chats and a thread of 10,000 messages on a slow machine: what is drawn stays bounded, and is the right part.
// The times are printed, never judged: they are the machine's.
import type { Page } from "@playwright/test";
import type { Organization } from "./support/server";
import { expect, test } from "./support/test";

const CHATS = 5_000;
const MESSAGES = 10_000;
/** Elements of the whole page, whatever the number of chats and messages. */
const MOST_NODES = 3_000;
const MOST_LINES = 60;

const name = (at: number) => `Person ${String(at).padStart(5, "0")}`;

/** Person 1 is the newest; its chat is the long one. */
async function seed({ admin, id, server }: Organization): Promise<void> {
  const channel = await admin.programChannel();
  await server.sql(`
    create temp table seed as
      select i, gen_random_uuid() as contact, gen_random_uuid() as chat, gen_random_uuid() as message,
             now() - i * interval '1 minute' as at
      from generate_series(1, ${CHATS}) i;
    insert into contacts (id, organization_id, channel_id, external_id, name)
      select contact, '${id}', '${channel}', 'p' || i, 'Person ' || lpad(i::text, 5, '0') from seed;
    insert into chats (id, organization_id, channel_id, contact_id, external_id, created_at)
      select chat, '${id}', '${channel}', contact, 'p' || i, at from seed;
    insert into messages (id, organization_id, chat_id, channel_id, seq, incoming_count, from_me, sender_contact_id,
                          type, content, metadata, status, created_at)
      select message, '${id}', chat, '${channel}', 1, 1, false, contact, 'text', 'Hello ' || i, '{}', 'received', at
      from seed where i > 1;
    insert into messages (id, organization_id, chat_id, channel_id, seq, incoming_count, from_me, sender_contact_id,
                          type, content, metadata, status, created_at)
      select case s when ${MESSAGES} then message else gen_random_uuid() end, '${id}', chat, '${channel}', s, s, false,
             contact, 'text', 'Message ' || s || '.' || repeat(' and so on', s % 20), '{}', 'received',
             at - (${MESSAGES} - s) * interval '1 second'
      from seed, generate_series(1, ${MESSAGES}) s where i = 1;
    insert into chat_activity (chat_id, organization_id, last_seq, incoming_count, read_count, last_message_id, active_at)
      select chat, '${id}', case i when 1 then ${MESSAGES} else 1 end, case i when 1 then ${MESSAGES} else 1 end, 0,
             message, at
      from seed;
    analyze;`);
}

const nodes = (page: Page) => page.evaluate(() => document.querySelectorAll("*").length);
/** Names of the lines that can be seen, from the top down. */
const seen = (page: Page) =>
  page.locator("[data-chats]").evaluate((box) => {
    const { top, bottom } = box.getBoundingClientRect();
    return [...box.querySelectorAll("li")]
      .map((line) => ({ at: line.getBoundingClientRect(), text: line.textContent ?? "" }))
      .filter(({ at }) => at.top >= top && at.bottom <= bottom)
      .sort((a, b) => a.at.top - b.at.top)
      .map(({ text }) => text.match(/Person \d{5}/)?.[0]);
  });

interface Timed {
  took: Record<"list" | "thread", Promise<number>>;
}

/** Takes the times within the page: asking from outside, again and again, would slow down what is measured. */
function stopwatch(): void {
  const until = (selector: string, from: number) =>
    new Promise<number>((done) => {
      const look = () => {
        if (document.querySelector(selector)) done(Math.round(performance.now() - from));
        else requestAnimationFrame(look);
      };
      look();
    });
  const clicked = new Promise<number>((done) =>
    window.addEventListener("click", () => done(performance.now()), { capture: true, once: true }),
  );
  (window as unknown as Timed).took = {
    list: until("[data-chat]", 0),
    thread: clicked.then((at) => until("[data-message]", at)),
  };
}

/** Waits for it and says how long it took. */
const took = (page: Page, what: keyof Timed["took"]) =>
  page.evaluate((name) => (window as unknown as Timed).took[name], what);

// a trace takes a picture of the whole page at each step, in the page itself
test.use({ trace: "off" });

test("thousands of chats and messages are shown a screen at a time", async ({ organization, openAs }) => {
  test.setTimeout(300_000);
  await seed(organization);
  const page = await openAs(organization.admin, "/settings/profile");
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });

  await page.addInitScript(stopwatch);
  await page.goto(`${organization.server.url}/inbox`);
  console.log(`first list: ${await took(page, "list")} ms after the address was opened`);
  await expect(page.locator("[data-chats]").getByText(name(1))).toBeVisible();
  expect(await nodes(page)).toBeLessThan(MOST_NODES);

  const list = page.locator("[data-chats]");
  for (let at = 1; at <= 10; at++) {
    await list.evaluate((box) => box.scrollTo({ top: box.scrollHeight }));
    const loaded = () =>
      list
        .locator("ul")
        .first()
        .evaluate((lines) => lines.clientHeight);
    const before = await loaded();
    await expect.poll(loaded).toBeGreaterThan(before - 1);
    expect(await page.locator("[data-chat]").count()).toBeLessThan(MOST_LINES);
  }
  const middle = await seen(page);
  const first = Number(middle[0]?.slice(-5));
  expect(first).toBeGreaterThan(50);
  expect(middle).toEqual(middle.map((_, index) => name(first + index)));

  await list.evaluate((box) => box.scrollTo({ top: 0 }));
  await page
    .locator("[data-chat]")
    .filter({ hasText: name(1) })
    .click();
  console.log(`thread: ${await took(page, "thread")} ms after the click`);
  const log = page.getByRole("log");
  await expect(log.getByText(`Message ${MESSAGES}.`).first()).toBeInViewport();
  expect(await nodes(page)).toBeLessThan(MOST_NODES);

  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  await log.hover();
  for (let at = 1; at <= 40; at++) {
    await page.mouse.wheel(0, -3_000);
    await page.waitForTimeout(50);
  }
  expect(await page.locator("[data-message]").count()).toBeLessThan(MOST_LINES);
  const numbers = (await log.locator("[data-message]").allTextContents()).map((text) =>
    Number(text.match(/Message (\d+)\./)?.[1]),
  );
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
  expect(numbers[0]).toBeLessThan(MESSAGES - 50);

  // down to the very last chat
  await expect
    .poll(
      async () => {
        await list.evaluate((box) => box.scrollTo({ top: box.scrollHeight }));
        return (await seen(page)).at(-1);
      },
      { timeout: 120_000, intervals: [50] },
    )
    .toBe(name(CHATS));
  expect(await page.locator("[data-chat]").count()).toBeLessThan(MOST_LINES);
  expect(await nodes(page)).toBeLessThan(MOST_NODES);
});
