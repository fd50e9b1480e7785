// The binary that the package manager installed: that of the platform's package.
import { accessSync, chmodSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { platformPackage } from "./release.mjs";

/** Its path, or nothing where the package was left out. */
export function installedBinary() {
  if (process.env.EVAL_KANBAN_BINARY) return process.env.EVAL_KANBAN_BINARY;
  const found = resolve(`${platformPackage}/bin/eval-kanban`);
  if (found) makeExecutable(found);
  return found;
}

function resolve(name) {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    return undefined;
  }
}

/** Caches that carry packages from one machine to another lose the bit. */
function makeExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    chmodSync(file, 0o755);
  }
}
