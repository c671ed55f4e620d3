// The top of an open chat: with whom, over what, who else is here, and what can be done with it.
import { Link } from "@tanstack/react-router";
import { ChevronLeft, PanelRight } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useShortcut } from "../../app/shortcuts";
import { useEntity } from "../../live/entities";
import { useStore } from "../../live/store";
import { IconButton } from "../../ui/button";
import { chats } from "../chats";
import { panelOpen } from "../panel/open";
import { useTitle } from "../title";
import { Actions } from "./actions-bar";
import { Colleagues } from "./colleagues";
import { Over } from "./over";

/** `tools`: whether what opens from it is drawn yet. */
export const ChatHeader = memo(function ChatHeader({ chatId, tools }: { chatId: string; tools: boolean }) {
  const { t } = useTranslation("inbox");
  const chat = useEntity(chats, chatId);
  const title = useTitle(chat);
  const shown = useStore(panelOpen);
  useShortcut("i", t("keys.panel"), () => panelOpen.update((open) => !open));
  return (
    <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b bg-surface px-3 py-2 sm:flex-nowrap">
      <Link
        to="/inbox"
        search={(search) => ({ ...search, message: undefined })}
        aria-label={t("header.back")}
        className="-ml-2 flex size-11 items-center justify-center rounded-lg text-muted hover:bg-sunken md:hidden"
      >
        <ChevronLeft className="size-5" aria-hidden />
      </Link>
      <div className="min-w-0 flex-1 basis-40">
        <h2 className="truncate font-semibold text-[0.9375rem] leading-6">{title}</h2>
        {chat && <Over chat={chat} />}
      </div>
      <Colleagues chatId={chatId} />
      {chat && (
        <div className="flex items-center gap-0.5">
          <Actions chat={chat} tools={tools} />
          <IconButton
            label={shown ? t("header.hidePanel") : t("header.showPanel")}
            keys="i"
            aria-expanded={shown}
            onClick={() => panelOpen.set(!shown)}
          >
            <PanelRight className="size-4.5" aria-hidden />
          </IconButton>
        </div>
      )}
    </header>
  );
});
