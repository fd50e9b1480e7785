/** The server is killed while an agent works: nothing is lost, and the open board finds its way back. */
import { readFileSync } from "node:fs";
import { addTask, ask, card, column, lane, openTask, runTask } from "./board";
import { dragWithMouse } from "./drag";
import { expect, expectAccessible, test } from "./fixtures";
import { bash, hold, say, script, turn } from "./model/turns";
import type { ScriptedModel } from "./model/server";
import type { Product } from "./product";

const title = "Outlive the server";
const MINUTE_MS = 60_000;

test("an attempt goes on while the server is dead", async ({ board, model, product }) => {
  model.play(
    script(
      turn(say("Before the kill."), bash("echo 1 >> log.txt")),
      turn(hold("killed"), bash("echo 2 >> log.txt")),
      turn(hold("back"), say("After the kill.")),
    ),
  );
  const written = await addTask(board, title);
  await dragWithMouse(board, written, lane(board, "In Progress"));
  const activity = await openTask(board, title, "Activity");
  await expect(activity.getByText("Before the kill.")).toBeVisible();
  await model.waitForRequest(({ tool_results }) => tool_results.length === 1);
  const attempt = (await product.tasks())[0]?.live_attempt?.id ?? "";

  await product.kill();
  await expect(board.getByText(/reconnecting/i).first()).toBeVisible();
  model.release("killed");
  // The agent works on without the server: its next request carries the result of a tool that ran meanwhile.
  await model.waitForRequest(({ tool_results }) => tool_results.length === 2);

  await product.start();
  await expect(board.getByText(/reconnecting/i)).toHaveCount(0);
  await expect(card(column(board, "In Progress"), title)).toBeVisible();
  model.release("back");
  await expect(activity.getByText("After the kill.")).toBeVisible();
  await expect(card(column(board, "Review"), title)).toBeVisible();

  const events = await product.events(attempt);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(({ kind }) => kind === "TOOL_CALL")).toHaveLength(2);
  expect(events.filter(({ kind }) => kind === "TOOL_RESULT")).toHaveLength(2);
  expect(model.requests.filter(({ kind }) => kind === "main")).toHaveLength(3);
  await expectAccessible(board);
});

test("an approval outlives the server, and its call runs once", async ({ board, model, product }) => {
  model.play(script(turn(bash("echo ran >> count.txt")), turn(say("It ran."))));
  const asked = ask(await runTask(board, title, "Interactive"), "Claude wants to run a command");
  await expect(asked).toBeVisible();
  for (const _ of [1, 2, 3]) {
    await product.kill();
    await expect(board.getByText(/reconnecting/i).first()).toBeVisible();
    await product.start();
    await expect(board.getByText(/reconnecting/i)).toHaveCount(0);
    await expect(asked).toBeVisible();
  }
  await asked.getByRole("button", { name: /^Allow(?! with)/ }).click();
  await expectOnce(model, product);
  await expect(card(column(board, "Review"), title)).toBeVisible();
  await expectAccessible(board);
});

/** Takes a good quarter of an hour: only with EVAL_KANBAN_LONG in the environment, as `EVAL_KANBAN_LONG=1 npx playwright test -g quarter`. */
test("an approval that was left open for a quarter of an hour works", async ({ board, model, product }) => {
  test.skip(process.env["EVAL_KANBAN_LONG"] === undefined, "it takes a quarter of an hour: set EVAL_KANBAN_LONG");
  test.setTimeout(18 * MINUTE_MS);
  model.play(script(turn(bash("echo ran >> count.txt")), turn(say("It ran."))));
  const asked = ask(await runTask(board, title, "Interactive"), "Claude wants to run a command");
  await expect(asked).toBeVisible();
  const since = Date.now();
  const minutesOpen = async () => {
    expect(await product.tasks()).toMatchObject([{ pending_approvals: 1, live_attempt: { state: "waiting" } }]);
    return (Date.now() - since) / MINUTE_MS;
  };
  await expect.poll(minutesOpen, { timeout: 16 * MINUTE_MS, intervals: [MINUTE_MS / 4] }).toBeGreaterThan(15);
  await expect(asked).toContainText("waiting 15:");
  await asked.getByRole("button", { name: /^Allow(?! with)/ }).click();
  await expectOnce(model, product);
  await expect(card(column(board, "Review"), title)).toBeVisible();
  await expectAccessible(board);
});

/** The call ran, and only once. */
async function expectOnce(model: ScriptedModel, product: Product): Promise<void> {
  const { cwd, tool_results } = await model.waitForRequest((request) => request.tool_results.length > 0);
  expect(tool_results).toMatchObject([{ is_error: false }]);
  expect(readFileSync(`${cwd}/count.txt`, "utf8")).toBe("ran\n");
  const approvals = (await product.eventsOf(title)).filter(({ kind }) => kind === "APPROVAL");
  expect(approvals.map(({ payload }) => payload)).toMatchObject([{ state: "pending" }, { state: "allowed" }]);
}
