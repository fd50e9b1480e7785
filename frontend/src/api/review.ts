/** Reviewing an attempt: comments, rounds of changes, gates, merging, and having things back. */
import { queryOptions } from "@tanstack/react-query";
import { command, request } from "./client";
import type {
  ApproveAttempt,
  Attempt,
  AttemptId,
  AttemptReport,
  Checkpoint,
  Comment,
  CommentId,
  CreateComment,
  DiffScopeCount,
  DiscardPreview,
  GateRun,
  Github,
  MergePreview,
  MergeStyle,
  ProjectId,
  RecoveryItem,
  RequestChanges,
  RestoredItem,
  RestoreItem,
  RetryAttempt,
  TaskId,
  UndoMerge,
  UpdateGithub,
  ViewedFile,
} from "./generated/types";
import { attempt, comment, diffScopeCount, gateRun, pageOf } from "./schemas";
import {
  attemptReport,
  checkpoint,
  discardPreview,
  github,
  mergePreview,
  recoveryItem,
  restoredItem,
} from "./schemas-review";

const post = (path: string, body: object = {}): Promise<Attempt> => request(path, attempt, { method: "POST", body });

/** All comments of the attempt's task, with their place in this attempt's diff. */
export function commentsQuery(taskId: TaskId, attemptId: AttemptId) {
  return queryOptions({
    queryKey: ["comments", taskId, attemptId],
    queryFn: async ({ signal }): Promise<readonly Comment[]> =>
      (await request(`/api/attempts/${attemptId}/comments`, pageOf(comment), { signal })).items,
  });
}

/** Writes a draft. */
export function createComment(attemptId: AttemptId, body: CreateComment): Promise<Comment> {
  return request(`/api/attempts/${attemptId}/comments`, comment, { method: "POST", body });
}

/** Changes a draft. */
export function updateComment(id: CommentId, body: string): Promise<Comment> {
  return request(`/api/comments/${id}`, comment, { method: "PATCH", body: { body } });
}

/** Throws a draft away. */
export function deleteComment(id: CommentId): Promise<void> {
  return command(`/api/comments/${id}`, { method: "DELETE" });
}

/** Sends one comment alone. */
export function sendComment(id: CommentId): Promise<Attempt> {
  return post(`/api/comments/${id}/send`);
}

/** Sends the attempt back: the next one goes on in its worktree and session. */
export function requestChanges(id: AttemptId, body: RequestChanges): Promise<Attempt> {
  return post(`/api/attempts/${id}/request-changes`, body);
}

/** Starts again from the base, or from a checkpoint, on a new branch. */
export function retryAttempt(id: AttemptId, body: RetryAttempt): Promise<Attempt> {
  return post(`/api/attempts/${id}/retry`, body);
}

/** Marks files as seen, or takes marks back. */
export function markViewed(id: AttemptId, files: readonly ViewedFile[]): Promise<void> {
  return command(`/api/attempts/${id}/viewed`, { method: "PUT", body: files });
}

/** How many files each scope of the diff has. */
export function diffScopesQuery(id: AttemptId, revision: string) {
  return queryOptions({
    queryKey: ["diff_scopes", id, revision],
    queryFn: async ({ signal }): Promise<readonly DiffScopeCount[]> =>
      (await request(`/api/attempts/${id}/diff/scopes`, pageOf(diffScopeCount), { signal })).items,
  });
}

/** What the attempt did, in one place. */
export function reportQuery(id: AttemptId, revision: string) {
  return queryOptions({
    queryKey: ["report", id, revision],
    queryFn: ({ signal }): Promise<AttemptReport> => request(`/api/attempts/${id}/report`, attemptReport, { signal }),
  });
}

/** The project's gates with their latest runs for this attempt. The socket patches this list. */
export function gatesQuery(id: AttemptId) {
  return queryOptions({
    queryKey: ["gates", id],
    queryFn: async ({ signal }): Promise<readonly GateRun[]> =>
      (await request(`/api/attempts/${id}/gates`, pageOf(gateRun), { signal })).items,
  });
}

/** Runs all gates on the attempt's work. */
export function runGates(id: AttemptId): Promise<void> {
  return command(`/api/attempts/${id}/gates/run`);
}

