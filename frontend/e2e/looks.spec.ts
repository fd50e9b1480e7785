/** Screens for a person to judge, in both themes and on a phone, left in `test-results`; a machine checks what it can. */
import type { Page, TestInfo } from "@playwright/test";
import { addTask, column, lane, openBelow } from "./board";
import { dragWithMouse } from "./drag";
import { expect, expectAccessible, test } from "./fixtures";
import { bash, call, hold, say, turn, write, type PartSource } from "./model/turns";
import type { ScriptedModel } from "./model/server";
import type { Product } from "./product";

const desk = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
const screens = [
  { name: "light", colorScheme: "light", size: desk },
  { name: "dark", colorScheme: "dark", size: desk },
  { name: "dark phone", colorScheme: "dark", size: phone },
  { name: "phone", colorScheme: "light", size: phone },
] as const;
const phones = screens.filter(({ size }) => size === phone);

const store = {
  question: "Which **database** should the store use?",
  header: "Store",
  options: [
    { label: "SQLite", description: "One file, nothing to run beside it" },
    { label: "Postgres", description: "A server of its own" },
  ],
  multiSelect: false,
};
const command = "npm install --save-exact zod@4.6.7 && npm test -- --run src/api/store.test.ts";
const plan =
  "# A store\n\n1. add `src/store.ts`\n2. read it in `src/app.txt`\n\n| step | effort |\n| --- | --- |\n| 1 | small |\n";

test("board and task in both themes and on a phone", async ({ board, model }, testInfo) => {
  const text = "I will look at `src/app.txt` first.\n\n- read it\n- change the **second** line";
  play(model, { "": [say(text), bash("cat src/app.txt", "Read the file")] });
  await addTask(board, "Say what was carried over");
  const written = await addTask(board, "Change the second line");
  await dragWithMouse(board, written, lane(board, "In Progress"));
  await model.waitForRequest(({ tool_results }) => tool_results.length === 1);
  await expect(column(board, "In Progress")).toContainText("Change the second line");
  await shoot(board, "board", "Say what was carried over", testInfo);
  await openBelow(board, "/t/2");
  await shoot(board, "task", "I will look at", testInfo);
});

test("calls that wait, in the log", async ({ board, model, product }, testInfo) => {
  play(model, {
    Install: [bash(command, "Install it and run the tests")],
    Write: [write("src/app.txt", "one\nzwei\n")],
  });
  await start(product, "Install the schema library");
  await start(product, "Write the second line");
  await expect(board.getByRole("button", { name: /^Needs you 2/ })).toBeVisible();
  await openBelow(board, "/t/1");
  await shoot(board, "approval", "Allow", testInfo);
  await openBelow(board, "/t/2");
  await shoot(board, "edit", "zwei", testInfo);
});

test("calls that wait, in the list", async ({ board, model, product }, testInfo) => {
  play(model, { "": [bash(command, "Install it and run the tests")] });
  await start(product, "Install the schema library");
  await start(product, "Install it once more");
  await expect(board.getByRole("button", { name: /^Needs you 2/ })).toBeVisible();
  await openBelow(board, "?needs=list");
  await shoot(board, "needs you", "Always in this project would allow", testInfo);
  await board.setViewportSize(phone);
  await board.getByRole("button", { name: "All that wait" }).click();
  await shoot(board, "needs you list", "Install it once more", testInfo, phones);
});

test("a question", async ({ board, model, product }, testInfo) => {
  play(model, { "": [call("AskUserQuestion", { questions: [store] })] });
  await start(product, "Choose a store");
  await expect(board.getByRole("button", { name: /^Needs you 1/ })).toBeVisible();
  await openBelow(board, "/t/1");
  await shoot(board, "question", "One file, nothing to run beside it", testInfo);
});

test("a plan", async ({ board, model, product }, testInfo) => {
  play(model, { "": [call("Write", { file_path: "{{plan}}", content: plan }), call("ExitPlanMode", {})] });
  await start(product, "Plan a store", "plan");
  await expect(board.getByRole("button", { name: /^Needs you 1/ })).toBeVisible();
  await openBelow(board, "/t/1");
  await shoot(board, "plan", "effort", testInfo);
});

test("messages on their way to the agent", async ({ board, model, product }, testInfo) => {
  play(model, { "": [say("I count them."), hold("text"), say(" Done.")] });
  const attempt = await start(product, "Count the words");
  await openBelow(board, "/t/1?tab=activity");
  await expect(board.getByText("I count them.")).toBeVisible();
  for (const body of ["Leave out the headings, please.", "And tell me how long it took."])
    await product.call("POST", `/api/attempts/${attempt}/messages`, { body });
  await board.getByRole("textbox", { name: "Message" }).fill("The numbers go into `count.txt`.");
  await shoot(board, "composer", "Leave out the headings", testInfo);
});

test.describe(() => {
  const hook = { matcher: "Bash", hooks: [{ type: "command", command: "./scripts/guard.sh --strict" }] };
  test.use({ files: { ".claude/settings.json": JSON.stringify({ hooks: { PreToolUse: [hook] } }) } });

  test("the settings, and what a repository brings", async ({ board }, testInfo) => {
    await shoot(board, "trust strip", "that would run code", testInfo);
    await openBelow(board, "/settings/trust");
    await shoot(board, "trust", "guard.sh", testInfo);
    await openBelow(board, "/settings/runs");
    await shoot(board, "settings of a project", "Save", testInfo);
    await board.goto(new URL("/settings/general", board.url()).href);
    await shoot(board, "settings", "Save", testInfo);
  });
});

/** Each conversation whose prompt has the word gets these parts, one call in each turn, and then goes on for ever. */
function play(model: ScriptedModel, conversations: Record<string, PartSource[]>): void {
  const last = turn(hold("end"));
  const all = Object.entries(conversations).map(([when, parts]) => {
    const calls = parts.filter(({ type }) => type === "tool_use");
    const turns = calls.length > 1 ? parts.map((part) => turn(part)) : [turn(...parts)];
    return { when, turns: [...turns, last] };
  });
  model.play({ conversations: all });
}

/** Starts a new task; returns its attempt. */
async function start(product: Product, title: string, mode = "interactive"): Promise<string> {
  const task = await product.createTask({ title });
  await product.call("POST", `/api/tasks/${task.id}/attempts`, { mode });
  const found = (await product.tasks()).find(({ id }) => id === task.id);
  return found?.last_attempt?.id ?? "";
}

/** Looks at the page on these screens, once the words are there. */
async function shoot(
  page: Page,
  what: string,
  words: string,
  testInfo: TestInfo,
  on: readonly (typeof screens)[number][] = screens,
): Promise<void> {
  for (const { name, colorScheme, size } of on) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    await expect(page.getByText(words).filter({ visible: true }).first()).toBeVisible();
    await page.screenshot({ path: testInfo.outputPath(`${what} ${name}.png`) });
    await expectAccessible(page);
  }
  await page.setViewportSize(desk);
}
