// The tabs of one browser agree: one of them speaks for all, and none speaks of a chat that the user is looking at.
const NAME = "switchboard.tabs";
/** How long the others have to say that they see a chat. */
const ANSWER_MS = 150;

type Word = { ask: string; chatId: string } | { seen: string };

/** Whether this tab shows the chat to somebody now. */
export function sees(chatId: string): boolean {
  return document.visibilityState === "visible" && location.pathname === `/inbox/${chatId}`;
}

export interface Tabs {
  /** Whether this tab is the one that speaks. */
  leads: () => boolean;
  /** Whether any tab shows the chat to somebody now. */
  seen: (chatId: string) => Promise<boolean>;
  leave: () => void;
}

export function joinTabs(): Tabs {
  const leaving = new AbortController();
  let leader = false;
  if (navigator.locks) {
    const reign = new Promise<void>((done) => leaving.signal.addEventListener("abort", () => done()));
    const rule = () => {
      leader = true;
      return reign;
    };
    navigator.locks.request(NAME, { signal: leaving.signal }, rule).catch(() => {
      // left before its turn came
    });
  } else leader = true; // without a secure context there are no locks: each tab speaks
  const channel = new BroadcastChannel(NAME);
  const waiting = new Map<string, () => void>();
  channel.onmessage = ({ data }: MessageEvent<Word>) => {
    if ("seen" in data) waiting.get(data.seen)?.();
    else if (sees(data.chatId)) channel.postMessage({ seen: data.ask } satisfies Word);
  };
  let asked = 0;
  return {
    leads: () => leader,
    seen(chatId) {
      if (sees(chatId)) return Promise.resolve(true);
      asked += 1;
      const ask = `${chatId} ${asked} ${Math.random()}`;
      return new Promise((done) => {
        const end = (answer: boolean) => {
          waiting.delete(ask);
          done(answer);
        };
        waiting.set(ask, () => end(true));
        setTimeout(() => end(false), ANSWER_MS);
        channel.postMessage({ ask, chatId } satisfies Word);
      });
    },
    leave() {
      leader = false;
      leaving.abort();
      channel.close();
    },
  };
}
