// Runs the binary as if it had been started itself: same terminal, same signals, same end.
import { spawn } from "node:child_process";
import { accessSync, constants as files, readFileSync } from "node:fs";
import { constants } from "node:os";

/** How often the shell that npm puts between itself and us is looked for. */
const parentEveryMs = 250;

/** Becomes the binary where Node can (22.15 and later); else waits for it. */
export function run(binary, args) {
  accessSync(binary, files.X_OK);
  const isUnderShell = process.env.npm_lifecycle_event !== undefined;
  if (process.execve && !isUnderShell) process.execve(binary, [binary, ...args], process.env);
  // Heeded before there is a child: the first signal may come as soon as it runs. They are told on a later turn.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => passOn(child, signal));
  const child = spawn(binary, args, { stdio: "inherit" });
  if (isUnderShell) endWithParent(child);
  child.on("error", (error) => {
    process.stderr.write(`eval-kanban: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => (signal ? endLike(signal) : process.exit(code)));
}

/**
 * Told to end, npm ends the shell that it started us by, and the shell tells nobody. A terminal that closes ends both as
 * well, but then the child has heard of it and decides.
 */
function endWithParent(child) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill("SIGTERM");
  }, parentEveryMs);
  process.on("SIGHUP", () => clearInterval(watch));
}

/**
 * The child decides what a signal means. A Ctrl-C goes to every process in the terminal's foreground, so the child has
 * that already; twice would be "end at once". npm sends it to us a second time.
 */
function passOn(child, signal) {
  if (signal !== "SIGINT" || !isForeground()) child.kill(signal);
}

function isForeground() {
  try {
    const [, , group, , , foreground] = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1).split(" ");
    return group === foreground;
  } catch {
    return process.stdin.isTTY === true;
  }
}

/** Whoever started us should see the same end; what Node does not die of becomes the shell's number for it. */
function endLike(signal) {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  setTimeout(() => process.exit(128 + constants.signals[signal]), 200);
}
