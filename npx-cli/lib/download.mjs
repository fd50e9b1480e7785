// The second choice where the platform's package cannot be installed: the same binary from the release's page, into
// `<home>/bin`. Never unasked, and never run unless it is, byte for byte, what this package was published with.
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { missing } from "./advice.mjs";
import { checksums, homepage, platform, version } from "./release.mjs";

const bytesMax = 100_000_000;
const timeMaxMs = 600_000;
const fileName = `eval-kanban-${platform}`;

/** The path of the binary that was downloaded, now or before. */
export async function downloadedBinary() {
  const sum = checksums[platform];
  const base = process.env.EVAL_KANBAN_DOWNLOAD_URL ?? (homepage && `${homepage}/releases/download/v${version}`);
  if (!sum || !base) throw new Error(missing());
  const folder = join(process.env.EVAL_KANBAN_HOME || join(homedir(), ".eval-kanban"), "bin");
  const file = join(folder, `${fileName}-${version}`);
  if (existsSync(file) && digest(readFileSync(file)) === sum) return file;
  const address = checked(`${base}/${fileName}`);
  if (!(await isWanted(address))) throw new Error(`${missing()}\nor EVAL_KANBAN_DOWNLOAD=1 to download ${address}\n`);
  keep(folder, file, await download(address, sum));
  return file;
}

/** Only an explicit yes counts: the variable, or a person at a terminal. */
async function isWanted(address) {
  if (process.env.EVAL_KANBAN_DOWNLOAD === "1") return true;
  if (process.env.CI || !process.stdin.isTTY || !process.stderr.isTTY) return false;
  process.stderr.write(`eval-kanban: ${missing()}\n`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`Or download it now from ${address}? [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

async function download(address, sum) {
  process.stderr.write(`eval-kanban: downloading ${address}\n`);
  const bytes = await fetchBytes(address).catch((error) => {
    throw new Error(`failed to download ${address}: ${error.cause?.message ?? error.message}`);
  });
  const found = digest(bytes);
  if (found === sum) return bytes;
  throw new Error(`${address} is not what this version was published with, and was thrown away.
expected SHA-256 ${sum}\nfound            ${found}`);
}

async function fetchBytes(address) {
  const response = await fetch(address, { signal: AbortSignal.timeout(timeMaxMs) });
  checked(response.url);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const chunks = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > bytesMax) throw new Error(`it is larger than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** By rename, so that a half-written file never bears the name. */
function keep(folder, file, bytes) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const partial = `${file}.${process.pid}`;
  try {
    writeFileSync(partial, bytes, { mode: 0o755, flush: true });
    chmodSync(partial, 0o755);
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Encrypted, or on this machine. */
function checked(address) {
  const { protocol, hostname } = new URL(address);
  const isLocal = protocol === "http:" && ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
  if (protocol === "https:" || isLocal) return address;
  throw new Error(`refusing to download from ${address}: only https is`);
}

function digest(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}
