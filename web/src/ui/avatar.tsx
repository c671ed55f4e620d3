import { cn } from "./cn";

const COLOURS = [
  "bg-sky-700",
  "bg-teal-700",
  "bg-emerald-700",
  "bg-amber-800",
  "bg-orange-800",
  "bg-rose-700",
  "bg-fuchsia-700",
  "bg-violet-700",
  "bg-indigo-700",
  "bg-slate-600",
];

function initials(name: string): string {
  const letters = (word: string) => [...word.replace(/[^\p{L}\p{N}]/gu, "")][0] ?? "";
  const words = name.trim().split(/\s+/).filter(letters);
  return words.slice(0, 2).map(letters).join("").toUpperCase();
}

function colour(seed: string): string {
  let sum = 0;
  for (const char of seed) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return COLOURS[sum % COLOURS.length] ?? "bg-slate-600";
}

interface AvatarProps {
  /** What decides the colour: an id. */
  seed: string;
  name: string | null;
  size?: "small" | "medium" | "large";
  online?: boolean;
}

/** Initials on a colour: pictures of other servers are never loaded, since that would tell them who reads. */
export function Avatar({ seed, name, size = "medium", online }: AvatarProps) {
  const sizes = { small: "size-6 text-[0.625rem]", medium: "size-9 text-xs", large: "size-12 text-base" };
  return (
    <span className="relative inline-flex shrink-0" aria-hidden>
      <span
        className={cn(
          "inline-flex items-center justify-center rounded-full font-semibold text-white",
          sizes[size],
          colour(seed),
        )}
      >
        {initials(name ?? "") || "?"}
      </span>
      {online && <span className="absolute right-0 bottom-0 size-2.5 rounded-full border-2 border-surface bg-good" />}
    </span>
  );
}
