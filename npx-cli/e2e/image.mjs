// The image, built around the binary that the tests built, through its main flow: a task is done by the scripted agent
// and merged into the repository that is mounted. Needs a container tool that can run containers, and the base image.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

const base = "debian:trixie-slim";
const tool = (process.env.EVAL_KANBAN_CONTAINER_TOOL ? [process.env.EVAL_KANBAN_CONTAINER_TOOL] : ["docker", "podman"]).find(works);
const skip = reasonToSkip();
const root = mkdtempSync(join(tmpdir(), "eval-kanban-image-"));
after(() => rmSync(root, { recursive: true, force: true }));

function works(name) {
  return spawnSync(name, ["info"], { timeout: 30_000 }).status === 0;
}

/** On a hosted runner nothing is missing, so nothing is skipped there. */
function reasonToSkip() {
  if (process.env.GITHUB_ACTIONS) return false;
  if (!tool) return "no container tool works here";
  const has = [["image", "inspect", base], ["pull", base]];
  return has.some((args) => spawnSync(tool, args, { timeout: 120_000 }).status === 0) ? false : `${base} cannot be had here`;
}

function container(...args) {
  return execFileSync(tool, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 600_000 }).trim();
}

function git(folder, ...args) {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", `safe.directory=${folder}`];
  const env = { HOME: root, PATH: process.env.PATH, GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "safe.directory", GIT_CONFIG_VALUE_0: folder };
  return execFileSync("git", ["-C", folder, ...identity, ...args], { env, encoding: "utf8" });
}

function repository() {
  const folder = join(root, "repository");
  mkdirSync(folder);
  writeFileSync(join(folder, "README.md"), "A repository.\n");
  git(folder, "init", "--quiet", "--initial-branch", "main");
  git(folder, "add", ".");
  git(folder, "commit", "--quiet", "--message", "Begin");
  return folder;
}

function buildImage(name) {
  const context = join(root, "context");
  mkdirSync(join(context, "prebuilt"), { recursive: true });
  copyFileSync(new URL("../../Dockerfile", import.meta.url), join(context, "Dockerfile"));
  const architecture = { x64: "amd64", arm64: "arm64" }[process.arch];
  copyFileSync(process.env.EVAL_KANBAN_BIN, join(context, `prebuilt/eval-kanban-${architecture}`));
  // Podman's own format knows no health check.
  const format = tool.endsWith("podman") ? ["--format", "docker"] : [];
  const choices = [...format, "--target", "runtime", "--build-arg", "BINARY=prebuilt", "--build-arg", `BASE=${base}`];
  container("build", ...choices, "--tag", name, context);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

function client(port, token) {
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const call = request({ host: "127.0.0.1", port, method, path, headers });
    call.end(body && JSON.stringify(body));
    const [response] = await once(call, "response");
    const text = (await response.toArray()).join("");
    assert.ok(response.statusCode < 300, `${method} ${path}: ${response.statusCode} ${text}`);
    return text && JSON.parse(text);
  };
}

async function until(what, find) {
  const deadline = Date.now() + 60_000;
  for (let problem; ; await pause(100)) {
    const found = await Promise.resolve().then(find).catch((error) => void (problem = error));
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within a minute`, { cause: problem });
  }
}

async function mergeOneTask(call) {
  const { items } = await call("GET", "/api/projects");
  assert.deepEqual(items.map((project) => project.path), ["/repo"]);
  const agent = await call("POST", "/api/agents", { name: "scripted", adapter: "scripted", mode: "bypass" });
  const script = { steps: [{ write: { path: "made.txt", content: "made in a container\n" } }, { say: "Done." }] };
  const description = `\`\`\`script\n${JSON.stringify(script)}\n\`\`\``;
  const task = await call("POST", `/api/projects/${items[0].id}/tasks`, { title: "Make a file", description });
  const attempt = await call("POST", `/api/tasks/${task.id}/start`, { agent_id: agent.id });
  await until("the attempt reaches Review", async () => (await call("GET", `/api/attempts/${attempt.id}`)).state === "review_ready");
  await call("POST", `/api/tasks/${task.id}/approve`, { merge: true });
}

test("the image refuses to listen without a token, and with one a task is done and merged in it", { skip }, async () => {
  const name = `eval-kanban-test-${process.pid}`;
  const image = `localhost/${name}`;
  after(() => spawnSync(tool, ["rm", "--force", name]) && spawnSync(tool, ["rmi", "--force", image]));
  buildImage(image);
  const folder = repository();
  const port = await freePort();
  const token = randomBytes(32).toString("hex");
  const person = { GIT_AUTHOR_NAME: "Test", GIT_AUTHOR_EMAIL: "test@example.org", GIT_COMMITTER_NAME: "Test", GIT_COMMITTER_EMAIL: "test@example.org" };
  const variables = Object.entries({ ...person, EVAL_KANBAN_PORT: port }).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
  const options = ["--publish", `127.0.0.1:${port}:${port}`, ...variables, "--volume", `${folder}:/repo`, "--user", `${process.getuid()}:${process.getgid()}`];
  const refused = spawnSync(tool, ["run", "--rm", ...options, image], { encoding: "utf8" });
  assert.equal(refused.status, 1, refused.stderr);
  assert.match(refused.stderr, /set EVAL_KANBAN_TOKEN/);
  container("run", "--detach", "--name", name, ...options, "--env", `EVAL_KANBAN_TOKEN=${token}`, image);
  const call = client(port, token);
  await until("the server answers", () => call("GET", "/api/health"));
  assert.equal(spawnSync(tool, ["exec", name, ...healthCheck(image)]).status, 0, "the health check fails");
  assert.equal(container("exec", name, "cat", "/proc/1/comm"), "tini");
  await until("the project is there", async () => (await call("GET", "/api/projects")).items.length === 1);
  await mergeOneTask(call);
  assert.equal(git(folder, "show", "main:made.txt"), "made in a container\n");
  container("stop", "--time", "20", name);
  assert.equal(container("inspect", "--format", "{{.State.ExitCode}}", name), "0", container("logs", name));
});

/** The command of the image's own health check. */
function healthCheck(image) {
  const config = JSON.parse(container("image", "inspect", image))[0];
  const { Test: words } = config.Config?.Healthcheck ?? config.Healthcheck;
  return words[0] === "CMD-SHELL" ? ["sh", "-c", words[1]] : words.slice(1);
}
