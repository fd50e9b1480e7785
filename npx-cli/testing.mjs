// Lays out the wrapper as a package manager would, with stand-ins for the binary, and starts it.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "eval-kanban-npx-"));
after(() => rmSync(folder, { recursive: true, force: true }));

export const platform = `${process.platform}-${process.arch}`;

export function digest(text) {
  return createHash("sha256").update(text).digest("hex");
}

/** Installs the wrapper; `script` is the platform's binary, `manifest` and `checksums` are as a release would set them. */
export function install({ script, manifest = {}, checksums } = {}) {
  const root = mkdtempSync(join(folder, "case-"));
  const source = new URL(".", import.meta.url);
  for (const part of ["bin", "lib"]) cpSync(new URL(part, source), join(root, part), { recursive: true });
  const ours = JSON.parse(readFileSync(new URL("package.json", source), "utf8"));
  ours.optionalDependencies[`eval-kanban-${platform}`] ??= ours.version;
  writeFileSync(join(root, "package.json"), JSON.stringify({ ...ours, ...manifest }));
  if (checksums) writeFileSync(join(root, "checksums.json"), JSON.stringify(checksums));
  if (script !== undefined) writeBinary(join(root, `node_modules/eval-kanban-${platform}/bin`), script);
  return root;
}

function writeBinary(bin, script) {
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "eval-kanban"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, "eval-kanban"), 0o755);
}

/** Starts an installed wrapper; `ended` has its code, its signal and all that it said. */
export function start(root, args = [], env = {}, options = {}) {
  const home = mkdtempSync(join(folder, "home-"));
  const clean = { PATH: process.env.PATH, HOME: home, ...env };
  const command = [...(options.nodeArgs ?? []), join(root, "bin/cli.mjs"), ...args];
  const child = spawn(process.execPath, command, { env: clean, ...options });
  const output = { text: "" };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output.text += chunk));
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, text: output.text }));
  return { child, home, ended };
}
