/** What a decision about an attempt will do, and what stands against it. Knows nothing of the network. */
import * as z from "zod/mini";
import { ApiError } from "@/api/errors";
import type { GateRun, MergePreview, MergeStyle, Project } from "@/api/generated/types";
import type { Decision } from "@/lib/review-words";

/** The decisions that an attempt allows, in the order of the menu. */
export function decisionsOf(can: { merge: boolean; request: boolean; keep: boolean }): readonly Decision[] {
  return [
    ...(can.merge ? (["merge", "squash", "rebase"] as const) : []),
    ...(can.request ? (["pr"] as const) : []),
    ...(can.keep ? (["keep"] as const) : []),
  ];
}

export const decisionNotes: Record<Decision, string> = {
  merge: "All its commits, and one that joins them",
  squash: "One commit with all changes",
  rebase: "Its commits, replayed one by one; no message",
  pr: "Pushes the branch and opens it on GitHub",
  keep: "Nothing is merged yet; branch and worktree stay",
};

/** The style that a decision merges with; the project's where it does not merge. */
export function styleOf(decision: Decision, project: Project): MergeStyle {
  return decision === "pr" || decision === "keep" ? project.settings.merge_style : decision;
}

/** Whether a decision has a message that can be edited. */
export function hasMessage(decision: Decision): boolean {
  return decision === "merge" || decision === "squash" || decision === "pr";
}

/** Why a merge cannot be made now, and what to do; none if it can. */
export function obstacleOf(preview: MergePreview | undefined, decision: Decision): string | undefined {
  if (preview === undefined || decision === "pr" || decision === "keep") return undefined;
  switch (preview.forecast) {
    case "clean":
      return undefined;
    case "conflict":
      return "It would conflict. Let the agent resolve it, or open the worktree in your editor.";
    case "already_merged":
      return `${preview.target} has all of it already. Approve and keep the branch instead.`;
    case "refused":
      return preview.refusal ?? `${preview.target} cannot take it now.`;
  }
}

/** `base 3 behind`: what the attempt does not have yet. */
export function baseWords(preview: MergePreview): string {
  return preview.behind === 0 ? "base up to date" : `base ${preview.behind.toLocaleString("en")} behind`;
}

export type GatesRan = { commit: string | undefined; at: string | undefined };

/** The commit that all gates ran on, and when the last one ended. */
export function gatesRan(runs: readonly GateRun[]): GatesRan {
  const gates = runs.filter((run) => run.kind === "gate");
  const commits = new Set(gates.map((run) => run.commit));
  const [commit] = commits;
  const ends = gates.flatMap((run) => (run.ended_at === null ? [] : [run.ended_at])).toSorted();
  return { commit: commits.size === 1 ? (commit ?? undefined) : undefined, at: ends.at(-1) };
}

const revertable = z.object({ can_revert: z.literal(true) });

/** Whether a merge that cannot be undone any more can be reverted. */
export function canRevert(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.failure.type !== "refused") return false;
  return revertable.safeParse(error.failure.details).success;
}

/** What is said of the first line of a message. */
export function subjectHint(message: string): string {
  const [subject = ""] = message.split("\n");
  if (subject.trim() === "") return "The first line is the subject.";
  if (subject.length <= 72) return `Subject: ${subject.length} of 72 characters`;
  return `Subject: ${subject.length} characters; git shows 72`;
}
