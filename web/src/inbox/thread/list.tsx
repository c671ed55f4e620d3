// The messages as a virtual list: only what is near the screen is drawn, and what the reader looks at stays where it is.
import { useVirtualizer, type VirtualItem } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  memo,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { useNetworks } from "../../app/queries";
import { day } from "../../i18n/time";
import { useAfterPaint } from "../../ui/after-paint";
import { cn } from "../../ui/cn";
import { EndButton } from "./end-button";
import { Message } from "./message";
import { Pending } from "./pending";
import { freshOf, heightOf, type Row, startOf } from "./rows";

/** This near to an end more is loaded. */
const NEAR = 8;
/** Frames without movement, after which it is over. */
const CALM_FRAMES = 4;
/** Within this many pixels of the end the reader is at it. */
const AT_END = 60;
const ABOVE = 44;
const BELOW = 8;
/** Rows that are drawn beyond each edge once those in sight were painted. */
const BEYOND = 6;
/** About what the head of the chat and the composer leave of the window: what is drawn before that can be measured. */
const FIRST_WIDTH = 600;
const firstHeight = () => Math.max(200, window.innerHeight - 180);

export interface ListHandle {
  toEnd: () => void;
}

interface ListProps {
  rows: Row[];
  isGroup: boolean;
  /** Whether there are older and newer ones to load. */
  older: boolean;
  newer: boolean;
  onOlder: () => void;
  onNewer: () => void;
  /** Loads the newest ones, if they are not here. */
  onNewest: () => void;
  /** A message to bring to the middle, anew with each `jump.at`. */
  jump: { id: string; at: number } | null;
  onAtEnd: (atEnd: boolean) => void;
  handle: RefObject<ListHandle | null>;
}

