import type { ReactNode } from "react";
import { cn } from "./cn";

/** A button that stays pressed. */
export function Toggle({
  on,
  onChange,
  children,
}: {
  on: boolean;
  onChange: (on: boolean) => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-pressed={on}
      onClick={() => onChange(!on)}
      className={cn(
        "h-11 shrink-0 md:h-9 whitespace-nowrap rounded-lg border px-3 text-sm",
        on
          ? "border-accent bg-accent-soft text-accent"
          : "border-line-strong text-muted hover:bg-sunken hover:text-text",
      )}
    >
      {children}
    </button>
  );
}
