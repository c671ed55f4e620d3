// A form that says at each field what the server found wrong with it, and is not left by mistake.
import { useBlocker } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { asProblem, type Problem } from "../api/problem";
import { Button } from "../ui/button";
import { Confirm } from "../ui/confirm";
import { useProblemText } from "../ui/states";

/** What was filled in, trimmed. */
export class Values {
  constructor(private readonly form: FormData) {}

  /** "" where the form has no such field. */
  text(name: string): string {
    return String(this.form.get(name) ?? "").trim();
  }
  /** As it was typed: for passwords. */
  raw(name: string): string {
    return String(this.form.get(name) ?? "");
  }
  all(name: string): string[] {
    return this.form.getAll(name).map(String);
  }
  checked(name: string): boolean {
    return this.form.has(name);
  }
}

/** What the server says of a field: `name`, `credentials.token`. */
export type Wrong = (field: string) => string | undefined;

interface FormProps<T> {
  /** Rejects with a `Problem`. */
  save: (values: Values) => Promise<T>;
  /** The word on the button. */
  action: string;
  /** Said when it went well. */
  done?: string;
  onDone?: (result: T) => void;
  /** In the user's words, where the server answers 409. */
  conflict?: string;
  onCancel?: () => void;
  /** A form for one thing after another is empty again after each. */
  empties?: boolean;
  className?: string;
  children: (wrong: Wrong) => ReactNode;
}

export function Form<T>({
  save,
  action,
  done,
  onDone,
  conflict,
  onCancel,
  empties,
  className = "flex max-w-xl flex-col gap-4",
  children,
}: FormProps<T>) {
  const { t } = useTranslation();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const dirty = useRef(false);
  const form = useRef<HTMLFormElement>(null);
  /** Whether no field of the form says what is wrong. */
  const [elsewhere, setElsewhere] = useState(false);
  useLayoutEffect(() => {
    setElsewhere(problem !== null && !form.current?.querySelector("[role=alert]"));
    if (problem) form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [problem]);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const values = new Values(new FormData(form));
    setBusy(true);
    setProblem(null);
    setElsewhere(false);
    try {
      const result = await save(values);
      dirty.current = false;
      if (empties) form.reset();
      if (done) toast.success(done);
      onDone?.(result);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  }

  const wrong: Wrong = (field) => problem?.fields.find((one) => one.field === field)?.message;
  return (
    <form
      ref={form}
      onSubmit={submit}
      onInput={() => {
        dirty.current = true;
      }}
      aria-busy={busy}
    >
      <fieldset disabled={busy} className={className}>
        {children(wrong)}
        {problem && elsewhere && <Refusal problem={problem} conflict={conflict} />}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" look="primary" busy={busy}>
            {action}
          </Button>
          {onCancel && <Button onClick={onCancel}>{t("cancel")}</Button>}
        </div>
      </fieldset>
      <Leaving isDirty={() => dirty.current} />
    </form>
  );
}

function Refusal({ problem, conflict }: { problem: Problem; conflict?: string }) {
  const text = useProblemText(problem);
  return (
    <p role="alert" className="text-bad text-sm">
      {problem.code === "CONFLICT" && conflict ? conflict : text}
    </p>
  );
}

/** Asks before what was written and not saved is lost. */
function Leaving({ isDirty }: { isDirty: () => boolean }) {
  const { t } = useTranslation();
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: isDirty,
    enableBeforeUnload: isDirty,
    withResolver: true,
  });
  return (
    <Confirm
      open={status === "blocked"}
      onOpenChange={(open) => open || reset?.()}
      title={t("leave.title")}
      action={t("leave.action")}
      onConfirm={async () => proceed?.()}
    >
      {t("leave.text")}
    </Confirm>
  );
}
