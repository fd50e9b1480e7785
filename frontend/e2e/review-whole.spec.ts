/** The whole of a review, of 2,000 changed files: look, comment, send back, look at what changed, merge, undo, merge. */
import { existsSync, readFileSync } from "node:fs";
import type { Locator } from "@playwright/test";
import { card, column, openTask, runTask } from "./board";
import { expect, expectAccessible, test } from "./fixtures";
import { bash, call, say, script, turn } from "./model/turns";
import { addComment, chooseScope, comment, decideOtherwise, fileOf, goToFile, typeComment } from "./review";

const title = "Double all prices";
const folders = 20;
const filesEach = 80;
const added = 400;

const two = (number: number) => String(number).padStart(2, "0");
const priceFile = (folder: number, file: number) => `shop/part-${two(folder)}/price-${two(file)}.js`;
const price = (factor: number) =>
  `export function price(base) {\n  const factor = ${factor};\n  return base * factor;\n}\n`;

/** 1,600 files that the work changes; it adds 400. */
const files: Record<string, string> = { "README.md": "# A shop\n" };
for (let index = 0; index < folders * filesEach; index += 1)
  files[priceFile(Math.floor(index / filesEach), index % filesEach)] = price(1);

const first = priceFile(0, 0);
const last = `stock/${99 + added}.js`;
const middle = priceFile(10, 40);

const changeAll = `find shop -name '*.js' -exec sed -i 's/factor = 1/factor = 2/' {} +
mkdir stock; for n in $(seq 100 ${99 + added}); do echo "export const n = $n;" > stock/$n.js; done; echo changed`;
const edit = (path: string, from: string, to: string) =>
  call("Edit", { file_path: `{{cwd}}/${path}`, old_string: from, new_string: to });

test.use({ files });

