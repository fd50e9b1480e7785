import { describe, expect, it } from "vitest";
import { aTask, taskId } from "@/testing/fixtures";
import { applyChange, applyChanges, compareTasks, countChanges } from "./task-list";

const numbers = (tasks: readonly { number: number }[]) => tasks.map((task) => task.number);
const later = "2026-11-20T11:00:00.000Z";
const earlier = "2026-11-20T09:00:00.000Z";

describe("applyChange", () => {
  const tasks = [aTask(1), aTask(2), aTask(3)];

  it("puts a new task at its rank", () => {
    expect(numbers(applyChange(tasks, { type: "put", task: aTask(9, { rank: "00015" }) }))).toEqual([1, 9, 2, 3]);
    expect(numbers(applyChange(tasks, { type: "put", task: aTask(9, { rank: "9" }) }))).toEqual([1, 2, 3, 9]);
  });

  it("changes a task in place, and moves it when its rank or column changed", () => {
    const renamed = applyChange(tasks, { type: "put", task: aTask(2, { title: "new" }) });
    expect(renamed[1]?.title).toBe("new");
    expect(numbers(applyChange(tasks, { type: "put", task: aTask(1, { rank: "0002x" }) }))).toEqual([2, 1, 3]);
  });

  it("keeps what is newer than what arrives", () => {
    const shown = [aTask(1, { title: "newer", updated_at: later })];
    expect(applyChange(shown, { type: "put", task: aTask(1, { title: "older", updated_at: earlier }) })).toBe(shown);
  });

  it("removes a task, and nothing when it is not there", () => {
    expect(numbers(applyChange(tasks, { type: "remove", task_id: taskId(2) }))).toEqual([1, 3]);
    expect(numbers(applyChange(tasks, { type: "remove", task_id: "gone" }))).toEqual([1, 2, 3]);
  });

  it("applies many in order", () => {
    const changes = [{ type: "put", task: aTask(4) } as const, { type: "remove", task_id: taskId(4) } as const];
    expect(applyChanges(tasks, changes)).toEqual(tasks);
  });
});

describe("order and difference", () => {
  it("sorts by rank, then by number", () => {
    const tied = [aTask(2, { rank: "m" }), aTask(1, { rank: "m" }), aTask(3, { rank: "a" })];
    expect(numbers(tied.toSorted(compareTasks))).toEqual([3, 1, 2]);
  });

  it("counts what changed, came and went", () => {
    const before = [aTask(1), aTask(2), aTask(3)];
    const after = [aTask(1), aTask(2, { updated_at: later }), aTask(4)];
    expect(countChanges(before, after)).toBe(3);
    expect(countChanges(before, before)).toBe(0);
  });
});
