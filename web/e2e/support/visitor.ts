// A visitor's page as the tests of the web chat open it, and the operator's side of the same chat.
import { crc32, deflateSync } from "node:zlib";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "@playwright/test";
import { io, type Socket } from "socket.io-client";
import type { Organization, Person } from "./server";
import { expect, watch } from "./test";

export interface Visitor {
  page: Page;
  context: BrowserContext;
  channelId: string;
}

/** Opens the page of a channel in a browser profile of its own, and waits until it is connected. */
export async function visit(
  browser: Browser,
  { server }: Organization,
  channelId: string,
  { query = "", ...options }: BrowserContextOptions & { query?: string } = {},
): Promise<Visitor> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  watch(page);
  await page.goto(`${server.url}/webchat/${channelId}${query}`);
  return { page, context, channelId };
}

/** Writes and sends, as a person does. */
export async function write(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox").fill(text);
  await page.keyboard.press("Enter");
}

/** The only chat of a channel, once there is one. */
export async function chatOf(person: Person, channelId: string): Promise<{ id: string; unreadCount: number }> {
  const { items } = await person.get(`/api/chats?channelId=${channelId}`);
  expect(items).toHaveLength(1);
  return items[0];
}

/** Oldest first. */
export async function messagesOf(person: Person, chatId: string) {
  return (await person.get(`/api/chats/${chatId}/messages?limit=200`)).items.reverse();
}

/** An operator's own live connection, in the chat. */
export async function socketOf(person: Person, chatId: string): Promise<Socket> {
  const { accessToken } = await person.post("/api/auth/login", person.account);
  const socket = io(person.server.url, { auth: { token: accessToken }, forceNew: true });
  await new Promise((done) => socket.once("sync:required", done));
  await socket.emitWithAck("subscribe:chat", { chatId });
  return socket;
}

/** Uploads a file as an operator and sends it. */
export async function sendFile(person: Person, chatId: string, name: string, type: string, bytes: Buffer) {
  const { accessToken } = await person.post("/api/auth/login", person.account);
  const form = new FormData();
  form.append("file", new Blob([new Uint8Array(bytes)], { type }), name);
  const headers = { authorization: `Bearer ${accessToken}` };
  const answer = await fetch(`${person.server.url}/api/media`, { method: "POST", headers, body: form });
  const { id } = await answer.json();
  return person.post("/api/messages/send", { chatId, content: "", attachmentIds: [id] });
}

/** A picture of one colour that runs into another. */
export function picture(width: number, height: number): Buffer {
  const chunk = (kind: string, data: Buffer) => {
    const bytes = Buffer.alloc(12 + data.length);
    bytes.writeUInt32BE(data.length, 0);
    bytes.write(kind, 4);
    data.copy(bytes, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)) >>> 0, 8 + data.length);
    return bytes;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const row = width * 3 + 1;
  const pixels = Buffer.alloc(row * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++)
      pixels.set([30 + (180 * x) / width, 90 + (120 * y) / height, 190], y * row + 1 + x * 3);
  }
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(pixels)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** The texts of the conversation. */
export const said = (page: Page) => page.locator(".message .text");

/** Waits until the page says that it is connected. */
export const online = (page: Page) => expect(page.locator(".link.online")).toBeVisible({ timeout: 60_000 });
