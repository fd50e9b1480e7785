import type { ReactNode } from "react";
import type { Attempt, DiffScope, DiffSide } from "@/api/generated/types";
import { ThreadCard } from "./components/thread-card";
import { openEditor, readReviewDraft, useReviewDraft } from "./draft-store";
import { type CommentActs, useCommentActs, useComments } from "./hooks/use-comments";
import { beginAt, countByFile, type Thread, threadsOf, type Unsent, unsentOf } from "./model";

export type ReviewOptions = {
  attempt: Attempt;
  scope: DiffScope;
  /** Shows the changes that answered a comment. */
  onAnswer: () => void;
  /** Another attempt goes on. */
  onNext: (attempt: Attempt) => void;
};

export type Place = { path: string; side: DiffSide; line: number | undefined };

export type Review = {
  remarks: readonly Thread[];
  counts: ReadonlyMap<string, number>;
  render: (key: string) => ReactNode;
  onComment: ((place: Place) => void) | undefined;
  unsent: Unsent;
};

/** The comments on an attempt's diff: where they stand, and how to write one. */
export function useReview({ attempt, scope, onAnswer, onNext }: ReviewOptions): Review {
  const taskId = attempt.task_id;
  const comments = useComments(attempt);
  const draft = useReviewDraft(taskId);
  const acts = useCommentActs(attempt, onNext);
  const threads = threadsOf(comments, draft, scope);
  const begin = ({ path, side, line }: Place) => {
    const { key, editor } = beginAt(readReviewDraft(taskId), path, side, line);
    openEditor(taskId, key, editor);
  };
  const scopeBegin = (place: Place) =>
    begin(scope === "all" || place.side === "new" ? place : { ...place, line: undefined });
  return {
    remarks: threads,
    counts: countByFile(threads),
    render: (key) => renderThread(threads, key, { attempt, acts, onAnswer, onReply: begin }),
    onComment: canComment(attempt) ? scopeBegin : undefined,
    unsent: unsentOf(comments, draft),
  };
}

type ThreadProps = { attempt: Attempt; acts: CommentActs; onAnswer: () => void; onReply: (place: Place) => void };

function renderThread(threads: readonly Thread[], key: string, props: ThreadProps): ReactNode {
  const thread = threads.find((candidate) => candidate.key === key);
  return thread ? <ThreadCard {...props} thread={thread} /> : null;
}

/** A comment that can never be sent is not begun. */
function canComment({ allowed_actions }: Attempt): boolean {
  return allowed_actions.some(
    (action) => action === "request_changes" || action === "retry_fresh" || action === "message",
  );
}
