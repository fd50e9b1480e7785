/** Nothing is lost: what is discarded comes back, and so does every state that a turn left. */
import { existsSync, readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { card, column, openBelow, openTask, runTask } from "./board";
import { expect, expectAccessible, test } from "./fixtures";
import { bash, say, script, turn, write } from "./model/turns";
import { addComment, decideOtherwise, fileOf, goToFile } from "./review";

const title = "Write a note";

test("a discard says what goes, and all of it comes back", async ({ board, model, product, repository }) => {
  model.play(script(turn(write("note.txt", "one\ntwo\n")), turn(say("It is written."))));
  await runTask(board, title, "Bypass");
  await expect(card(column(board, "Review"), title)).toContainText("ready for review");
  const { branch_name, worktree_path } = await product.attemptAt(title);

  await test.step("it says what will be lost, and how to get it back", async () => {
    await decideOtherwise(board, "Discard the work…");
    const dialog = board.getByRole("alertdialog", { name: "Discard the work of attempt 1?" });
    await expect(dialog).toContainText(`its branch ${branch_name} go, with 1 commit that no other branch has`);
    await expect(dialog).toContainText("changes in 1 file (+2 −0)");
    await expect(dialog).toContainText("For 30 days all of it can be had back");
    await expectAccessible(board);
    await dialog.getByRole("button", { name: "Discard the work" }).click();
    await expect(dialog).toHaveCount(0);
    await expect.poll(async () => (await product.attemptAt(title)).state).toBe("discarded");
    await expect.poll(() => existsSync(worktree_path ?? "")).toBe(false);
    await expect.poll(() => repository.git("branch", "--list", "ek/*")).toBe("");
  });

  await test.step("a branch comes back from the recovery list", async () => {
    await openBelow(board, "/settings/recovery");
    await expect(board.getByText(`#1 ${title}`)).toBeVisible();
    await expectAccessible(board);
    await board.getByRole("button", { name: "Restore as a branch" }).first().click();
    await expect(board.getByText(/^It is the branch ek\/restored-\S+ now/)).toBeVisible();
    const restored = repository.git("branch", "--list", "--format=%(refname:short)", "ek/restored-*").trim();
    expect(repository.git("show", `${restored}:note.txt`)).toBe("one\ntwo\n");
    await expectAccessible(board);
  });

  await test.step("the attempt comes back as a whole", async () => {
    await openBelow(board, "/t/1?tab=overview");
    await board.getByRole("button", { name: "Restore the work" }).click();
    await expect(card(column(board, "Review"), title)).toContainText("ready for review");
    const attempt = await product.attemptAt(title);
    expect([attempt.state, attempt.branch_name]).toEqual(["review_ready", branch_name]);
    expect(readFileSync(`${attempt.worktree_path}/note.txt`, "utf8")).toBe("one\ntwo\n");
    const diff = await openTask(board, title, "Diff");
    await expect(fileOf(diff, "note.txt")).toContainText("two");
    await expectAccessible(board);
  });
});

test("each turn is a checkpoint: looked at, gone back to, started from", async ({
  board,
  model,
  product,
  repository,
}) => {
  const write1 = [turn(write("note.txt", "first\n")), turn(say("The first word."))];
  const write2 = [turn(bash("echo second >> note.txt; echo more > more.txt")), turn(say("The second word."))];
  model.play(script(...write1, ...write2));
  const activity = await runTask(board, title, "Bypass");
  await expect(card(column(board, "Review"), title)).toContainText("ready for review");
  await activity.getByRole("textbox", { name: "Message" }).fill("One more word, please.");
  await activity.getByRole("button", { name: /^Go on/ }).click();
  await expect(activity.getByText("The second word.")).toBeVisible();
  await expect(card(column(board, "Review"), title)).toContainText("ready for review");
  const before = await product.attemptAt(title);
  const note = () => readFileSync(`${before.worktree_path}/note.txt`, "utf8");

  await test.step("look at what a turn changed", async () => {
    const overview = await openTask(board, title, "Overview");
    await overview.getByRole("button", { name: "Look at checkpoint 2" }).click();
    const diff = board.getByRole("tabpanel");
    await expect(diff.getByText("What changed from checkpoint 1 to 2")).toBeVisible();
    await expect(fileOf(diff, "more.txt")).toContainText("more");
    await expect(fileOf(diff, "note.txt")).toContainText("second");
    await expectAccessible(board);
    await diff.getByRole("button", { name: "Show all changes" }).click();
    await expect(diff.getByText("What changed from checkpoint")).toHaveCount(0);
  });

  await test.step("go back, by a new commit", async () => {
    await openTask(board, title, "Overview");
    await board.getByRole("button", { name: "Go back to checkpoint 1" }).click();
    await expectAccessible(board);
    await board.getByRole("button", { name: "Go back to 1", exact: true }).click();
    await expect(board.getByRole("alertdialog")).toHaveCount(0);
    expect(note()).toBe("first\n");
    expect(existsSync(`${before.worktree_path}/more.txt`)).toBe(false);
    const after = await product.attemptAt(title);
    expect(repository.git("rev-parse", `${after.head_commit}^`).trim()).toBe(before.head_commit);
    // What was there before is a checkpoint, too.
    await expect(board.getByRole("button", { name: "Go back to checkpoint 3" })).toBeVisible();
  });

  await test.step("start a new attempt from one", async () => {
    model.play({
      conversations: [
        { when: "a fresh start", turns: [turn(bash("cat note.txt more.txt")), turn(say("I go on from there."))] },
        { turns: [...write1, ...write2] },
      ],
    });
    await board.getByRole("button", { name: "Start from it: a new attempt from checkpoint 2" }).click();
    await board.getByRole("textbox", { name: "What is missing" }).fill("A third word.");
    await expectAccessible(board);
    await board.getByRole("button", { name: "Start the new attempt" }).click();
    const asked = await model.waitForRequest(
      ({ prompts, tool_results }) => prompts.join().includes("A third word.") && tool_results.length === 1,
    );
    expect(asked.tool_results[0]?.text).toMatch(/first\s+second\s+more/);
    expect(asked.cwd).not.toBe(before.worktree_path);
    await expect(card(column(board, "Review"), title)).toContainText("ready for review");
    expect((await product.attemptAt(title)).number).toBe(2);
  });
});

test("a retry begins anew, with what was said about the last one", async ({ board, model, product }) => {
  const again = [turn(bash("ls")), turn(write("note.txt", "good\n")), turn(say("Written anew."))];
  model.play({
    conversations: [
      { when: "a fresh start", turns: again },
      { turns: [turn(write("note.txt", "gut\n")), turn(say("Written."))] },
    ],
  });
  await runTask(board, title, "Bypass");
  await expect(card(column(board, "Review"), title)).toContainText("ready for review");
  const first = await model.waitForRequest(({ kind }) => kind === "main");
  const diff = await openTask(board, title, "Diff");
  await addComment(await goToFile(diff, "note.txt"), "line 1", "In English, please.");
  await freshStart(board, "All of it is too short.");
  const asked = await model.waitForRequest(({ tool_results, cwd }) => tool_results.length === 1 && cwd !== first.cwd);
  const prompt = asked.prompts.join("\n");
  for (const words of [title, "All of it is too short.", "`note.txt`, line 1", "gut", "In English, please."])
    expect(prompt).toContain(words);
  expect(asked.session_id).not.toBe(first.session_id);
  expect(asked.tool_results[0]?.text).not.toContain("note.txt");
  await expect(card(column(board, "Review"), title)).toContainText("ready for review");
  expect(await product.attemptAt(title)).toMatchObject({ number: 2, branch_name: "ek/write-a-note-2" });
  await openTask(board, title, "Diff");
  await expect(fileOf(diff, "note.txt")).toContainText("good");
  await expectAccessible(board);
});

/** Tries again from the base, with what is typed at the foot of the diff. */
async function freshStart(board: Page, feedback: string): Promise<void> {
  const foot = board.getByRole("region", { name: "Request changes" });
  await foot.getByRole("textbox", { name: "General feedback" }).fill(feedback);
  await foot.getByRole("button", { name: "More ways to go on" }).click();
  await board.getByRole("menuitem", { name: /^Retry fresh/ }).click();
}
