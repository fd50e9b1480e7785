/** Tool calls that wait for a person: allowed, changed, denied, always allowed, and answered by another browser. */
import { existsSync, readFileSync } from "node:fs";
import type { Locator } from "@playwright/test";
import { ask, card, column, runTask } from "./board";
import { expect, expectAccessible, openBoard, test } from "./fixtures";
import { bash, call, hold, say, script, turn } from "./model/turns";

const title = "Touch a file";
const heading = "Claude wants to run a command";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";

test("a call waits, is seen everywhere, and Y lets it run", async ({ board, model, product }) => {
  model.play(script(turn(bash("touch greeting.txt")), turn(say("It is there."))));
  const activity = await runTask(board, title, "Interactive");
  const asked = ask(activity, heading);
  await expect(asked).toContainText("touch greeting.txt");
  const waiting = card(column(board, "In Progress"), title);
  await expect(waiting).toContainText(/wants to run\s*touch greeting.txt/);
  await expect(waiting.getByRole("img", { name: "waiting for you" })).toBeVisible();
  expect(await surface(waiting.getByRole("article"))).toBe(await surface(asked));
  await expect(board).toHaveTitle(/^\(1\) /);
  await expect(board.getByRole("button", { name: /^Needs you 1/ })).toBeVisible();
  expect(await product.tasks()).toMatchObject([{ status: "in_progress", live_attempt: { state: "waiting" } }]);
  await expectAccessible(board);
  await board.keyboard.press("y");
  const result = await model.waitForRequest(({ tool_results }) => tool_results.length === 1);
  expect(result.tool_results[0]?.is_error).toBe(false);
  expect(existsSync(`${result.cwd}/greeting.txt`)).toBe(true);
  await expect(card(column(board, "Review"), title)).toBeVisible();
  await expect(board).toHaveTitle(/^(?!\()/);
  await expectAccessible(board);
});

test("an edited call runs as edited, and only so", async ({ board, model }) => {
  model.play(script(turn(bash("touch asked.txt")), turn(say("Done."))));
  const asked = ask(await runTask(board, title, "Interactive"), heading);
  await asked.getByRole("button", { name: "Allow with edits" }).click();
  await asked.getByRole("textbox", { name: "Command" }).fill("touch edited.txt");
  await expectAccessible(board);
  await asked.getByRole("button", { name: "Allow as edited" }).click();
  const { cwd } = await model.waitForRequest(({ tool_results }) => tool_results.length === 1);
  expect([existsSync(`${cwd}/edited.txt`), existsSync(`${cwd}/asked.txt`)]).toEqual([true, false]);
  await expect(card(column(board, "Review"), title)).toBeVisible();
  await expect(board.getByText("Allowed with edits").first()).toBeVisible();
  await expectAccessible(board);
});

test("an edit is shown against the file as it is now, and can be changed, too", async ({ board, model }) => {
  const path = "{{cwd}}/src/app.txt";
  const edit = call("Edit", { file_path: path, old_string: "two", new_string: "zwei" });
  model.play(script(turn(call("Read", { file_path: path })), turn(edit), turn(say("Done."))));
  const asked = ask(await runTask(board, title, "Interactive"), "Claude wants to edit a file");
  await expect(asked).toContainText(/one.*two.*zwei.*three/s);
  await board.keyboard.press("e");
  await asked.getByRole("textbox", { name: "New text" }).fill("deux");
  await board.keyboard.press("Control+Enter");
  const { cwd } = await model.waitForRequest(({ tool_results }) => tool_results.length === 2);
  expect(readFileSync(`${cwd}/src/app.txt`, "utf8")).toBe("one\ndeux\nthree\n");
  await expect(card(column(board, "Review"), title)).toBeVisible();
  await expectAccessible(board);
});

test("a denial and its reason reach the model, and the attempt goes on", async ({ board, model, product }) => {
  const reason = "Not in this folder, please.";
  model.play(script(turn(bash("touch refused.txt")), turn(say("Then without it."))));
  const activity = await runTask(board, title, "Interactive");
  await expect(ask(activity, heading)).toBeVisible();
  await board.keyboard.press("n");
  await activity.getByRole("textbox", { name: "Reason" }).fill(reason);
  await activity.getByRole("button", { name: /^Deny(?! and)/ }).click();
  const { cwd, tool_results } = await model.waitForRequest((request) => request.tool_results.length === 1);
  expect(tool_results[0]).toMatchObject({ is_error: true });
  expect(tool_results[0]?.text).toContain(reason);
  await expect(activity.getByText("Then without it.")).toBeVisible();
  await expect(card(column(board, "Review"), title)).toBeVisible();
  expect(await product.tasks()).toMatchObject([{ last_outcome: "ok" }]);
  expect(existsSync(`${cwd}/refused.txt`)).toBe(false);
  await expectAccessible(board);
});

test("what is always allowed asks once, is counted and can be taken back", async ({
  board,
  model,
  product,
  repository,
}) => {
  const commit = (message: string) => turn(bash(`git commit --allow-empty -m ${message}`));
  model.play(script(commit("first"), commit("second"), turn(say("Both are made."))));
  const asked = ask(await runTask(board, title, "Interactive"), heading);
  await expect(asked).toBeVisible();
  await board.keyboard.press("p");
  await asked.getByRole("radio", { name: /git commit \*/ }).check();
  await expectAccessible(board);
  await asked.getByRole("button", { name: /^Allow, and always in this project/ }).click();
  await model.waitForRequest(({ tool_results }) => tool_results.length === 2);
  expect(repository.git("log", "--all", "--format=%s", "-2").split("\n")).toEqual(["second", "first", ""]);
  await expect(card(column(board, "Review"), title)).toBeVisible();
  const approvals = (await product.eventsOf(title)).filter(({ kind }) => kind === "APPROVAL");
  expect(approvals.map(({ payload }) => payload)).toMatchObject([
    { state: "pending" },
    { state: "allowed" },
    { state: "allowed" },
  ]);

  await board.goto(`${product.url}${new URL(board.url()).pathname.replace(/\/t\/.*/, "")}/settings/rules`);
  const rule = board.getByRole("listitem").filter({ hasText: "Bash(git commit *)" });
  await expect(rule).toContainText("1 call");
  await expectAccessible(board);
  await rule.getByRole("button", { name: /^Remove/ }).click();
  await expect(board.getByText("Nothing is always allowed")).toBeVisible();
  expect(await product.call("GET", `/api/projects/${await product.projectId()}/rules`)).toMatchObject({ items: [] });
});

test("of two browsers that answer at once one wins, and the other sees who", async ({
  board,
  browser,
  model,
  product,
}) => {
  model.play(script(turn(bash("touch once.txt")), turn(say("Done."))));
  const slow = ask(await runTask(board, title, "Interactive"), heading);
  await expect(slow).toBeVisible();
  const context = await browser.newContext({ userAgent: FIREFOX });
  const second = await context.newPage();
  await openBoard(second, product);
  await second.goto(board.url());
  const fast = ask(second, heading);
  await expect(fast).toBeVisible();

  let answerFast = () => {};
  const isAnswered = new Promise<void>((resolve) => (answerFast = resolve));
  await board.route("**/api/approvals/*", async (route) => {
    if (route.request().method() === "POST") await isAnswered;
    await route.continue();
  });
  const refused = board.waitForResponse(
    (response) => response.request().method() === "POST" && response.status() === 409,
  );
  await slow.getByRole("button", { name: "Deny with reason" }).click();
  await slow.getByRole("button", { name: /^Deny(?! and)/ }).click();
  await fast.getByRole("button", { name: /^Allow(?! with)/ }).click();
  const { cwd } = await model.waitForRequest(({ tool_results }) => tool_results.length === 1);
  answerFast();
  expect(await (await refused).json()).toMatchObject({ error: { details: { resolved_by: "Firefox on Linux" } } });
  await expect(board.getByText(/Firefox on Linux/).first()).toBeVisible();
  expect(existsSync(`${cwd}/once.txt`)).toBe(true);
  await expectAccessible(board);
  await context.close();
});

test("all that waits is worked off in the list, with keys", async ({ board, model, product }) => {
  const asking = (when: string, command: string) => ({ when, turns: [turn(bash(command)), turn(say("Done."))] });
  model.play({ conversations: [asking("First", "touch first.txt"), asking("Second", "touch second.txt")] });
  for (const [index, name] of ["First task", "Second task"].entries()) {
    const task = await product.createTask({ title: name });
    await product.call("POST", `/api/tasks/${task.id}/attempts`, { mode: "interactive" });
    await expect(board).toHaveTitle(new RegExp(`^\\(${index + 1}\\) `));
  }
  await board.getByRole("button", { name: /^Needs you 2/ }).click();
  const list = board.getByRole("dialog", { name: "Needs you" });
  await expect(list.getByRole("option")).toHaveCount(2);
  await expect(list.getByRole("option", { selected: true })).toContainText("First task");
  await expectAccessible(board);
  await board.keyboard.press("j");
  await expect(list.getByRole("option", { selected: true })).toContainText("Second task");
  await board.keyboard.press("y");
  await expect(list.getByText(/^#2/)).toContainText("Allowed");
  await expect(list.getByRole("option", { selected: true })).toContainText("First task");
  // Keys rest for a moment after an answer: the next one has slid in under them.
  const reason = list.getByRole("textbox", { name: "Reason" });
  await expect(async () => {
    await board.keyboard.press("n");
    await expect(reason).toBeVisible({ timeout: 500 });
  }).toPass();
  await reason.fill("Leave it.");
  await board.keyboard.press("Control+Enter");
  await expect(list.getByText("Nothing waits for you")).toBeVisible();
  await board.keyboard.press("Escape");
  await expect(card(column(board, "Review"), "First task")).toBeVisible();
  const results = model.requests.flatMap(({ tool_results }) => tool_results);
  expect(results.map(({ is_error }) => is_error)).toEqual([false, true]);
  await expectAccessible(board);
});

test("what is asked disappears when the turn is stopped", async ({ board, model, product }) => {
  model.play(script(turn(bash("touch never.txt")), turn(say("Without it."))));
  const activity = await runTask(board, title, "Interactive");
  const asked = ask(activity, heading);
  await expect(asked).toBeVisible();
  await activity.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(asked).toHaveCount(0);
  await expect(activity.getByText("taken back", { exact: true })).toBeVisible();
  await expect(board).toHaveTitle(/^(?!\()/);
  await expect(card(column(board, "In Progress"), title)).toContainText("stopped");
  expect(await product.call("GET", "/api/approvals/pending")).toMatchObject({ items: [] });
  await expectAccessible(board);
});

test("a mode that is changed while the agent runs holds from its next call on", async ({ board, model, product }) => {
  model.play(script(turn(bash("touch asked.txt")), turn(hold("mode"), bash("touch unasked.txt")), turn(say("Done."))));
  const activity = await runTask(board, title, "Interactive");
  await ask(activity, heading)
    .getByRole("button", { name: /^Allow(?! with)/ })
    .click();
  await model.waitForRequest(({ tool_results }) => tool_results.length === 1);
  await board.getByRole("button", { name: "claude · interactive, change the mode" }).click();
  await board.getByRole("menuitemradio", { name: /^Bypass/ }).click();
  await expect(board.getByRole("button", { name: "claude · bypass, change the mode" })).toBeVisible();
  await expectAccessible(board);
  model.release("mode");
  const { cwd, tool_results } = await model.waitForRequest((request) => request.tool_results.length === 2);
  expect(tool_results[1]?.is_error).toBe(false);
  expect(existsSync(`${cwd}/unasked.txt`)).toBe(true);
  await expect(card(column(board, "Review"), title)).toBeVisible();
  expect(await product.tasks()).toMatchObject([{ last_attempt: { mode: "bypass" } }]);
  await expectAccessible(board);
});

/** The colour that something lies on. */
function surface(locator: Locator): Promise<string> {
  return locator.evaluate((element) => getComputedStyle(element).backgroundColor);
}
