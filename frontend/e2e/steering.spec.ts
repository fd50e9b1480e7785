/** Talking to an agent: while it works, after it was stopped, after its end, and after everything was killed. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Locator } from "@playwright/test";
import { card, column, openTask, runTask } from "./board";
import { expect, expectAccessible, test } from "./fixtures";
import { bash, hold, say, script, turn } from "./model/turns";

const title = "Count to ten";
/** Runs until the test writes the file `go`. Claude refuses a plain sleep. */
const untilGo = "while [ ! -e go ]; do read -t 0.1 <> <(:); done; echo went";
const forEver = "tail -f /dev/null";
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

test("a message during a tool call reaches the running turn", async ({ board, model }) => {
  const words = "Only to five, please.";
  model.play(script(turn(bash(untilGo)), turn(say("Then to five."))));
  const activity = await runTask(board, title, "Bypass");
  const { cwd } = await model.waitForRequest(({ kind }) => kind === "main");
  await expect(activity.getByText("Bash", { exact: true }).first()).toBeVisible();
  await activity.getByRole("textbox", { name: "Message" }).fill(words);
  await activity.getByRole("button", { name: /^Queue/ }).click();
  const waiting = activity.getByRole("list", { name: "Messages that wait" });
  await expect(waiting.getByRole("listitem")).toContainText(/with the agent, not read yet.*Only to five/i);
  await expectAccessible(board);
  writeFileSync(`${cwd}/go`, "");
  const next = await model.waitForRequest(({ tool_results }) => tool_results.length === 1);
  expect(next.tool_results[0]?.text).toContain("went");
  expect(next.transcript).toContain("The user sent a new message while you were working");
  expect(next.transcript).toContain(words);
  await expect(activity.getByText("Then to five.")).toBeVisible();
  await expect(waiting).toHaveCount(0);
  await expect(activity.getByText(words)).toBeVisible();
  await expect(card(column(board, "Review"), title)).toBeVisible();
  expect(model.requests.filter(({ kind }) => kind === "main")).toHaveLength(2);
  await expectAccessible(board);
});

test("messages that wait are edited, moved and withdrawn", async ({ board, model }) => {
  model.play(script(turn(say("One, two,"), hold("text"), say(" three.")), turn(say("As you like."))));
  const activity = await runTask(board, title, "Bypass");
  await expect(activity.getByText("One, two,")).toBeVisible();
  const box = activity.getByRole("textbox", { name: "Message", exact: true });
  const waiting = activity.getByRole("list", { name: "Messages that wait" });
  for (const words of ["Count in French.", "Count in Latin.", "And backwards."]) {
    await box.fill(words);
    await activity.getByRole("button", { name: /^Queue/ }).click();
    await expect(waiting).toContainText(words);
  }
  await waiting.getByRole("button", { name: "Edit message 1" }).click();
  await waiting.getByRole("textbox", { name: "Waiting message" }).fill("Count in Greek.");
  await waiting.getByRole("button", { name: /^Save message/ }).click();
  await expect(waiting).toContainText("Count in Greek.");
  await waiting.getByRole("button", { name: "Remove message 2" }).click();
  await expect(waiting.getByRole("listitem")).toHaveCount(2);
  await waiting.getByRole("button", { name: "Move message 2 up" }).click();
  await expect(waiting.getByRole("listitem").first()).toContainText("And backwards.");
  await expectAccessible(board);
  model.release("text");
  const next = await model.waitForRequest(({ prompts }) => prompts.length > 1);
  expect(next.transcript).toMatch(/And backwards\.\s+Count in Greek\./);
  expect(next.transcript).not.toMatch(/French|Latin/);
  await expect(activity.getByText("As you like.")).toBeVisible();
  await expect(card(column(board, "Review"), title)).toBeVisible();
  await expectAccessible(board);
});

test("a message that is sent now interrupts what runs", async ({ board, model, product }) => {
  model.play(script(turn(bash(forEver)), turn(say("At once."))));
  const activity = await runTask(board, title, "Bypass");
  await expect.poll(() => product.agents()).toContain(forEver);
  await activity.getByRole("textbox", { name: "Message" }).fill("Leave that.");
  await activity.getByRole("button", { name: /^Send now/ }).click();
  const next = await model.waitForRequest(({ transcript }) => transcript.includes("Leave that."));
  expect(next.tool_results).toMatchObject([{ is_error: true }]);
  await expect.poll(() => product.agents()).not.toContain(forEver);
  await expect(activity.getByText("At once.")).toBeVisible();
  await expect(card(column(board, "Review"), title)).toBeVisible();
  await expectAccessible(board);
});

