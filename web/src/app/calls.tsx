// Watches, while somebody is signed in, for what calls for attention: the number in the tab's title, sounds, notifications.
import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "../api/types";
import { chats, loadChat } from "../inbox/chats";
import type { ChatFilter } from "../inbox/filter";
import { useChatList } from "../inbox/lists";
import { onLive } from "../live/apply";
import { attention, concerns } from "./attention";
import icon from "./icon.svg?raw";
import { useMe } from "./me";
import { ring, unlockSound } from "./ring";
import { joinTabs, type Tabs } from "./tabs";

const WAITING: ChatFilter = { unread: true, status: ["open", "pending"] };
const MINE: ChatFilter = { ...WAITING, assignedTo: "me" };
const NOBODYS: ChatFilter = { ...WAITING, assignedTo: "none" };

const plain = `data:image/svg+xml,${encodeURIComponent(icon)}`;
const dotted = `data:image/svg+xml,${encodeURIComponent(icon.replace("</svg>", '<circle cx="25" cy="7" r="7" fill="#d92d20" stroke="#fff" stroke-width="2"/></svg>'))}`;

/** Once, inside the shell. */
export function Calls() {
  useBadge();
  useNews();
  return null;
}

/** Unread chats that are one's own or nobody's: in the title, on the icon, on the app's badge. */
function useBadge(): void {
  const mine = useChatList(MINE);
  const nobodys = useChatList(NOBODYS);
  const count = mine.ids.length + nobodys.ids.length;
  const more = Boolean(mine.nextCursor || nobodys.nextCursor);
  useEffect(() => {
    document.title = count > 0 ? `(${count}${more ? "+" : ""}) Switchboard` : "Switchboard";
    document.querySelector("link[rel=icon]")?.setAttribute("href", count > 0 ? dotted : plain);
    const badge = count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
    badge?.catch(() => {
      // not installed as an app: the title says it
    });
  }, [count, more]);
  useEffect(
    () => () => {
      document.title = "Switchboard";
    },
    [],
  );
}

function useNews(): void {
  const { t } = useTranslation();
  const me = useMe().id;
  const router = useRouter();
  useEffect(() => {
    const tabs = joinTabs();
    const open = (chatId: string) => {
      window.focus();
      void router.navigate({ to: "/inbox/$chatId", params: { chatId }, search: {} });
    };
    const stop = onLive("message:new", (message: Message) => {
      void tell(tabs, message, me, { kind: (type) => t(`call.${type === "text" ? "text" : "file"}`), open });
    });
    const touch = () => attention.get().sound && void unlockSound();
    window.addEventListener("pointerdown", touch);
    window.addEventListener("keydown", touch);
    return () => {
      stop();
      tabs.leave();
      window.removeEventListener("pointerdown", touch);
      window.removeEventListener("keydown", touch);
    };
  }, [t, me, router]);
}

interface Ways {
  /** Words for a message that says nothing itself. */
  kind: (type: string) => string;
  open: (chatId: string) => void;
}

async function tell(tabs: Tabs, message: Message, me: string, { kind, open }: Ways): Promise<void> {
  if (message.fromMe || !tabs.leads()) return;
  const chat = chats.get(message.chatId) ?? (await loadChat(message.chatId).catch(() => null));
  const { about, sound, desktop } = attention.get();
  if (!chat || !concerns(about, chat, message, me) || (await tabs.seen(message.chatId))) return;
  if (sound) ring();
  if (!desktop || !("Notification" in window) || Notification.permission !== "granted") return;
  const { name, username, phone } = chat.contact;
  const shown = new Notification(name ?? username ?? phone ?? chat.title ?? "Switchboard", {
    body: message.content.slice(0, 200) || kind(message.type),
    // a chat's newer message takes the place of its older one
    tag: message.chatId,
    icon: plain,
  });
  shown.onclick = () => {
    open(message.chatId);
    shown.close();
  };
}
