import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn";

export interface Suggestion {
  id: string;
  name: string;
  more: string;
  /** What choosing it writes. */
  insert: string;
}

interface SuggestionsProps {
  id: string;
  label: string;
  found: Suggestion[];
  active: number;
  onChoose: (one: Suggestion) => void;
}

/** The list over the field. The focus stays in the field, which names the active one. */
export function Suggestions({ id, label, found, active, onChoose }: SuggestionsProps) {
  const { t } = useTranslation("composer");
  return (
    <>
      <span role="status" className="sr-only">
        {found.length > 0 && t("suggestions", { count: found.length })}
      </span>
      {found.length > 0 && (
        <div
          id={id}
          role="listbox"
          aria-label={label}
          className="absolute right-0 bottom-full left-0 z-30 mb-2 max-h-72 max-w-xl overflow-y-auto rounded-lg border bg-raised p-1 shadow-pop"
        >
          {found.map((one, at) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus and names the active one
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the field
            <div
              key={one.id}
              id={`${id}-${at}`}
              role="option"
              aria-selected={at === active}
              ref={(line) => {
                if (at === active) line?.scrollIntoView({ block: "nearest" });
              }}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => onChoose(one)}
              className={cn("cursor-pointer rounded-md px-2 py-1.5 text-sm", at === active && "bg-accent-soft")}
            >
              <span className="font-medium">{one.name}</span>
              <span className="ml-2 line-clamp-2 text-muted">{one.more}</span>
            </div>
          ))}
        </div>
      )}
    </>
  );
}
