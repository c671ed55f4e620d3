// Finds messages of the open chat.
import { Search, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api/http";
import type { Message, Page } from "../../api/types";
import { short } from "../../i18n/time";
import { Button, IconButton } from "../../ui/button";
import { Failed, Loading } from "../../ui/states";
import { summary } from "./quote";
import { useSender } from "./sender";

const PAUSE_MS = 250;

interface Found {
  items: Message[];
  nextCursor: string | null;
}

interface SearchProps {
  chatId: string;
  onGo: (messageId: string) => void;
  onClose: () => void;
}

export default function SearchPanel({ chatId, onGo, onClose }: SearchProps) {
  const { t } = useTranslation(["thread", "common"]);
  const [text, setText] = useState("");
  const [found, setFound] = useState<Found | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  const wanted = text.trim();

  // biome-ignore lint/correctness/useExhaustiveDependencies: `tries` asks anew
  useEffect(() => {
    setFound(null);
    setProblem(null);
    if (!wanted) return;
    let stale = false;
    const timer = setTimeout(() => {
      ask(chatId, wanted, null).then(
        (page) => stale || setFound(page),
        (error) => stale || setProblem(error),
      );
    }, PAUSE_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [chatId, wanted, tries]);

  const more = async () => {
    if (!found?.nextCursor) return;
    try {
      const page = await ask(chatId, wanted, found.nextCursor);
      setFound({ items: [...found.items, ...page.items], nextCursor: page.nextCursor });
    } catch (error) {
      setProblem(error);
    }
  };

  return (
    <search
      className="flex max-h-[50%] shrink-0 flex-col border-b bg-surface"
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <div className="flex items-center gap-2 p-2">
        <Search className="ml-1 size-4 text-muted" aria-hidden />
        <input
          type="search"
          // biome-ignore lint/a11y/noAutofocus: opened to be typed into
          autoFocus
          value={text}
          onChange={(event) => setText(event.target.value)}
          aria-label={t("search.field")}
          placeholder={t("search.field")}
          className="h-8 min-w-0 flex-1 bg-transparent outline-none placeholder:text-muted"
        />
        <IconButton label={t("common:close")} size="small" onClick={onClose}>
          <X className="size-4" aria-hidden />
        </IconButton>
      </div>
      {problem ? <Failed error={problem} again={() => setTries(tries + 1)} /> : null}
      {wanted && !found && !problem && <Loading />}
      {found && (
        <ul aria-label={t("search.results")} className="min-h-0 overflow-y-auto border-t p-1">
          {found.items.map((message) => (
            <li key={message.id}>
              <button
                type="button"
                onClick={() => onGo(message.id)}
                className="flex w-full gap-2 rounded-md px-2 py-1.5 text-left text-sm hover:bg-sunken"
              >
                <Name message={message} />
                <span className="min-w-0 flex-1 truncate text-muted">{summary(message, t)}</span>
                <span className="shrink-0 text-muted text-xs">{short(message.createdAt)}</span>
              </button>
            </li>
          ))}
          {found.items.length === 0 && <li className="p-2 text-muted text-sm">{t("search.none")}</li>}
          {found.nextCursor && (
            <li className="p-1">
              <Button size="small" onClick={() => void more()}>
                {t("common:more")}
              </Button>
            </li>
          )}
        </ul>
      )}
    </search>
  );
}

function Name({ message }: { message: Message }) {
  return <bdi className="max-w-32 shrink-0 truncate font-medium">{useSender(message).name}</bdi>;
}

function ask(chatId: string, text: string, cursor: string | null): Promise<Page<Message>> {
  const asked = new URLSearchParams({ q: text, chatId, limit: "20", ...(cursor ? { cursor } : {}) });
  return call("GET", `/api/messages?${asked}`);
}
