// What may come a moment later: it is drawn when what the user waits for is on the screen.
import { startTransition, useEffect, useState } from "react";

/** What waits for something slow is not held back longer than this. */
const PATIENCE_MS = 1_000;

/** Turns true once what was drawn when `ready` became true has been painted. What it then brings in yields to the user's input. */
export function useAfterPaint(ready = true): boolean {
  const [painted, setPainted] = useState(false);
  useEffect(() => {
    if (!ready) {
      const timer = setTimeout(() => startTransition(() => setPainted(true)), PATIENCE_MS);
      return () => clearTimeout(timer);
    }
    // a frame is announced before it is painted; the one after it, when it was
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => startTransition(() => setPainted(true)));
    });
    return () => cancelAnimationFrame(frame);
  }, [ready]);
  return painted;
}
