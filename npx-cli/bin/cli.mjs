#!/usr/bin/env node
// `npx eval-kanban`: finds the binary of this platform and becomes it.
import { downloadedBinary } from "../lib/download.mjs";
import { installedBinary } from "../lib/installed.mjs";
import { run } from "../lib/run.mjs";

try {
  run(installedBinary() ?? (await downloadedBinary()), process.argv.slice(2));
} catch (error) {
  process.stderr.write(`eval-kanban: ${error.message}\n`);
  process.exit(1);
}
