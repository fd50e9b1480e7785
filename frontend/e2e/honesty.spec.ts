/** What goes wrong is shown as what it is. */
import { addTask, card, column, lane, openTask } from "./board";
import { dragWithMouse } from "./drag";
import { expect, expectAccessible, test } from "./fixtures";

test("an agent that fails is shown as failed, with its own words", async ({ board, model, product }) => {
  const message = "Your credit balance is too low to access the Anthropic API.";
  const refusal = { type: "error" as const, status: 400, error: "invalid_request_error", message, repeat: true };
  model.play({ conversations: [{ turns: [refusal] }] });
  const written = await addTask(board, "Fail at once");
  await dragWithMouse(board, written, lane(board, "In Progress"));
  const failed = card(column(board, "Review"), "Fail at once");
  await expect(failed).toContainText("failed");
  expect(await product.tasks()).toMatchObject([{ status: "review", last_outcome: "failed" }]);
  const activity = await openTask(board, "Fail at once", "Activity");
  await expect(activity.getByText(/credit balance/i).first()).toBeVisible();
  await expectAccessible(board);
});

test("a merge conflict names the files and changes nothing", async ({ board, model, product, repository }) => {
  const title = "Change the second line";
  const edit = {
    type: "tool_use" as const,
    name: "Bash",
    input: { command: "sed -i s/two/zwei/ src/app.txt", description: "Change the line" },
  };
  const done = { type: "message" as const, parts: [{ type: "text" as const, text: "The line is changed." }] };
  model.play({ conversations: [{ turns: [{ type: "message", parts: [edit] }, done] }] });
  const written = await addTask(board, title);
  await dragWithMouse(board, written, lane(board, "In Progress"));
  await expect(card(column(board, "Review"), title)).toBeVisible();
  repository.commit({ "src/app.txt": "one\ndeux\nthree\n" }, "Change the same line");
  const before = repository.git("rev-parse", "main");
  await openTask(board, title, "Diff");
  await expect(card(board, title)).toContainText(/conflicts with main in\s*src\/app\.txt/);
  const merge = board.getByRole("button", { name: /^Merge into main/ });
  await expect(merge).toBeDisabled();
  await expect(merge).toHaveAccessibleDescription(/^It would conflict\./);
  // Whoever asks for it all the same is told the same.
  const { id } = await product.attemptAt(title);
  const asked = product.call("POST", `/api/attempts/${id}/approve`, { action: "merge" });
  await expect(asked).rejects.toThrow(/: 409 .*merge_conflict.*src\/app\.txt/);
  expect(repository.git("rev-parse", "main")).toBe(before);
  expect(repository.read("src/app.txt")).toBe("one\ndeux\nthree\n");
  expect(repository.git("status", "--porcelain")).toBe("");
  await expectAccessible(board);
});
