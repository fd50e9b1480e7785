// The packages as they would be published, installed by each package manager into an empty home, with nothing in PATH
// but node, npm, git and a shell, and with no network but a registry on this machine.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, test } from "node:test";
import { startRegistry } from "./registry.mjs";

const packages = process.env.EVAL_KANBAN_PACKAGES;
const tools = join(process.env.NPM_TOOLS, "node_modules");
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const version = manifest.version;
const platform = `${process.platform}-${process.arch}`;
const answer = `eval-kanban ${version}\n`;
const root = mkdtempSync(join(tmpdir(), "eval-kanban-packages-"));
after(() => rmSync(root, { recursive: true, force: true }));
const path = linkPrograms(["node", "npm", "npx", "git", "sh"]);

function linkPrograms(names) {
  const folder = join(root, "programs");
  mkdirSync(folder);
  for (const name of names) {
    const all = process.env.PATH.split(delimiter).map((one) => join(one, name));
    symlinkSync(name === "node" ? process.execPath : execFileSync("sh", ["-c", 'for f; do [ -x "$f" ] && echo "$f" && exit; done', "sh", ...all], { encoding: "utf8" }).trim(), join(folder, name));
  }
  return folder;
}

/** An empty home, and an environment that reaches the registry at `address` only. */
function emptyHome(address = "http://127.0.0.1:9") {
  const home = mkdtempSync(join(root, "home-"));
  writeFileSync(join(home, ".npmrc"), `registry=${address}\n`);
  return {
    HOME: home,
    PATH: path,
    npm_config_ignore_scripts: "true",
    npm_config_update_notifier: "false",
    npm_config_fetch_retries: "0",
    YARN_NPM_REGISTRY_SERVER: address,
    YARN_UNSAFE_HTTP_WHITELIST: "127.0.0.1",
    YARN_ENABLE_TELEMETRY: "0",
    YARN_ENABLE_IMMUTABLE_INSTALLS: "0",
    YARN_ENABLE_SCRIPTS: "0",
    CI: "true",
  };
}

function emptyFolder(files = {}) {
  const folder = mkdtempSync(join(root, "folder-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function start(env, cwd, command, ...args) {
  const child = spawn(command, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"], timeout: 120_000 });
  const said = { out: "", all: "" };
  child.stdout.on("data", (chunk) => ((said.out += chunk), (said.all += chunk)));
  child.stderr.on("data", (chunk) => (said.all += chunk));
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, ...said }));
  return { child, said, ended };
}

function run(...call) {
  return start(...call).ended;
}

async function succeed(...call) {
  const ended = await run(...call);
  assert.equal(ended.code, 0, `${call.slice(2).join(" ")}: ${ended.all}`);
  return ended;
}

function git(folder, ...args) {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
  return execFileSync("git", ["-C", folder, ...identity, ...args], { env: { HOME: root, PATH: process.env.PATH } });
}

function repository() {
  const folder = emptyFolder({ "README.md": "A repository.\n" });
  git(folder, "init", "--quiet", "--initial-branch", "main");
  git(folder, "add", ".");
  git(folder, "commit", "--quiet", "--message", "Begin");
  return folder;
}

/** What a test waits for, with a bound. */
async function until(find, stream) {
  const signal = AbortSignal.timeout(30_000);
  while (!find()) await once(stream, "data", { signal });
  return find();
}

function tarball(name) {
  return join(packages, `${name}-${version}.tgz`);
}

test("a tarball holds the program, executable, with its licence, and nothing that runs at install", () => {
  const name = `eval-kanban-${platform}`;
  const listed = execFileSync("tar", ["-tvzf", tarball(name)], { encoding: "utf8" }).trim().split("\n");
  const modes = Object.fromEntries(listed.map((line) => [line.split(" ").at(-1), line.split(" ")[0]]));
  assert.deepEqual(Object.keys(modes).sort(), ["LICENSE", "README.md", "bin/eval-kanban", "package.json"].map((file) => `package/${file}`));
  assert.equal(modes["package/bin/eval-kanban"], "-rwxr-xr-x");
  const files = execFileSync("tar", ["-tzf", tarball("eval-kanban")], { encoding: "utf8" }).trim().split("\n");
  for (const file of ["LICENSE", "README.md", "package.json", "bin/cli.mjs", "lib/run.mjs"]) assert.ok(files.includes(`package/${file}`), file);
  assert.ok(!files.some((file) => /test|e2e/.test(file)), files.join("\n"));
  for (const one of [name, "eval-kanban"]) {
    const text = execFileSync("tar", ["-xzOf", tarball(one), "package/package.json"], { encoding: "utf8" });
    assert.deepEqual([JSON.parse(text).version, JSON.parse(text).scripts], [version, undefined]);
  }
});

test("npx runs it from the registry, then from its cache, and the product starts in a repository", async () => {
  const registry = await startRegistry(packages);
  const env = emptyHome(registry.address);
  const folder = repository();
  const npx = ["npx", "--yes", `eval-kanban@${version}`];
  assert.equal((await succeed(env, folder, ...npx, "--version")).out, answer);
  const other = Object.keys(manifest.optionalDependencies).filter((name) => name !== `eval-kanban-${platform}`);
  assert.ok(!registry.asked.some((url) => other.some((name) => url.includes(`/${name}/-/`))), registry.asked.join("\n"));
  await registry.stop();
  await serveOnce(env, folder, { code: null, signal: "SIGTERM" }, "npx", "--offline", `eval-kanban@${version}`);
});

