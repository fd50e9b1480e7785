// What this release consists of, read from the package itself: nothing is written down twice.
import { existsSync, readFileSync } from "node:fs";

const prefix = "eval-kanban-";
const manifest = read("../package.json");

export const version = manifest.version;
/** The platforms that have a package, as `linux-x64`. */
export const platforms = Object.keys(manifest.optionalDependencies).map((name) => name.slice(prefix.length));
export const platform = `${process.platform}-${process.arch}`;
export const platformPackage = `${prefix}${platform}`;
/** Where the release can be seen, as `https://github.com/owner/name`; there is none before it is released. */
export const homepage = manifest.repository?.url.replace(/^git\+/, "").replace(/\.git$/, "");
/** The SHA-256 of each platform's binary; empty before it is released. */
export const checksums = read("../checksums.json") ?? {};

function read(name) {
  const file = new URL(name, import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}
