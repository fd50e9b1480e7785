import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, test } from "node:test";
import { digest, install, platform, start } from "./testing.mjs";

const binary = '#!/bin/sh\necho "downloaded $1"\n';
const checksums = { [platform]: digest(binary) };
const server = createServer((request, response) => serve(request, response)).listen(0, "127.0.0.1");
await once(server, "listening");
after(() => server.close());
const origin = `http://127.0.0.1:${server.address().port}`;
const asked = [];

function serve(request, response) {
  asked.push(request.url);
  const [, kind, name] = request.url.split("/");
  if (kind === "moved") return response.writeHead(302, { location: "http://other.invalid/binary" }).end();
  if (name !== `eval-kanban-${platform}` || kind === "gone") return response.writeHead(404).end();
  return response.end(kind === "other" ? `${binary}# changed\n` : binary);
}

/** Starts a wrapper without a platform package; tells what was asked of the server, and what stands in the home. */
async function attempt(kind, env = {}, prepare = () => {}, sums = checksums) {
  asked.length = 0;
  const home = install();
  prepare(join(home, "bin"));
  const root = install({ checksums: sums });
  const variables = { EVAL_KANBAN_DOWNLOAD_URL: `${origin}/${kind}`, EVAL_KANBAN_HOME: join(home, "state"), ...env };
  const run = () => start(root, ["now"], variables).ended;
  const bin = join(home, "state/bin");
  return { ...(await run()), run, files: () => listing(bin), bin };
}

function listing(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const kept = `eval-kanban-${platform}-0.1.0`;
const yes = { EVAL_KANBAN_DOWNLOAD: "1" };

test("nothing is asked of the network unless it was asked for", async () => {
  for (const env of [{}, { EVAL_KANBAN_DOWNLOAD: "0" }, { EVAL_KANBAN_DOWNLOAD: "" }]) {
    const { code, text, files } = await attempt("good", env);
    assert.deepEqual([code, asked, files()], [1, [], []]);
    assert.match(text, /or EVAL_KANBAN_DOWNLOAD=1 to download http/);
  }
});

test("what was published is kept and run, and not asked for again", async () => {
  const { code, text, run, files } = await attempt("good", yes);
  assert.equal(code, 0);
  assert.ok(text.endsWith("downloaded now\n"), text);
  assert.deepEqual([asked, files()], [[`/good/eval-kanban-${platform}`], [kept]]);
  assert.equal((await run()).text, "downloaded now\n");
  assert.equal(asked.length, 1);
});

test("anything else is thrown away", async () => {
  const { code, text, files } = await attempt("other", yes);
  assert.deepEqual([code, files()], [1, []]);
  assert.match(text, /is not what this version was published with/);
});

test("a file that changed since is not run", async () => {
  const { run, bin } = await attempt("good", yes);
  writeFileSync(join(bin, kept), "#!/bin/sh\necho changed\n");
  assert.ok((await run()).text.endsWith("downloaded now\n"));
  assert.equal(readFileSync(join(bin, kept), "utf8"), binary);
});

test("a failure says what failed", async () => {
  assert.match((await attempt("gone", yes)).text, /failed to download .*: the server answered 404/);
  const { code, text } = await attempt("good", { ...yes, EVAL_KANBAN_DOWNLOAD_URL: "http://192.0.2.1/files" });
  assert.equal(code, 1);
  assert.match(text, /refusing to download from http:\/\/192\.0\.2\.1/);
  assert.deepEqual((await attempt("moved", yes)).code, 1);
});

test("without a published checksum there is no download", async () => {
  const { code, text } = await attempt("good", yes, undefined, {});
  assert.deepEqual([code, asked], [1, []]);
  assert.match(text, /is not installed/);
});

test("the home is made for its owner alone", async () => {
  const { bin } = await attempt("good", yes, (folder) => mkdirSync(folder, { recursive: true }));
  assert.deepEqual(listing(bin), [kept]);
});
