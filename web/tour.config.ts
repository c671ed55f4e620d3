// The pictures in docs/screenshots: the demo as a newcomer sees it. `npm run screenshots`
import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

export default defineConfig(base, { testMatch: "tour.ts", workers: 1, fullyParallel: false, timeout: 180_000 });
