// What is being written in each chat, watched by the composer and changed by the thread's menus too; kept as a draft at each change.
import { session } from "../../api/session";
import type { Message } from "../../api/types";
import { createStore, type Store } from "../../live/store";
import { type Writing as Draft, draftOf, keepDraft } from "../drafts";
import type { Pending } from "../outbox";
import { putBack } from "./uploads";

export interface Writing extends Draft {
  /** A sent message whose text is being changed; the draft waits meanwhile. */
  editing: { message: Message; text: string } | null;
  /** Grows when the field should get the focus. */
  calls: number;
}

const open = new Map<string, Store<Writing>>();

export function writingOf(chatId: string): Store<Writing> {
  const key = `${session.get()?.user.id ?? ""} ${chatId}`;
  const known = open.get(key);
  if (known) return known;
  const store = createStore<Writing>({ ...draftOf(chatId), editing: null, calls: 0 });
  store.subscribe(() => {
    const { text, private: note, replyToId } = store.get();
    keepDraft(chatId, { text, private: note, replyToId });
  });
  open.set(key, store);
  return store;
}

function change(chatId: string, part: Partial<Writing>): void {
  writingOf(chatId).update((writing) => ({ ...writing, ...part, calls: writing.calls + 1 }));
}

export const replyTo = (chatId: string, messageId: string) => change(chatId, { replyToId: messageId, editing: null });

export const edit = (message: Message) => change(message.chatId, { editing: { message, text: message.content } });

export const setNote = (chatId: string, note: boolean) => change(chatId, { private: note });

/** Adds a text to what is being written, on a line of its own if there is something already. */
export function addText(chatId: string, text: string): void {
  const { text: before } = writingOf(chatId).get();
  change(chatId, { text: before.trim() ? `${before}\n${text}` : text, editing: null });
}

/** Puts a message that was not sent back into the field, with its files. */
export function takeBack(pending: Pending): void {
  const { chatId } = pending;
  if (pending.content) addText(chatId, pending.content);
  putBack(chatId, pending.attachments);
  change(chatId, {
    private: Boolean(pending.private),
    replyToId: pending.replyToId ?? writingOf(chatId).get().replyToId,
  });
}
