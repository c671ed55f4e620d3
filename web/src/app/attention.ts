// Calls for attention when a customer writes: a sound and a desktop notification, as each user likes it, from one tab alone.

import { session } from "../api/session";
import type { Chat, Message } from "../api/types";
import { createStore } from "../live/store";

export interface Attention {
  sound: boolean;
  /** Notifications of the desktop; they need the browser's permission too, see [`askDesktop`]. */
  desktop: boolean;
  /** Of which chats: `all` that are one's own or nobody's, one's own alone, or none. */
  about: "all" | "mine" | "none";
}

const DEFAULT: Attention = { sound: true, desktop: false, about: "all" };
const NAME = () => `switchboard.attention.${session.get()?.user.id ?? ""}`;

function read(): Attention {
  try {
    const kept = JSON.parse(localStorage.getItem(NAME()) ?? "{}") as Partial<Attention>;
    return { ...DEFAULT, ...kept };
  } catch {
    return DEFAULT;
  }
}

const store = createStore<Attention>(read());

function keep(part: Partial<Attention>): void {
  store.update((now) => ({ ...now, ...part }));
  try {
    localStorage.setItem(NAME(), JSON.stringify(store.get()));
  } catch {
    // good until the tab is closed
  }
}

session.subscribe(() => store.set(read()));
window.addEventListener("storage", ({ key }) => {
  if (key === null || key === NAME()) store.set(read());
});

/** The user's choices. Watch it with `useStore(attention)`. */
export const attention = {
  get: store.get,
  subscribe: store.subscribe,
  setSound: (sound: boolean) => keep({ sound }),
  setDesktop: (desktop: boolean) => keep({ desktop }),
  setAbout: (about: Attention["about"]) => keep({ about }),
};

/** What the browser says of notifications; `unsupported` where it has none. */
export function desktopPermission(): NotificationPermission | "unsupported" {
  return "Notification" in window ? Notification.permission : "unsupported";
}

/** Asks the browser, by a click of the user only, and turns them on where it agrees. */
export async function askDesktop(): Promise<NotificationPermission | "unsupported"> {
  if (!("Notification" in window)) return "unsupported";
  const answer = await Notification.requestPermission();
  attention.setDesktop(answer === "granted");
  return answer;
}

/** Whether a customer's message in this chat is worth a sound for this user. */
export function concerns(
  about: Attention["about"],
  chat: Pick<Chat, "assignedUserId" | "unreadCount">,
  message: Pick<Message, "fromMe" | "private" | "type">,
  me: string,
): boolean {
  // what raises no unread, such as words of somebody who is blocked, is meant to disturb nobody
  if (about === "none" || message.fromMe || message.private || chat.unreadCount === 0) return false;
  return chat.assignedUserId === me || (about === "all" && !chat.assignedUserId);
}
