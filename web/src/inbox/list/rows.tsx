// The lines of the list: those in sight, in live order, walked through by keys.
import { useParams } from "@tanstack/react-router";
import { ArrowUp } from "lucide-react";
import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { useShortcut } from "../../app/shortcuts";
import { useRows, useSteady } from "../../ui/rows";
import { chats } from "../chats";
import { partsOfChat } from "../parts";
import { loadAhead } from "../timeline";
import { ROW_HEIGHT, Row } from "./row";

/** The next page is asked for when this many lines are left below. */
const AHEAD = 20;

interface ChatRowsProps {
  ids: string[];
  /** Loads what follows; undefined where all is here. */
  more?: () => void;
  children?: ReactNode;
}

export function ChatRows({ ids, more, children }: ChatRowsProps) {
  const { t } = useTranslation("inbox");
  const { chatId } = useParams({ strict: false });
  const box = useRef<HTMLDivElement>(null);
  const rows = useRows(box, ids.length, ROW_HEIGHT);
  useEffect(() => {
    if (rows.painted) partsOfChat();
  }, [rows.painted]);
  useSteady(box, ids, ROW_HEIGHT);
  const { cursor, stop, focus, walk, onKeyDown } = useWalk(box, ids, chatId, rows.reveal);
  const guesses = useGuess();
  const news = useNews(ids, rows.first);
  useShortcut("j", t("keys.next"), () => walk(1));
  useShortcut("k", t("keys.previous"), () => walk(-1));

  const wanted = Boolean(more) && rows.end + AHEAD > ids.length;
  useEffect(() => {
    if (wanted) more?.();
  }, [wanted, more]);

  const drawn = new Set<number>();
  for (let at = rows.start; at < rows.end; at++) drawn.add(at);
  // what has the focus, or gets it by Tab, stays
  for (const id of [cursor, stop]) if (id && ids.includes(id)) drawn.add(ids.indexOf(id));
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      {news > 0 && (
        <button
          type="button"
          onClick={() => box.current?.scrollTo({ top: 0 })}
          className="absolute top-2 left-1/2 z-10 flex -translate-x-1/2 items-center gap-1 rounded-full bg-accent px-3 py-1 font-medium text-on-accent text-xs shadow-pop"
        >
          {t("list.news", { count: news })}
          <ArrowUp className="size-3.5" aria-hidden />
        </button>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the links within */}
      <div
        ref={box}
        onKeyDown={onKeyDown}
        {...guesses}
        data-chats
        className="min-h-0 flex-1 overflow-y-auto [overflow-anchor:none]"
      >
        <ul aria-label={t("list.label")} className="relative" style={{ height: ids.length * ROW_HEIGHT }}>
          {[...drawn]
            .sort((a, b) => a - b)
            .map((at) => (
              <li
                key={ids[at]}
                aria-setsize={more ? -1 : ids.length}
                aria-posinset={at + 1}
                className="absolute inset-x-0"
                style={{ top: at * ROW_HEIGHT, height: ROW_HEIGHT }}
              >
                <Row id={ids[at] ?? ""} open={ids[at] === chatId} stop={ids[at] === stop} onFocus={focus} />
              </li>
            ))}
        </ul>
        {children}
      </div>
    </div>
  );
}

/** Moves the focus through the list; the line that has it is found again when the order changes. */
function useWalk(
  box: RefObject<HTMLElement | null>,
  ids: string[],
  chatId: string | undefined,
  reveal: (at: number) => void,
) {
  const [cursor, focus] = useState<string | null>(null);
  const last = useRef(-1);
  const coming = useRef(false);
  const current = [cursor, chatId].find((id) => id && ids.includes(id)) ?? null;
  if (current) last.current = ids.indexOf(current);
  const go = (at: number) => {
    const to = Math.max(0, Math.min(ids.length - 1, at));
    const id = ids[to];
    if (!id) return;
    reveal(to);
    const line = lineOf(box.current, id);
    if (line) return line.focus({ preventScroll: true });
    coming.current = true;
    focus(id);
  };
  // a line that was out of sight is there after the next drawing
  useLayoutEffect(() => {
    const line = coming.current && lineOf(box.current, cursor);
    if (!line) return;
    coming.current = false;
    line.focus({ preventScroll: true });
  });
  // a line that left the list leaves its place to the one that followed it
  const walk = (step: number) =>
    go(current ? last.current + step : last.current < 0 ? 0 : last.current + Math.min(step, 0));
  const onKeyDown = (event: KeyboardEvent) => {
    const to = new Map([
      ["ArrowDown", last.current + 1],
      ["ArrowUp", last.current - 1],
      ["Home", 0],
      ["End", ids.length - 1],
    ]).get(event.key);
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  };
  return { cursor, stop: current ?? ids[0] ?? null, focus, walk, onKeyDown };
}

/** A pointer that rests on a chat for as long means it. */
const MEANT_MS = 60;

/** Has the messages of a chat asked for before it is opened: while the pointer rests on it, or as soon as it goes down. */
function useGuess() {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const forget = () => clearTimeout(timer.current);
  useEffect(() => () => clearTimeout(timer.current), []);
  const meant = ({ target }: PointerEvent) =>
    target instanceof Element ? target.closest<HTMLElement>("[data-chat]")?.dataset.chat : undefined;
  return {
    onPointerOver: (event: PointerEvent) => {
      forget();
      const id = event.pointerType === "mouse" && meant(event);
      if (id) timer.current = setTimeout(() => loadAhead(id), MEANT_MS);
    },
    onPointerDown: (event: PointerEvent) => {
      forget();
      const id = event.pointerType === "mouse" && event.button === 0 && meant(event);
      if (id) loadAhead(id);
    },
    onPointerLeave: forget,
  };
}

function lineOf(box: HTMLElement | null, id: string | null): HTMLElement | null {
  return id ? (box?.querySelector<HTMLElement>(`[data-chat="${id}"]`) ?? null) : null;
}

/** How many chats above what is in sight have news since the top was last seen. */
function useNews(ids: string[], first: number): number {
  const seen = useRef<string | null>(null);
  const newest = ids[0] ? (chats.get(ids[0])?.lastMessageAt ?? null) : null;
  if (first === 0) seen.current = newest;
  if (first === 0 || !seen.current) return 0;
  let count = 0;
  for (const id of ids) {
    const at = chats.get(id)?.lastMessageAt;
    if (!at || at <= seen.current) break;
    count += 1;
  }
  return Math.min(count, first);
}
