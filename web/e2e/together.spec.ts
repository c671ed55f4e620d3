// Two operators and a visitor at once: what one does, the others see without a reload, and nobody answers twice.
import { expect, test } from "./support/test";
import { chatOf, messagesOf, visit, write } from "./support/visitor";

test("a visitor's question is taken by one of two operators, answered, read and resolved, and everybody sees it happen", async ({
  browser,
  organization,
  openAs,
}) => {
  const { admin } = organization;
  const bob = await admin.hire("Bob Baker");
  const channelId = await admin.webchatChannel("Shop");
  const [ann, bobs] = [await openAs(admin), await openAs(bob)];
  const { page: visitor } = await visit(browser, organization, channelId);

  await write(visitor, "Do you have it in green?");
  for (const page of [ann, bobs]) await expect(page.getByText("Do you have it in green?").first()).toBeVisible();
  const chat = await chatOf(admin, channelId);
  await ann.goto(`${organization.server.url}/inbox/${chat.id}`);
  await bobs.goto(`${organization.server.url}/inbox/${chat.id}`);

  // Ann is looking, Bob sees it; she takes the chat, and Bob's button goes
  await expect(bobs.getByText("Also here: Ann Admin")).toBeAttached();
  await ann.getByRole("button", { name: "Take", exact: true }).click();
  await expect(bobs.getByRole("button", { name: "Take", exact: true })).toBeHidden();

  const field = ann.getByRole("textbox", { name: "Message" });
  await field.pressSequentially("Yes, the last");
  await expect(visitor.getByText("Ann Admin is typing")).toBeVisible();
  await expect(bobs.getByText("Ann Admin is writing an answer")).toBeVisible();
  await field.pressSequentially(" one.");
  await field.press("Enter");
  await expect(field).toHaveValue("");
  await expect(visitor.getByText("Yes, the last one.").first()).toBeVisible();
  await expect(bobs.getByRole("log").getByText("Yes, the last one.")).toBeVisible();
  await expect(ann.getByRole("log").getByLabel("Read", { exact: true }).first()).toBeVisible();

  // a note is for the team alone
  await bob.post("/api/messages/send", { chatId: chat.id, content: "She asked last week too", private: true });
  await expect(ann.getByRole("log").getByText("She asked last week too")).toBeVisible();

  await ann.keyboard.press("Escape");
  await ann.getByRole("button", { name: /^Resolve/ }).click();
  await expect(bobs.getByRole("button", { name: /^Reopen/ })).toBeVisible();
  await write(visitor, "Thank you!");
  await expect(ann.getByRole("button", { name: /^Resolve/ })).toBeVisible();
  await expect(visitor.getByText("She asked last week too")).toHaveCount(0);
  const messages = await messagesOf(admin, chat.id);
  expect(messages.map((one: { content: string }) => one.content)).toEqual([
    "Do you have it in green?",
    "Yes, the last one.",
    "She asked last week too",
    "Thank you!",
  ]);
});
