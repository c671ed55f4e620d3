import type { Page } from "@playwright/test";
import { accessibility } from "./test";

/** What axe finds in the light and in the dark theme; expect it to be empty. */
export async function bothThemes(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // a colour on its way is no colour to judge; the page hears of the new scheme while it draws, and only then sets off
    await page.evaluate(async () => {
      const running = () => document.getAnimations().filter((one) => one.playState === "running");
      do {
        for (let n = 0; n < 2; n++) await new Promise((drawn) => requestAnimationFrame(drawn));
        await Promise.all(running().map((one) => one.finished.catch(() => {})));
      } while (running().length > 0);
    });
    found.push(...(await accessibility(page)).map((one) => `${colorScheme}: ${one}`));
  }
  return found;
}

/** By how many pixels the page is wider than the screen. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

export const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

/** Would run, or be drawn, if it were taken for anything but text. */
export const HOSTILE = `<img src=x onerror="document.title='run'"> <b>{{name}}</b> \u202Etxt.exe`;
