// A long list of rows of one height: only those in sight are drawn.
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useAfterPaint } from "./after-paint";

/** Rows drawn beyond the edge on each side, once those in sight were painted. */
const BEYOND = 8;

interface Sight {
  /** The first row in sight, and how many fit. */
  first: number;
  fit: number;
}

export interface Rows extends Sight {
  /** Rows to draw: from `start` up to `end`, without it. */
  start: number;
  end: number;
  /** Brings a row into sight with as little movement as possible. */
  reveal: (index: number) => void;
  /** Whether those in sight were painted. */
  painted: boolean;
}

function look(box: HTMLElement | null, height: number): Sight {
  // before it can be measured: no more than the window holds
  if (!box) return { first: 0, fit: Math.ceil(window.innerHeight / height) };
  return { first: Math.floor(box.scrollTop / height), fit: Math.ceil(box.clientHeight / height) + 1 };
}

/** `box` is what scrolls; the rows begin at its top and are `height` pixels high. */
export function useRows(box: RefObject<HTMLElement | null>, count: number, height: number): Rows {
  const [sight, setSight] = useState<Sight>(() => look(null, height));
  const see = useCallback(() => {
    const next = look(box.current, height);
    setSight((now) => (now.first === next.first && now.fit === next.fit ? now : next));
  }, [box, height]);
  const painted = useAfterPaint();
  const beyond = painted ? BEYOND : 0;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    element.addEventListener("scroll", see, { passive: true });
    const observer = new ResizeObserver(see);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", see);
      observer.disconnect();
    };
  }, [box, see]);
  const reveal = (index: number) => {
    const element = box.current;
    if (!element) return;
    const [top, bottom] = [index * height, (index + 1) * height];
    if (top < element.scrollTop) element.scrollTop = top;
    else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight;
    see();
  };
  const start = Math.max(0, Math.min(sight.first - beyond, count - 1));
  return { ...sight, start, end: Math.min(count, sight.first + sight.fit + beyond), reveal, painted };
}

/**
 * By how many rows most of what was in sight has moved in a new order of the same list: scrolling by as much keeps it under
 * the pointer.
 */
export function shiftOf(before: string[], after: string[], first: number, fit: number): number {
  const where = new Map(after.map((id, index) => [id, index]));
  const moves = before.slice(first, first + fit).flatMap((id, at) => {
    const now = where.get(id);
    return now === undefined ? [] : [now - (first + at)];
  });
  moves.sort((a, b) => a - b);
  return moves[Math.floor(moves.length / 2)] ?? 0;
}

/** Keeps what is in sight where it is when rows above come, go or move; at the top new rows push in. */
export function useSteady(box: RefObject<HTMLElement | null>, ids: string[], height: number): void {
  const before = useRef(ids);
  useLayoutEffect(() => {
    const old = before.current;
    before.current = ids;
    const element = box.current;
    if (!element || old === ids || element.scrollTop < height / 2) return;
    const { first, fit } = look(element, height);
    const shift = shiftOf(old, ids, first, fit);
    if (shift) element.scrollTop += shift * height;
  }, [box, ids, height]);
}
