/** Where a message goes and what can be done beside it. What is allowed comes from the server; the words are chosen here. */
import type { Attempt, AttemptState, Message } from "@/api/generated/types";

/** How the agent stands to a message that is written now. */
export type Reach =
  /** It has not started: the message is part of its first input. */
  | { type: "starting" }
  | { type: "running" }
  /** It waits for an answer to something it asked. */
  | { type: "asking" }
  /** A person stopped its turn. */
  | { type: "stopped" }
  /** It has ended and can go on. */
  | { type: "ended" }
  /** Nobody would read it. */
  | { type: "closed"; why: string };

/** How an attempt's agent can be reached. */
export function reachOf(attempt: Attempt): Reach {
  if (!attempt.allowed_actions.includes("message")) return { type: "closed", why: closedWhy[attempt.state] };
  if (attempt.is_stopped) return { type: "stopped" };
  switch (attempt.state) {
    case "queued":
    case "preparing":
      return { type: "starting" };
    case "running":
    case "gates":
      return { type: "running" };
    case "waiting":
      return { type: "asking" };
    case "review_ready":
    case "failed":
    case "cancelled":
    case "merged":
    case "pr_created":
    case "changes_requested":
    case "discarded":
      return { type: "ended" };
  }
}

/** Where the text goes, in a line. */
export const destinations: Record<Exclude<Reach["type"], "closed">, string> = {
  starting: "The agent starts with it",
  running: "Goes into the running turn",
  asking: "The agent waits for your answer above; it reads this after",
  stopped: "Stopped; the agent goes on with it",
  ended: "Goes on in the same session and worktree",
};

const older = "A newer attempt has taken over. Choose it above to write to its agent.";
const noWorktree = "Its worktree is gone, so the agent cannot go on. Run the task again to start a new attempt.";
const closedWhy: Record<AttemptState, string> = {
  queued: older,
  preparing: older,
  running: older,
  waiting: older,
  gates: older,
  review_ready: older,
  failed: noWorktree,
  cancelled: noWorktree,
  merged: "The work is merged and its worktree is gone. Run the task again to start a new attempt.",
  pr_created: "The work is in a pull request. Run the task again to start a new attempt.",
  changes_requested: older,
  discarded: "The work is discarded. Run the task again to start a new attempt.",
};

/** The messages that the agent has not taken up, in the order in which it gets them. */
export function waitingMessages(messages: readonly Message[]): readonly Message[] {
  return messages
    .filter((message) => message.state === "queued" || message.state === "sent")
    .toSorted((left, right) => left.position - right.position || left.created_at.localeCompare(right.created_at));
}

/** Where a waiting message stands, in words. */
export function stateWords(message: Message): string {
  return message.state === "sent" ? "with the agent, not read yet" : "queued";
}
