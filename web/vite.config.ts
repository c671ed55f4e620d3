// The operators' dashboard. The visitor's page and the launcher are builds of their own: vite.visitor.ts, vite.widget.ts.
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env.SWITCHBOARD_URL ?? "http://127.0.0.1:3000";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    // no data: addresses for fonts and pictures, so that the page's policy stays short
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: "manifest.json",
    rolldownOptions: {
      output: {
        codeSplitting: {
          // few files: a browser pays for each of them, and the fewer change the more it keeps over our own releases
          groups: [
            {
              name: "ground",
              priority: 4,
              test: /node_modules\/(react|react-dom|scheduler|@tanstack\/(router-core|react-router|history|query-core|react-query|store|react-store)|i18next|react-i18next|use-sync-external-store|html-parse-stringify)\//,
            },
            { name: "start", priority: 3, tags: ["$initial"] },
            { name: "inside", priority: 2, test: /src\/(app\/shell|inbox\/page)\.tsx$/ },
            { name: "thread", priority: 1, test: /src\/inbox\/(thread\/thread|panel\/pane)\.tsx$/ },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      "/api": server,
      "/health": server,
      "/webchat": server,
      "/widget.js": server,
      "/socket.io": { target: server, ws: true },
    },
  },
});
