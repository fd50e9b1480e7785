/** The words of the log. */
import type { ApprovalState, AttemptState, QuestionState } from "@/api/generated/types";

export const stateWords: Record<AttemptState, string> = {
  queued: "queued",
  preparing: "preparing",
  running: "running",
  waiting: "waiting for you",
  gates: "gates",
  review_ready: "ready for review",
  failed: "failed",
  cancelled: "cancelled",
  merged: "merged",
  pr_created: "pull request opened",
  changes_requested: "changes requested",
  discarded: "discarded",
};

export const approvalWords: Record<ApprovalState, string> = {
  pending: "waits for an answer",
  allowed: "allowed",
  denied: "denied",
  withdrawn: "withdrawn",
};

export const questionWords: Record<QuestionState, string> = {
  pending: "waits for an answer",
  answered: "answered",
  declined: "left to the agent",
  withdrawn: "withdrawn",
};

/** `1 entry`, `3 unknown entries`. */
export function countEntries(count: number, adjective = ""): string {
  const noun = count === 1 ? "entry" : "entries";
  return [count.toLocaleString("en"), adjective, noun].filter((word) => word !== "").join(" ");
}
