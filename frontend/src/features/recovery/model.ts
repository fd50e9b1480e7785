/** What can be had back, by the attempt that it comes from. */
import type { AttemptId, RecoveryItem, RecoveryKind } from "@/api/generated/types";

export const kindWords: Record<RecoveryKind, string> = {
  branch: "Branch:",
  uncommitted: "Not committed:",
  leftover: "Left over:",
  before_merge: "Before a merge:",
};

export const kindNotes: Record<RecoveryKind, string> = {
  branch: "Commits of a branch that was removed",
  uncommitted: "Work that was not committed when its worktree was removed",
  leftover: "Files of a turn that could not become a commit",
  before_merge: "Where a branch of yours was before a merge",
};

export type RecoveryGroup = {
  key: string;
  taskNumber: number | null;
  title: string | null;
  attemptId: AttemptId | null;
  attemptNumber: number | null;
  /** Of its newest item. */
  kind: RecoveryKind;
  /** Whether its branch is among them: without it the attempt cannot come back as a whole. */
  hasBranch: boolean;
  items: readonly RecoveryItem[];
};

/** The items of each attempt together, in the order of the newest of each. */
export function groupItems(items: readonly RecoveryItem[]): readonly RecoveryGroup[] {
  const groups = new Map<string, RecoveryItem[]>();
  for (const item of items.toSorted((left, right) => right.created_at.localeCompare(left.created_at))) {
    const key = item.attempt_id ?? item.reference;
    const known = groups.get(key);
    if (known) known.push(item);
    else groups.set(key, [item]);
  }
  return [...groups].map(([key, members]) => describe(key, members));
}

function describe(key: string, items: readonly RecoveryItem[]): RecoveryGroup {
  const [first] = items;
  return {
    key,
    taskNumber: first?.task_number ?? null,
    title: first?.task_title ?? null,
    attemptId: first?.attempt_id ?? null,
    attemptNumber: first?.attempt_number ?? null,
    kind: first?.kind ?? "branch",
    hasBranch: items.some((item) => item.kind === "branch"),
    items,
  };
}

const dayMs = 86_400_000;

/** `kept for 12 more days`. */
export function daysLeft(expiresAt: string, nowMs: number): string {
  const days = Math.floor((Date.parse(expiresAt) - nowMs) / dayMs);
  if (days < 1) return "kept for less than a day";
  return `kept for ${days} more ${days === 1 ? "day" : "days"}`;
}
