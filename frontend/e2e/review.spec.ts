/** The way back: changes are asked for, a task is thrown away. */
import { addTask, card, column, lane, openTask } from "./board";
import { dragWithMouse } from "./drag";
import { expect, expectAccessible, test } from "./fixtures";
import { bash, say, script, turn, write } from "./model/turns";

const title = "Write a note";

test("what the reviewer asks for reaches the next attempt", async ({ board, model, product }) => {
  const feedback = "Write it in English.";
  model.play(
    script(
      turn(write("note.txt", "gut\n")),
      turn(say("The note is written.")),
      turn(bash("echo good > note.txt", "Write it anew")),
      turn(say("It is English now.")),
    ),
  );
  const written = await addTask(board, title);
  await dragWithMouse(board, written, lane(board, "In Progress"));
  await expect(card(column(board, "Review"), title)).toBeVisible();
  await openTask(board, title, "Diff");
  await board.getByRole("button", { name: "Other decisions" }).click();
  await board.getByRole("menuitem", { name: "Request changes…" }).click();
  await board.getByRole("textbox", { name: "What is missing" }).fill(feedback);
  await expectAccessible(board);
  await board.getByRole("button", { name: "Request changes and run again" }).click();
  const asked = await model.waitForRequest(({ prompts }) => prompts.join().includes(feedback));
  expect(asked.prompts.join()).toContain(title);
  await expect(card(column(board, "Review"), title)).toBeVisible();
  const [task] = await product.tasks();
  expect(task).toMatchObject({ status: "review", last_outcome: "ok", last_attempt: { number: 2 } });
  await expectAccessible(board);
});

test("a task is deleted only after it was said what goes", async ({ board, product, repository }) => {
  await addTask(board, title);
  await openTask(board, title, "Overview");
  await board.getByRole("button", { name: "Menu of task #1" }).click();
  await board.getByRole("menuitem", { name: /^Delete/ }).click();
  await expect(board.getByText("Delete #1?")).toBeVisible();
  await expectAccessible(board);
  await board.getByRole("button", { name: "Delete task" }).click();
  await expect(card(board, title)).toHaveCount(0);
  expect(await product.tasks()).toEqual([]);
  expect(repository.git("status", "--porcelain")).toBe("");
});
