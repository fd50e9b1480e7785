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
