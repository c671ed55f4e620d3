// The open chat: its messages, and where the answer is written.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { asProblem, type Problem } from "../../api/problem";
import { useNetwork } from "../../app/queries";
import { useShortcut } from "../../app/shortcuts";
import { useEntity } from "../../live/entities";
import { useFollow } from "../../live/presence";
import { useStore } from "../../live/store";
import { useAfterPaint } from "../../ui/after-paint";
import { Button } from "../../ui/button";
import { Empty, Failed, Loading, problemText } from "../../ui/states";
import { chats, loadChat } from "../chats";
import { Composer } from "../composer/composer";
import { onSent } from "../composer/send";
import { addFiles } from "../composer/uploads";
import { writingOf } from "../composer/writing";
import { ChatHeader } from "../header/header";
import { outbox } from "../outbox";
import { loadAround, loadNewer, loadNewest, loadOlder, timelineOf } from "../timeline";
import { useTitle } from "../title";
import { Announcer } from "./announce";
import { DropPlace } from "./drop";
import { gallery } from "./gallery";
import { Jump } from "./jump";
import { List, type ListHandle } from "./list";
import { stop } from "./player";
import { useReading } from "./reading";
import { rowsOf } from "./rows";
import { Typing } from "./typing";
import { useFirstUnread } from "./unread";

const Lightbox = lazy(() => import("./lightbox"));
const SearchPanel = lazy(() => import("./search"));

export function Thread({ chatId }: { chatId: string }) {
  const chat = useEntity(chats, chatId);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `tries` asks anew
  useEffect(() => {
    if (!chats.get(chatId))
      loadChat(chatId).then(
        () => setProblem(null),
        (error) => setProblem(asProblem(error)),
      );
  }, [chatId, chat === undefined, tries]);
  if (chat) return <Open chatId={chatId} />;
  if (problem?.status === 404) return <Gone />;
  if (problem) return <Failed error={problem} again={() => setTries(tries + 1)} />;
  return (
    <div className="flex-1">
      <Loading />
    </div>
  );
}

function Gone() {
  const { t } = useTranslation("thread");
  const navigate = useNavigate();
  return (
    <div className="flex flex-1 items-center justify-center">
      <Empty title={t("gone.title")}>
        <p className="mb-3">{t("gone.text")}</p>
        <Button
          onClick={() => void navigate({ to: "/inbox", search: (search) => ({ ...search, message: undefined }) })}
        >
          {t("gone.back")}
        </Button>
      </Empty>
    </div>
  );
}

function Open({ chatId }: { chatId: string }) {
  const { t } = useTranslation("thread");
  const chat = useEntity(chats, chatId);
  const title = useTitle(chat);
  const line = useStore(timelineOf(chatId));
  const pending = useStore(outbox);
  const network = useNetwork(chat?.provider);
  const shown = useStore(gallery);
  const { message: asked } = useSearch({ from: "/shell/inbox" });
  const [jump, setJump] = useState<{ id: string; at: number } | null>(null);
  const [atEnd, setAtEnd] = useState(false);
  const [searching, setSearching] = useState(false);
  const list = useRef<ListHandle>(null);
  const unread = useFirstUnread(chatId, asked !== undefined);
  useFollow(chatId);
  useReading(chatId, atEnd && unread.known);
  useShortcut("$mod+Shift+F", t("search.open"), () => setSearching(true), true);
  useEffect(() => stop, []);
  useEffect(() => onSent((sent) => sent === chatId && requestAnimationFrame(() => list.current?.toEnd())), [chatId]);

  const go = useCallback(
    async (id: string) => {
      try {
        await loadAround(chatId, id);
        setJump({ id, at: Date.now() });
      } catch (error) {
        const problem = asProblem(error);
        toast.error(problem.status === 404 ? t("quote.gone") : problemText(problem));
      }
    },
    [chatId, t],
  );
  useEffect(() => {
    if (asked) void go(asked);
  }, [asked, go]);

  const { messages, older, newer, state, problem } = line;
  const tools = useAfterPaint(unread.known);
  const rows = useMemo(() => {
    // what is not sent yet follows the newest ones, wherever the reader is
    const own = newer ? [] : pending.filter((one) => one.chatId === chatId);
    return rowsOf(messages, own, unread.id, older);
  }, [messages, older, newer, pending, chatId, unread.id]);
  const onOlder = useCallback(() => void loadOlder(chatId), [chatId]);
  const onNewer = useCallback(() => void loadNewer(chatId), [chatId]);
  const onNewest = useCallback(() => void loadNewest(chatId), [chatId]);
  if (!chat) return null;
  const takeFiles = (files: File[]) => addFiles(chatId, files, writingOf(chatId).get().private ? undefined : network);

  return (
    <Jump.Provider value={go}>
      <DropPlace onFiles={takeFiles} label={t("label", { name: title })}>
        <ChatHeader chatId={chatId} tools={tools} />
        {searching && (
          <Suspense fallback={<Loading />}>
            <SearchPanel chatId={chatId} onGo={(id) => void go(id)} onClose={() => setSearching(false)} />
          </Suspense>
        )}
        {problem && messages.length > 0 && (
          <div role="alert" className="flex items-center justify-center gap-2 bg-bad-soft px-3 py-1 text-bad text-sm">
            {t("partly")}
            <Button size="small" onClick={state === "failed" ? onNewest : older ? onOlder : onNewer}>
              {t("again")}
            </Button>
          </div>
        )}
        {rows.length > 0 && unread.known ? (
          <List
            rows={rows}
            isGroup={chat.isGroup}
            older={older && !problem}
            newer={newer && !problem}
            onOlder={onOlder}
            onNewer={onNewer}
            onNewest={onNewest}
            jump={jump}
            onAtEnd={setAtEnd}
            handle={list}
          />
        ) : (
          <div className="min-h-0 flex-1">
            {state === "failed" ? (
              <Failed error={problem} again={onNewest} />
            ) : state === "ready" && unread.known ? (
              <Empty title={t("empty.title")}>{t("empty.text")}</Empty>
            ) : (
              <Loading />
            )}
          </div>
        )}
        <Typing chatId={chatId} />
        <Composer chatId={chatId} tools={tools} />
        <Announcer chatId={chatId} />
        {shown && (
          <Suspense>
            <Lightbox />
          </Suspense>
        )}
      </DropPlace>
    </Jump.Provider>
  );
}
