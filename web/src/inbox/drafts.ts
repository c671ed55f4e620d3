// What is being written in each chat: kept in the browser until it is sent, so that no text is lost by a click or a reload.
import { session } from "../api/session";
import { createStore, useSelected } from "../live/store";

export interface Writing {
  text: string;
  private: boolean;
  replyToId: string | null;
}

const NOTHING: Writing = { text: "", private: false, replyToId: null };
const NAME = (chatId: string) => `switchboard.draft.${session.get()?.user.id ?? ""}.${chatId}`;
/** For browsers that keep nothing. */
const memory = new Map<string, Writing>();
/** Counts changes of which chats have a draft, in this tab and in others. */
const changes = createStore(0);

window.addEventListener("storage", ({ key }) => {
  if (!key || key.startsWith("switchboard.draft.")) changes.update((count) => count + 1);
});

/** Whether something was begun in the chat and not sent. */
export function useHasDraft(chatId: string): boolean {
  return useSelected(changes, () => draftOf(chatId).text.trim() !== "");
}

export function draftOf(chatId: string): Writing {
  const name = NAME(chatId);
  try {
    const kept = localStorage.getItem(name);
    if (kept) return { ...NOTHING, ...JSON.parse(kept) };
  } catch {
    // unreadable: as if nothing was kept
  }
  return memory.get(name) ?? NOTHING;
}

export function keepDraft(chatId: string, writing: Writing): void {
  const name = NAME(chatId);
  const empty = writing.text === "" && !writing.replyToId;
  if (empty) memory.delete(name);
  else memory.set(name, writing);
  try {
    if (empty) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(writing));
  } catch {
    // kept in memory
  }
  changes.update((count) => count + 1);
}