/** Runs one gate. */
export function runGate(id: AttemptId, name: string): Promise<void> {
  return command(`/api/attempts/${id}/gates/${encodeURIComponent(name)}/run`);
}

/** Stops a running gate. */
export function cancelGate(id: AttemptId, name: string): Promise<void> {
  return command(`/api/attempts/${id}/gates/${encodeURIComponent(name)}/cancel`);
}

/** Sends what failed to the agent, as a request for changes. */
export function sendGates(id: AttemptId): Promise<Attempt> {
  return post(`/api/attempts/${id}/gates/send`);
}

/** What merging would do now. */
export function mergePreviewQuery(id: AttemptId, style: MergeStyle | undefined, revision: string) {
  const query = style === undefined ? "" : `?style=${style}`;
  return queryOptions({
    queryKey: ["merge_preview", id, style ?? null, revision],
    queryFn: ({ signal }): Promise<MergePreview> =>
      request(`/api/attempts/${id}/merge-preview${query}`, mergePreview, { signal }),
  });
}

/** Approves an attempt: merges it, opens a pull request, or keeps it as it is. */
export function approveAttempt(id: AttemptId, body: ApproveAttempt): Promise<Attempt> {
  return post(`/api/attempts/${id}/approve`, body);
}

/** Takes a merge back. */
export function undoMerge(id: AttemptId, body: UndoMerge): Promise<Attempt> {
  return post(`/api/attempts/${id}/undo-merge`, body);
}

/** Merges the base into the worktree and asks the agent to resolve what conflicts. */
export function resolveConflicts(id: AttemptId): Promise<Attempt> {
  return post(`/api/attempts/${id}/resolve-conflicts`);
}

/** Opens the worktree in the user's editor. */
export function openEditor(id: AttemptId): Promise<void> {
  return command(`/api/attempts/${id}/open-editor`);
}

/** Asks GitHub for the state of the attempt's pull request now. */
export function refreshPullRequest(id: AttemptId): Promise<Attempt> {
  return post(`/api/attempts/${id}/pull-request/refresh`);
}

/** The states of the worktree that can be gone back to, newest first. */
export function checkpointsQuery(id: AttemptId, revision: string) {
  return queryOptions({
    queryKey: ["checkpoints", id, revision],
    queryFn: async ({ signal }): Promise<readonly Checkpoint[]> =>
      (await request(`/api/attempts/${id}/checkpoints`, pageOf(checkpoint), { signal })).items,
  });
}

/** Brings the worktree back to a checkpoint; the present state becomes one, too. */
export function goBack(id: AttemptId, number: number): Promise<Attempt> {
  return post(`/api/attempts/${id}/checkpoints/${number}/restore`);
}

/** What a discard would throw away. */
export function discardPreviewQuery(id: AttemptId) {
  return queryOptions({
    queryKey: ["discard_preview", id],
    queryFn: ({ signal }): Promise<DiscardPreview> =>
      request(`/api/attempts/${id}/discard-preview`, discardPreview, { signal }),
    gcTime: 0,
  });
}

/** Has a discarded attempt's work back. */
export function restoreAttempt(id: AttemptId): Promise<Attempt> {
  return post(`/api/attempts/${id}/restore`);
}

/** What was removed in a project and can be had back. */
export function recoveryQuery(id: ProjectId) {
  return queryOptions({
    queryKey: ["recovery", id],
    queryFn: async ({ signal }): Promise<readonly RecoveryItem[]> =>
      (await request(`/api/projects/${id}/recovery`, pageOf(recoveryItem), { signal })).items,
  });
}

/** Has something back as a branch. */
export function restoreItem(id: ProjectId, body: RestoreItem): Promise<RestoredItem> {
  return request(`/api/projects/${id}/recovery`, restoredItem, { method: "POST", body });
}

/** How the board reaches GitHub. */
export function githubQuery() {
  return queryOptions({
    queryKey: ["github"],
    queryFn: ({ signal }): Promise<Github> => request("/api/github", github, { signal }),
  });
}

/** Changes how the board reaches GitHub. */
export function updateGithub(body: UpdateGithub): Promise<Github> {
  return request("/api/github", github, { method: "PATCH", body });
}
