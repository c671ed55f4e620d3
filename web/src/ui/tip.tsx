// Tooltips. A thread has hundreds of buttons: each only carries its words, and one component draws those under the pointer.
import { Tooltip } from "radix-ui";
import { useEffect, useState } from "react";

const DELAY_MS = 500;
/** After one was shown the next one comes without delay for as long. */
const WARM_MS = 300;

/** The attributes of an element that has a tooltip. It adds nothing for screen readers: what it is on has a name of its own. */
export function tip(label: string, keys?: string) {
  return { "data-tip": label, "data-tip-keys": keys };
}

interface Shown {
  element: HTMLElement;
  label: string;
  keys: string | undefined;
}

const withTip = (target: EventTarget | null) =>
  target instanceof Element ? target.closest<HTMLElement>("[data-tip]") : null;

/** Draws the tooltips of the whole page. Once, around the dashboard. */
export function Tips() {
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let under: HTMLElement | null = null;
    let open = false;
    let closedAt = Number.NEGATIVE_INFINITY;
    const close = () => {
      clearTimeout(timer);
      if (open) closedAt = performance.now();
      open = false;
      setShown(null);
    };
    const show = (element: HTMLElement) => {
      const { tip: label, tipKeys: keys } = element.dataset;
      if (!label || !element.isConnected) return;
      open = true;
      setShown({ element, label, keys });
    };
    const over = ({ target, pointerType }: PointerEvent) => {
      const element = pointerType === "touch" ? null : withTip(target);
      if (element === under) return;
      under = element;
      close();
      if (element) timer = setTimeout(() => show(element), performance.now() - closedAt < WARM_MS ? 0 : DELAY_MS);
    };
    const focus = ({ target }: FocusEvent) => {
      const element = withTip(target);
      if (element?.matches(":focus-visible")) show(element);
    };
    const on = { signal: leaving.signal, capture: true, passive: true };
    document.addEventListener("pointerover", over, on);
    document.addEventListener("focusin", focus, on);
    // whoever acts has read it
    for (const act of ["pointerdown", "keydown", "focusout", "scroll"]) document.addEventListener(act, close, on);
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, []);
  return shown && <Shown {...shown} />;
}

function Shown({ element, label, keys }: Shown) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return (
    <Tooltip.Provider>
      <Tooltip.Root open>
        <Tooltip.Trigger asChild>
          <span aria-hidden className="pointer-events-none fixed" style={{ left, top, width, height }} />
        </Tooltip.Trigger>
        <Tooltip.Portal>
          <Tooltip.Content
            sideOffset={6}
            collisionPadding={8}
            className="pointer-events-none z-50 flex max-w-72 items-center gap-2 rounded-md bg-text px-2 py-1 text-xs text-bg shadow-pop"
          >
            {label}
            {keys && <kbd className="rounded bg-bg/20 px-1 font-sans">{keys}</kbd>}
          </Tooltip.Content>
        </Tooltip.Portal>
      </Tooltip.Root>
    </Tooltip.Provider>
  );
}
