import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { showToast } from "@/components/ui/toast";
import { errorMessage } from "@/api/errors";
import type { MoveTask, Task, TaskId, TaskStatus } from "@/api/generated/types";
import { applyChange, type TaskChange } from "@/api/task-list";
import { holdTask } from "@/api/task-recorder";
import { moveTask, tasksKey } from "@/api/tasks";
import { placeTask } from "../model";

export type PendingMoves = ReadonlyMap<TaskId, TaskStatus>;

/** Moves cards: shown at once, then as the server says; refused, the card goes back and the reason is told. */
export function useMoveTask(projectId: string, columnTitle: (status: TaskStatus) => string) {
  const client = useQueryClient();
  const [pending, setPending] = useState<PendingMoves>(new Map());

  const write = (change: (tasks: readonly Task[]) => readonly Task[]) =>
    client.setQueryData<readonly Task[]>(tasksKey(projectId), (tasks) => tasks && change(tasks));

  const move = async (task: Task, to: MoveTask): Promise<void> => {
    const hold = holdTask(task.id);
    const before = client.getQueryData<readonly Task[]>(tasksKey(projectId))?.find(({ id }) => id === task.id) ?? task;
    setPending((moves) => new Map(moves).set(task.id, to.status));
    write((tasks) => placeTask(tasks, task.id, to));
    const settle = (confirmed: Task) => {
      const later = hold.release();
      write((tasks) => settleTask(tasks, confirmed, later));
      setPending((moves) => without(moves, task.id));
    };
    try {
      settle(await moveTask(task.id, to));
    } catch (error) {
      settle(before);
      showToast({
        title: `#${task.number} went back to ${columnTitle(before.status)}.`,
        detail: errorMessage(error),
      });
    }
  };
  return { move, pending };
}

/** Puts the card where the server says, in place of the optimistic one, then what was told of it meanwhile. */
export function settleTask(tasks: readonly Task[], confirmed: Task, later: readonly TaskChange[]): readonly Task[] {
  const shown = tasks.find((task) => task.id === confirmed.id);
  if (shown === undefined) return tasks;
  const others = tasks.filter((task) => task.id !== confirmed.id);
  return later.reduce(applyChange, applyChange(others, { type: "put", task: confirmed }));
}

function without(moves: PendingMoves, taskId: TaskId): PendingMoves {
  const left = new Map(moves);
  left.delete(taskId);
  return left;
}
