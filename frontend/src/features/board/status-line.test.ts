import { describe, expect, it } from "vitest";
import { approvalAsk, questionAsk } from "@/api/asks";
import type { AttemptSummary, PullRequest, Task } from "@/api/generated/types";
import { cardState } from "@/lib/task-state";
import { anApproval, anAttempt, aQuestion, aTask } from "@/testing/fixtures";
import { groupAsks, type LineFacts, statusLine } from "./status-line";

const line = (task: Task, part: Partial<LineFacts> = {}) => {
  const { blockers = [], isStarting = false, isPlainBoard = true, waiting } = part;
  return statusLine(task, { waiting, state: cardState(task, blockers.length > 0), blockers, isStarting, isPlainBoard });
};
const live = (part: Partial<AttemptSummary>) => {
  const attempt = anAttempt(part);
  return aTask(1, { status: "in_progress", live_attempt: attempt, last_attempt: attempt });
};
const ended = (status: "review" | "done", part: Partial<AttemptSummary>, more: Partial<Task> = {}) =>
  aTask(1, { status, last_attempt: anAttempt({ ended_at: "2026-11-20T11:00:00.000Z", ...part }), ...more });

const pull: PullRequest = {
  repository: "o/r",
  number: 418,
  url: "https://example.org/418",
  state: "open",
  checks: "passing",
  error: null,
  checked_at: "2026-11-20T10:00:00.000Z",
};

describe("statusLine", () => {
  it("has nothing to tell of a plain card", () => {
    expect(line(aTask(1))).toBeUndefined();
    expect(line(aTask(1, { status: "done" }))).toBeUndefined();
  });

  it.each([
    ["queued", live({ state: "queued", started_at: null }), "queued · next when a slot is free"],
    ["preparing", live({ state: "preparing" }), "preparing the worktree"],
    ["running without a word yet", live({}), "starting…"],
    ["ready", ended("review", { state: "review_ready" }), "ready for review"],
    [
      "failed",
      ended("review", { state: "failed" }, { error_message: "limit of 40 turns" }),
      "failed · limit of 40 turns",
    ],
    ["cancelled", ended("review", { state: "cancelled" }), "cancelled"],
    ["merged", ended("done", { state: "merged" }), "merged into main"],
    ["approved", ended("done", { state: "review_ready" }), "approved · not merged yet"],
    ["on a pull request", ended("done", { state: "pr_created", pull_request: pull }), "pull request 418 · checks pass"],
    ["checked", live({ state: "gates", gates: [{ name: "test", state: "running", is_stale: false }] }), "running gate"],
    ["hidden", aTask(1, { status: "prd_review" }), "in PRD review"],
  ])("says of a task that is %s: %s", (_, task, expected) => {
    expect(line(task)?.text).toBe(expected);
  });

  it("names verb and object of what runs, counted from when it began", () => {
    const since = "2026-11-20T10:05:00.000Z";
    const task = live({ activity: { verb: "running", object: "npm test", since } });
    expect(line(task)).toEqual({ text: "running", object: "npm test", time: { type: "counting", since } });
  });

  it("names what waits for a person, and how many more do", () => {
    const task = { ...live({ state: "waiting" }), pending_approvals: 2 };
    const waiting = groupAsks([approvalAsk(anApproval(1)), approvalAsk(anApproval(2))]).get(task.id);
    expect(line(task, { waiting })).toEqual({
      text: "wants to run",
      object: "npm install zod",
      time: { type: "counting", since: anApproval(1).created_at },
      more: 1,
    });
    const asked = { ...live({ state: "waiting" }), status: "blocked" as const, pending_questions: 1 };
    expect(cardState(asked, false)).toBe("question");
    expect(line(asked, { waiting: groupAsks([questionAsk(aQuestion(1))]).get(task.id) })?.text).toBe(
      "asks: Which date library shall I use?",
    );
  });

  it("tells a stopped turn without calling for anybody", () => {
    const task = live({ state: "waiting", is_stopped: true });
    expect(cardState(task, false)).toBe("stopped");
    expect(line(task)?.text).toBe("stopped · goes on with your message");
  });

  it("says what a task waits for", () => {
    expect(line(aTask(1), { blockers: [31] })?.text).toBe("waits for #31");
    expect(line(live({ state: "queued" }), { blockers: [31, 32] })?.text).toBe("queued · waits for #31 and #32");
  });

  it("says starting until the server has confirmed", () => {
    expect(line(aTask(1, { status: "in_progress" }), { isStarting: true })?.text).toBe("starting…");
  });

  it("tells no status that has a column of its own", () => {
    expect(line(aTask(1, { status: "prd_review" }), { isPlainBoard: false })).toBeUndefined();
  });
});
