import { useQuery } from "@tanstack/react-query";
import { Navigate, useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, type Problem } from "../api/problem";
import { endedBecause, session, signIn } from "../api/session";
import { useStore } from "../live/store";
import { Button } from "../ui/button";
import { SelectField, TextField } from "../ui/field";
import { useProblemText } from "../ui/states";
import { Entrance } from "./entrance";

interface Organization {
  id: string;
  name: string;
}

export function LoginPage() {
  const { t } = useTranslation();
  const { to } = useSearch({ from: "/login" });
  const current = useStore(session);
  const ended = useStore(endedBecause);
  const router = useRouter();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [organizations, setOrganizations] = useState<Organization[]>([]);
  const first = useQuery({ queryKey: ["setup"], queryFn: needsSetUp, retry: false });
  if (current) return to ? <Back to={to} /> : <Navigate to="/inbox" replace />;

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "");
    setBusy(true);
    setProblem(null);
    try {
      await signIn({
        email: text("email"),
        password: text("password"),
        organizationId: text("organization") || undefined,
      });
      router.history.push(to ?? "/inbox");
    } catch (error) {
      const failed = asProblem(error);
      // the user belongs to several: one of them has to be named
      if (failed.code === "CONFLICT" && Array.isArray(failed.more.organizations)) {
        setOrganizations(failed.more.organizations as Organization[]);
      } else setProblem(failed);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Entrance title={t("login.title")}>
      {ended === "expired" && <p className="rounded-lg bg-warn-soft p-3 text-sm text-warn">{t("login.expired")}</p>}
      {first.data && <p className="rounded-lg bg-accent-soft p-3 text-sm">{t("login.first")}</p>}
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField label={t("login.email")} name="email" type="email" autoComplete="username" required autoFocus />
        <TextField
          label={t("login.password")}
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        {organizations.length > 0 && (
          <SelectField label={t("login.organization")} name="organization" required defaultValue="">
            <option value="" disabled>
              {t("login.chooseOrganization")}
            </option>
            {organizations.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </SelectField>
        )}
        {problem && <Refusal problem={problem} />}
        <Button type="submit" look="primary" size="large" busy={busy}>
          {t("login.submit")}
        </Button>
      </form>
    </Entrance>
  );
}

function Refusal({ problem }: { problem: Problem }) {
  const text = useProblemText(problem);
  return (
    <p role="alert" className="text-bad text-sm">
      {problem.status === 401 ? problem.detail : text}
    </p>
  );
}

/** Where the user wanted to go: an address of ours with its parameters, taken as it is. */
function Back({ to }: { to: string }) {
  const router = useRouter();
  if (to.startsWith("/") && !to.startsWith("//")) router.history.replace(to);
  return null;
}

async function needsSetUp(): Promise<boolean> {
  const response = await fetch("/api/setup");
  return response.ok && (await response.json()).needed === true;
}
