/** What frames about gates and comments do to the lists that a review shows. */
import type { QueryClient } from "@tanstack/react-query";
import type { Comment, CommentId, GateRun, TaskId } from "./generated/types";

/** A run takes the place of the run of its gate before it; one of another kind that is not listed comes last. */
export function putGateRun(client: QueryClient, run: GateRun): void {
  client.setQueryData<readonly GateRun[]>(["gates", run.attempt_id], (runs) => {
    if (runs === undefined) return undefined;
    const index = runs.findIndex((candidate) => candidate.kind === run.kind && candidate.name === run.name);
    return index === -1 ? [...runs, run] : runs.with(index, run);
  });
}

/** Where a comment stands in a diff depends on the attempt that is looked at: lists of the task are read again. */
export function putComment(client: QueryClient, comment: Comment): void {
  void client.invalidateQueries({ queryKey: ["comments", comment.task_id] });
}

/** Takes a deleted comment out of every list of its task. */
export function removeComment(client: QueryClient, taskId: TaskId, commentId: CommentId): void {
  client.setQueriesData<readonly Comment[]>(
    { queryKey: ["comments", taskId] },
    (comments) => comments && comments.filter((comment) => comment.id !== commentId),
  );
}
