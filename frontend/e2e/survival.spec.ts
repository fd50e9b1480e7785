/** The server is killed while an agent works: nothing is lost, and the open board finds its way back. */
import { addTask, card, column, lane, openTask } from "./board";
import { dragWithMouse } from "./drag";
import { expect, expectAccessible, test } from "./fixtures";

const title = "Outlive the server";

test("an attempt goes on while the server is dead", async ({ board, model, product }) => {
  const bash = (command: string) => ({
    type: "message" as const,
    parts: [{ type: "tool_use" as const, name: "Bash", input: { command, description: "Append" } }],
  });
  model.play({
    conversations: [
      {
        turns: [
          { type: "message", parts: [{ type: "text", text: "Before the kill." }, ...bash("echo 1 >> log.txt").parts] },
          { type: "message", parts: [{ type: "hold", name: "killed" }, ...bash("echo 2 >> log.txt").parts] },
          {
            type: "message",
            parts: [
              { type: "hold", name: "back" },
              { type: "text", text: "After the kill." },
            ],
          },
        ],
      },
    ],
  });
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
