// Which picture is shown large, and its neighbours in the chat as far as it is loaded.
import type { Attachment } from "../../api/types";
import { createStore } from "../../live/store";
import { timelineOf } from "../timeline";

export const gallery = createStore<{ chatId: string; fileId: string } | null>(null);

export function showPicture(chatId: string, fileId: string): void {
  gallery.set({ chatId, fileId });
}

export function picturesOf(chatId: string): Attachment[] {
  return timelineOf(chatId)
    .get()
    .messages.filter(({ deletedAt }) => !deletedAt)
    .flatMap(({ attachments }) => attachments)
    .filter(({ type, url, mimeType }) => type === "image" && url && (mimeType?.startsWith("image/") ?? true));
}
