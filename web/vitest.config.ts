import { defineConfig, mergeConfig } from "vitest/config";
import vite from "./vite.config";

export default mergeConfig(
  vite,
  defineConfig({
    test: {
      environment: "happy-dom",
      include: ["src/**/*.test.{ts,tsx}", "visitor/**/*.test.{ts,tsx}", "widget/**/*.test.ts"],
      setupFiles: ["src/test/setup.ts"],
    },
  }),
);
