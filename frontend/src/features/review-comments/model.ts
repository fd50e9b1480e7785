/** Comments as threads: those about the same place stand together. */
import type { Attempt, Comment, DiffScope, DiffSide } from "@/api/generated/types";
import { type Editor, newKey, type ReviewDraft } from "./draft-store";

/** A place in the diff with what was said about it. */
export type Thread = {
  key: string;
  path: string;
  side: DiffSide;
  /** None at the file's head. */
  line: number | undefined;
  comments: readonly Comment[];
  /** A new comment that is being written here. */
  editor: { key: string; editor: Editor } | undefined;
};

/** The threads of a task in one view of its diff. */
export function threadsOf(comments: readonly Comment[], draft: ReviewDraft, scope: DiffScope): Thread[] {
  const threads = new Map<string, Thread>();
  const at = (path: string, side: DiffSide, line: number | undefined): Thread => {
    const key = threadKey(path, side, line);
    const thread = threads.get(key) ?? { key, path, side, line, comments: [], editor: undefined };
    threads.set(key, thread);
    return thread;
  };
  const ordered = comments.toSorted((left, right) => (left.created_at < right.created_at ? -1 : 1));
  for (const comment of ordered) {
    const thread = at(comment.path, comment.side, placeIn(comment, scope));
    threads.set(thread.key, { ...thread, comments: [...thread.comments, comment] });
  }
  for (const [key, editor] of Object.entries(draft.editors)) {
    if (editor.comment_id !== null) continue;
    const thread = at(editor.path, editor.side, lineIn(editor.side, editor.line, scope));
    threads.set(thread.key, { ...thread, editor: { key, editor } });
  }
  return [...threads.values()];
}

/** What is not about one line stands at the file's head, whichever side it was written on. */
function threadKey(path: string, side: DiffSide, line: number | undefined): string {
  return line === undefined ? `file ${path}` : `${side} ${line} ${path}`;
}

function placeIn(comment: Comment, scope: DiffScope): number | undefined {
  return lineIn(comment.side, comment.current_line, scope);
}

/** The numbers of the side before the change are those of the merge base: other scopes begin elsewhere. */
function lineIn(side: DiffSide, line: number | null, scope: DiffScope): number | undefined {
  if (line === null || (side === "old" && scope !== "all")) return undefined;
  return line;
}

/** How many comments each file has. */
export function countByFile(threads: readonly Thread[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { path, comments, editor } of threads) {
    const own = comments.length + (editor && editor.editor.body.trim() !== "" ? 1 : 0);
    counts.set(path, (counts.get(path) ?? 0) + own);
  }
  return counts;
}

/** What a request for changes takes along: stored drafts, and what is typed and not stored. */
export type Unsent = { drafts: readonly Comment[]; typed: readonly (readonly [string, Editor])[]; count: number };

/** The comments that the agent does not have. */
export function unsentOf(comments: readonly Comment[], draft: ReviewDraft): Unsent {
  const drafts = comments.filter((comment) => comment.state === "draft");
  const typed = Object.entries(draft.editors).filter(([, editor]) => editor.body.trim() !== "");
  const added = typed.filter(([, editor]) => editor.comment_id === null);
  return { drafts, typed, count: drafts.length + added.length };
}

/** Where a comment stands, in words: `line 13`, `line 8 before the change`, `the whole file`. */
export function placeWords(comment: Pick<Comment, "line" | "current_line" | "side">): string {
  const line = comment.current_line ?? comment.line;
  if (line === null) return "the whole file";
  return comment.side === "old" ? `line ${line} before the change` : `line ${line}`;
}

/** Begins a new comment at a place, or goes on with the one that is being written there. */
export function beginAt(draft: ReviewDraft, path: string, side: DiffSide, line: number | undefined) {
  const place = { path, side: line === undefined ? ("new" as const) : side, line: line ?? null };
  const key = newKey(place);
  return { key, editor: draft.editors[key] ?? { ...place, body: "", comment_id: null } };
}

/** Why an attempt cannot be sent back; nothing where it can. */
export function whyNoChanges(attempt: Attempt): string | undefined {
  if (attempt.allowed_actions.includes("request_changes")) return undefined;
  switch (attempt.state) {
    case "queued":
    case "preparing":
    case "running":
    case "waiting":
    case "gates":
      return "The agent is at work. A comment that is sent now reaches it as a message.";
    case "changes_requested":
      return "Changes were requested: a newer attempt goes on.";
    case "merged":
      return "It is merged. Take the merge back to request changes.";
    case "discarded":
      return "Its work was discarded.";
    case "review_ready":
    case "failed":
    case "cancelled":
    case "pr_created":
      return "This attempt cannot be sent back now.";
  }
}