test("a stopped agent waits, goes on with a message, and its work is taken to Review", async ({
  board,
  model,
  product,
}) => {
  model.play(script(turn(bash(forEver)), turn(say("Again."), bash(forEver))));
  const activity = await runTask(board, title, "Bypass");
  await expect.poll(() => product.agents()).toContain(forEver);
  await activity.getByRole("button", { name: "Stop", exact: true }).click();
  const stopped = card(column(board, "In Progress"), title);
  await expect(stopped).toContainText("stopped · goes on with your message");
  await expect.poll(() => product.agents()).not.toContain(forEver);
  expect(await product.tasks()).toMatchObject([{ live_attempt: { state: "waiting", is_stopped: true } }]);
  await expectAccessible(board);

  await activity.getByRole("textbox", { name: "Message" }).fill("Once more.");
  await activity.getByRole("button", { name: /^Send/ }).click();
  const next = await model.waitForRequest(({ transcript }) => transcript.includes("Once more."));
  expect(next.tool_results).toHaveLength(1);
  await expect.poll(() => product.agents()).toContain(forEver);
  await activity.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(stopped).toContainText("stopped · goes on with your message");
  await activity.getByRole("button", { name: "Take the work to Review" }).click();
  await expect(card(column(board, "Review"), title)).toBeVisible();
  expect(await product.tasks()).toMatchObject([{ live_attempt: null, last_attempt: { state: "review_ready" } }]);
  expect(product.agents()).toEqual([]);
  await expectAccessible(board);
});

test("an ended attempt goes on in its session, with an image and a file", async ({ board, model, product }) => {
  model.play(script(turn(say("I have counted.")), turn(say("A fine picture."))));
  const activity = await runTask(board, title, "Bypass");
  await expect(card(column(board, "Review"), title)).toBeVisible();
  const box = activity.getByRole("textbox", { name: "Message" });
  await box.fill("Like in this picture.");
  await pasteImage(box);
  const file = { name: "my notes.txt", mimeType: "text/plain", buffer: Buffer.from("seven") };
  await activity.getByLabel("Files", { exact: true }).setInputFiles(file);
  const attached = activity.getByRole("list", { name: "Attached files" }).getByRole("listitem");
  await expect(attached).toHaveCount(2);
  // What is typed and attached outlives the page.
  await board.reload();
  await openTask(board, title, "Activity");
  await expect(attached).toHaveCount(2);
  await expectAccessible(board);
  await activity.getByRole("button", { name: /^Go on/ }).click();
  const next = await model.waitForRequest(({ images }) => images.length > 0);
  expect(next.images).toEqual([expect.objectContaining({ media_type: "image/png", data: PIXEL })]);
  expect(next.transcript).toContain("I have counted.");
  expect(next.prompts.join("\n")).toMatch(/Count to ten[^]*Like in this picture/);
  const path = /- my notes\.txt: (.+)/.exec(next.prompts.join("\n"))?.[1] ?? "";
  expect(readFileSync(path, "utf8")).toBe("seven");
  const first = model.requests.find(({ kind }) => kind === "main");
  expect([next.session_id, next.cwd]).toEqual([first?.session_id, first?.cwd]);
  await expect(activity.getByText("A fine picture.")).toBeVisible();
  await expect(card(column(board, "Review"), title)).toBeVisible();
  expect(await product.tasks()).toMatchObject([{ last_attempt: { number: 1, state: "review_ready" } }]);
  await expectAccessible(board);
});

test("what was lost with the machine is resumed with one click", async ({ board, model, product }) => {
  model.play(script(turn(bash(forEver)), turn(say("I look what happened."))));
  const activity = await runTask(board, title, "Bypass");
  await expect.poll(() => product.agents()).toContain(forEver);
  await activity.getByRole("textbox", { name: "Message" }).fill("Do not forget this.");
  await activity.getByRole("button", { name: /^Queue/ }).click();
  await expect(activity.getByRole("list", { name: "Messages that wait" })).toContainText("not read yet");
  await product.kill();
  product.killAgents();
  await product.start();
  await expect(card(column(board, "Review"), title)).toContainText("failed");
  expect(product.agents()).toEqual([]);
  await expectAccessible(board);
  await board.getByRole("button", { name: "Resume" }).click();
  const next = await model.waitForRequest(({ tool_results }) => tool_results.length === 1);
  expect(next.tool_results[0]?.text).toContain("interrupted");
  expect(next.prompts.at(-1)).toContain("You were interrupted");
  expect(next.prompts.at(-1)).toContain("Do not forget this.");
  await expect(activity.getByText("I look what happened.")).toBeVisible();
  await expect(card(column(board, "Review"), title)).toContainText("ready for review");
  expect(await product.tasks()).toMatchObject([{ last_attempt: { number: 1, state: "review_ready" } }]);
  await expectAccessible(board);
});

/** Pastes an image as the system's clipboard would. */
function pasteImage(box: Locator): Promise<void> {
  return box.evaluate((element, data) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], "", { type: "image/png" }));
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, PIXEL);
}
