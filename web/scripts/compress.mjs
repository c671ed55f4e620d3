// Puts a .br and a .gz beside each text of the build, so that the server compresses nothing while it serves.
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXTS = new Set([".js", ".css", ".html", ".json", ".svg", ".webmanifest"]);
const SMALLEST_BYTES = 512;
const dist = fileURLToPath(new URL("../dist/", import.meta.url));

for (const name of await readdir(dist, { recursive: true })) {
  const path = join(dist, name);
  if (!TEXTS.has(extname(name)) || !(await stat(path)).isFile()) continue;
  const text = await readFile(path);
  if (text.length < SMALLEST_BYTES) continue;
  await writeFile(`${path}.gz`, gzipSync(text, { level: 9 }));
  await writeFile(`${path}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}
