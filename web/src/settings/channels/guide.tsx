// Where what a form asks for comes from, in steps.
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Provider } from "./providers";

const STEPS: Partial<Record<Provider, number>> = { telegram: 3, waba: 3 };

export function Guide({ provider }: { provider: Provider }) {
  const { t } = useTranslation("settings");
  if (provider === "bridge") return <Risk />;
  const count = STEPS[provider];
  return count ? <Steps texts={Array.from({ length: count }, (_, at) => t(`guide.${provider}.${at + 1}`))} /> : null;
}

export function Steps({ texts }: { texts: string[] }) {
  return (
    <ol className="flex max-w-xl flex-col gap-2 rounded-xl border bg-surface p-4">
      {texts.map((text, at) => (
        <li key={text} className="flex gap-3 text-sm">
          <span className="flex size-6 shrink-0 items-center justify-center rounded-full bg-accent-soft font-semibold text-accent text-xs">
            {at + 1}
          </span>
          <span className="min-w-0 break-words pt-0.5">{text}</span>
        </li>
      ))}
    </ol>
  );
}

/** What a paired phone risks, before anybody pairs one. */
function Risk() {
  const { t } = useTranslation("settings");
  return (
    <div className="flex max-w-xl gap-3 rounded-xl bg-warn-soft p-4 text-sm text-warn">
      <TriangleAlert className="size-5 shrink-0" aria-hidden />
      <div className="flex flex-col gap-1">
        <p className="font-medium">{t("risk.title")}</p>
        <p>{t("risk.text")}</p>
        <p>{t("risk.needs")}</p>
      </div>
    </div>
  );
}
