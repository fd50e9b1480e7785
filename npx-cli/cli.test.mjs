import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "eval-kanban-npx-"));
after(() => rmSync(folder, { recursive: true }));

/** Installs the wrapper, and beside it a platform package whose binary is this shell script. */
function install(script) {
  const root = mkdtempSync(join(folder, "case-"));
  cpSync(new URL("bin/cli.mjs", import.meta.url), join(root, "bin/cli.mjs"));
  if (script === undefined) return join(root, "bin/cli.mjs");
  const bin = join(root, `node_modules/@eval-kanban/${process.platform}-${process.arch}/bin`);
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "eval-kanban"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, "eval-kanban"), 0o755);
  return join(root, "bin/cli.mjs");
}

function start(script, ...args) {
  const child = spawn(process.execPath, [install(script), ...args]);
  const output = { text: "" };
  child.stdout.on("data", (chunk) => (output.text += chunk));
  child.stderr.on("data", (chunk) => (output.text += chunk));
  return { child, output };
}

test("arguments, output and exit status pass through", async () => {
  const { child, output } = start('echo "$1|$2"; exit 7', "serve", "two words");
  const [code] = await once(child, "close");
  assert.deepEqual([code, output.text], [7, "serve|two words\n"]);
});

test("a signal reaches the binary, which decides how to end", async () => {
  const { child } = start("trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done");
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  const [code] = await once(child, "close");
  assert.equal(code, 5);
});

test("a binary that dies of a signal is not a success", async () => {
  const { child } = start("kill -KILL $$");
  const [code] = await once(child, "close");
  assert.equal(code, 137);
});

test("a platform without a package is told so", async () => {
  const { child, output } = start(undefined);
  const [code] = await once(child, "close");
  assert.equal(code, 1);
  assert.match(output.text, /@eval-kanban\/.* is not installed/);
});
