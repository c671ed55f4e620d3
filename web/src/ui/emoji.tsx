// A picker of emoji; it and its words are loaded when it is opened first.
import "emoji-picker-element";
import ru from "emoji-picker-element/i18n/ru_RU";
import type Picker from "emoji-picker-element/picker";
import english from "emoji-picker-element-data/en/emojibase/data.json?url";
import russian from "emoji-picker-element-data/ru/emojibase/data.json?url";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

export default function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const { i18n } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const latest = useRef(onPick);
  latest.current = onPick;
  useEffect(() => {
    const picker = document.createElement("emoji-picker") as Picker;
    const isRussian = i18n.language === "ru";
    picker.locale = i18n.language;
    picker.dataSource = isRussian ? russian : english;
    if (isRussian) picker.i18n = ru;
    picker.className = document.documentElement.dataset.theme === "dark" ? "dark" : "light";
    picker.addEventListener("emoji-click", ({ detail }) => detail.unicode && latest.current(detail.unicode));
    frame.current?.replaceChildren(picker);
  }, [i18n.language]);
  return <div ref={frame} className="h-96 w-[min(20rem,80vw)] [&_emoji-picker]:h-full [&_emoji-picker]:w-full" />;
}
