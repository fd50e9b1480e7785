// Prints how many bytes of gzip the page needs before a task is opened: index.html, what it names, and what that
// imports statically. Fonts are not counted, nor what is imported on demand. Usage: node first-load.mjs <dist>
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";

const dist = process.argv[2];
const seen = new Map();

const take = (path) => {
  if (seen.has(path)) return;
  const text = readFileSync(join(dist, path), "utf8");
  seen.set(path, gzipSync(text, { level: 9 }).length);
  for (const [, name] of text.matchAll(/(?:^|[;}\s])import\s*(?:[\w$*{}\s,]+?from\s*)?["'](\.[^"']+\.js)["']/g)) {
    take(normalize(join(dirname(path), name)));
  }
};

const page = readFileSync(join(dist, "index.html"), "utf8");
seen.set("index.html", gzipSync(page, { level: 9 }).length);
for (const [, name] of page.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)) take(name);
if (seen.size < 2) throw new Error("index.html names no script");
process.stdout.write(`${[...seen.values()].reduce((sum, size) => sum + size, 0)}\n`);
