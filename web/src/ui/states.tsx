// What a part shows while it loads, when there is nothing, and when something went wrong.
import i18next from "i18next";
import { CircleAlert, LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/problem";
import { Button } from "./button";

export function Loading({ label }: { label?: string }) {
  const { t } = useTranslation();
  return (
    <div role="status" className="flex items-center justify-center gap-2 p-6 text-muted text-sm">
      <LoaderCircle className="size-4 animate-spin" aria-hidden />
      {label ?? t("loading")}
    </div>
  );
}

export function Empty({ icon, title, children }: { icon?: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-10 text-center text-muted">
      {icon}
      <p className="font-medium text-text">{title}</p>
      {children && <div className="max-w-sm text-sm">{children}</div>}
    </div>
  );
}

/** What went wrong and what to do about it. */
export function Failed({ error, again }: { error: unknown; again?: () => void }) {
  const { t } = useTranslation();
  return (
    <div role="alert" className="flex flex-col items-center gap-3 px-6 py-10 text-center">
      <CircleAlert className="size-6 text-bad" aria-hidden />
      <p className="max-w-sm text-sm">{useProblemText(error)}</p>
      {again && (
        <Button size="small" onClick={again}>
          {t("tryAgain")}
        </Button>
      )}
    </div>
  );
}

/** A problem in the user's language, where the code says enough; else in the server's words. */
export function useProblemText(error: unknown): string {
  useTranslation();
  return problemText(error);
}

/** The same outside of what is drawn: for toasts. */
export function problemText(error: unknown): string {
  const problem = asProblem(error);
  const field = problem.fields[0];
  if (field) return `${field.field}: ${field.message}`;
  const key = `problem.${problem.code}`;
  return i18next.exists(key) ? i18next.t(key, { secs: problem.retryAfterSecs ?? 1 }) : problem.detail;
}
