// The page must be small before a task is opened: what index.html names, and what those files import at once.
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const bytesMax = 250 * 1000;
const dist = new URL("./dist/", import.meta.url);
const html = readFileSync(new URL("index.html", dist), "utf8");
const assets = readdirSync(new URL("assets/", dist));
const wanted = [...html.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map((match) => match[1]);
const seen = new Set();
while (wanted.length > 0) {
  const name = wanted.pop();
  if (seen.has(name)) continue;
  seen.add(name);
  if (!name.endsWith(".js")) continue;
  const text = readFileSync(new URL(name, dist), "utf8");
  const imports = [...text.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)].map((match) => match[1]);
  wanted.push(...imports.filter((file) => assets.includes(file)).map((file) => `assets/${file}`));
}
const sizes = [...seen].map((name) => [name, gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length]);
const total = sizes.reduce((sum, [, size]) => sum + size, gzipSync(html).length);
for (const [name, size] of sizes) process.stdout.write(`${String(size).padStart(8)}  ${name}\n`);
process.stdout.write(`${String(total).padStart(8)}  of ${bytesMax} bytes (gzip) before a task is opened\n`);
if (total > bytesMax) process.exit(1);
