import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { waitForFeed } from "./board-feed";
import { command, request } from "./client";
import { ApiError } from "./errors";
import type {
  ApproveTask,
  CreateTask,
  MergeTask,
  MoveTask,
  ProjectId,
  RejectTask,
  StartAttempt,
  Task,
  TaskId,
  UpdateTask,
} from "./generated/types";
import { pageOf, task } from "./schemas";
import { applyChange, compareTasks, type TaskChange } from "./task-list";
import { recordChanges } from "./task-recorder";

const taskPage = pageOf(task);

/** The key of a board's tasks. */
export const tasksKey = (projectId: ProjectId) => ["tasks", projectId] as const;

/** All cards of a board, in board order. The socket patches this list. */
export function tasksQuery(projectId: ProjectId) {
  return queryOptions({
    queryKey: tasksKey(projectId),
    queryFn: ({ signal }) => readBoard(projectId, signal),
    // Every task is replaced as a whole; comparing ten thousand of them deeply would cost more than it saves.
    structuralSharing: false,
  });
}

/** One task, wherever it is: for what is shown without its board. The socket patches it. */
export function taskQuery(taskId: TaskId) {
  return queryOptions({
    queryKey: ["task", taskId],
    queryFn: ({ signal }): Promise<Task> => request(`/api/tasks/${taskId}`, task, { signal }),
  });
}

async function readBoard(projectId: ProjectId, signal: AbortSignal): Promise<readonly Task[]> {
  await waitForFeed();
  const recorder = recordChanges(projectId);
  try {
    const items = await readPages(projectId, signal);
    return recorder.apply(items.toSorted(compareTasks));
  } finally {
    recorder.stop();
  }
}

async function readPages(projectId: ProjectId, signal: AbortSignal): Promise<Task[]> {
  const items: Task[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    // Each page names the next one, so they cannot be asked for at once.
    // oxlint-disable-next-line no-await-in-loop
    const page = await request(`/api/projects/${projectId}/tasks${query}`, taskPage, { signal });
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return items;
}

/** Writes one change into the board that is shown, as the socket does. */
export function changeBoard(client: QueryClient, projectId: ProjectId, change: TaskChange): void {
  client.setQueryData<readonly Task[]>(tasksKey(projectId), (tasks) => tasks && applyChange(tasks, change));
}

/** Writes a new task. */
export function createTask(projectId: ProjectId, body: CreateTask): Promise<Task> {
  return request(`/api/projects/${projectId}/tasks`, task, { method: "POST", body });
}

/** Changes what a task says. */
export function updateTask(taskId: TaskId, body: UpdateTask): Promise<Task> {
  return request(`/api/tasks/${taskId}`, task, { method: "PATCH", body });
}

/** Removes a task; one at work only with `force`, which cancels it first. */
export function deleteTask(taskId: TaskId, force: boolean): Promise<void> {
  return command(`/api/tasks/${taskId}${force ? "?force=true" : ""}`, { method: "DELETE" });
}

/** Moves a card. */
export function moveTask(taskId: TaskId, body: MoveTask): Promise<Task> {
  return request(`/api/tasks/${taskId}/move`, task, { method: "POST", body });
}

/** Queues an attempt. */
export function startTask(taskId: TaskId, body: StartAttempt = {}): Promise<void> {
  return command(`/api/tasks/${taskId}/start`, { body });
}

/** Stops the attempt that is queued or at work. */
export function cancelTask(taskId: TaskId): Promise<void> {
  return command(`/api/tasks/${taskId}/cancel`);
}

/** Accepts the work, and merges it where asked. */
export function approveTask(taskId: TaskId, body: ApproveTask): Promise<void> {
  return command(`/api/tasks/${taskId}/approve`, { body });
}

/** Sends the work back with what is missing. */
export function rejectTask(taskId: TaskId, body: RejectTask): Promise<void> {
  return command(`/api/tasks/${taskId}/reject`, { body });
}

/** Merges an approved attempt. */
export function mergeTask(taskId: TaskId, body: MergeTask = {}): Promise<void> {
  return command(`/api/tasks/${taskId}/merge`, { body });
}

const idleWaitMs = 15_000;

function stillStopping(): ApiError {
  return new ApiError("The agent is still being stopped. Move the card when it is gone.", { type: "timed_out" });
}

/** Waits until the board shows that a cancelled task's agent is gone; a move is refused before that. */
export function waitUntilIdle(client: QueryClient, projectId: ProjectId, taskId: TaskId): Promise<void> {
  const isIdle = () => {
    const tasks = client.getQueryData<readonly Task[]>(tasksKey(projectId));
    return tasks?.find((candidate) => candidate.id === taskId)?.live_attempt == null;
  };
  return new Promise((resolve, reject) => {
    const stop = client.getQueryCache().subscribe(() => isIdle() && finish(resolve));
    const timer = setTimeout(() => finish(() => reject(stillStopping())), idleWaitMs);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      stop();
      settle();
    };
    if (isIdle()) finish(resolve);
  });
}
