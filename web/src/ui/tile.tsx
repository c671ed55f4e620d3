import type { ReactNode } from "react";

/** A figure with its name; `note` says more of it in small. */
export function Tile({ label, value, note }: { label: string; value: ReactNode; note?: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col rounded-xl border bg-surface p-3">
      <dt className="truncate text-muted text-xs" title={label}>
        {label}
      </dt>
      <dd className="mt-1 font-semibold text-xl tabular-nums">{value}</dd>
      {note !== undefined && <dd className="text-muted text-xs tabular-nums">{note}</dd>}
    </div>
  );
}

export function Tiles({ label, children }: { label: string; children: ReactNode }) {
  return (
    <dl aria-label={label} className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-4">
      {children}
    </dl>
  );
}
