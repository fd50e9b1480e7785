/** What agents ask: with options, several choices or free text, by their own tool and by the board's. */
import { ask, addTask, card, column, openTask, runInMode, runTask } from "./board";
import { expect, expectAccessible, test } from "./fixtures";
import { call, hold, say, script, turn } from "./model/turns";

const title = "Choose a store";
const option = (label: string) => ({ label, description: `Take ${label}` });
const which = {
  question: "Which database?",
  header: "Store",
  options: [option("SQLite"), option("Postgres")],
  multiSelect: false,
};
const extras = {
  question: "Which extras?",
  header: "Extras",
  options: [option("Cache"), option("Search"), option("Queue")],
  multiSelect: true,
};

test("a question blocks the task until all of it is answered", async ({ board, model, product }) => {
  model.play(script(turn(call("AskUserQuestion", { questions: [which, extras] })), turn(hold("end"), say("Chosen."))));
  const asked = ask(await runTask(board, title, "Bypass"), "Claude has questions");
  await expect(asked).toBeVisible();
  expect(await product.tasks()).toMatchObject([{ status: "blocked", pending_questions: 1 }]);
  const waiting = card(column(board, "In Progress"), title);
  await expect(waiting).toContainText("asks: Which database? and 1 more");
  await expect(waiting.getByRole("img", { name: "asks you" })).toBeVisible();
  await expectAccessible(board);
  await asked.getByRole("radio", { name: /^SQLite/ }).check();
  await asked.getByRole("checkbox", { name: /^Cache/ }).check();
  await asked.getByRole("checkbox", { name: /^Queue/ }).check();
  await asked.getByRole("button", { name: /^Send answer/ }).click();
  const { tool_results } = await model.waitForRequest((request) => request.tool_results.length === 1);
  expect(tool_results[0]?.text).toContain("SQLite");
  expect(tool_results[0]?.text).toContain("Cache, Queue");
  expect(await product.tasks()).toMatchObject([{ status: "in_progress", pending_questions: 0 }]);
  model.release("end");
  await expect(card(column(board, "Review"), title)).toBeVisible();
  await expectAccessible(board);
});

test("an answer that the agent did not think of reaches it", async ({ board, model }) => {
  model.play(script(turn(call("AskUserQuestion", { questions: [which] })), turn(say("Chosen."))));
  const asked = ask(await runTask(board, title, "Interactive"), "Claude has a question");
  await asked.getByRole("textbox", { name: "Another answer to: Which database?" }).fill("None, a plain file");
  await asked.getByRole("button", { name: /^Send answer/ }).click();
  const { tool_results } = await model.waitForRequest((request) => request.tool_results.length === 1);
  expect(tool_results[0]).toMatchObject({ is_error: false });
  expect(tool_results[0]?.text).toContain("None, a plain file");
  await expect(card(column(board, "Review"), title)).toBeVisible();
  await expectAccessible(board);
});

test("a question of the board's own tool stands in the column Blocked", async ({ board, model, product }) => {
  await product.call("PATCH", `/api/projects/${await product.projectId()}`, { board: "prd" });
  await board.reload();
  model.play(
    script(
      turn(call("mcp__board__ask_user", { question: "What is it **called**?" })),
      turn(hold("end"), say("Named.")),
    ),
  );
  const asked = ask(await runTask(board, title, "Bypass"), "Claude has a question");
  await expect(asked.getByText("What is it called?")).toBeVisible();
  await expect(card(board.getByRole("region", { name: "Blocked", exact: true }), title)).toBeVisible();
  await asked.getByRole("textbox", { name: /^Answer to/ }).fill("Abacus");
  await asked.getByRole("button", { name: /^Send answer/ }).click();
  const { tool_results } = await model.waitForRequest((request) => request.tool_results.length === 1);
  expect(tool_results[0]).toMatchObject({ is_error: false });
  expect(tool_results[0]?.text).toContain("Abacus");
  await expect(card(column(board, "In Progress"), title)).toBeVisible();
  model.release("end");
  await expect(card(column(board, "Review"), title)).toBeVisible();
  await expectAccessible(board);
});

test("progress and a met criterion show on the card", async ({ board, model, product }) => {
  const progress = { phase: "writing tests", step: 2, total: 3, message: "Two of three are written" };
  const criterion = { criterion: "1", done: true, evidence: "npm test: 12 passed" };
  model.play(
    script(
      turn(call("mcp__board__report_progress", progress)),
      turn(call("mcp__board__set_criterion", criterion)),
      turn(hold("end"), say("All done.")),
    ),
  );
  await addTask(board, title);
  const [task] = await product.tasks();
  const criteria = [{ text: "The tests pass" }, { text: "It is documented" }];
  await product.call("PATCH", `/api/tasks/${task?.id}`, { criteria });
  await openTask(board, title, "Overview");
  await runInMode(board, "Interactive");
  const { tool_results } = await model.waitForRequest((request) => request.tool_results.length === 2);
  expect(tool_results.map(({ is_error }) => is_error)).toEqual([false, false]);
  const working = card(column(board, "In Progress"), title);
  await expect(working).toContainText("1/2");
  await expect(working).toContainText(/writing tests|Two of three are written/);
  const overview = await openTask(board, title, "Overview");
  await expect(overview.getByRole("checkbox", { name: /^The tests pass/ })).toBeChecked();
  await expect(overview.getByRole("checkbox", { name: /^It is documented/ })).not.toBeChecked();
  await expect(overview.getByText("npm test: 12 passed")).toBeVisible();
  await expect(overview.getByRole("status", { name: "Progress" })).toContainText("2/3");
  await expectAccessible(board);
  model.release("end");
  await expect(card(column(board, "Review"), title)).toBeVisible();
});
