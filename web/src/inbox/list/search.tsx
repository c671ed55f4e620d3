// The search through chats and messages; asked when the writing pauses.
import { Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useShortcut } from "../../app/shortcuts";
import { useAsked } from "./asked";

const PAUSE_MS = 250;
/** As long as the server takes. */
const LONGEST = 1_000;

export function SearchBox() {
  const { t } = useTranslation("inbox");
  const { search, ask } = useAsked();
  const [text, setText] = useState(search.q ?? "");
  const field = useRef<HTMLInputElement>(null);
  const asked = useRef(search.q ?? "");
  useShortcut("/", t("keys.search"), () => field.current?.select());
  // the address changed by itself: back, or the filters were cleared
  useEffect(() => {
    if ((search.q ?? "") === asked.current) return;
    asked.current = search.q ?? "";
    setText(asked.current);
  }, [search.q]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is written starts the pause
  useEffect(() => {
    const q = text.trim();
    if (q === asked.current) return;
    const timer = setTimeout(() => {
      asked.current = q;
      ask({ q: q || undefined }, true);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="relative min-w-0 flex-1">
      <Search
        className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted"
        aria-hidden
      />
      <input
        ref={field}
        type="text"
        role="searchbox"
        enterKeyHint="search"
        autoComplete="off"
        maxLength={LONGEST}
        aria-label={t("list.search")}
        placeholder={t("list.search")}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          if (text) setText("");
          else field.current?.blur();
        }}
        className="h-9 w-full rounded-lg border border-line-strong bg-surface pr-8 pl-8 text-sm placeholder:text-muted"
      />
      {text && (
        <button
          type="button"
          aria-label={t("list.clearSearch")}
          onClick={() => {
            setText("");
            field.current?.focus();
          }}
          className="absolute top-1/2 right-1 flex size-7 -translate-y-1/2 items-center justify-center rounded text-muted hover:text-text"
        >
          <X className="size-4" aria-hidden />
        </button>
      )}
    </div>
  );
}
