/** Tool calls that wait for a person: allowed, changed, denied, always allowed, and answered by another browser. */
import { existsSync } from "node:fs";
import type { Locator } from "@playwright/test";
import { ask, card, column, runTask } from "./board";
import { expect, expectAccessible, openBoard, test } from "./fixtures";
import { bash, say, script, turn } from "./model/turns";

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

test("what is always allowed asks once, is counted and can be taken back", async ({ board, model, product }) => {
  model.play(script(turn(bash("git mv README.md a.md")), turn(bash("git mv a.md b.md")), turn(say("It is moved."))));
  const asked = ask(await runTask(board, title, "Interactive"), heading);
  await expect(asked).toBeVisible();
  await board.keyboard.press("p");
  await asked.getByRole("radio", { name: /git mv \*/ }).check();
  await expectAccessible(board);
  await asked.getByRole("button", { name: /^Allow, and always in this project/ }).click();
  const { cwd } = await model.waitForRequest(({ tool_results }) => tool_results.length === 2);
  expect([existsSync(`${cwd}/README.md`), existsSync(`${cwd}/b.md`)]).toEqual([false, true]);
  await expect(card(column(board, "Review"), title)).toBeVisible();
  const approvals = (await product.eventsOf(title)).filter(({ kind }) => kind === "APPROVAL");
  expect(approvals.map(({ payload }) => payload)).toMatchObject([
    { state: "pending" },
    { state: "allowed" },
    { state: "allowed" },
  ]);

  await board.goto(`${product.url}${new URL(board.url()).pathname.replace(/\/t\/.*/, "")}/settings/rules`);
  const rule = board.getByRole("listitem").filter({ hasText: "Bash(git mv *)" });
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

/** The colour that something lies on. */
function surface(locator: Locator): Promise<string> {
  return locator.evaluate((element) => getComputedStyle(element).backgroundColor);
}
