import { type ComponentProps, type ReactNode, useId } from "react";
import { cn } from "./cn";

const box =
  "w-full rounded-lg border border-line-strong bg-surface px-3 text-text placeholder:text-muted disabled:opacity-60 aria-invalid:border-bad";

interface Named {
  label: string;
  hint?: ReactNode;
  /** What is wrong with it, in words. */
  error?: string;
}

function Frame({ id, label, hint, error, children }: Named & { id: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      {children}
      {hint && !error && (
        <p id={`${id}-hint`} className="text-muted text-xs">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-bad text-xs" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

function described(id: string, { hint, error }: Pick<Named, "hint" | "error">) {
  return {
    "aria-describedby": error ? `${id}-error` : hint ? `${id}-hint` : undefined,
    "aria-invalid": error ? true : undefined,
  };
}

export function TextField({ label, hint, error, className, ...rest }: Named & ComponentProps<"input">) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <input id={id} className={cn(box, "h-9", className)} {...described(id, { hint, error })} {...rest} />
    </Frame>
  );
}

export function TextArea({ label, hint, error, className, ...rest }: Named & ComponentProps<"textarea">) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <textarea id={id} className={cn(box, "min-h-20 py-2", className)} {...described(id, { hint, error })} {...rest} />
    </Frame>
  );
}

export function SelectField({ label, hint, error, className, children, ...rest }: Named & ComponentProps<"select">) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <select id={id} className={cn(box, "h-9", className)} {...described(id, { hint, error })} {...rest}>
        {children}
      </select>
    </Frame>
  );
}