test("2,000 files are reviewed, sent back, looked at again, merged, undone and merged", async ({
  board,
  model,
  product,
  repository,
}) => {
  test.setTimeout(120_000);
  model.play(
    script(
      turn(bash(changeAll)),
      turn(say("All prices are doubled.")),
      turn(call("Read", { file_path: `{{cwd}}/${first}` })),
      turn(edit(first, "  const factor = 2;\n  return base * factor;", "  return base * DOUBLE;")),
      turn(say("It has a name now.")),
    ),
  );
  await product.changeSettings({ merge_style: "squash" });
  await runTask(board, title, "Bypass");
  await expect(card(column(board, "Review"), title)).toContainText("ready for review");
  const diff = await openTask(board, title, "Diff");

  await test.step("see all of it, whatever is on display", async () => {
    await expect(diff.getByText("0 of 2000 viewed")).toBeVisible();
    await expect(fileOf(diff, first)).toContainText("const factor = 2;");
    await expectFew(diff);
    const changes = diff.getByRole("region", { name: "Changes", exact: true });
    await changes.evaluate((box) => box.scrollTo({ top: box.scrollHeight / 2 }));
    await expect(fileOf(diff, first)).toHaveCount(0);
    await expect(changes.getByText("return base * factor;").first()).toBeVisible();
    // Files that are read meanwhile change how high all of it is: the end is where it is once nothing more comes.
    await expect(async () => {
      await changes.evaluate((box) => box.scrollTo({ top: box.scrollHeight }));
      await expect(fileOf(diff, last)).toContainText(`n = ${99 + added};`, { timeout: 1000 });
    }).toPass();
    await expectFew(diff);
    await expect(await goToFile(diff, middle)).toContainText("const factor = 2;");
    await expectAccessible(board);
  });

  await test.step("tick what was seen", async () => {
    await goToFile(diff, middle);
    await fileOf(diff, middle).getByRole("checkbox", { name: "Viewed" }).check();
    await goToFile(diff, first);
    await fileOf(diff, first).getByRole("checkbox", { name: "Viewed" }).check();
    await expect(diff.getByText("2 of 2000 viewed")).toBeVisible();
    await board.reload();
    await expect(diff.getByText("2 of 2000 viewed")).toBeVisible();
  });

  await test.step("comment on both sides of a line and on a file", async () => {
    const file = await goToFile(diff, first);
    await unfold(file);
    await addComment(file, "line 2", "Give the factor a **name**.");
    await addComment(file, "line 2 before the change", "Why was it 1?");
    await typeComment(await goToFile(diff, middle), "the whole file", "Is this one sold at all?");
    await expectAccessible(board);
  });

  const before = await model.waitForRequest(({ kind }) => kind === "main");
  const reviewed = await product.attemptAt(title);

  await test.step("send it back; the agent goes on where it was", async () => {
    const foot = board.getByRole("region", { name: "Request changes" });
    await expect(foot).toContainText("3 comments not sent");
    await foot.getByRole("textbox", { name: "General feedback" }).fill("Nearly there.");
    await foot.getByRole("button", { name: /^Request changes with 3 comments/ }).click();
    const asked = await model.waitForRequest(({ prompts }) => prompts.join().includes("Nearly there."));
    const told = asked.prompts.at(-1) ?? "";
    expect(told).toContain(
      `### \`${first}\`, line 2\n\n\`\`\`\n  const factor = 2;\n\`\`\`\n\nGive the factor a **name**.`,
    );
    expect(told).toContain(
      `### \`${first}\`, line 2 before your changes\n\n\`\`\`\n  const factor = 1;\n\`\`\`\n\nWhy was it 1?`,
    );
    expect(told).toContain(`### \`${middle}\`\n\nIs this one sold at all?`);
    expect([asked.session_id, asked.cwd]).toEqual([before.session_id, before.cwd]);
    await expect(card(column(board, "Review"), title)).toContainText("ready for review");
    expect(await product.tasks()).toMatchObject([{ last_attempt: { number: 2, state: "review_ready" } }]);
  });

  await test.step("look at what changed since, and at the answer", async () => {
    await openTask(board, title, "Diff");
    await expect(diff.getByText("1 of 2000 viewed")).toBeVisible();
    await chooseScope(diff, "Since my last review");
    await expect(diff.getByText("0 of 1 viewed")).toBeVisible();
    const file = fileOf(diff, first);
    await expect(file).toContainText("return base * DOUBLE;");
    await expect(fileOf(diff, middle)).toHaveCount(0);
    const { head_commit } = await product.attemptAt(title);
    expect(head_commit).not.toBe(reviewed.head_commit);
    await expect(comment(file, "line 2")).toContainText(`answered in ${head_commit?.slice(0, 7)}`);
    await expect(comment(file, "line 2")).toContainText("outdated");
    await expectAccessible(board);
    await chooseScope(diff, "All");
    const seen = await goToFile(diff, middle);
    await unfold(seen);
    // The agent has heard of it, and no commit of it touches that file.
    await expect(comment(seen, "the whole file")).toContainText("answered");
    await expect(comment(seen, "the whole file")).not.toContainText("answered in");
  });

  const main = () => repository.git("rev-parse", "main").trim();
  const started = main();
  const message = "Double all prices\n\nThe factor has a name: DOUBLE.";

  await test.step("squash and merge with a message of one's own", async () => {
    await expect(board.getByRole("button", { name: /^Squash and merge into main/ })).toBeEnabled();
    await decideOtherwise(board, "Edit the message first…");
    const dialog = board.getByRole("dialog", { name: "Squash and merge into main" });
    await expect(dialog.getByRole("textbox", { name: "Message of the commit" })).toHaveValue(new RegExp(title));
    await dialog.getByRole("textbox", { name: "Message of the commit" }).fill(message);
    await expectAccessible(board);
    await dialog.getByRole("button", { name: /^Squash and merge into main/ }).click();
    await expect(card(column(board, "Done"), title)).toContainText("merged into main");
    expect(repository.git("rev-list", "--parents", "-1", "main").trim().split(" ")).toEqual([main(), started]);
    expect(repository.git("log", "-1", "--format=%B", "main").trim()).toBe(message);
    expect(repository.git("status", "--porcelain")).toBe("");
    expect(repository.read(first)).toContain("DOUBLE");
    expect(existsSync(before.cwd)).toBe(false);
    await expectAccessible(board);
  });

  await test.step("undo it: everything is where it was", async () => {
    await board.getByRole("button", { name: "Undo the merge" }).click();
    await expect(card(column(board, "Review"), title)).toContainText("ready for review");
    expect(main()).toBe(started);
    expect(repository.git("status", "--porcelain")).toBe("");
    expect(repository.read(first)).toBe(price(1));
    const { worktree_path } = await product.attemptAt(title);
    expect(readFileSync(`${worktree_path}/${first}`, "utf8")).toContain("DOUBLE");
    await expectAccessible(board);
  });

  await test.step("merge it again, as the button says", async () => {
    await board.getByRole("button", { name: /^Squash and merge into main/ }).click();
    await expect(card(column(board, "Done"), title)).toContainText("merged into main");
    expect(repository.git("rev-list", "--count", `${started}..main`).trim()).toBe("1");
    expect(repository.git("log", "-1", "--format=%s", "main").trim()).toBe(title);
    expect(repository.git("show", `main:${last}`)).toContain(`n = ${99 + added};`);
    expect(repository.git("worktree", "list").trim().split("\n")).toHaveLength(1);
    await expectAccessible(board);
  });
});

/** However many files there are, few are drawn. */
async function expectFew(diff: Locator): Promise<void> {
  expect(await diff.locator("section[data-path]").count()).toBeLessThan(60);
}

/** What was seen stands folded. */
async function unfold(file: Locator): Promise<void> {
  await file.getByRole("heading").getByRole("button").click();
}
