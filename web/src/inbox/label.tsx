// A label of a chat: its colour as a dot, since text on any colour cannot always be read.
import { cn } from "../ui/cn";

export function LabelDot({ color }: { color: string | undefined }) {
  return (
    <span
      aria-hidden
      className={cn("size-2 shrink-0 rounded-full", !color && "bg-line-strong")}
      style={color ? { backgroundColor: color } : undefined}
    />
  );
}

export function LabelChip({ name, color }: { name: string; color: string | undefined }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-1 rounded bg-sunken px-1.5 text-[0.6875rem] text-muted leading-4">
      <LabelDot color={color} />
      <span className="truncate">{name}</span>
    </span>
  );
}
