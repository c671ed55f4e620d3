// English and Russian. Texts are files by part of the dashboard; only the language in use is loaded, and a part when it is opened.
import i18next, { type BackendModule } from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = { en: "English", ru: "Русский" } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = "switchboard.language";
const files = import.meta.glob<{ default: Record<string, string> }>("./*/*.json");

const load: BackendModule = {
  type: "backend",
  init() {},
  read(language, part, done) {
    const file = files[`./${language}/${part}.json`];
    if (!file) return done(null, {});
    file().then(
      (texts) => done(null, texts.default),
      (error: Error) => done(error, null),
    );
  },
};

export function isLanguage(text: string | null | undefined): text is Language {
  return text === "en" || text === "ru";
}

function preferred(): Language {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEY);
  } catch {
    // nothing is kept: the browser's own languages decide
  }
  if (isLanguage(kept)) return kept;
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? "en";
}

/** `parts`: of the dashboard, to have the texts of at once. */
export async function startTexts(...parts: string[]): Promise<void> {
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language;
  });
  await i18next
    .use(load)
    .use(initReactI18next)
    .init({
      lng: preferred(),
      fallbackLng: false,
      supportedLngs: Object.keys(LANGUAGES),
      ns: ["common", ...parts],
      defaultNS: "common",
      keySeparator: false,
      nsSeparator: ":",
      interpolation: { escapeValue: false },
      // of several parts the first that has the text says it
      react: { useSuspense: true, nsMode: "fallback" },
    });
}

export async function speak(language: Language): Promise<void> {
  await i18next.changeLanguage(language);
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // good until the tab is closed
  }
}
