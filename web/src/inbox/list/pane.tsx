// The list of chats: whose, which, and a search through all of them.
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useShortcut } from "../../app/shortcuts";
import { cn } from "../../ui/cn";
import { Failed, Loading } from "../../ui/states";
import { filterKey } from "../filter";
import { useChatList } from "../lists";
import { useAsked } from "./asked";
import { Chips } from "./chips";
import { Filters } from "./filters";
import { FoundMessages } from "./found";
import { Nothing } from "./nothing";
import { ChatRows } from "./rows";
import { SearchBox } from "./search";
import { Tabs } from "./tabs";
import { WordsProvider } from "./words";

/** `hidden`: on phones, where an open chat has the whole screen. */
export function ChatListPane({ hidden }: { hidden: boolean }) {
  const { t } = useTranslation("inbox");
  return (
    <section
      aria-label={t("list.title")}
      className={cn(
        "w-full min-w-0 flex-1 flex-col border-r bg-surface md:flex md:w-80 md:flex-none lg:w-88",
        hidden ? "hidden" : "flex",
      )}
    >
      <Parts />
    </section>
  );
}

/** What is in it stays as it is when a chat is opened beside it. */
const Parts = memo(function Parts() {
  const { t } = useTranslation("inbox");
  const { search, ask } = useAsked();
  useShortcut("u", t("keys.unread"), () => ask({ unread: search.unread ? undefined : true }));
  return (
    <>
      <h1 className="sr-only">{t("list.title")}</h1>
      <div className="flex items-center gap-2 px-3 pt-3 pb-2">
        <SearchBox />
        <Filters />
      </div>
      <Tabs />
      <Chips />
      <WordsProvider>
        <Lines />
      </WordsProvider>
    </>
  );
});

function Lines() {
  const { t } = useTranslation("inbox");
  const { search, filter } = useAsked();
  const list = useChatList(filter);
  if (list.ids.length === 0 && list.state === "loading") return <Loading />;
  if (list.ids.length === 0 && list.state === "failed") return <Failed error={list.problem} again={list.again} />;
  const more = list.nextCursor && list.state === "ready" ? list.more : undefined;
  return (
    // another list begins at its top
    <ChatRows key={filterKey(filter)} ids={list.ids} more={search.q ? undefined : more}>
      {list.ids.length === 0 &&
        (search.q ? <p className="px-4 py-3 text-muted text-sm">{t("list.noChats")}</p> : <Nothing />)}
      {list.state === "failed" && <Failed error={list.problem} again={list.nextCursor ? list.more : list.again} />}
      {!search.q && list.nextCursor && list.state === "ready" && <Loading />}
      {search.q && <FoundMessages key={search.q} q={search.q} more={more} />}
    </ChatRows>
  );
}
