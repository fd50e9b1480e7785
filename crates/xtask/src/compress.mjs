// Writes `<to>/<path>.br` for every file of `<from>`, and nothing else there: the binary embeds that folder.
// Usage: node compress.mjs <from> <to> <quality>. Unchanged inputs at the same quality are left alone.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";

const [from, to, quality] = process.argv.slice(2);
const stamp = join(".cache", "compressed");
const compress = promisify(brotliCompress);

const entries = await readdir(from, { recursive: true, withFileTypes: true });
const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort();
const files = await Promise.all(paths.map(async (path) => ({ path, bytes: await readFile(path) })));

const hash = createHash("sha256").update(quality);
for (const { path, bytes } of files) hash.update(`\0${path}\0${bytes.length}\0`).update(bytes);
const digest = hash.digest("hex");

const isThere = (path) => stat(path).then(() => true, () => false);
const current = await readFile(stamp, "utf8").catch(() => "");
if (current === digest && (await isThere(join(to, "index.html.br")))) {
  console.log(`${to} is up to date`);
} else {
  await rm(to, { recursive: true, force: true });
  const sizes = await Promise.all(files.map(async ({ path, bytes }) => {
    const target = join(to, `${relative(from, path)}.br`);
    const params = { [constants.BROTLI_PARAM_QUALITY]: Number(quality), [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    const compressed = await compress(bytes, { params });
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, compressed);
    return [bytes.length, compressed.length];
  }));
  await mkdir(dirname(stamp), { recursive: true });
  await writeFile(stamp, digest);
  const sum = (index) => (sizes.reduce((total, size) => total + size[index], 0) / 1e6).toFixed(2);
  console.log(`${to}: ${files.length} files, ${sum(0)} MB as ${sum(1)} MB of brotli`);
}
