// A button with a list to search in and pick from, by mouse or by keys alone.
import { Check } from "lucide-react";
import { type KeyboardEvent, type ReactElement, type ReactNode, useId, useState } from "react";
import { cn } from "./cn";
import { Popover } from "./popover";

export interface Option {
  id: string;
  name: string;
  /** Options of one group stand together under its name. */
  group?: string;
  mark?: ReactNode;
  checked?: boolean;
}

interface PickerProps {
  trigger: ReactElement;
  label: string;
  /** Said when nothing is found. */
  nothing: string;
  options: Option[];
  onPick: (id: string) => void;
  /** Several can be picked: the list stays open. */
  several?: boolean;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  children?: ReactNode;
}

export function Picker({ trigger, label, several, open, onOpenChange, children, onPick, ...rest }: PickerProps) {
  const pick = (id: string) => {
    onPick(id);
    if (!several) onOpenChange(false);
  };
  return (
    <Popover label={label} trigger={trigger} align="end" open={open} onOpenChange={onOpenChange}>
      <Choices label={label} onPick={pick} several={several} {...rest} />
      {children}
    </Popover>
  );
}

type ChoicesProps = Pick<PickerProps, "label" | "nothing" | "options" | "onPick" | "several">;

function Choices({ label, nothing, options, onPick, several }: ChoicesProps) {
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const wanted = text.trim().toLocaleLowerCase();
  const shown = options.filter((option) => option.name.toLocaleLowerCase().includes(wanted));
  const active = shown[Math.min(at, shown.length - 1)];
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt(Math.max(0, Math.min(shown.length - 1, at + step)));
    else if (event.key === "Enter" && active) onPick(active.id);
    else return;
    event.preventDefault();
  };
  return (
    <div className="flex w-60 flex-col gap-2">
      <input
        role="combobox"
        aria-label={label}
        placeholder={label}
        aria-expanded
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={active ? `${id}-${active.id}` : undefined}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        className="h-9 w-full rounded-lg border border-line-strong bg-surface px-3 text-sm placeholder:text-muted"
      />
      <div
        role="listbox"
        id={id}
        aria-label={label}
        aria-multiselectable={several}
        tabIndex={-1}
        className="-mx-1 max-h-64 overflow-y-auto"
      >
        {shown.map((option, index) => (
          <Line
            key={option.id}
            id={`${id}-${option.id}`}
            option={option}
            active={option === active}
            heading={option.group !== shown[index - 1]?.group ? option.group : undefined}
            onPick={onPick}
          />
        ))}
      </div>
      {shown.length === 0 && <p className="px-1 text-muted text-sm">{nothing}</p>}
    </div>
  );
}

interface LineProps {
  id: string;
  option: Option;
  active: boolean;
  heading?: string;
  onPick: (id: string) => void;
}

function Line({ id, option, active, heading, onPick }: LineProps) {
  return (
    <>
      {heading && (
        <div role="presentation" className="px-2 pt-2 pb-1 text-muted text-xs">
          {heading}
        </div>
      )}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the field above, as in every combobox */}
      <div
        role="option"
        id={id}
        tabIndex={-1}
        aria-selected={Boolean(option.checked)}
        ref={(element) => {
          if (active) element?.scrollIntoView?.({ block: "nearest" });
        }}
        onClick={() => onPick(option.id)}
        className={cn(
          "flex cursor-default items-center gap-2 rounded-md px-2 py-1.5 text-sm hover:bg-sunken",
          active && "bg-sunken",
        )}
      >
        {option.mark}
        <span className="min-w-0 flex-1 truncate">{option.name}</span>
        {option.checked && <Check className="size-4 shrink-0 text-accent" aria-hidden />}
      </div>
    </>
  );
}
