/** The mode plan: what an agent wants to do is read, sent back with a comment, approved, and then done unasked. */
import { existsSync } from "node:fs";
import { ask, card, column, runTask } from "./board";
import { expect, expectAccessible, test } from "./fixtures";
import { call, hold, say, script, turn, write } from "./model/turns";

const title = "Plan a note";

/** The plan goes into the file that the agent names, then the agent asks. */
const plan = (text: string) => [
  turn(call("Write", { file_path: "{{plan}}", content: text })),
  turn(call("ExitPlanMode", {})),
];

test("a plan is sent back with a comment, the next one approved, and edits then go through", async ({
  board,
  model,
  product,
}) => {
  const comment = "Put it into docs, please.";
  const first = plan("# First plan\n\n1. write `note.txt`\n");
  const second = plan("# Second plan\n\n1. write `docs/note.txt`\n2. **no** other file\n");
  const end = turn(hold("end"), say("Written."));
  model.play(script(...first, ...second, turn(write("docs/note.txt", "a note\n")), end));
  const activity = await runTask(board, title, "Plan");
  const asked = ask(activity, "Claude has made a plan");

  await test.step("send the first one back", async () => {
    await expect(asked.getByText("First plan", { exact: true })).toBeVisible();
    await expect(card(column(board, "In Progress"), title)).toContainText("has made a plan");
    await expectAccessible(board);
    await asked.getByRole("button", { name: /^Comment and send back/ }).click();
    await asked.getByRole("textbox", { name: "Comment on the plan" }).fill(comment);
    await asked.getByRole("button", { name: /^Send back/ }).click();
    const told = await model.waitForRequest(({ tool_results }) => tool_results.length === 2);
    expect(told.tool_results[1]).toMatchObject({ is_error: true });
    expect(told.tool_results[1]?.text).toContain(comment);
  });

  await test.step("approve the second one", async () => {
    await expect(asked.getByText("Second plan", { exact: true })).toBeVisible();
    await asked.getByRole("radio", { name: "Accept edits" }).click();
    await asked.getByRole("button", { name: /^Approve plan/ }).click();
    const told = await model.waitForRequest(({ tool_results }) => tool_results.length === 4);
    expect(told.tool_results[3]).toMatchObject({ is_error: false });
    expect(told.tool_results[3]?.text).toContain("Second plan");
  });

  await test.step("the edit goes through unasked", async () => {
    const { cwd } = await model.waitForRequest(({ tool_results }) => tool_results.length === 5);
    expect(existsSync(`${cwd}/docs/note.txt`)).toBe(true);
    expect(await product.tasks()).toMatchObject([{ live_attempt: { mode: "accept_edits" } }]);
    await expect(board.getByRole("button", { name: "claude · accept edits, change the mode" })).toBeVisible();
    model.release("end");
    await expect(card(column(board, "Review"), title)).toBeVisible();
    const asks = (await product.eventsOf(title)).filter(({ kind }) => kind === "APPROVAL");
    expect(asks.map(({ payload }) => payload)).toMatchObject(
      ["pending", "denied", "pending", "allowed"].map((state) => ({ state })),
    );
  });
  await expectAccessible(board);
});
