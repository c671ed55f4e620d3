// Starts the visitor's page.
import { render } from "preact";
import { ACCENT, inkOn } from "../widget/accent";
import { Frame } from "./frame";
import { Kept, storageOf } from "./kept";
import { settingsOf } from "./settings";
import { Chat } from "./view/chat";
import { Visit } from "./visit";
import "./visitor.css";
import { WORDS } from "./words";

const settings = settingsOf(location.href, navigator.languages);
const words = WORDS[settings.language];
const accent = settings.accent ?? ACCENT;
const page = document.documentElement;
page.lang = settings.language;
page.style.setProperty("--accent", accent);
page.style.setProperty("--accent-ink", inkOn(accent));

const visit = new Visit(settings, new Kept(settings.channel, storageOf(window)));
let frame: Frame | null = null;
if (settings.host && window.parent !== window) {
  let started = false;
  frame = new Frame(settings.host, {
    seen: (seen) => {
      visit.reading.look(seen);
      page.classList.toggle("hidden", !seen);
      // somebody new is let in when the chat is opened for the first time, not by every page that has the launcher
      if (!started && (seen || visit.isKnown)) visit.start();
      started ||= seen || visit.isKnown;
      // after what is to be written in has been drawn
      if (seen) requestAnimationFrame(() => document.querySelector<HTMLElement>("textarea, .ask input")?.focus());
    },
  });
} else {
  visit.reading.look(true);
  visit.start();
}

visit.store.watch(() => {
  const count = visit.conversation.unread().length;
  frame?.unread(count);
  document.title = count && !frame ? `(${count}) ${words.title}` : words.title;
});
document.title = words.title;
const root = document.getElementById("chat");
if (root) render(<Chat visit={visit} words={words} close={frame && (() => frame.close())} />, root);
