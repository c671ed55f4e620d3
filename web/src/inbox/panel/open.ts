// Whether the panel beside the chat is shown: remembered in the browser.
import { createStore } from "../../live/store";

const KEY = "switchboard.panel";

function kept(): boolean {
  try {
    return localStorage.getItem(KEY) !== "closed";
  } catch {
    return true;
  }
}

/** On wide screens. */
export const WIDE = "(min-width: 1200px)";

/** Beside a chat on a wide screen as it was left; over it, on a narrow one, only when asked for. */
export const panelOpen = createStore(window.matchMedia(WIDE).matches && kept());

panelOpen.subscribe(() => {
  if (!window.matchMedia(WIDE).matches) return;
  try {
    localStorage.setItem(KEY, panelOpen.get() ? "open" : "closed");
  } catch {
    // good until the tab is closed
  }
});
