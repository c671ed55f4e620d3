// Weighs the build as it travels, gzip, against what it may weigh. Prints a table; ends with 1 where something is too heavy.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const KB = 1000;
const rows = [];

const read = (name) => readFileSync(dist + name);
const weigh = (names) => [...names].reduce((sum, name) => sum + gzipSync(read(name), { level: 9 }).length, 0);
const limit = (what, names, mostKb) => rows.push({ what, files: [...names].length, kb: weigh(names) / KB, mostKb });

/** Files that a page names itself: scripts, styles and modules to load ahead. */
function namedIn(page) {
  const tags = read(page)
    .toString()
    .matchAll(/<(?:script|link)\b[^>]*?\b(?:src|href)="\/([^"]+\.(?:js|css))"/g);
  return new Set([...tags].map(([, name]) => name));
}

/** What is loaded with some files before anything is shown: their imports that are no `import()`, to the end, and styles. */
function withImports(names, chunks) {
  const byFile = new Map(Object.values(chunks).map((chunk) => [chunk.file, chunk]));
  const all = new Set();
  const visit = (file) => {
    if (all.has(file)) return;
    all.add(file);
    const chunk = byFile.get(file);
    for (const key of chunk?.imports ?? []) visit(chunks[key].file);
    for (const style of chunk?.css ?? []) all.add(style);
  };
  names.forEach(visit);
  return all;
}

const of = (names, end) => [...names].filter((name) => name.endsWith(end));

if (existsSync(`${dist}index.html`)) {
  const chunks = JSON.parse(read("manifest.json"));
  const initial = withImports(namedIn("index.html"), chunks);
  // the default language's common texts are awaited before the first paint
  const texts = Object.entries(chunks).find(([key]) => key.endsWith("src/i18n/en/common.json"));
  if (texts) for (const file of withImports([texts[1].file], chunks)) initial.add(file);
  const every = new Set(Object.values(chunks).flatMap((chunk) => [chunk.file, ...(chunk.css ?? [])]));
  limit("dashboard: scripts at the start", of(initial, ".js"), 200);
  limit("dashboard: styles at the start", of(initial, ".css"), 15);
  const lazy = of(every, ".js").filter((file) => !initial.has(file));
  const heaviest = lazy.sort((one, other) => weigh([other]) - weigh([one]))[0];
  if (heaviest) limit(`dashboard: heaviest later script (${heaviest})`, [heaviest], 60);
  limit("dashboard: all scripts and styles", [...of(every, ".js"), ...of(every, ".css")], 450);
}

const visitor = namedIn("visitor.html");
// a set grows while it is gone through: parts that are loaded later weigh too, and so do theirs
for (const name of visitor) {
  for (const [part] of read(name)
    .toString()
    .matchAll(/\bvisitor-[\w-]+\.(?:js|css)\b/g))
    visitor.add(`assets/${part}`);
}
limit("visitor's page: all that a visit loads", visitor, 30);
limit("widget.js", ["widget.js"], 6);

let heavy = false;
for (const { what, files, kb, mostKb } of rows) {
  const over = kb > mostKb;
  heavy ||= over;
  const count = `${files} file${files === 1 ? "" : "s"}`;
  console.log(
    `${over ? "OVER" : "  ok"}  ${kb.toFixed(1).padStart(6)} of ${String(mostKb).padStart(3)} kB  ${what}, ${count}`,
  );
}
process.exit(heavy ? 1 : 0);