/** Starts the product, sees it answer, ends it as a supervisor would. npm dies of the signal; the product ends well. */
async function serveOnce(env, folder, ending, ...command) {
  const { child, said, ended } = start(env, folder, ...command, "--no-open", "--port", "0");
  const [, port] = await until(() => /http:\/\/localhost:(\d+)\/p\//.exec(said.out), child.stdout);
  const health = await fetch(`http://127.0.0.1:${port}/api/health`);
  assert.deepEqual([health.status, (await health.json()).version], [200, version]);
  child.kill("SIGTERM");
  const { code, signal, all } = await ended;
  assert.deepEqual({ code, signal }, ending, all);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/api/health`));
  assert.ok(readdirSync(join(env.HOME, ".eval-kanban")).includes("token"));
}

test("npm installs it from the tarballs alone, without any network", async () => {
  const env = emptyHome();
  const folder = repository();
  const tarballs = [tarball("eval-kanban"), tarball(`eval-kanban-${platform}`)];
  await succeed(env, folder, "npm", "install", "--offline", ...tarballs);
  assert.equal((await succeed(env, folder, "npx", "--offline", "eval-kanban", "--version")).out, answer);
  await serveOnce(env, folder, { code: 0, signal: null }, join(folder, "node_modules/.bin/eval-kanban"));
});

test("arguments and a failure's exit code come through npx", async () => {
  const env = emptyHome();
  const folder = emptyFolder();
  const from = ["--package", tarball("eval-kanban"), "--package", tarball(`eval-kanban-${platform}`)];
  const { code, all } = await run(env, folder, "npx", "--yes", "--offline", ...from, "eval-kanban", "--port", "no number");
  assert.equal(code, 2, all);
  assert.match(all, /invalid value 'no number'/);
});

test("where optional packages are left out, the command that it names mends it", async () => {
  const registry = await startRegistry(packages);
  const env = { ...emptyHome(registry.address), npm_config_omit: "optional", npm_config_yes: "true" };
  const folder = emptyFolder();
  const { code, all } = await run(env, folder, "npx", `eval-kanban@${version}`, "--version");
  assert.equal(code, 1, all);
  const [, command] = /\n {2}(npx .*)\n/.exec(all) ?? assert.fail(all);
  assert.equal((await succeed(env, folder, "sh", "-c", `${command} --version`)).out, answer);
  const project = emptyFolder({ "package.json": "{}" });
  await succeed(env, project, "npm", "install", `eval-kanban@${version}`);
  const again = await run(env, project, "npx", "eval-kanban", "--version");
  const [, install] = /\n {2}(npm install .*)\n/.exec(again.all) ?? assert.fail(again.all);
  await succeed(env, project, "sh", "-c", install);
  assert.equal((await succeed(env, project, "npx", "eval-kanban", "--version")).out, answer);
  await registry.stop();
});

const wanted = `eval-kanban@${version}`;
const bun = join(tools, `@oven/bun-linux-${process.arch === "x64" ? "x64" : "aarch64"}/bin/bun`);
const berry = ["node", join(tools, "@yarnpkg/cli-dist/bin/yarn.js")];
const classic = ["node", join(tools, "yarn/bin/yarn.js")];
const pnpm = [join(tools, `@pnpm/exe.${platform}/pnpm`)];
const managers = {
  pnpm: { add: [...pnpm, "add", wanted], exec: [...pnpm, "exec", "eval-kanban"] },
  "yarn 1": { add: [...classic, "add", wanted], exec: [...classic, "--silent", "run", "eval-kanban"] },
  "yarn with plug'n'play": { add: [...berry, "add", wanted], exec: [...berry, "run", "eval-kanban"] },
  "yarn with node_modules": { add: [...berry, "add", wanted], exec: [...berry, "run", "eval-kanban"], linker: "node-modules" },
  bun: { add: [bun, "add", wanted], exec: [bun, "run", "eval-kanban"] },
};

for (const [name, { add, exec, linker }] of Object.entries(managers)) {
  test(`${name} installs it, and it runs when the registry is gone`, async () => {
    const registry = await startRegistry(packages);
    const env = emptyHome(registry.address);
    if (linker) env.YARN_NODE_LINKER = linker;
    const folder = emptyFolder({ "package.json": '{"name":"project","private":true}', "yarn.lock": "" });
    await succeed(env, folder, ...add);
    await registry.stop();
    assert.equal((await succeed(env, folder, ...exec, "--version")).out, answer);
  });
}

test("a Node that can become another program does", async () => {
  const node = join(tools, `node-${platform}/bin/node`);
  assert.equal(execFileSync(node, ["-p", "typeof process.execve"], { encoding: "utf8" }), "function\n");
  const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
  const folder = new URL("..", import.meta.url).pathname;
  const { all } = await succeed(env, folder, node, "--test", "cli.test.mjs");
  assert.match(all, /pass \d\d/);
});
