import type { ReactNode } from "react";

interface ChoiceProps {
  label: string;
  name: string;
  options: { value: string; label: string; hint?: ReactNode }[];
  value?: string;
  defaultValue?: string;
  onChange?: (value: string) => void;
  error?: string;
}

/** One of few, each with a line on what it means. */
export function Choice({ label, name, options, value, defaultValue, onChange, error }: ChoiceProps) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium text-sm">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className="flex items-start gap-3 rounded-lg border p-3 has-checked:border-accent has-checked:bg-accent-soft"
        >
          <input
            type="radio"
            name={name}
            value={option.value}
            className="mt-1 accent-accent"
            {...(value === undefined
              ? { defaultChecked: option.value === defaultValue }
              : { checked: option.value === value })}
            onChange={() => onChange?.(option.value)}
          />
          <span className="text-sm">
            <span className="font-medium">{option.label}</span>
            {option.hint && <span className="block text-muted text-xs">{option.hint}</span>}
          </span>
        </label>
      ))}
      {error && (
        <p role="alert" className="text-bad text-xs">
          {error}
        </p>
      )}
    </fieldset>
  );
}

/** Yes or no, in a form. */
export function Check({
  label,
  hint,
  name,
  value,
  defaultChecked,
}: {
  label: ReactNode;
  hint?: string;
  name: string;
  value?: string;
  defaultChecked?: boolean;
}) {
  return (
    <label className="flex items-start gap-3 text-sm">
      <input
        type="checkbox"
        name={name}
        value={value}
        defaultChecked={defaultChecked}
        className="mt-0.5 size-4 accent-accent"
      />
      <span>
        {label}
        {hint && <span className="block text-muted text-xs">{hint}</span>}
      </span>
    </label>
  );
}
