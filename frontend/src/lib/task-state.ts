/** How a task looks: which of the states of the design it is in. What may be done is never decided here. */
import type { AttemptSummary, Task } from "@/api/generated/types";

export type CardState =
  | "todo"
  | "draft"
  | "blocked"
  | "queued"
  | "running"
  | "approval"
  | "question"
  /** A person stopped the turn: the agent waits for a message, and nobody for the person. */
  | "stopped"
  | "review"
  | "failed"
  | "cancelled"
  | "done";

/** The state that a card, a header and a log show alike. */
export function cardState(task: Task, isBlocked: boolean): CardState {
  if (task.live_attempt) return liveState(task, task.live_attempt);
  switch (task.status) {
    case "backlog":
    case "prd_review":
      return "draft";
    case "todo":
      return isBlocked ? "blocked" : "todo";
    case "in_progress":
    case "blocked":
    case "review":
      return endedState(task);
    case "done":
      return "done";
  }
}

/** The state of one attempt, in a list of them. */
export function attemptCardState(state: AttemptSummary["state"]): CardState {
  switch (state) {
    case "queued":
      return "queued";
    case "preparing":
    case "running":
    case "gates":
      return "running";
    case "waiting":
      return "approval";
    case "review_ready":
      return "review";
    case "failed":
      return "failed";
    case "cancelled":
    case "changes_requested":
    case "discarded":
      return "cancelled";
    case "merged":
    case "pr_created":
      return "done";
  }
}

function liveState(task: Task, attempt: AttemptSummary): CardState {
  if (attempt.state !== "waiting") return attemptCardState(attempt.state);
  if (task.pending_approvals > 0) return "approval";
  if (task.pending_questions > 0) return "question";
  if (attempt.is_stopped) return "stopped";
  return attemptCardState(attempt.state);
}

function endedState(task: Task): CardState {
  if (task.last_attempt === null) return "todo";
  const state = attemptCardState(task.last_attempt.state);
  return state === "done" ? "review" : state;
}
