import { Link, useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, type Problem } from "../api/problem";
import { setUp } from "../api/session";
import { Button } from "../ui/button";
import { TextField } from "../ui/field";
import { useProblemText } from "../ui/states";
import { Entrance } from "./entrance";

/** The first run: whoever holds the link that the server printed becomes its administrator. */
export function SetupPage() {
  const { t } = useTranslation();
  const router = useRouter();
  // behind the # it reaches no log of a server or proxy
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "");
    setBusy(true);
    setProblem(null);
    try {
      await setUp({
        token: token ?? "",
        organization: text("organization"),
        name: text("name"),
        email: text("email"),
        password: text("password"),
      });
      await router.navigate({ to: "/settings/$section", params: { section: "channels" } });
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  }

  const wrong = (field: string) => problem?.fields.find((one) => one.field === field)?.message;
  return (
    <Entrance title={t("setup.title")}>
      {token ? (
        <form onSubmit={submit} className="flex flex-col gap-4">
          <p className="text-muted text-sm">{t("setup.text")}</p>
          <TextField
            label={t("setup.organization")}
            name="organization"
            error={wrong("organization")}
            required
            maxLength={200}
            autoFocus
          />
          <TextField
            label={t("setup.name")}
            name="name"
            error={wrong("name")}
            autoComplete="name"
            required
            maxLength={200}
          />
          <TextField
            label={t("login.email")}
            name="email"
            type="email"
            error={wrong("email")}
            autoComplete="username"
            required
          />
          <TextField
            label={t("setup.password")}
            name="password"
            type="password"
            hint={t("setup.passwordHint")}
            error={wrong("password")}
            autoComplete="new-password"
            required
            minLength={8}
          />
          {problem && problem.fields.length === 0 && <Refusal problem={problem} />}
          <Button type="submit" look="primary" size="large" busy={busy}>
            {t("setup.submit")}
          </Button>
        </form>
      ) : (
        <p className="rounded-lg bg-warn-soft p-3 text-sm text-warn">{t("setup.noToken")}</p>
      )}
    </Entrance>
  );
}

function Refusal({ problem }: { problem: Problem }) {
  const { t } = useTranslation();
  const text = useProblemText(problem);
  if (problem.code !== "CONFLICT") {
    return (
      <p role="alert" className="text-bad text-sm">
        {problem.status === 401 ? problem.detail : text}
      </p>
    );
  }
  return (
    <p role="alert" className="text-sm">
      {t("setup.done")} <Link to="/login">{t("login.title")}</Link>
    </p>
  );
}
