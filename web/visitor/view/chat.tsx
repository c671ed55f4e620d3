// The whole page: head, what there is to say of the connection, messages, and where to write.
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { State } from "../store";
import type { Visit } from "../visit";
import type { Words } from "../words";
import { Ask } from "./ask";
import { summaryOf } from "./body";
import { Composer } from "./composer";
import { ChatIcon, CloseIcon, CloudIcon, LockIcon } from "./icons";
import { Thread } from "./thread";

interface Props {
  visit: Visit;
  words: Words;
  /** Closes the frame; `null` in a window of its own. */
  close: (() => void) | null;
}

export function Chat({ visit, words, close }: Props) {
  const [, draw] = useState(0);
  // an effect would run after the first picture: what changes until then, such as being shown, would never be drawn
  useLayoutEffect(() => visit.store.watch(() => draw((count) => count + 1)), [visit]);
  useEffect(() => {
    if (!close) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.isComposing) close();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [close]);

  const { state } = visit.store;
  const closed = state.stage === "gone" || state.stage === "refused";
  return (
    <main class={close ? "chat framed" : "chat"}>
      <header class="head">
        <span class="mark">
          <ChatIcon />
        </span>
        <div>
          <h1>{words.title}</h1>
          {!closed && state.stage !== "asking" && (
            <p class={`link ${state.link}`} role="status">
              {linkWords(state, words)}
            </p>
          )}
        </div>
        {close && (
          <button type="button" class="round" aria-label={words.close} title={words.close} onClick={close}>
            <CloseIcon />
          </button>
        )}
      </header>
      {closed ? (
        <Shut stage={state.stage} words={words} />
      ) : state.stage === "asking" ? (
        <Ask visit={visit} words={words} />
      ) : (
        <>
          <Notice state={state} words={words} />
          <Thread visit={visit} words={words} />
          <Composer visit={visit} words={words} />
        </>
      )}
      <p class="unseen" role="log" aria-live="polite">
        {state.announced && `${state.announced.senderName || words.team}: ${summaryOf(state.announced, words)}`}
      </p>
    </main>
  );
}

function linkWords({ link }: State, words: Words): string {
  if (link === "online") return words.online;
  return link === "connecting" ? words.connecting : words.waiting;
}

/** What the visitor should know of the connection, in full. */
function Notice({ state: { link, busySecs }, words }: { state: State; words: Words }) {
  if (link !== "offline" && link !== "busy") return null;
  return (
    <p class="notice" role="alert">
      <CloudIcon />
      <span>{link === "busy" ? words.busy(busySecs) : words.offline}</span>
    </p>
  );
}

function Shut({ stage, words }: { stage: State["stage"]; words: Words }) {
  const gone = stage === "gone";
  return (
    <div class="hello" role="alert">
      <span class="hello-mark">
        <LockIcon />
      </span>
      <h2>{gone ? words.gone : words.refused}</h2>
      <p>{gone ? words.goneMore : words.refusedMore}</p>
    </div>
  );
}
