// How pressing something is.
import { ChevronDown, ChevronsUp, ChevronUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Priority } from "../api/types";

export const PRIORITIES: Priority[] = ["low", "normal", "high", "urgent"];

const MARKS = {
  low: { icon: ChevronDown, look: "text-muted" },
  high: { icon: ChevronUp, look: "text-warn" },
  urgent: { icon: ChevronsUp, look: "font-medium text-bad" },
};

/** Says when something is more or less pressing than usual. */
export function PriorityMark({ priority }: { priority: Priority }) {
  const { t } = useTranslation();
  if (priority === "normal") return null;
  const { icon: Icon, look } = MARKS[priority];
  return (
    <span className={`flex items-center gap-0.5 text-xs ${look}`}>
      <Icon className="size-3.5" aria-hidden />
      {t(`priority.${priority}`)}
    </span>
  );
}
