// Light or dark: as the system says, or as chosen.
import { createStore } from "../live/store";

export type Theme = "system" | "light" | "dark";

const KEY = "switchboard.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function kept(): Theme {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "light" || theme === "dark" ? theme : "system";
  } catch {
    return "system";
  }
}

export const theme = createStore<Theme>(kept());

function paint(): void {
  const chosen = theme.get();
  document.documentElement.dataset.theme = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
}

export function startTheme(): void {
  paint();
  dark.addEventListener("change", paint);
  theme.subscribe(() => {
    paint();
    try {
      localStorage.setItem(KEY, theme.get());
    } catch {
      // good until the tab is closed
    }
  });
}
