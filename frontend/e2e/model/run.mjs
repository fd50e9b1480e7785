// Runs the scripted model by hand: `node e2e/model/run.mjs e2e/model/scripts/write-a-file.json`, in frontend/.
// It prints the address for ANTHROPIC_BASE_URL, then each request; a line on its input releases the hold of that name.
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const load = async (name) => (await runnerImport(fileURLToPath(new URL(name, import.meta.url)))).module;
const { ScriptedModel } = await load("./server.ts");
const { readScript } = await load("./script.ts");

const model = await ScriptedModel.start(readScript(process.argv[2]));
const print = (line) => process.stdout.write(`${line}\n`);
print(model.url);
createInterface({ input: process.stdin }).on("line", (name) => model.release(name));
for (let seen = 0; ; seen += 1) {
  while (model.requests.length <= seen) await model.waitForRequest(() => model.requests.length > seen).catch(() => {});
  const { kind, session_id, prompts, tool_results } = model.requests[seen];
  print(JSON.stringify({ kind, session_id, prompts, tool_results }));
}