export const List = memo(function List(props: ListProps) {
  const { rows, isGroup, older, newer, onOlder, onNewer, onNewest, jump, onAtEnd, handle } = props;
  const { t } = useTranslation("thread");
  const box = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const [activeKey, setActiveKey] = useState<string | null>(null);
  const [menuKey, setMenuKey] = useState<string | null>(null);
  const [lit, setLit] = useState<string | null>(null);
  const painted = useAfterPaint();
  const networks = useNetworks();
  // whoever reaches for a message gets its tools at once
  const [reached, setReached] = useState(false);
  const indexOf = useCallback((key: string | null) => rows.findIndex((row) => row.key === key), [rows]);
  const active = activeKey === null ? rows.length - 1 : indexOf(activeKey);

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    getItemKey: useCallback((index: number) => rows[index]?.key ?? index, [rows]),
    estimateSize: (index) => heightOf(rows[index] as Row, box.current?.clientWidth ?? FIRST_WIDTH),
    // begun where it will be scrolled to: else the oldest rows would be drawn first, for nobody
    initialRect: { width: FIRST_WIDTH, height: firstHeight() },
    initialOffset: () => {
      const fresh = freshOf(rows);
      const end = ABOVE + startOf(rows, rows.length, FIRST_WIDTH) + BELOW - firstHeight();
      return Math.max(0, fresh < 0 ? end : Math.min(end, ABOVE + startOf(rows, fresh, FIRST_WIDTH)));
    },
    anchorTo: "end",
    followOnAppend: !newer,
    scrollEndThreshold: AT_END,
    overscan: painted ? BEYOND : 0,
    paddingStart: ABOVE,
    paddingEnd: BELOW,
  });
  const items = virtualizer.getVirtualItems();

  // until a movement of our own has come to rest nothing is loaded: what would come in before it would shift its target
  const [resting, setResting] = useState(false);
  const frame = useRef(0);
  const rest = useCallback(() => {
    setResting(false);
    let [last, calm] = [-1, 0];
    const look = () => {
      const top = box.current?.scrollTop ?? 0;
      calm = top === last ? calm + 1 : 0;
      last = top;
      if (calm >= CALM_FRAMES) setResting(true);
      else frame.current = requestAnimationFrame(look);
    };
    cancelAnimationFrame(frame.current);
    look();
  }, []);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);

  // the first unread one, else the end, before anything is painted
  const opened = useRef(false);
  useLayoutEffect(() => {
    if (opened.current || rows.length === 0) return;
    opened.current = true;
    const fresh = freshOf(rows);
    if (fresh >= 0) virtualizer.scrollToIndex(fresh, { align: "start" });
    else virtualizer.scrollToEnd();
    rest();
  }, [rows, virtualizer, rest]);

  useLayoutEffect(
    () => () => {
      opened.current = false;
    },
    [],
  );

  const wasAtEnd = useRef(true);
  const watch = useCallback(() => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = box.current ?? {};
    const end = !newer && scrollHeight - scrollTop - clientHeight <= AT_END;
    wasAtEnd.current = end;
    setAtEnd(end);
    onAtEnd(end);
  }, [newer, onAtEnd]);
  const height = virtualizer.getTotalSize();
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that came, went or were measured move the end
  useEffect(watch, [watch, rows, height]);

  // a composer that grows, or a keyboard on the screen, takes nothing away from who reads the end
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let before = element.clientHeight;
    const resized = new ResizeObserver(() => {
      if (element.clientHeight !== before && wasAtEnd.current) virtualizer.scrollToEnd();
      before = element.clientHeight;
    });
    resized.observe(element);
    return () => resized.disconnect();
  }, [virtualizer]);

  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (!resting) return;
    const load = older && first < NEAR ? onOlder : newer && last > rows.length - NEAR ? onNewer : null;
    if (!load) return;
    // after the load that brought these is over
    const timer = setTimeout(load);
    return () => clearTimeout(timer);
  }, [resting, older, newer, first, last, rows.length, onOlder, onNewer]);

  const done = useRef(0);
  useLayoutEffect(() => {
    const index = indexOf(jump?.id ?? null);
    if (!jump || jump.at === done.current || index < 0) return;
    done.current = jump.at;
    virtualizer.scrollToIndex(index, { align: "center" });
    rest();
    setLit(jump.id);
    setActiveKey(jump.id);
  }, [jump, indexOf, virtualizer, rest]);
  useEffect(() => {
    if (!lit) return;
    const timer = setTimeout(() => setLit(null), 2_500);
    return () => clearTimeout(timer);
  }, [lit]);

  const wanted = useRef(false);
  const toEnd = useCallback(() => {
    if (newer) {
      wanted.current = true;
      onNewest();
    } else virtualizer.scrollToEnd();
  }, [newer, onNewest, virtualizer]);
  useLayoutEffect(() => {
    handle.current = { toEnd };
    if (newer || !wanted.current) return;
    wanted.current = false;
    virtualizer.scrollToEnd();
  }, [handle, toEnd, newer, virtualizer]);

  const focusRow = (index: number) => {
    const row = rows[index];
    if (!row) return;
    setActiveKey(row.key);
    virtualizer.scrollToIndex(index, { align: "auto" });
    rest();
    // the row may have to be drawn first
    let tries = 0;
    const focus = () => {
      const line = box.current?.querySelector<HTMLElement>(`[data-index="${index}"] [data-row]`);
      if (line) line.focus({ preventScroll: true });
      else if (tries++ < 10) requestAnimationFrame(focus);
    };
    requestAnimationFrame(focus);
  };
  const onMenu = useCallback((id: string, open: boolean) => setMenuKey(open ? id : null), []);
  const onKeyDown = (event: KeyboardEvent, index: number) => {
    if (event.target !== event.currentTarget) return;
    const to = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) focusRow(Math.min(Math.max(to, 0), rows.length - 1));
    else if (event.key === "Enter") setMenuKey(rows[index]?.key ?? null);
    else return;
    event.preventDefault();
  };

  const line = (item: VirtualItem) => {
    const row = rows[item.index];
    if (!row) return null;
    return (
      <div
        key={item.key}
        ref={virtualizer.measureElement}
        data-index={item.index}
        className="absolute inset-x-0 top-0"
        style={{ transform: `translateY(${item.start}px)` }}
      >
        {row.day && (
          <p className="flex justify-center pt-3 pb-1">
            <span className="rounded-full bg-sunken px-3 py-0.5 text-muted text-xs">{day(row.day)}</span>
          </p>
        )}
        {row.kind === "message" && row.fresh && (
          <div className="flex items-center gap-2 px-4 py-2 font-medium text-bad text-xs before:h-px before:flex-1 before:bg-bad/40 after:h-px after:flex-1 after:bg-bad/40">
            {t("fresh")}
          </div>
        )}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: keys move between messages, each of which has its own buttons */}
        <div
          data-row
          data-message={row.kind === "message" ? row.message.id : undefined}
          tabIndex={item.index === active ? 0 : -1}
          onKeyDown={(event) => onKeyDown(event, item.index)}
          onFocus={(event) => event.target === event.currentTarget && setActiveKey(row.key)}
          className={cn("px-3 md:px-4", row.follows ? "pt-0.5" : "pt-2.5", "focus-visible:-outline-offset-2")}
        >
          {row.kind === "message" ? (
            <Message
              message={row.message}
              network={networks.find(({ provider }) => provider === row.message.provider)}
              follows={row.follows}
              isGroup={isGroup}
              highlighted={lit === row.key}
              tools={painted || reached}
              menuOpen={menuKey === row.key}
              onMenu={onMenu}
            />
          ) : (
            <Pending pending={row.pending} />
          )}
        </div>
      </div>
    );
  };

  const top = virtualizer.getVirtualItemForOffset((virtualizer.scrollOffset ?? 0) + 4);
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={box}
        role="log"
        // what comes is told by a line of its own: scrolling draws old ones anew
        aria-live="off"
        aria-label={t("log")}
        onScroll={watch}
        onFocus={() => setReached(true)}
        onPointerEnter={() => setReached(true)}
        className="absolute inset-0 overflow-y-auto overflow-x-hidden overscroll-contain [overflow-anchor:none]"
      >
        <div className="relative" style={{ height }}>
          {items.map(line)}
        </div>
      </div>
      {top && <FloatingDay row={rows[top.index]} />}
      {!atEnd && <EndButton rows={rows} onClick={toEnd} />}
    </div>
  );
});

/** The day of what is at the top; its own mark, once it is on the screen, says the same. */
function FloatingDay({ row }: { row: Row | undefined }) {
  if (!row || row.day) return null;
  const at = row.kind === "message" ? row.message.createdAt : row.pending.createdAt;
  return (
    <p aria-hidden className="pointer-events-none absolute inset-x-0 top-1.5 flex justify-center">
      <span className="rounded-full border bg-raised/95 px-3 py-0.5 text-muted text-xs shadow-sm">{day(at)}</span>
    </p>
  );
}
