import type { ReactNode } from "react";
import { cn } from "./cn";

interface SplitProps {
  /** The name of the list, for screen readers. */
  label: string;
  list: ReactNode;
  /** What is open beside the list; without, `empty` is. On phones an open thing has the whole screen. */
  detail: ReactNode | null;
  empty: ReactNode;
}

/** A list, and what is open of it beside it; on phones one at a time. */
export function Split({ label, list, detail, empty }: SplitProps) {
  return (
    <div className="flex min-h-0 min-w-0 flex-1">
      <section
        aria-label={label}
        className={cn(
          "w-full shrink-0 flex-col border-r bg-surface md:flex md:w-80 lg:w-96",
          detail ? "hidden" : "flex",
        )}
      >
        {list}
      </section>
      {detail ?? <div className="hidden flex-1 items-center justify-center md:flex">{empty}</div>}
    </div>
  );
}
