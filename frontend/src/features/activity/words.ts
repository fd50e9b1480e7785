/** The words of the log. */
import type { AttemptState } from "@/api/generated/types";
import type { AskRow } from "./model";

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

/** How what was asked ended. */
export function settledWords(row: AskRow): string {
  switch (row.state) {
    case "pending":
      return "Was not answered";
    case "allowed":
      return row.is_edited === true ? "Allowed with edits" : "Allowed";
    case "denied":
      return "Denied";
    case "answered":
      return "Answered";
    case "declined":
      return "Left to the agent";
    case "withdrawn":
      return "Taken back";
  }
}

/** `1 entry`, `3 unknown entries`. */
export function countEntries(count: number, adjective = ""): string {
  const noun = count === 1 ? "entry" : "entries";
  return [count.toLocaleString("en"), adjective, noun].filter((word) => word !== "").join(" ");
}
