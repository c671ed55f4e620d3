// The visitor's page: dist/visitor.html with its own small script and style under dist/assets.
import { type Connect, defineConfig } from "vite";

const server = process.env.SWITCHBOARD_URL ?? "http://127.0.0.1:3000";

/** While developing, the page is at the same addresses as on a server: `/webchat/{channelId}`. */
const asServed: Connect.NextHandleFunction = (request, _, next) => {
  if (request.url?.startsWith("/webchat/")) request.url = "/visitor.html";
  next();
};

export default defineConfig({
  root: new URL("./visitor", import.meta.url).pathname,
  base: "/",
  publicDir: false,
  plugins: [{ name: "addresses", configureServer: ({ middlewares }) => void middlewares.use(asServed) }],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../dist",
    emptyOutDir: false,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: false,
    rolldownOptions: {
      input: new URL("./visitor/visitor.html", import.meta.url).pathname,
      output: {
        entryFileNames: "assets/visitor-[hash].js",
        chunkFileNames: "assets/visitor-[name]-[hash].js",
        assetFileNames: "assets/visitor-[hash][extname]",
      },
    },
  },
  server: { proxy: { "/api": server, "/socket.io": { target: server, ws: true } } },
});
