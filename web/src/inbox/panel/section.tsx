// One part of the panel under its name; it can be folded away.
import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details open className="group border-b">
      <summary className="flex list-none items-center gap-2 px-4 py-2.5 font-semibold text-sm outline-offset-[-2px] hover:bg-sunken [&::-webkit-details-marker]:hidden">
        <h3 className="min-w-0 flex-1">{title}</h3>
        <ChevronRight className="size-4 text-muted transition-transform group-open:rotate-90" aria-hidden />
      </summary>
      <div className="flex flex-col gap-3 px-4 pb-4 text-sm">{children}</div>
    </details>
  );
}
