import { describe, expect, it } from "vitest";
import type { Task, TaskStatus } from "@/api/generated/types";
import { anAttempt, aProject, aTask, taskId } from "@/testing/fixtures";
import {
  boardColumns,
  columnOf,
  countSlots,
  dropMove,
  forecastStart,
  groupTasks,
  indexTasks,
  openBlockers,
  placeTask,
} from "./model";

const plain = boardColumns("plain");
const column = (status: TaskStatus) => {
  const found = columnOf(plain, status);
  if (found === undefined) throw new Error(`no column shows ${status}`);
  return found;
};
const numbers = (tasks: readonly Task[] | undefined) => tasks?.map((task) => task.number);

describe("groupTasks", () => {
  it("shows hidden statuses with their neighbours on the plain board, in board order", () => {
    const tasks = [
      aTask(1, { status: "backlog" }),
      aTask(2, { status: "blocked" }),
      aTask(3, { status: "prd_review" }),
      aTask(4, { status: "done" }),
      aTask(5),
    ];
    const groups = groupTasks(plain, tasks);
    expect(numbers(groups.get("todo"))).toEqual([1, 3, 5]);
    expect(numbers(groups.get("in_progress"))).toEqual([2]);
    expect(numbers(groups.get("review"))).toEqual([]);
    expect(numbers(groups.get("done"))).toEqual([4]);
  });

  it("gives every status of the PRD board its own column", () => {
    expect(boardColumns("prd").map((prd) => prd.statuses)).toHaveLength(7);
    expect(boardColumns("prd").every((prd) => prd.statuses.length === 1)).toBe(true);
  });
});

describe("dropMove", () => {
  const shown = [aTask(1), aTask(2), aTask(3)];
  it("names the neighbours above and below", () => {
    expect(dropMove(aTask(9), column("todo"), shown, 1)).toEqual({
      status: "todo",
      after: taskId(1),
      before: taskId(2),
    });
    expect(dropMove(aTask(9), column("todo"), shown, 0)).toEqual({ status: "todo", before: taskId(1) });
    expect(dropMove(aTask(9), column("todo"), shown, 3)).toEqual({ status: "todo", after: taskId(3) });
  });

  it("keeps a hidden status within its column and takes neighbours of the same status", () => {
    const mixed = [aTask(1, { status: "backlog" }), aTask(2), aTask(3, { status: "backlog" })];
    const move = dropMove(aTask(9, { status: "backlog" }), column("todo"), mixed, 1);
    expect(move).toEqual({ status: "backlog", after: taskId(1), before: taskId(3) });
    expect(dropMove(aTask(9, { status: "review" }), column("todo"), mixed, 0)).toEqual({
      status: "todo",
      before: taskId(2),
    });
  });
});

describe("placeTask", () => {
  const tasks = [aTask(1), aTask(2), aTask(3, { status: "review" })];
  it("moves the card at once, and never makes two of it", () => {
    const moved = placeTask(tasks, taskId(1), { status: "review", after: taskId(3) });
    expect(numbers(moved)).toEqual([2, 3, 1]);
    expect(moved[2]?.status).toBe("review");
    expect(new Set(moved.map((task) => task.id)).size).toBe(3);
  });

  it.each([
    [{ status: "todo", before: taskId(1) }, [2, 1, 3]],
    [{ status: "done" }, [1, 3, 2]],
    [{ status: "todo", before: "gone" }, [1, 3, 2]],
  ] as const)("places by what is there: %j", (move, expected) => {
    expect(numbers(placeTask(tasks, taskId(2), move))).toEqual(expected);
  });

  it("leaves the board alone if the card is gone", () => {
    expect(placeTask(tasks, "gone", { status: "done" })).toBe(tasks);
  });
});

describe("slots and forecasts", () => {
  const project = aProject();
  const live = (number: number, state: "running" | "waiting" | "queued" | "preparing") =>
    aTask(number, { status: "in_progress", live_attempt: anAttempt({ state }) });

  it("counts who works, who waits and who is queued", () => {
    const slots = countSlots(project, [live(1, "running"), live(2, "waiting"), live(3, "queued"), aTask(4)]);
    expect(slots).toEqual({ used: 1, total: 3, queued: 1, blocks: ["running", "waiting", "free"] });
  });

  it.each([
    [[live(1, "running")], [], "will run · slot 2 of 3"],
    [[live(1, "running")], [12], "will queue · waits for #12"],
    [[live(1, "running"), live(2, "preparing"), live(3, "running")], [], "will queue · first, 3 of 3 slots busy"],
    [
      [live(1, "running"), live(2, "running"), live(3, "running"), live(4, "queued")],
      [],
      "will queue · second, 3 of 3 slots busy",
    ],
  ])("tells what a drop will do", (tasks, blockers, expected) => {
    expect(forecastStart(aTask(9), countSlots(project, tasks), blockers).text).toBe(expected);
  });

  it("refuses what the server does not allow", () => {
    const done = aTask(9, { status: "done", allowed_moves: ["todo"] });
    expect(forecastStart(done, countSlots(project, []), []).tone).toBe("refused");
  });

  it("waits only for tasks that are not done", () => {
    const index = indexTasks([aTask(1), aTask(2, { status: "done" })]);
    expect(openBlockers(aTask(3, { blocked_by: [taskId(1), taskId(2), "gone"] }), index)).toEqual([1]);
  });
});
