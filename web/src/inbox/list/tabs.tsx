// Whose chats are shown.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn";
import { useAsked } from "./asked";

const TABS = [
  { name: "tabs.mine", assignedTo: "me" },
  { name: "tabs.unassigned", assignedTo: "none" },
  { name: "tabs.all", assignedTo: undefined },
] as const;

export function Tabs() {
  const { t } = useTranslation("inbox");
  const { search } = useAsked();
  return (
    <nav aria-label={t("tabs.label")} className="flex gap-1 border-b px-3">
      {TABS.map(({ name, assignedTo }) => (
        <Link
          key={name}
          to="."
          search={{ ...search, message: undefined, assignedTo } as never}
          aria-current={search.assignedTo === assignedTo ? "true" : undefined}
          className={cn(
            "-mb-px border-transparent border-b-2 px-2 py-2 font-medium text-muted text-sm hover:text-text",
            search.assignedTo === assignedTo && "border-accent text-accent hover:text-accent",
          )}
        >
          {t(name)}
        </Link>
      ))}
    </nav>
  );
}
