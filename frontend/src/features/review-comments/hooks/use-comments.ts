import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { errorMessage } from "@/api/errors";
import type { Attempt, AttemptId, Comment } from "@/api/generated/types";
import { commentsQuery, createComment, deleteComment, sendComment, updateComment } from "@/api/review";
import { showToast } from "@/components/ui/toast";
import { closeEditor, type Editor } from "../draft-store";

const none: readonly Comment[] = [];

/** A task's comments, with their places in an attempt's diff. */
export function useComments(attempt: Attempt): readonly Comment[] {
  return useQuery(commentsQuery(attempt.task_id, attempt.id)).data ?? none;
}

/** Stores what is in an editor: as a new draft, or as a draft's new text. */
export function storeEditor(attemptId: AttemptId, { path, side, line, body, comment_id }: Editor): Promise<Comment> {
  const text = body.trim();
  return comment_id === null
    ? createComment(attemptId, { path, side, line, body: text })
    : updateComment(comment_id, text);
}

/** What can be done with comments. What is going on keeps its button from being pressed twice. */
export function useCommentActs(attempt: Attempt, onNext: (attempt: Attempt) => void) {
  const client = useQueryClient();
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const { queryKey } = commentsQuery(attempt.task_id, attempt.id);
  const change = (to: (comments: readonly Comment[]) => readonly Comment[]) =>
    client.setQueryData(queryKey, (comments) => comments && to(comments));
  const run = async (key: string, title: string, work: () => Promise<void>) => {
    setBusy((old) => new Set([...old, key]));
    try {
      await work();
    } catch (error) {
      showToast({ title, detail: errorMessage(error) });
    }
    setBusy((old) => new Set([...old].filter((other) => other !== key)));
  };
  const save = (key: string, editor: Editor) =>
    run(key, "The comment was not stored.", async () => {
      const stored = await storeEditor(attempt.id, editor);
      closeEditor(attempt.task_id, key);
      change((comments) => [...comments.filter((comment) => comment.id !== stored.id), stored]);
      await client.invalidateQueries({ queryKey });
    });
  const remove = (comment: Comment) =>
    run(comment.id, "The comment was not deleted.", async () => {
      await deleteComment(comment.id);
      change((comments) => comments.filter((other) => other.id !== comment.id));
    });
  const send = (comment: Comment) =>
    run(comment.id, "The comment was not sent.", async () => {
      const next = await sendComment(comment.id);
      await client.invalidateQueries({ queryKey });
      if (next.id !== attempt.id) onNext(next);
    });
  return { isBusy: (key: string) => busy.has(key), save, remove, send };
}

export type CommentActs = ReturnType<typeof useCommentActs>;
