import { ArrowDown } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button";
import type { Row } from "./rows";

/** Leads to the end; counts what came since the reader left it. */
export function EndButton({ rows, onClick }: { rows: Row[]; onClick: () => void }) {
  const { t } = useTranslation("thread");
  const last = rows.at(-1)?.key ?? null;
  const left = useRef(last);
  const from = rows.findIndex((row) => row.key === left.current);
  const came = from < 0 ? [] : rows.slice(from + 1);
  const count = came.filter((row) => row.kind === "message" && !row.message.fromMe).length;
  return (
    <div className="absolute right-4 bottom-3">
      <Button
        onClick={onClick}
        aria-label={count > 0 ? undefined : t("end")}
        className="rounded-full bg-raised shadow-pop"
      >
        {count > 0 && t("end.new", { count })}
        <ArrowDown className="size-4" aria-hidden />
      </Button>
    </div>
  );
}
