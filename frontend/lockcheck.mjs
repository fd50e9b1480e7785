// npm drops an optional dependency from the lock when the registry lacks another platform's file; `npm ci` then
// fails on that platform. This fails earlier: every optional dependency that a locked package names must be locked.
import { readFileSync } from "node:fs";

const { packages } = JSON.parse(readFileSync(new URL("./package-lock.json", import.meta.url), "utf8"));
const locked = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf("node_modules/") + 13)));
const missing = Object.entries(packages).flatMap(([path, entry]) =>
  Object.keys(entry.optionalDependencies ?? {})
    .filter((name) => !locked.has(name))
    .map((name) => `${path || "."} needs ${name}`),
);
const resolved = Object.entries(packages)
  .filter(([, entry]) => entry.resolved)
  .map(([path]) => `${path} names a registry`);
const problems = [...missing, ...resolved];
if (problems.length > 0) {
  process.stderr.write(`package-lock.json is not usable everywhere:\n${problems.join("\n")}\n`);
  process.exit(1);
}
process.stdout.write(`package-lock.json: ${locked.size} packages, complete\n`);
