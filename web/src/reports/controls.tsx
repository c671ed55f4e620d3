// Which time the report is about, and taking it away as a file.
import { useNavigate } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import type { ReportSearch } from "../app/router";
import { Button } from "../ui/button";
import { problemText } from "../ui/states";
import { Toggle } from "../ui/toggle";
import { dayOf, rangeOf } from "./period";
import { loadCsv } from "./queries";

const PERIODS = ["today", undefined, "month", "custom"] as const;

export function Controls({ search }: { search: ReportSearch }) {
  const { t } = useTranslation("reports");
  const navigate = useNavigate({ from: "/reports" });
  const change = (next: ReportSearch) => void navigate({ to: ".", search: next, replace: true });
  const pick = (period: ReportSearch["period"]) => {
    if (period !== "custom") return change({ period });
    // begins with what is on the screen
    const shown = rangeOf(search);
    change({ period, from: shown ? dayOf(shown.from) : undefined, to: dayOf(new Date()) });
  };
  const today = dayOf(new Date());
  return (
    <div className="flex flex-wrap items-center gap-2">
      <fieldset className="flex flex-wrap gap-2">
        <legend className="sr-only">{t("period")}</legend>
        {PERIODS.map((period) => (
          <Toggle key={period ?? "week"} on={search.period === period} onChange={() => pick(period)}>
            {t(`period.${period ?? "week"}`)}
          </Toggle>
        ))}
      </fieldset>
      {search.period === "custom" && (
        <div className="flex flex-wrap items-center gap-2">
          <Day
            label={t("from")}
            value={search.from}
            max={search.to ?? today}
            onChange={(from) => change({ ...search, from })}
          />
          <span aria-hidden className="text-muted">
            –
          </span>
          <Day
            label={t("to")}
            value={search.to}
            min={search.from}
            max={today}
            onChange={(to) => change({ ...search, to })}
          />
        </div>
      )}
      <span className="flex-1" />
      <Csv search={search} />
    </div>
  );
}

interface DayProps {
  label: string;
  value?: string;
  min?: string;
  max?: string;
  onChange: (day: string | undefined) => void;
}

function Day({ label, value, min, max, onChange }: DayProps) {
  return (
    <input
      type="date"
      aria-label={label}
      value={value ?? ""}
      min={min}
      max={max}
      onChange={(event) => onChange(event.target.value || undefined)}
      className="h-11 rounded-lg border border-line-strong bg-surface px-2 text-sm md:h-9"
    />
  );
}

function Csv({ search }: { search: ReportSearch }) {
  const { t } = useTranslation("reports");
  const [busy, setBusy] = useState(false);
  const range = rangeOf(search);
  const save = async () => {
    if (!range) return;
    setBusy(true);
    try {
      const address = URL.createObjectURL(await loadCsv(range));
      const link = document.createElement("a");
      link.href = address;
      link.download = `switchboard-${dayOf(range.from)}.csv`;
      link.click();
      URL.revokeObjectURL(address);
    } catch (error) {
      toast.error(problemText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button busy={busy} disabled={!range} onClick={save}>
      <Download className="size-4" aria-hidden />
      {t("csv")}
    </Button>
  );
}
