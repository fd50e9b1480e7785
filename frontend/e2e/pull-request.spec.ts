/** A pull request: the branch is pushed, GitHub is asked, and the card says how it stands. */
import { card, column, openBelow, openTask, runTask } from "./board";
import { expect, expectAccessible, test as base } from "./fixtures";
import { FakeGithub } from "./github";
import { say, script, turn, write } from "./model/turns";
import { decideOtherwise } from "./review";

const title = "Write a note";

const test = base.extend<{ github: FakeGithub }>({
  github: async ({ repository }, provide) => {
    const github = await FakeGithub.start(repository);
    await provide(github);
    await github.stop();
  },
});

test("a pull request is opened, followed, and merged there", async ({ board, github, model, product, repository }) => {
  model.play(script(turn(write("note.txt", "one\n")), turn(say("The note is written."))));

  await test.step("GitHub is reached with a token of the settings", async () => {
    await openBelow(board, "/settings/project");
    await board.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "GitHub" }).click();
    await expect(board.getByText(/^There is no token/)).toBeVisible();
    await board.getByLabel("Token").fill(github.token);
    await board.getByRole("textbox", { name: "API address" }).fill(github.url);
    await board.getByRole("button", { name: /^Save access/ }).click();
    await expect(board.getByText("A token is stored here.")).toBeVisible();
    expect(await board.content()).not.toContain(github.token);
    await expectAccessible(board);
    await board.goto(product.landing());
  });

  await runTask(board, title, "Bypass");
  const seen = card(board, title);
  await expect(card(column(board, "Review"), title)).toContainText("ready for review");

  await test.step("open it", async () => {
    await decideOtherwise(board, /^Open pull request/);
    await board.getByRole("button", { name: /^Open pull request/ }).click();
    await expect(card(column(board, "Done"), title)).toContainText("pull request 418 · checks run");
    const { branch_name, head_commit } = await product.attemptAt(title);
    expect(github.tip(branch_name ?? "")).toBe(head_commit);
    const { request } = github.pulls[0] ?? {};
    expect(request).toMatchObject({ title, head: branch_name, base: "main" });
    expect(request?.body).toContain("The note is written.");
    const link = board.getByRole("link", { name: "Pull request 418", exact: true });
    await expect(link).toHaveAttribute("href", "https://github.example/ada/board/pull/418");
    await expectAccessible(board);
  });

  await test.step("its checks pass", async () => {
    github.check = "success";
    await board.getByRole("button", { name: "Ask GitHub now" }).click();
    await expect(seen).toContainText("pull request 418 · checks pass");
  });

  await test.step("it is merged there", async () => {
    github.mergeFirst();
    await board.getByRole("button", { name: "Ask GitHub now" }).click();
    await expect(seen).toContainText("merged into main");
    expect((await product.attemptAt(title)).state).toBe("merged");
    await openTask(board, title, "Overview");
    await expect(board.getByText("pull request 418 merged")).toBeVisible();
    // What was merged there comes here by the user's own pull, and by nothing else.
    expect(repository.git("ls-tree", "--name-only", "main")).not.toContain("note.txt");
    expect(repository.git("status", "--porcelain")).toBe("");
    await expectAccessible(board);
  });
});

test("a push that is refused says so, and nothing else happens", async ({ board, github, model, product }) => {
  await product.call("PATCH", "/api/github", { token: github.token, api_url: github.url });
  github.refusePushes("nobody pushes on a Friday");
  model.play(script(turn(write("note.txt", "one\n")), turn(say("The note is written."))));
  await runTask(board, title, "Bypass");
  await expect(card(column(board, "Review"), title)).toContainText("ready for review");
  await decideOtherwise(board, /^Open pull request/);
  await board.getByRole("button", { name: /^Open pull request/ }).click();
  const alert = board.getByRole("alert").filter({ hasText: "No pull request was opened." });
  await expect(alert).toContainText("nobody pushes on a Friday");
  expect(github.pulls).toEqual([]);
  expect((await product.attemptAt(title)).state).toBe("review_ready");
  await expect(card(column(board, "Review"), title)).toBeVisible();
  await expectAccessible(board);
});
