// Keys that do things. A part names its keys while it is on the screen; `?` lists those that work now.
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { createKeybindingsHandler } from "tinykeys";
import { createStore, useStore } from "../live/store";
import { Dialog } from "../ui/dialog";

interface Shortcut {
  /** In the words of tinykeys: `$mod+Enter`, `g i`, `?`. */
  keys: string;
  label: string;
  run: () => void;
  /** Works while something is being written too. */
  always?: boolean;
}

const known = createStore<Shortcut[]>([]);

export function useShortcut(keys: string, label: string, run: () => void, always = false): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const shortcut: Shortcut = { keys, label, run: () => latest.current(), always };
    known.update((all) => [...all, shortcut]);
    return () => known.update((all) => all.filter((other) => other !== shortcut));
  }, [keys, label, always]);
}

function writes(target: EventTarget | null): boolean {
  const element = target instanceof HTMLElement ? target : null;
  return Boolean(
    element?.isContentEditable || element?.matches("input, textarea, select, [role=textbox], emoji-picker"),
  );
}

/** Once, around the dashboard. */
export function Shortcuts() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const shortcuts = useStore(known);
  useShortcut("Shift+?", t("keys.help"), () => setOpen(true));
  useEffect(() => {
    const bindings = Object.fromEntries(
      shortcuts.map(({ keys, run, always }) => [
        keys,
        (event: KeyboardEvent) => {
          if (
            (writes(event.target) && !always) ||
            event.defaultPrevented ||
            document.querySelector("[role=alertdialog]")
          )
            return;
          event.preventDefault();
          run();
        },
      ]),
    );
    const handler = createKeybindingsHandler(bindings);
    window.addEventListener("keydown", handler as EventListener);
    return () => window.removeEventListener("keydown", handler as EventListener);
  }, [shortcuts]);
  return (
    <Dialog open={open} onOpenChange={setOpen} title={t("keys.title")} wide>
      <dl className="grid gap-x-8 gap-y-1 sm:grid-cols-2">
        {shortcuts.map(({ keys, label }) => (
          <div key={keys} className="flex items-center justify-between gap-4 py-1">
            <dt className="text-sm">{label}</dt>
            <dd>
              <Keys keys={keys} />
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** `$mod+Enter` as people know it. */
function spell(keys: string): string {
  const names: Record<string, string> = { $mod: MAC ? "⌘" : "Ctrl", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };
  return keys
    .replace("Shift+?", "?")
    .split("+")
    .map((key) => names[key] ?? key)
    .join("+");
}

export function Keys({ keys }: { keys: string }) {
  return (
    <span className="flex gap-1">
      {spell(keys)
        .split(" ")
        .map((key, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same key may come twice, and the order never changes
          <kbd key={at} className="rounded border bg-sunken px-1.5 py-0.5 font-sans text-xs">
            {key}
          </kbd>
        ))}
    </span>
  );
}
