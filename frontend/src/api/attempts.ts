import { queryOptions } from "@tanstack/react-query";
import { type AnswerPart, command, request, requestPart } from "./client";
import type { Attempt, AttemptId, EventPage, ResumeAttempt, SetMode, TaskId } from "./generated/types";
import { attempt, eventPage, pageOf } from "./schemas";

const attemptPage = pageOf(attempt);

/** A task's attempts, newest first. The socket patches this list. */
export function attemptsQuery(taskId: TaskId) {
  return queryOptions({
    queryKey: ["attempts", taskId],
    queryFn: async ({ signal }): Promise<readonly Attempt[]> =>
      (await request(`/api/tasks/${taskId}/attempts`, attemptPage, { signal })).items,
  });
}

export type EventRange = { after: number; limit: number } | { before: number; limit: number };

/** A page of an attempt's stored events, in order: forwards after a seq, or backwards before one. */
export function readEvents(attemptId: AttemptId, range: EventRange, signal?: AbortSignal): Promise<EventPage> {
  const from = "after" in range ? `after=${range.after}` : `before=${range.before}`;
  const path = `/api/attempts/${attemptId}/events?${from}&limit=${range.limit}`;
  return request(path, eventPage, signal ? { signal } : {});
}

/** The raw stream or a part of it: `range` as in the HTTP header. None where the stream has no such bytes. */
export function readRaw(
  attemptId: AttemptId,
  range: string | undefined,
  signal: AbortSignal,
): Promise<AnswerPart | undefined> {
  return requestPart(`/api/attempts/${attemptId}/raw`, range, signal);
}

/** Throws away an attempt's work; the server keeps a reference for 30 days. */
export function discardAttempt(attemptId: AttemptId): Promise<void> {
  return command(`/api/attempts/${attemptId}/discard`);
}

/** Stops what the agent does now; the attempt goes on with the next message. */
export function interruptAttempt(attemptId: AttemptId): Promise<Attempt> {
  return request(`/api/attempts/${attemptId}/interrupt`, attempt, { method: "POST", body: {} });
}

/** Ends a stopped attempt's session: what it has done goes to Review. */
export function finishAttempt(attemptId: AttemptId): Promise<Attempt> {
  return request(`/api/attempts/${attemptId}/finish`, attempt, { method: "POST", body: {} });
}

/** Goes on with an attempt that was lost, failed or cancelled, in its session and worktree. */
export function resumeAttempt(attemptId: AttemptId, body: ResumeAttempt = {}): Promise<Attempt> {
  return request(`/api/attempts/${attemptId}/resume`, attempt, { method: "POST", body });
}

/** Changes what the agent may do unasked: at once while it runs, else from its next run. */
export function setAttemptMode(attemptId: AttemptId, body: SetMode): Promise<Attempt> {
  return request(`/api/attempts/${attemptId}/mode`, attempt, { method: "POST", body });
}
