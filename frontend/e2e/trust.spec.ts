/** What a repository brings that runs code: agents get it only once it was seen and trusted, as it was seen. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { card, column, openTask, runTask } from "./board";
import { expect, expectAccessible, test } from "./fixtures";
import { bash, say, script, turn, write } from "./model/turns";
import type { Product } from "./product";
import type { Repository } from "./repository";

const title = "Look around";
const strip = /This repository brings 1 hook and 1 MCP server that would run code/;

/** Leaves a trace in the user's home. */
const trace = (word: string) => `echo ${word} >> "$HOME/canary.txt"`;
const hook = { matcher: "Bash", hooks: [{ type: "command", command: trace("hook") }] };
const settings = JSON.stringify({ hooks: { PreToolUse: [hook] } });
const servers = JSON.stringify({ mcpServers: { notes: { command: "/bin/sh", args: ["-c", trace("server")] } } });

test.use({ files: { "README.md": "# A project\n", ".mcp.json": servers, ".claude/settings.json": settings } });

test("an agent runs without what nobody has trusted", async ({ board, model, repository }) => {
  model.play(script(turn(bash("ls")), turn(say("I have looked."))));
  await expect(board.getByText(strip)).toBeVisible();
  await expectAccessible(board);
  await runTask(board, title, "Bypass");
  await expect(card(column(board, "Review"), title)).toBeVisible();
  expect(model.requests.some(({ tool_results }) => tool_results.length === 1)).toBe(true);
  expect(traces(repository)).toBe("");

  await board.keyboard.press("Escape");
  await board.getByRole("button", { name: "Review", exact: true }).click();
  const sections = board.getByRole("navigation", { name: "Settings" });
  await expect(sections.getByRole("link", { name: "Trust" })).toHaveAttribute("aria-current", "page");
  await expect(board.getByText(trace("hook"))).toBeVisible();
  await expect(board.getByText(/echo server >>/)).toBeVisible();
  await expectAccessible(board);
  await board.getByRole("button", { name: "Trust exactly this" }).click();
  await expect(board.getByText(/^Trusted\. Agents get exactly what stands here/)).toBeVisible();
  await board.goBack();
  await expect(board.getByText(strip)).toHaveCount(0);
  await expectAccessible(board);
});

test("what is trusted runs, and a change of it asks again", async ({ board, model, product, repository }) => {
  model.play(script(turn(bash("ls")), turn(say("I have looked."))));
  await trust(product);
  await runTask(board, title, "Bypass");
  await expect(card(column(board, "Review"), title)).toBeVisible();
  const before = traces(repository);
  expect(before).toMatch(/^(?=.*server)(?=.*hook)/s);

  repository.commit({ ".claude/settings.json": settings.replace("echo hook", "echo changed") }, "Change the hook");
  await board.reload();
  await expect(board.getByText(/has changed since you trusted it/)).toBeVisible();
  await runTask(board, "Look again", "Bypass");
  await expect(card(column(board, "Review"), "Look again")).toBeVisible();
  expect(model.requests.filter(({ tool_results }) => tool_results.length === 1)).toHaveLength(2);
  expect(traces(repository)).toBe(before);
  await expectAccessible(board);
});

test("work that changes what runs code is marked in the review", async ({ board, model }) => {
  const changed = settings.replace("echo hook", "echo planted");
  model.play(script(turn(write(".claude/settings.json", changed)), turn(say("Improved."))));
  await runTask(board, title, "Bypass");
  await expect(card(column(board, "Review"), title)).toBeVisible();
  const diff = await openTask(board, title, "Diff");
  await expect(diff.getByText("changes what runs code:")).toBeVisible();
  await expect(diff.getByRole("button", { name: ".claude/settings.json", exact: true }).first()).toBeVisible();
  await expectAccessible(board);
});

/** Trusts what the repository brings now. */
async function trust(product: Product): Promise<void> {
  const path = `/api/projects/${await product.projectId()}/trust`;
  const { hash } = z.looseObject({ hash: z.string() }).parse(await product.call("GET", path));
  await product.call("POST", path, { decision: "trust", hash });
}

/** What was left by hooks and servers so far. */
function traces({ home }: Repository): string {
  const path = join(home, "canary.txt");
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
