import { describe, expect, it } from "vitest";
import { approvalAsk, questionAsk } from "@/api/asks";
import type { AttemptState, Task } from "@/api/generated/types";
import { aConfig, anApproval, anAttempt, aQuestion, aTask, taskId } from "@/testing/fixtures";
import { emptyWatch, isWanted, observeAsks, observeTasks } from "./edges";

const working = (number = 1): Task => {
  const attempt = anAttempt();
  return aTask(number, { status: "in_progress", live_attempt: attempt, last_attempt: attempt });
};
const ended = (state: AttemptState, status: Task["status"] = "review", number = 1): Task =>
  aTask(number, { status, last_attempt: anAttempt({ state, ended_at: "2026-11-20T11:00:00.000Z" }) });

/** The kinds of call that a story of one task leads to. */
function story(...tasks: readonly Task[]): string[] {
  let watch = emptyWatch;
  return tasks.flatMap((task) => {
    const seen = observeTasks(watch, [task]);
    watch = seen.watch;
    return seen.calls.map((call) => call.kind);
  });
}

describe("observeTasks", () => {
  it.each<[string, readonly Task[], string[]]>([
    ["work that is ready calls", [working(), ended("review_ready")], ["review"]],
    ["work that failed calls", [working(), ended("failed")], ["failed"]],
    ["what stood there before calls for nobody", [ended("review_ready")], []],
    ["what stands there is told once", [working(), ended("review_ready"), ended("review_ready")], ["review"]],
    ["a cancelled run calls for nobody", [working(), ended("cancelled")], []],
    ["a finished one that is dragged back to Review does not", [ended("review_ready", "done"), ended("failed")], []],
    ["work that goes on does not", [working(), working()], []],
    ["each time anew", [working(), ended("failed"), working(), ended("review_ready")], ["failed", "review"]],
    ["approved at once is done", [working(), ended("merged", "done")], []],
  ])("%s", (_, tasks, expected) => {
    expect(story(...tasks)).toEqual(expected);
  });
});

describe("observeAsks", () => {
  const first = approvalAsk(anApproval(1));
  const second = approvalAsk(anApproval(2));
  const elsewhere = questionAsk(aQuestion(3, { task_id: taskId(2) }));

  it("calls for nobody at the first reading", () => {
    expect(observeAsks(emptyWatch, [first, elsewhere]).calls).toEqual([]);
  });

  it("calls once for each task, however many it asks", () => {
    const { watch } = observeAsks(emptyWatch, []);
    const { calls } = observeAsks(watch, [first, second, elsewhere]);
    expect(calls.map((call) => [call.kind, call.task_id, "count" in call && call.count])).toEqual([
      ["approval", taskId(1), 2],
      ["question", taskId(2), 1],
    ]);
  });

  it("calls for what came while the connection was lost, and not for the rest", () => {
    const { watch } = observeAsks(emptyWatch, [first]);
    const seen = observeAsks(watch, [first, elsewhere]);
    expect(seen.calls.map((call) => call.kind)).toEqual(["question"]);
    expect(observeAsks(seen.watch, [first]).calls).toEqual([]);
  });
});

it("is wanted as the settings say, kind by kind", () => {
  const [call] = observeAsks(observeAsks(emptyWatch, []).watch, [approvalAsk(anApproval(1))]).calls;
  const { attention } = aConfig();
  expect(call && isWanted(call, attention)).toBe(true);
  expect(call && isWanted(call, { ...attention, on_approval: false })).toBe(false);
});
