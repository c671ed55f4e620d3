// From what was written to messages in the outbox.

import { session } from "../../api/session";
import type { Network } from "../../api/types";
import { type Draft, post } from "../outbox";
import { bundles } from "./limits";
import { removeUpload, type Upload, uploadsOf } from "./uploads";
import { writingOf } from "./writing";

/** Sends all that is in the composer of a chat and empties it. A text that is too long for a caption goes by itself. */
export function sendWriting(chatId: string, network: Network | undefined): void {
  const writing = writingOf(chatId);
  const { text, private: note, replyToId } = writing.get();
  const content = text.trim();
  const files = uploadsOf(chatId).get().filter(isReady);
  const parts = bundles(network, files);
  const captioned = parts[0]?.caption && content.length <= (network?.captionLimit ?? content.length);
  const common: Pick<Draft, "chatId" | "private"> = { chatId, ...(note ? { private: true } : {}) };
  let answer: Pick<Draft, "replyToId"> = replyToId ? { replyToId } : {};
  if (content && !captioned) {
    post({ ...common, ...answer, content });
    answer = {};
  }
  parts.forEach(({ attachments, type }, at) => {
    const attachmentIds = attachments.map(({ id }) => id);
    const caption = at === 0 && captioned ? content : "";
    post({ ...common, ...answer, content: caption, attachmentIds, ...(type ? { type } : {}) }, attachments);
    answer = {};
  });
  for (const { key } of files) removeUpload(chatId, key);
  writing.update((all) => ({ ...all, text: "", replyToId: null, calls: all.calls + 1 }));
  for (const listener of listeners) listener(chatId);
}

export function sendTemplate(chatId: string, template: NonNullable<Draft["template"]>, content: string): void {
  post({ chatId, type: "template", content, template });
  for (const listener of listeners) listener(chatId);
}

const listeners = new Set<(chatId: string) => void>();

/** Told when something was sent from here: whoever writes while reading old messages goes to the newest ones. */
export function onSent(listener: (chatId: string) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function isReady(upload: Upload): upload is Upload & { attachment: NonNullable<Upload["attachment"]> } {
  return upload.state === "ready" && upload.attachment !== undefined;
}

const ENTER = () => `switchboard.enter.${session.get()?.user.id ?? ""}`;

/** Whether Enter alone sends; else it breaks the line, and Enter with Ctrl or ⌘ sends. Kept for each user. */
export function enterSends(): boolean {
  try {
    return localStorage.getItem(ENTER()) !== "breaks";
  } catch {
    return true;
  }
}

export function setEnterSends(sends: boolean): void {
  try {
    localStorage.setItem(ENTER(), sends ? "sends" : "breaks");
  } catch {
    // good until the tab is closed: nothing is kept in this browser
  }
}
