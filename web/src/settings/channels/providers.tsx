// The networks to choose from. What works at once comes first.
import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { FamilyTile } from "./family";

const PROVIDERS = [
  { provider: "webchat", family: "webchat" },
  { provider: "telegram", family: "telegram" },
  { provider: "waba", family: "whatsapp" },
  { provider: "bridge", family: "whatsapp" },
  { provider: "api", family: "api" },
] as const;

export type Provider = (typeof PROVIDERS)[number]["provider"];

export function isProvider(text: string): text is Provider {
  return PROVIDERS.some(({ provider }) => provider === text);
}

export function Providers() {
  const { t } = useTranslation("settings");
  return (
    <ul className="grid gap-3 sm:grid-cols-2">
      {PROVIDERS.map(({ provider, family }) => (
        <li key={provider}>
          <Link
            to="/settings/$section"
            params={{ section: "channels" }}
            search={{ add: provider }}
            className="flex h-full items-center gap-3 rounded-xl border bg-surface p-4 hover:border-accent hover:bg-accent-soft"
          >
            <FamilyTile family={family} />
            <span className="min-w-0 flex-1">
              <span className="block font-medium">{t(`add.${provider}`)}</span>
              <span className="block text-muted text-sm">{t(`add.${provider}.text`)}</span>
            </span>
            <ChevronRight className="size-4 shrink-0 text-muted" aria-hidden />
          </Link>
        </li>
      ))}
    </ul>
  );
}
