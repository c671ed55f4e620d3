import type { ReactNode } from "react";
import { cn } from "./cn";

export type MarkLook = "good" | "warn" | "bad" | "accent" | "plain";

const LOOKS: Record<MarkLook, string> = {
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  accent: "bg-accent-soft text-accent",
  plain: "bg-sunken text-muted",
};

/** A state in a word. */
export function Mark({ look, children }: { look: MarkLook; children: ReactNode }) {
  return <span className={cn("shrink-0 rounded-md px-1.5 py-0.5 font-medium text-xs", LOOKS[look])}>{children}</span>;
}
