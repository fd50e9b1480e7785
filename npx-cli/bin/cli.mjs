#!/usr/bin/env node
// Finds the binary of this platform's package and runs it: same terminal, same signals, same exit status.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";

const name = `@eval-kanban/${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "eval-kanban.exe" : "eval-kanban";

function fail(message) {
  process.stderr.write(`eval-kanban: ${message}\n`);
  process.exit(1);
}

function findBinary() {
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/${file}`);
  } catch {
    return fail(`the package ${name} is not installed. There may be none for this platform, or npm left out optional packages.`);
  }
}

const child = spawn(process.env.EVAL_KANBAN_BINARY ?? findBinary(), process.argv.slice(2), { stdio: "inherit" });
// A signal from the terminal reaches both; one sent to this process alone is passed on, and the child decides.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => fail(error.message));
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
