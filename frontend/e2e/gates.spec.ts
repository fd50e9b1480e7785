/** Gates: set in the settings, run once the agent has ended, watched, run again, sent to the agent, never lost. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { card, column, openBelow, openTask, runTask } from "./board";
import { expect, expectAccessible, test } from "./fixtures";
import { bash, say, script, turn, write } from "./model/turns";
import type { Repository } from "./repository";

const title = "Say good things";

/** A gate that waits for the test's word, beside the repository, and counts how often it ran. */
function waitingGate({ folder }: Repository, end: string): string {
  const file = (name: string) => join(folder, name);
  return `echo run >> ${file("runs")}; echo begun; while [ ! -e ${file("go")} ]; do sleep 0.05; done; ${end}`;
}

const go = ({ folder }: Repository) => writeFileSync(join(folder, "go"), "");
const runsOf = ({ folder }: Repository) => {
  const path = join(folder, "runs");
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
};

/** The gates on a card or in a table, as they are told to who cannot see the shapes. */
const marks = (within: Locator, words: string) => within.getByRole("img", { name: `gates: ${words}`, exact: true });
/** A gate's row in its tab. */
const row = (panel: Locator, name: string) =>
  panel.getByRole("listitem").filter({ has: panel.page().getByText(name, { exact: true }) });

test("gates run after the agent, and what fails goes back to it", async ({ board, model, repository }) => {
  const check = waitingGate(repository, "if grep good words.txt; then echo fine; else echo no good words; exit 3; fi");
  model.play(
    script(
      turn(write("words.txt", "bad\n")),
      turn(say("I have said it.")),
      turn(bash("echo good > words.txt", "Write it anew")),
      turn(say("Better now.")),
    ),
  );
  await setGates(board, { lint: "echo nothing to complain about", test: check });
  await runTask(board, title, "Bypass");
  const seen = card(board, title);

  await test.step("watch them run", async () => {
    await expect(marks(seen, "lint passed, test running")).toBeVisible();
    await expect(card(column(board, "In Progress"), title)).toBeVisible();
    const gates = await openTask(board, title, "Gates");
    await expect(gates.getByRole("log", { name: "Output of test" })).toHaveText(/^begun\s*$/);
    await expect(row(gates, "lint")).toContainText("passed");
    await expectAccessible(board);
    go(repository);
    await expect(row(gates, "test")).toContainText("failed · exit 3");
    await expect(gates.getByRole("log", { name: "Output of test" })).toContainText("no good words");
  });

  const gates = board.getByRole("tabpanel");
  await test.step("the review is marked, not stopped", async () => {
    await expect(card(column(board, "Review"), title)).toContainText("ready for review");
    await expect(marks(seen, "lint passed, test failed")).toBeVisible();
    await expect(board.getByRole("button", { name: "test failed" })).toBeVisible();
    await expect(board.getByRole("button", { name: /^Merge into main/ })).toBeEnabled();
    await expectAccessible(board);
  });

  await test.step("run one again", async () => {
    expect(runsOf(repository)).toBe(1);
    await gates.getByRole("button", { name: "Run again: test" }).click();
    await expect.poll(() => runsOf(repository)).toBe(2);
    await expect(row(gates, "test")).toContainText("failed · exit 3");
    await expect(card(column(board, "Review"), title)).toBeVisible();
  });

  await test.step("send the failure to the agent, which mends it", async () => {
    await gates.getByRole("button", { name: "Send 1 failure to the agent" }).click();
    const asked = await model.waitForRequest(({ prompts }) => prompts.join().includes("This gate did not pass"));
    expect(asked.prompts.at(-1)).toMatch(/## test\n[^]*Result: exit code 3[^]*no good words/);
    expect(asked.transcript).toContain("I have said it.");
    await expect(marks(card(column(board, "Review"), title), "lint passed, test passed")).toBeVisible();
    expect(runsOf(repository)).toBe(3);
    await expect(board.getByRole("button", { name: /^gates passed on [0-9a-f]{6} at/ })).toBeVisible();
  });

  await test.step("a result belongs to the files that it ran on", async () => {
    await openTask(board, title, "Overview");
    await board.getByRole("button", { name: "Go back to checkpoint 0" }).click();
    await board.getByRole("button", { name: "Go back to 0", exact: true }).click();
    await expect(marks(seen, "lint passed on an older state, test passed on an older state")).toBeVisible();
    await openTask(board, title, "Gates");
    await expect(row(gates, "test")).toContainText("on an older state");
    await expect(board.getByRole("button", { name: "gates ran on an older state" })).toBeVisible();
    await expectAccessible(board);
    await gates.getByRole("button", { name: "Run all" }).click();
    await expect(marks(seen, "lint passed, test failed")).toBeVisible();
  });
});

test("a gate outlives the server, and its result is there", async ({ board, model, product, repository }) => {
  model.play(script(turn(say("Nothing to do."))));
  await setGates(board, { test: waitingGate(repository, "echo ended; exit 4") });
  await runTask(board, title, "Bypass");
  const gates = await openTask(board, title, "Gates");
  await expect(gates.getByRole("log", { name: "Output of test" })).toContainText("begun");
  await product.kill();
  await expect(board.getByText(/reconnecting/i).first()).toBeVisible();
  go(repository);
  await product.start();
  await expect(board.getByText(/reconnecting/i)).toHaveCount(0);
  await expect(row(gates, "test")).toContainText("failed · exit 4");
  await expect(gates.getByRole("log", { name: "Output of test" })).toHaveText(/^begun\s+ended\s*$/);
  await expect(marks(card(column(board, "Review"), title), "test failed")).toBeVisible();
  expect(runsOf(repository)).toBe(1);
  await expectAccessible(board);
});

test("a gate that takes too long is stopped, and so is one that nobody wants", async ({ board, model, product }) => {
  model.play(script(turn(say("Nothing to do."))));
  const forEver = "tail -f /dev/null";
  await setGates(board, { slow: forEver, wanted: forEver }, { slow: "1" });
  await runTask(board, title, "Bypass");
  const gates = await openTask(board, title, "Gates");
  await expect(row(gates, "slow")).toContainText("timed out");
  await expect.poll(() => product.agents()).toContain(forEver);
  await gates.getByRole("button", { name: "Stop wanted" }).click();
  await expect(row(gates, "wanted")).toContainText("stopped");
  await expect.poll(() => product.agents()).not.toContain(forEver);
  await expect(marks(card(column(board, "Review"), title), "slow timed out, wanted stopped")).toBeVisible();
  await expectAccessible(board);
});

/** Writes these gates into the project's settings, and goes back to the board. */
async function setGates(
  page: Page,
  gates: Record<string, string>,
  seconds: Record<string, string> = {},
): Promise<void> {
  await openBelow(page, "/settings/gates");
  for (const [index, [name, command]] of Object.entries(gates).entries()) {
    await page.getByRole("button", { name: "Add a gate" }).click();
    await page.getByRole("textbox", { name: `Name of gate ${index + 1}` }).fill(name);
    await page.getByRole("textbox", { name: `Command of ${name}` }).fill(command);
    const limit = seconds[name];
    if (limit !== undefined) await page.getByRole("textbox", { name: `Seconds that ${name} may take` }).fill(limit);
  }
  await expectAccessible(page);
  await page.getByRole("button", { name: /^Save gates and merging/ }).click();
  await expect(page.getByText("saved", { exact: true })).toBeVisible();
  await openBelow(page, "");
}
