/** Which changes are shown, in words. */
import type { DiffScope, DiffScopeCount } from "@/api/generated/types";

export const scopeNames: Record<DiffScope, string> = {
  all: "All",
  last_review: "Since my last review",
  last_turn: "Last turn",
  uncommitted: "Uncommitted",
};

const scopes = ["all", "last_review", "last_turn", "uncommitted"] as const satisfies readonly DiffScope[];

const missing: Record<DiffScope, string> = {
  all: "The attempt has no worktree yet.",
  last_review: "You have not requested changes so far.",
  last_turn: "The agent has not ended a turn so far.",
  uncommitted: "The attempt has no worktree.",
};

const empty: Record<DiffScope, string> = {
  all: "This attempt changed no file.",
  last_review: "Nothing has changed since your last review.",
  last_turn: "The last turn changed no file.",
  uncommitted: "Everything is committed.",
};

export type ScopeChoice = { scope: DiffScope; count: number | undefined; reason: string | undefined };

/** What there is to choose from, and why something is not; what the server has not told yet is not refused. */
export function scopeChoices(counts: readonly DiffScopeCount[] | undefined): ScopeChoice[] {
  return scopes.map((scope) => {
    const known = counts?.find((candidate) => candidate.scope === scope);
    return {
      scope,
      count: known?.file_count ?? undefined,
      reason: known?.file_count === null ? missing[scope] : undefined,
    };
  });
}

/** What a scope without files says. */
export function emptyWords(scope: DiffScope, isLive: boolean): string {
  return scope === "all" && isLive ? "The agent has not changed a file so far." : empty[scope];
}
