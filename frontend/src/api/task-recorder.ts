/** Remembers what the socket told while a board was being fetched, so that an older answer cannot undo it. */
import type { ProjectId, Task } from "./generated/types";
import { applyChanges, type TaskChange } from "./task-list";

export type ProjectChange = { project_id: ProjectId; change: TaskChange };

type Recorder = { apply: (tasks: readonly Task[]) => readonly Task[]; stop: () => void };

const open = new Set<(change: ProjectChange) => void>();

/** Starts to remember a project's changes. */
export function recordChanges(projectId: ProjectId): Recorder {
  const changes: TaskChange[] = [];
  const record = ({ project_id, change }: ProjectChange) => {
    if (project_id === projectId) changes.push(change);
  };
  open.add(record);
  return { apply: (tasks) => applyChanges(tasks, changes), stop: () => open.delete(record) };
}

/** Tells every recorder of a change. */
export function noteChange(change: ProjectChange): void {
  for (const record of open) record(change);
}

const held = new Map<string, TaskChange[]>();

/** Keeps back what the socket tells of a task while a change of it is in flight, so that the card does not flicker. */
export function holdTask(taskId: string): { release: () => TaskChange[] } {
  const changes: TaskChange[] = [];
  held.set(taskId, changes);
  return {
    release: () => {
      if (held.get(taskId) === changes) held.delete(taskId);
      return changes;
    },
  };
}

/** Puts a change aside if its task is held. */
export function putAside(change: TaskChange): boolean {
  const changes = held.get(change.type === "put" ? change.task.id : change.task_id);
  changes?.push(change);
  return changes !== undefined;
}
