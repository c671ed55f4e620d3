import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { isLanguage, LANGUAGES, speak } from "../i18n";

/** What is around the pages for those who are not signed in. */
export function Entrance({ title, children }: { title: string; children: ReactNode }) {
  const { t, i18n } = useTranslation();
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-4 p-4">
      <div className="flex w-full max-w-sm flex-col gap-5 rounded-2xl border bg-surface p-6 shadow-pop">
        <header className="flex items-center gap-3">
          <img src={new URL("../app/icon.svg", import.meta.url).href} alt="" className="size-9" />
          <div>
            <h1 className="font-semibold text-lg">{title}</h1>
            <p className="text-muted text-sm">Switchboard</p>
          </div>
        </header>
        {children}
      </div>
      <div className="flex gap-2" role="group" aria-label={t("language")}>
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <button
            key={code}
            type="button"
            lang={code}
            aria-pressed={i18n.language === code}
            onClick={() => isLanguage(code) && void speak(code)}
            className="rounded px-2 py-1 text-muted text-sm hover:text-text aria-pressed:font-semibold aria-pressed:text-text"
          >
            {name}
          </button>
        ))}
      </div>
    </main>
  );
}
