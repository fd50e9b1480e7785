/** A board's tasks as one list in board order, and how a change goes into it. */
import type { Task, TaskId } from "./generated/types";

export type TaskChange = { type: "put"; task: Task } | { type: "remove"; task_id: TaskId };

/** Board order: by rank, and by number where two browsers chose the same rank. */
export function compareTasks(left: Task, right: Task): number {
  if (left.rank !== right.rank) return left.rank < right.rank ? -1 : 1;
  return left.number - right.number;
}

/** The list with one change. What stays where it was keeps its place, so that an optimistic order survives. */
export function applyChange(tasks: readonly Task[], change: TaskChange): readonly Task[] {
  if (change.type === "remove") return tasks.filter((task) => task.id !== change.task_id);
  const { task } = change;
  const index = tasks.findIndex((candidate) => candidate.id === task.id);
  const old = tasks[index];
  if (old === undefined) return insertByRank(tasks, task);
  if (isOlder(task, old)) return tasks;
  if (old.rank === task.rank && old.status === task.status) return tasks.with(index, task);
  return insertByRank(tasks.toSpliced(index, 1), task);
}

/** Many changes in order. */
export function applyChanges(tasks: readonly Task[], changes: readonly TaskChange[]): readonly Task[] {
  return changes.reduce(applyChange, tasks);
}

/** Whether what arrived was stored before what is shown: answers and frames travel on different connections. */
export function isOlder(arrived: Task, shown: Task): boolean {
  return arrived.updated_at < shown.updated_at;
}

/** How many tasks differ between two readings of the same board. */
export function countChanges(before: readonly Task[], after: readonly Task[]): number {
  const known = new Map(before.map((task) => [task.id, task.updated_at]));
  const changed = after.filter((task) => known.get(task.id) !== task.updated_at).length;
  const kept = new Set(after.map((task) => task.id));
  return changed + before.filter((task) => !kept.has(task.id)).length;
}

function insertByRank(tasks: readonly Task[], task: Task): readonly Task[] {
  const index = tasks.findIndex((candidate) => compareTasks(task, candidate) < 0);
  return tasks.toSpliced(index === -1 ? tasks.length : index, 0, task);
}
