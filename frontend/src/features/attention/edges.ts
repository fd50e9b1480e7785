/**
 * When to call for a person: only on the edges of a task's state, never for what stood there before. Knows nothing of
 * React, the network or the clock.
 */
import type { Ask } from "@/api/asks";
import type { Attention, Task, TaskId } from "@/api/generated/types";

/** What a task stands at, as far as somebody may be called for it. */
export type Standing = "work" | "review" | "failed" | "rest";

export type Call =
  | { kind: "approval" | "question"; task_id: TaskId; ask: Ask; count: number }
  | { kind: "review" | "failed"; task_id: TaskId; task: Task };

/** What is known so far. Without asks nothing was read yet, and the first reading calls for nobody. */
export type Watch = { standings: ReadonlyMap<TaskId, Standing>; asks: ReadonlySet<string> | undefined };

export const emptyWatch: Watch = { standings: new Map(), asks: undefined };

/** Where a task stands. */
export function standingOf(task: Task): Standing {
  if (task.live_attempt !== null) return "work";
  if (task.status !== "review") return "rest";
  switch (task.last_attempt?.state) {
    case "review_ready":
      return "review";
    case "failed":
      return "failed";
    case "queued":
    case "preparing":
    case "running":
    case "waiting":
    case "gates":
    case "cancelled":
    case "merged":
    case "pr_created":
    case "changes_requested":
    case "discarded":
    case undefined:
      return "rest";
  }
}

/** Takes tasks as they are now. Only work that ended calls; a task that was not known before calls for nobody. */
export function observeTasks(watch: Watch, tasks: readonly Task[]): { watch: Watch; calls: readonly Call[] } {
  const standings = new Map(watch.standings);
  const calls: Call[] = [];
  for (const task of tasks) {
    const standing = standingOf(task);
    const hasEnded = standings.get(task.id) === "work" && (standing === "review" || standing === "failed");
    if (hasEnded) calls.push({ kind: standing, task_id: task.id, task });
    standings.set(task.id, standing);
  }
  return { watch: { ...watch, standings }, calls };
}

/** Takes what waits now. One call for each task, however many asks it has; `settled` are tasks that wait no more. */
export function observeAsks(
  watch: Watch,
  asks: readonly Ask[],
): { watch: Watch; calls: readonly Call[]; waiting: ReadonlySet<TaskId> } {
  const known = watch.asks;
  const fresh = known === undefined ? [] : asks.filter((ask) => !known.has(ask.id));
  const calls = [...new Set(fresh.map((ask) => ask.task_id))].flatMap((taskId) => {
    const [first, ...more] = fresh.filter((ask) => ask.task_id === taskId);
    return first ? [{ kind: first.type, task_id: taskId, ask: first, count: 1 + more.length }] : [];
  });
  const waiting = new Set(asks.map((ask) => ask.task_id));
  return { watch: { ...watch, asks: new Set(asks.map((ask) => ask.id)) }, calls, waiting };
}

/** Whether the settings ask for a call of this kind. */
export function isWanted(call: Call, attention: Attention): boolean {
  switch (call.kind) {
    case "approval":
      return attention.on_approval;
    case "question":
      return attention.on_question;
    case "review":
      return attention.on_review;
    case "failed":
      return attention.on_failure;
  }
}
