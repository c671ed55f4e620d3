// A table that is sorted by the column one clicks.
import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import { useState } from "react";
import { cn } from "./cn";

export interface Column<T> {
  label: string;
  /** What it is sorted by; what is not known (`null`) comes last, whatever the order. */
  value: (row: T) => number | string | null;
  show?: (row: T) => string;
}

interface SortableProps<T> {
  title: string;
  rows: T[];
  keyOf: (row: T) => string;
  columns: Column<T>[];
  /** Said where there are no rows. */
  empty: string;
}

interface Order {
  column: number;
  down: boolean;
}

export function SortableTable<T>({ title, rows, keyOf, columns, empty }: SortableProps<T>) {
  const [order, setOrder] = useState<Order | null>(null);
  const sortedBy = order && columns[order.column];
  const sorted = sortedBy ? [...rows].sort((a, b) => compare(sortedBy.value(a), sortedBy.value(b), order.down)) : rows;
  // numbers begin with the largest, names with A
  const click = (column: number) => {
    const first = typeof rows.map(columns[column]?.value ?? (() => null)).find((value) => value !== null) === "number";
    setOrder({ column, down: order?.column === column ? !order.down : first });
  };
  return (
    <section aria-label={title} className="flex min-w-0 flex-col gap-2 rounded-xl border bg-surface p-4">
      <h2 className="font-semibold text-sm">{title}</h2>
      {rows.length === 0 ? (
        <p className="text-muted text-sm">{empty}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <div className="overflow-x-auto" tabIndex={0} role="group" aria-label={title}>
          <table className="w-full text-sm tabular-nums">
            <thead>
              <tr>
                {columns.map(({ label }, at) => {
                  const down = order?.column === at ? order.down : null;
                  const Icon = down === null ? ChevronsUpDown : down ? ArrowDown : ArrowUp;
                  return (
                    <th
                      key={label}
                      scope="col"
                      aria-sort={down === null ? "none" : down ? "descending" : "ascending"}
                      className={cn("p-0 font-medium text-muted text-xs", at > 0 ? "text-right" : "text-left")}
                    >
                      <button
                        type="button"
                        onClick={() => click(at)}
                        className={cn(
                          "inline-flex items-center gap-1 rounded-md px-2 py-1.5 hover:bg-sunken hover:text-text",
                          at > 0 && "flex-row-reverse",
                        )}
                      >
                        {label}
                        <Icon className="size-3 shrink-0" aria-hidden />
                      </button>
                    </th>
                  );
                })}
              </tr>
            </thead>
            <tbody>
              {sorted.map((row) => (
                <tr key={keyOf(row)} className="border-t">
                  {columns.map(({ label, value, show }, at) =>
                    at === 0 ? (
                      <th key={label} scope="row" className="max-w-64 break-words p-2 text-left font-normal">
                        {show ? show(row) : value(row)}
                      </th>
                    ) : (
                      <td key={label} className="whitespace-nowrap p-2 text-right">
                        {show ? show(row) : value(row)}
                      </td>
                    ),
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function compare(a: number | string | null, b: number | string | null, down: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const rising = typeof a === "string" ? a.localeCompare(String(b)) : a - Number(b);
  return down ? -rising : rising;
}
