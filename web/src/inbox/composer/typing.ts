// Tells the others in the chat that something is being written.
import { useEffect, useMemo } from "react";
import { say } from "../../live/connection";

/** The server forgets it after ten seconds. */
const AGAIN_MS = 4_000;
const IDLE_MS = 6_000;

/** To be called with the text at each change. Notes and corrections are told to nobody. */
export function useTyping(chatId: string, secret: boolean): (text: string) => void {
  const typist = useMemo(() => {
    let told = 0;
    let idle: ReturnType<typeof setTimeout> | undefined;
    const stop = () => {
      clearTimeout(idle);
      if (told) void say("typing:stop", { chatId });
      told = 0;
    };
    return (text: string) => {
      if (!text.trim() || secret) return stop();
      clearTimeout(idle);
      idle = setTimeout(stop, IDLE_MS);
      if (Date.now() - told < AGAIN_MS) return;
      told = Date.now();
      void say("typing:start", { chatId });
    };
  }, [chatId, secret]);
  useEffect(() => () => typist(""), [typist]);
  return typist;
}
