/** The board itself: the keyboard, cancelling, two browsers at once. */
import { addTask, card, column, lane, openTask } from "./board";
import { carryWithKeyboard, dragWithMouse } from "./drag";
import { expect, expectAccessible, openBoard, test } from "./fixtures";

test("a card is moved with the keyboard and stays where it was put", async ({ board, product }) => {
  const written = await addTask(board, "Move me");
  await carryWithKeyboard(board, written, ["In Progress", "Review"]);
  await board.keyboard.press("Space");
  await expect(card(column(board, "Review"), "Move me")).toBeVisible();
  await expect.poll(async () => (await product.tasks()).map(({ status }) => status)).toEqual(["review"]);
  await board.reload();
  await expect(card(column(board, "Review"), "Move me")).toBeVisible();
  await expectAccessible(board);
});

test("Escape puts a lifted card back", async ({ board, product }) => {
  const written = await addTask(board, "Leave me");
  await carryWithKeyboard(board, written, ["In Progress"]);
  await board.keyboard.press("Escape");
  await expect(card(column(board, "To Do"), "Leave me")).toBeVisible();
  expect(await product.tasks()).toMatchObject([{ status: "todo", live_attempt: null }]);
  await expectAccessible(board);
});

test("a running task is cancelled and its agent is gone", async ({ board, model, product }) => {
  const command = "while :; do read -t 0.2 <> <(:) ; done; echo never";
  const wait = { type: "tool_use" as const, name: "Bash", input: { command, description: "Wait" } };
  model.play({ conversations: [{ turns: [{ type: "message", parts: [wait] }] }] });
  const written = await addTask(board, "Run for ever");
  await dragWithMouse(board, written, lane(board, "In Progress"));
  const activity = await openTask(board, "Run for ever", "Activity");
  await expect(activity.getByText("Bash", { exact: true }).first()).toBeVisible();
  await board.getByRole("button", { name: "Cancel run" }).click();
  await board
    .getByRole("alertdialog")
    .or(board.getByRole("dialog"))
    .getByRole("button", { name: "Cancel the run" })
    .click();
  await expect.poll(async () => (await product.tasks()).map(({ live_attempt }) => live_attempt)).toEqual([null]);
  await expect(card(column(board, "In Progress"), "Run for ever")).toBeHidden();
  expect(await product.tasks()).toMatchObject([{ last_outcome: "cancelled" }]);
  expect(product.agents()).toEqual([]);
  await expectAccessible(board);
});

test("what one browser does shows in the other", async ({ board, browser, product }) => {
  const second = await (await browser.newContext()).newPage();
  await openBoard(second, product);
  const written = await addTask(board, "Seen by both");
  await expect(card(column(second, "To Do"), "Seen by both")).toBeVisible();
  await dragWithMouse(board, written, lane(board, "Done"));
  await expect(card(column(second, "Done"), "Seen by both")).toBeVisible();
  await expectAccessible(second);
  await second.context().close();
});
