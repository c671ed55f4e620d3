// A chat that is open in the dashboard: what tests do in it, by the names that people see.
import { expect, type Locator, type Page } from "@playwright/test";
import { Customer, type Organization } from "./server";

/** A customer of a channel `api` who has written once, and the chat with it. */
export async function written(organization: Organization, name = "Carla Customer", text = "Hello") {
  const { admin } = organization;
  const channelId = await admin.programChannel();
  const customer = new Customer(admin, channelId, name.toLowerCase().replaceAll(" ", "-"), name);
  await customer.write(text);
  const chat = await customer.chat();
  return { customer, channelId, chatId: chat.id, path: `/inbox/${chat.id}` };
}

export const field = (page: Page) => page.getByRole("textbox", { name: /^(Message|Note for the team|New text)$/ });

export const log = (page: Page) => page.getByRole("log");

/** The message with this text. */
export function message(page: Page, text: string): Locator {
  return log(page).locator("[data-row]").filter({ hasText: text });
}

/** The message that says this and nothing more. */
export function exactly(page: Page, text: string): Locator {
  return log(page)
    .locator("[data-row]")
    .filter({ has: page.getByText(text, { exact: true }) });
}

/** How far the message with this text has come: `Sent`, `Read`. */
export function tick(page: Page, text: string, name: string): Locator {
  return message(page, text).getByRole("img", { name, exact: true });
}

export async function write(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await field(page).press("Enter");
}

/** Opens what can be done with a message and chooses one. */
export async function choose(page: Page, text: string, what: string): Promise<void> {
  const row = message(page, text);
  await row.hover();
  await row.getByRole("button", { name: "What to do with this message" }).click();
  await page.getByRole("menuitem", { name: what }).click();
}

/** Whether the end of the messages is on the screen. */
export const atEnd = (page: Page) =>
  log(page).evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 60);

/** Puts older messages before those of a chat: `Old message 1` and so on, a minute apart. */
export async function age(organization: Organization, chatId: string, count: number): Promise<void> {
  await organization.server.sql(`
    insert into messages (id, organization_id, chat_id, channel_id, seq, incoming_count, from_me, sender_name, type,
        content, metadata, status, created_at)
    select gen_random_uuid(), m.organization_id, m.chat_id, m.channel_id, m.seq - 1 - ${count} + n, 0, n % 3 = 0,
        m.sender_name, 'text', 'Old message ' || n || case when n % 7 = 0 then repeat(' and more', 40) else '' end, '{}',
        case when n % 3 = 0 then 'read' else 'received' end, m.created_at - (${count} - n + 1) * interval '1 minute'
    from messages m, generate_series(1, ${count}) n
    where m.chat_id = '${chatId}' and m.seq = (select min(seq) from messages where chat_id = '${chatId}')`);
}

export async function expectMessages(page: Page, texts: string[]): Promise<void> {
  await expect(async () => {
    const all = await log(page).locator("[data-row]").allInnerTexts();
    const found = texts.map((text) => all.findIndex((one) => one.includes(text)));
    expect(found.every((at, index) => at >= 0 && (index === 0 || at > (found[index - 1] ?? -1)))).toBe(true);
    for (const text of texts) expect(all.filter((one) => one.includes(text)).length).toBe(1);
  }).toPass({ timeout: 45_000 });
}
