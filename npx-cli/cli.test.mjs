import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { install, platform, start } from "./testing.mjs";

/** Both ways to run the binary: this Node's own, and that of a Node which cannot become another program. */
const ways = { "as Node can": [], "as a child": ["--import", "data:text/javascript,delete process.execve"] };

for (const [way, nodeArgs] of Object.entries(ways)) {
  const options = { nodeArgs };

  test(`arguments, output and exit status pass through, ${way}`, async () => {
    const root = install({ script: 'echo "$1|$2"; exit 7' });
    const { code, text } = await start(root, ["serve", "two words"], {}, options).ended;
    assert.deepEqual([code, text], [7, "serve|two words\n"]);
  });

  test(`standard input passes through, ${way}`, async () => {
    const { child, ended } = start(install({ script: "cat" }), [], {}, options);
    child.stdin.end("from afar");
    assert.equal((await ended).text, "from afar");
  });

  for (const [signal, word] of [["SIGINT", "INT"], ["SIGTERM", "TERM"], ["SIGHUP", "HUP"]]) {
    test(`${signal} reaches the binary, which decides how to end, ${way}`, async () => {
      const root = install({ script: `trap 'echo ended; exit 5' ${word}; echo ready; while :; do sleep 0.05; done` });
      const { child, ended } = start(root, [], {}, options);
      await once(child.stdout, "data");
      child.kill(signal);
      const { code, text } = await ended;
      assert.deepEqual([code, text], [5, "ready\nended\n"]);
    });
  }

  test(`a signal that the binary dies of is what the caller sees, ${way}`, async () => {
    for (const signal of ["KILL", "TERM", "INT"]) {
      const { code, signal: seen } = await start(install({ script: `kill -${signal} $$` }), [], {}, options).ended;
      assert.deepEqual([code, seen], [null, `SIG${signal}`]);
    }
  });
}

/** A terminal, from util-linux. */
const terminal = spawnSync("script", ["--version"]).status === 0;

test("Ctrl-C in a terminal arrives once", { skip: !terminal && "script(1) makes the terminal, and is not here" }, async () => {
  const root = install({
    script: `interrupts=0; trap 'interrupts=$((interrupts+1)); echo "interrupt $interrupts"' INT
      trap 'echo "ended after $interrupts"; exit 9' TERM; echo "ready $PPID"; while :; do sleep 0.05; done`,
  });
  const node = [process.execPath, ...ways["as a child"], join(root, "bin/cli.mjs")].map((word) => `'${word}'`);
  const child = spawn("script", ["-qefc", `exec ${node.join(" ")}`, "/dev/null"]);
  const seen = reader(child.stdout);
  const [, wrapper] = await seen(/ready (\d+)/);
  child.stdin.write("\x03");
  await seen(/interrupt 1/);
  child.stdin.write("\x03");
  await seen(/interrupt 2/);
  // Node passes signals on in their order: an interrupt too many would come before this.
  process.kill(Number(wrapper), "SIGTERM");
  const [, interrupts] = await seen(/ended after (\d)/);
  assert.equal(interrupts, "2");
  assert.deepEqual(await once(child, "close"), [9, null]);
});

/** Waits until the stream has said something that matches. */
function reader(stream) {
  let text = "";
  stream.on("data", (chunk) => (text += chunk));
  return async (pattern) => {
    while (!pattern.test(text)) await once(stream, "data", { signal: AbortSignal.timeout(20_000) });
    return pattern.exec(text);
  };
}

test("a lost executable bit is given back", async () => {
  const root = install({ script: "echo ran" });
  chmodSync(join(root, `node_modules/eval-kanban-${platform}/bin/eval-kanban`), 0o644);
  assert.equal((await start(root).ended).text, "ran\n");
});

test("EVAL_KANBAN_BINARY names another binary", async () => {
  const { code, text } = await start(install(), ["hello"], { EVAL_KANBAN_BINARY: "/bin/echo" }).ended;
  assert.deepEqual([code, text], [0, "hello\n"]);
});

test("a package that was left out is named with the command that mends it", async () => {
  const agents = {
    "npm/11.0.0 node/v20": `npm install eval-kanban-${platform}@0.1.0`,
    "pnpm/10.0.0 npm/?": `pnpm add eval-kanban-${platform}@0.1.0`,
    "yarn/4.0.0 npm/?": `yarn add eval-kanban-${platform}@0.1.0`,
    "bun/1.2.0 npm/?": `bun add eval-kanban-${platform}@0.1.0`,
    "": `npx --package=eval-kanban@0.1.0 --package=eval-kanban-${platform}@0.1.0 eval-kanban`,
  };
  for (const [agent, command] of Object.entries(agents)) {
    const { code, text } = await start(install(), [], { npm_config_user_agent: agent }).ended;
    assert.equal(code, 1);
    assert.ok(text.includes(`\n  ${command}\n`), text);
  }
});

test("a platform without a package is told the way out", async () => {
  const manifest = { optionalDependencies: { "eval-kanban-plan9-mips": "0.1.0" } };
  const released = { ...manifest, repository: { type: "git", url: "git+https://forge.example/o/r.git" } };
  const { code, text } = await start(install({ manifest: released })).ended;
  assert.equal(code, 1);
  assert.ok(text.includes(`there is no program for ${platform} yet, only for plan9-mips`), text);
  assert.ok(text.includes("curl -fLO https://forge.example/o/r/releases/download/v0.1.0/eval-kanban.compose.yaml"), text);
  assert.match((await start(install({ manifest })).ended).text, /Docker/);
});
