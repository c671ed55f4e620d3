// The inbox: the list of chats, the open one, and who it is with.
import { useParams } from "@tanstack/react-router";
import { MessagesSquare } from "lucide-react";
import { Suspense, use, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSelected } from "../live/store";
import { useAfterPaint } from "../ui/after-paint";
import { Empty, Loading } from "../ui/states";
import { ChatListPane } from "./list/pane";
import { PanelSpace } from "./panel/space";
import { partsOfChat } from "./parts";
import { isAhead, timelineOf } from "./timeline";

function Thread({ chatId }: { chatId: string }) {
  const { Thread: Loaded } = use(partsOfChat().thread);
  return useMessagesSoon(chatId) ? <div className="flex-1" /> : <Loaded chatId={chatId} />;
}

const MOMENT_MS = 150;

/** Messages that were asked for ahead are here in a moment: the thread then comes with them, and is drawn once instead of twice. */
function useMessagesSoon(chatId: string): boolean {
  const [soon, setSoon] = useState(() => isAhead(chatId));
  const loading = useSelected(timelineOf(chatId), ({ state }) => state === "loading");
  useEffect(() => {
    const timer = setTimeout(() => setSoon(false), MOMENT_MS);
    return () => clearTimeout(timer);
  }, []);
  return soon && loading;
}

function ContactPane({ chatId }: { chatId: string }) {
  const { ContactPane: Loaded } = use(partsOfChat().panel);
  return <Loaded chatId={chatId} />;
}

export function InboxPage() {
  const { t } = useTranslation("inbox");
  const { chatId } = useParams({ strict: false });
  return (
    <div className="flex min-h-0 min-w-0 flex-1">
      <ChatListPane hidden={Boolean(chatId)} />
      {chatId ? (
        <>
          <Suspense fallback={<Loading />}>
            <Thread key={chatId} chatId={chatId} />
          </Suspense>
          <Panel key={`panel ${chatId}`} chatId={chatId} />
        </>
      ) : (
        <div className="hidden flex-1 items-center justify-center md:flex">
          <Empty icon={<MessagesSquare className="size-8" aria-hidden />} title={t("choose")}>
            {t("choose.text")}
          </Empty>
        </div>
      )}
    </div>
  );
}

/** The panel asks for much and is read after the messages: it is drawn after them. */
function Panel({ chatId }: { chatId: string }) {
  const painted = useAfterPaint(useSelected(timelineOf(chatId), ({ state }) => state !== "loading"));
  if (!painted) return <PanelSpace />;
  return (
    <Suspense fallback={<PanelSpace />}>
      <ContactPane chatId={chatId} />
    </Suspense>
  );
}
