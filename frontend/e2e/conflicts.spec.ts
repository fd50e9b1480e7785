/** Conflicts: told before anyone merges, shown, resolved by the agent; what is the user's is never touched. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { card, column, openTask, runTask } from "./board";
import { expect, expectAccessible, test } from "./fixtures";
import { bash, call, say, turn, type TurnSource } from "./model/turns";
import type { ScriptedModel } from "./model/server";
import type { Repository } from "./repository";

const path = "src/app.txt";
const first = "Say hello";
const second = "Say goodbye";
const collision = (other: string) => new RegExp(`conflicts with ${other} in\\s*${path}`);
const both = "one\nhello and goodbye\nthree\n";
const dirt = "# A project\n\nA note of mine.\n";

test("two tasks that collide say so; the agent resolves it and commits", async ({ board, model, repository }) => {
  play(model, turn(resolveIt()), turn(bash("git add --all && git commit --no-edit", "Conclude the merge")));
  writeFileSync(join(repository.path, "README.md"), dirt);
  await runBoth(board);

  await test.step("the cards say it before anyone merges", async () => {
    await expect(card(board, first)).toContainText(collision("#2"));
    await expect(card(board, second)).toContainText(collision("#1"));
    await expectAccessible(board);
    await openTask(board, first, "Overview");
    await expect(board.getByRole("button", { name: `conflicts with #2 in ${path}` })).toBeVisible();
  });

  await test.step("one is merged; the other shows what is in its way", async () => {
    await board.getByRole("button", { name: /^Merge into main/ }).click();
    await expect(card(column(board, "Done"), first)).toContainText("merged into main");
    await expect(card(board, second)).toContainText(collision("main"));
    await openTask(board, second, "Overview");
    const merge = board.getByRole("button", { name: /^Merge into main/ });
    await expect(merge).toBeDisabled();
    await expect(merge).toHaveAccessibleDescription(/^It would conflict\./);
    const panel = board.getByRole("tabpanel");
    await expect(panel.getByRole("heading", { name: "Conflicts with main" })).toBeVisible();
    await expect(panel.getByText("both changed the same lines")).toBeVisible();
    await expect(panel.getByLabel("on main")).toHaveText("hello");
    await expect(panel.getByLabel("in the attempt")).toHaveText("goodbye");
    await expectAccessible(board);
  });

  await test.step("the agent resolves it", async () => {
    await board.getByRole("button", { name: "Let the agent resolve" }).click();
    const asked = await askedToResolve(model);
    expect(asked.prompts.at(-1)).toContain(path);
    await expect(board.getByText("Both are said now.")).toBeVisible();
  });
  await mergeResolved(board, repository);
});

test("the board concludes a merge whose conflicts the agent resolved", async ({ board, model, repository }) => {
  play(model, turn(resolveIt()));
  writeFileSync(join(repository.path, "README.md"), dirt);
  await runBoth(board);
  await collide(board);
  await board.getByRole("button", { name: "Let the agent resolve" }).click();
  await askedToResolve(model);
  await expect(board.getByText("Both are said now.")).toBeVisible();
  await mergeResolved(board, repository);
});

test("what is left in conflict is said, and nothing is lost", async ({ board, model, product, repository }) => {
  play(model);
  await runBoth(board);
  await collide(board);
  const main = repository.git("rev-parse", "main");
  await board.getByRole("button", { name: "Let the agent resolve" }).click();
  await askedToResolve(model);
  await expect(card(column(board, "Review"), second)).toContainText("failed");
  expect((await product.attemptAt(second)).state).toBe("failed");
  await openTask(board, second, "Overview");
  await expect(board.getByRole("region", { name: "Failure" })).toContainText(path);
  await expectAccessible(board);
  expect(repository.git("rev-parse", "main")).toBe(main);
  expect(repository.git("show", "ek/say-goodbye:src/app.txt")).toContain("goodbye");
});

test("a file of the user's in the way refuses the merge, in words", async ({ board, model, repository }) => {
  play(model);
  const mine = "one\nmine\nthree\n";
  await runTask(board, first, "Bypass");
  await expect(card(column(board, "Review"), first)).toContainText("ready for review");
  writeFileSync(join(repository.path, path), mine);
  await board.reload();
  const merge = board.getByRole("button", { name: /^Merge into main/ });
  const words = `your checkout has changes of yours in ${path}: commit or stash them first`;
  await expect(merge).toBeDisabled();
  await expect(merge).toHaveAccessibleDescription(words);
  await expect(board.getByText(words)).toBeVisible();
  await expectAccessible(board);
  expect(repository.read(path)).toBe(mine);
  repository.git("checkout", "--quiet", "--", path);
  await board.reload();
  // It gets in the way again between the look and the press: the answer says the same, and nothing is touched.
  await expect(board.getByText("base up to date")).toBeVisible();
  await expect(merge).toBeEnabled();
  writeFileSync(join(repository.path, path), mine);
  await merge.click();
  await expect(board.getByRole("alert").filter({ hasText: "Not merged." })).toContainText(
    /changes of yours in src\/app.txt/,
  );
  expect(repository.read(path)).toBe(mine);
  expect(repository.git("show", `main:${path}`)).not.toContain("hello");
  await expect(card(column(board, "Review"), first)).toBeVisible();
});

function resolveIt() {
  return bash(`printf '${both.replaceAll("\n", "\\n")}' > ${path}`, "Say both");
}

/** Both say something in the second line; `resolving` is what the second one does once it is asked to resolve. */
function play(model: ScriptedModel, ...resolving: TurnSource[]): void {
  const change = (word: string) => [
    turn(call("Read", { file_path: `{{cwd}}/${path}` })),
    turn(call("Edit", { file_path: `{{cwd}}/${path}`, old_string: "two", new_string: word })),
    turn(say("It is said.")),
  ];
  model.play({
    conversations: [
      { when: first, turns: change("hello") },
      { when: second, turns: [...change("goodbye"), ...resolving, turn(say("Both are said now."))] },
    ],
  });
}

async function runBoth(board: Page): Promise<void> {
  for (const title of [first, second]) {
    await runTask(board, title, "Bypass");
    await expect(card(column(board, "Review"), title)).toContainText("ready for review");
    await board.keyboard.press("Escape");
  }
}

/** The first one is merged, the second one stands open and cannot be. */
async function collide(board: Page): Promise<void> {
  await openTask(board, first, "Overview");
  await board.getByRole("button", { name: /^Merge into main/ }).click();
  await expect(card(column(board, "Done"), first)).toContainText("merged into main");
  await openTask(board, second, "Overview");
}

function askedToResolve(model: ScriptedModel) {
  return model.waitForRequest(({ prompts }) => prompts.join().includes(second) && prompts.length > 1);
}

/** What was resolved goes in like anything else; a file that the user has changed stays as it is. */
async function mergeResolved(board: Page, repository: Repository): Promise<void> {
  await expect(card(column(board, "Review"), second)).toContainText("ready for review");
  await expect(card(board, second)).not.toContainText("conflicts with");
  const merge = board.getByRole("button", { name: /^Merge into main/ });
  await expect(merge).toBeEnabled();
  await merge.click();
  await expect(card(column(board, "Done"), second)).toContainText("merged into main");
  expect(repository.git("show", `main:${path}`)).toBe(both);
  expect(repository.read(path)).toBe(both);
  expect(repository.read("README.md")).toBe(dirt);
  expect(repository.git("status", "--porcelain")).toBe(" M README.md\n");
  await expectAccessible(board);
}
