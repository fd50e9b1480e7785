/** The words of the panel. */
import type { Attempt, FailureCode, Priority, Size, TaskStatus, Usage } from "@/api/generated/types";
import type { CardState } from "@/lib/task-state";

export const statusNames: Record<TaskStatus, string> = {
  backlog: "Backlog",
  prd_review: "PRD Review",
  todo: "To Do",
  in_progress: "In Progress",
  blocked: "Blocked",
  review: "Review",
  done: "Done",
};

export const priorityNames: Record<Priority, string> = { low: "Low", medium: "Medium", high: "High", urgent: "Urgent" };
export const sizeNames: Record<Size, string> = { xs: "XS", s: "S", m: "M", l: "L", xl: "XL" };

export const pillNames: Record<CardState, string> = {
  todo: "To do",
  draft: "Draft",
  blocked: "Waits for a task",
  queued: "Queued",
  running: "Running",
  approval: "Waiting for you",
  question: "Asks you",
  stopped: "Stopped",
  review: "Ready for review",
  failed: "Failed",
  cancelled: "Cancelled",
  done: "Done",
};

export type PillTone = "plain" | "running" | "needs" | "review" | "failed";
export const pillTones: Record<CardState, PillTone> = {
  todo: "plain",
  draft: "plain",
  blocked: "plain",
  queued: "plain",
  running: "running",
  approval: "needs",
  question: "needs",
  stopped: "plain",
  review: "review",
  failed: "failed",
  cancelled: "plain",
  done: "plain",
};

/** How an attempt stands, for the list of them. */
export const outcomeNames: Record<Attempt["state"], string> = {
  queued: "queued",
  preparing: "preparing",
  running: "running",
  waiting: "waiting for you",
  gates: "running gates",
  review_ready: "ready",
  failed: "failed",
  cancelled: "cancelled",
  merged: "merged",
  pr_created: "pull request",
  changes_requested: "changes requested",
  discarded: "discarded",
};

/** `12.4k tokens read, 3.1k written`: with what came from the cache, because it was read too. */
export function tokenWords(usage: Usage): string {
  const read = usage.input_tokens + usage.cache_read_tokens + usage.cache_creation_tokens;
  return `${shorten(read)} tokens read, ${shorten(usage.output_tokens)} written`;
}

function shorten(count: number): string {
  if (count < 1000) return String(count);
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** What kind of conflict a file is in. */
export const conflictKinds: Readonly<Record<string, string>> = {
  content: "both changed the same lines",
  add_add: "both added it",
  modify_delete: "changed on one side, deleted on the other",
  rename: "renamed differently",
  file_directory: "a file on one side, a folder on the other",
  binary: "binary, changed on both sides",
  type: "of another type on each side",
  submodule: "the submodule moved on both sides",
  other: "cannot be merged",
};

/** What to do about a failure; its message says what happened. */
export const failureAdvice: Record<FailureCode, string> = {
  worktree_failed: "Mend what the message names in the repository, then run it again.",
  start_failed: "Check the agent's command in the settings, then run it again.",
  agent_error:
    "The end of the log shows what the agent last did. Change the task if it asks too much, then run it again.",
  no_result: "The agent ended without saying that it was done. Read the end of the log, then run it again.",
  lost: "The agent's process is gone, as after a reboot. Its log, its worktree and its session are kept. Resume goes on in them; the agent is told that it was interrupted, because what it did last may be half done.",
  limit_reached:
    "Its work so far is kept. Raise the limit in the settings or make the task smaller, then run it again.",
  not_logged_in: "Start claude in a terminal and log in, then run it again.",
  finish_failed: "Its work is in the worktree, not committed. Look there first, then run it again.",
};
