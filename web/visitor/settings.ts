// What the page's address says: which channel, in which words and colour, and on whose page it stands.
import { colourOf } from "../widget/accent";
import { originOf } from "../widget/protocol";

export type Language = "en" | "ru";
export type AskField = "name" | "email";

export interface Settings {
  channel: string;
  language: Language;
  /** How this visitor writes dates and numbers in that language, such as `en-GB`. */
  locale: string;
  /** A checked `#rrggbb`. */
  accent: string | null;
  /** What a new visitor is asked for before the first message. */
  ask: AskField[];
  /** Origin of the page around the frame; `null` where the chat has a window of its own. */
  host: string | null;
}

function languageOf(tags: readonly (string | null)[]): Language {
  const known = tags.map((tag) => tag?.slice(0, 2).toLowerCase()).find((tag) => tag === "en" || tag === "ru");
  return known === "ru" ? "ru" : "en";
}

/** The settings in an address such as `/webchat/{channelId}?lang=ru&accent=%23aa3300`. */
export function settingsOf(href: string, languages: readonly string[]): Settings {
  const { pathname, searchParams } = new URL(href);
  const language = languageOf([searchParams.get("lang"), ...languages]);
  const asked = (searchParams.get("ask") ?? "").split(",").map((field) => field.trim());
  return {
    channel: pathname.split("/").filter(Boolean).pop() ?? "",
    language,
    locale: languages.find((tag) => tag.slice(0, 2) === language) ?? language,
    accent: colourOf(searchParams.get("accent")),
    ask: (["name", "email"] as const).filter((field) => asked.includes(field)),
    host: searchParams.has("embedded") ? originOf(searchParams.get("host")) : null,
  };
}
