// The launcher's few words, in English and Russian.

const EN = {
  open: "Open chat",
  close: "Close chat",
  frame: "Support chat",
  unread: (count: number) => `${count} unread ${count === 1 ? "message" : "messages"}`,
  refused: "The chat could not be opened on this page.",
  again: "Try again",
  window: "Open in a new window",
};

export type Words = typeof EN;

const FORMS: Record<string, string> = { one: "непрочитанное сообщение", few: "непрочитанных сообщения" };

const RU: Words = {
  open: "Открыть чат",
  close: "Закрыть чат",
  frame: "Чат поддержки",
  unread: (count) => `${count} ${FORMS[new Intl.PluralRules("ru").select(count)] ?? "непрочитанных сообщений"}`,
  refused: "Чат не удалось открыть на этой странице.",
  again: "Попробовать ещё раз",
  window: "Открыть в новом окне",
};

/** The words of the first language that is known, English where none is. */
export function wordsOf(languages: readonly string[]): Words {
  const known = languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === "en" || tag === "ru");
  return known === "ru" ? RU : EN;
}
