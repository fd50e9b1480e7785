/** The product's main story, with everything real but the model: binary, git, browser, Claude Code. */
import { addTask, card, column, lane, openTask } from "./board";
import { dragWithMouse } from "./drag";
import { expect, expectAccessible, test } from "./fixtures";

const title = "Add a greeting";

test("a task goes from a title to the merge", async ({ board, model, product, repository }) => {
  model.play({
    conversations: [
      {
        when: title,
        turns: [
          {
            type: "message",
            parts: [
              { type: "thinking", text: "A greeting goes into a file of its own." },
              { type: "text", text: "I will write the **greeting** and read it back.", chunk: 6, delay_ms: 5 },
              { type: "hold", name: "while it writes" },
              {
                type: "tool_use",
                name: "Write",
                input: { file_path: "{{cwd}}/greeting.txt", content: "Hello from the board\n" },
              },
            ],
          },
          {
            type: "message",
            parts: [
              {
                type: "tool_use",
                name: "Bash",
                input: { command: "cat greeting.txt", description: "Read the greeting back" },
              },
            ],
          },
          { type: "message", parts: [{ type: "text", text: "The greeting is in its file." }] },
        ],
      },
    ],
  });

  await test.step("write a task and drag it to In Progress", async () => {
    const written = await addTask(board, title);
    await dragWithMouse(board, written, lane(board, "In Progress"));
    await expect(card(column(board, "In Progress"), title)).toBeVisible();
    const asked = await model.waitForRequest(({ kind }) => kind === "main");
    expect(asked.prompts.join()).toContain(title);
  });

  await test.step("watch the log while it is written", async () => {
    const activity = await openTask(board, title, "Activity");
    await expect(activity.getByText("I will write the greeting and read it back.")).toBeVisible();
    await expect(card(column(board, "In Progress"), title)).toBeVisible();
    await expectAccessible(board);
    model.release("while it writes");
    await expect(activity.getByText("The greeting is in its file.")).toBeVisible();
    await expect(activity.getByText("Write", { exact: true }).first()).toBeVisible();
  });

  await test.step("the model was told what its tools did", async () => {
    const last = await model.waitForRequest(({ tool_results }) => tool_results.length === 2);
    expect(last.tool_results.map(({ is_error }) => is_error)).toEqual([false, false]);
    expect(last.tool_results[1]?.text).toContain("Hello from the board");
  });

  await test.step("see the raw stream", async () => {
    const terminal = await openTask(board, title, "Terminal");
    await expect(terminal.getByLabel("Raw stream of attempt 1").first()).toBeVisible();
    await expectAccessible(board);
  });

  await test.step("read the diff", async () => {
    await expect(card(column(board, "Review"), title)).toBeVisible();
    const diff = await openTask(board, title, "Diff");
    await expect(diff.getByText("greeting.txt").first()).toBeVisible();
    await expect(diff.getByText("Hello from the board")).toBeVisible();
    await expectAccessible(board);
  });

  await test.step("approve and merge", async () => {
    expect(repository.git("ls-tree", "--name-only", "main")).not.toContain("greeting.txt");
    await board.getByRole("button", { name: /^Merge into main/ }).click();
    await expect(card(column(board, "Done"), title)).toBeVisible();
    await expect.poll(() => repository.git("ls-tree", "--name-only", "main")).toContain("greeting.txt");
    expect(repository.git("show", "main:greeting.txt")).toBe("Hello from the board\n");
    expect(repository.git("status", "--porcelain")).toBe("");
    expect(repository.git("worktree", "list").trim().split("\n")).toHaveLength(1);
  });

  const [task] = await product.tasks();
  expect(task).toMatchObject({ status: "done", last_outcome: "ok" });
  await expectAccessible(board);
});
