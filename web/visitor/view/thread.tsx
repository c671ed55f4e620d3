// The messages from top to bottom; stays at the end while that is where the reader is, and where the reader is otherwise.
import { Fragment } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { dayLabel } from "../moments";
import type { Visit } from "../visit";
import type { Words } from "../words";
import { ChatIcon, DownIcon } from "./icons";
import { Stored, Unsent } from "./message";
import { rowsOf } from "./rows";

/** So near to the end counts as the end. */
const NEAR_PX = 80;
/** So near to the beginning loads what is before. */
const OLDER_PX = 240;

export function Thread({ visit, words }: { visit: Visit; words: Words }) {
  const { locale } = visit.settings;
  const { stage, typing, older, link } = visit.store.state;
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [away, setAway] = useState(false);
  const before = useRef({ first: "", height: 0, waiting: 0 });
  const messages = visit.conversation.list();
  const waiting = visit.queue.all();
  const rows = rowsOf(messages, (moment) => dayLabel(moment, new Date(), locale, words));
  const unread = away ? visit.conversation.unread().length : 0;
  const loading = stage === "starting" && link === "connecting";

  const toEnd = () => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  };

  useLayoutEffect(() => {
    const box = list.current;
    if (!box) return;
    const first = messages[0]?.id ?? "";
    const wrote = waiting.length > before.current.waiting;
    if (atEnd.current || wrote) toEnd();
    else if (before.current.first && first < before.current.first) {
      box.scrollTop += box.scrollHeight - before.current.height;
    }
    before.current = { first, height: box.scrollHeight, waiting: waiting.length };
  });

  useEffect(() => {
    const box = list.current;
    if (!box) return;
    // a keyboard that comes up, or a line more to write in, must not hide the newest
    const observer = new ResizeObserver(() => {
      if (atEnd.current) box.scrollTop = box.scrollHeight;
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, []);

  const onScroll = () => {
    const box = list.current;
    if (!box) return;
    const end = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    if (end !== atEnd.current) {
      atEnd.current = end;
      setAway(!end);
      visit.reading.scrolled(end);
    }
    if (box.scrollTop < OLDER_PX && older === "some") void visit.loadOlder();
  };

  const show = (id: string) => {
    const shown = list.current?.querySelector(`[data-message="${CSS.escape(id)}"]`);
    shown?.scrollIntoView({ block: "center" });
    shown?.classList.add("shown");
    setTimeout(() => shown?.classList.remove("shown"), 1_500);
  };

  return (
    <div class="thread">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls has to be reached by keyboard */}
      <section class="messages" ref={list} onScroll={onScroll} tabIndex={0} aria-label={words.thread}>
        {older === "loading" && (
          <p class="older" role="status">
            {words.older}
          </p>
        )}
        {loading && <Skeleton words={words} />}
        {!loading && rows.length === 0 && waiting.length === 0 && (
          <div class="hello">
            <span class="hello-mark">
              <ChatIcon />
            </span>
            <h2>{words.hello}</h2>
            <p>{words.helloMore}</p>
          </div>
        )}
        <ol>
          {rows.map(({ message, day, first, last }) => (
            <Fragment key={message.id}>
              {day && (
                <li class="day">
                  <span>{day}</span>
                </li>
              )}
              <Stored {...{ message, first, last, visit, words, show }} />
            </Fragment>
          ))}
          {waiting.map((entry) => (
            <Unsent key={entry.key} {...{ entry, visit, words }} />
          ))}
        </ol>
        {typing !== null && (
          <p class="typing">
            <span class="dots" aria-hidden="true">
              <i />
              <i />
              <i />
            </span>
            <bdi>{words.typing(typing || words.team)}</bdi>
          </p>
        )}
      </section>
      {away && (
        <button type="button" class="to-end" onClick={toEnd} aria-label={unread ? words.newBelow(unread) : words.toEnd}>
          <DownIcon />
          {unread > 0 && <span>{words.newBelow(unread)}</span>}
        </button>
      )}
    </div>
  );
}

function Skeleton({ words }: { words: Words }) {
  return (
    <div class="skeleton" role="status" aria-label={words.connecting}>
      <i />
      <i />
      <i />
    </div>
  );
}
