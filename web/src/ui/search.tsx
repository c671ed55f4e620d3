import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";

/** Typing is one search, not one for each letter. */
const SETTLE_MS = 250;

interface SearchFieldProps {
  label: string;
  placeholder?: string;
  value: string;
  onChange: (text: string) => void;
}

/** A field that tells what was typed once the typing rests; Escape empties it. */
export function SearchField({ label, placeholder, value, onChange }: SearchFieldProps) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  const latest = useRef(onChange);
  latest.current = onChange;
  useEffect(() => {
    // changed from elsewhere: by the way back, by a link
    if (value !== told.current) {
      told.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => {
    const next = text.trim();
    if (next === told.current) return;
    const timer = setTimeout(() => {
      told.current = next;
      latest.current(next);
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="relative">
      <Search
        className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted"
        aria-hidden
      />
      <input
        type="search"
        aria-label={label}
        placeholder={placeholder}
        value={text}
        maxLength={200}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && setText("")}
        className="h-11 w-full md:h-9 rounded-lg border border-line-strong bg-surface pr-2 pl-8 text-sm text-text placeholder:text-muted"
      />
    </div>
  );
}
