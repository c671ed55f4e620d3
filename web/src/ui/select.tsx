import { cn } from "./cn";

interface SelectProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: { value: string; label: string }[];
  disabled?: boolean;
  className?: string;
}

/** A small choice in a row of others; its label is for screen readers. The value is kept where the options lack it. */
export function Select({ label, value, onChange, options, disabled, className }: SelectProps) {
  return (
    <select
      aria-label={label}
      title={label}
      value={value}
      disabled={disabled}
      onChange={(event) => onChange(event.target.value)}
      className={cn(
        "h-11 min-w-0 md:h-9 max-w-full rounded-lg border border-line-strong bg-surface px-2 text-sm text-text disabled:opacity-60",
        className,
      )}
    >
      {options.every((option) => option.value !== value) && <option value={value}>—</option>}
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}
