// Networks that allow free answers only for a while after the customer wrote.
import { useEffect, useState } from "react";
import type { Chat, Network } from "../../api/types";

const TICK_MS = 30_000;

/** Seconds until the window closes: 0 when it is closed, `null` where there is none. Ticks. */
export function useWindow(chat: Chat | undefined, network: Network | undefined): number | null {
  const [now, setNow] = useState(Date.now());
  const ends = chat?.windowExpiresAt ? Date.parse(chat.windowExpiresAt) : 0;
  const limited = Boolean(network?.windowHours);
  useEffect(() => {
    if (!limited) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    // and at the very moment
    const left = ends - Date.now();
    const end = left > 0 && left < 2 ** 31 ? setTimeout(() => setNow(Date.now()), left + 50) : undefined;
    return () => {
      clearInterval(timer);
      clearTimeout(end);
    };
  }, [limited, ends]);
  return limited ? Math.max(0, Math.floor((ends - now) / 1000)) : null;
}
