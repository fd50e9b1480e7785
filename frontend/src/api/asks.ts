/** What waits for a person, approvals and questions as one list over all projects. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { pendingApprovalsQuery } from "./approvals";
import type { Approval, AttemptId, ProjectId, Question, TaskId } from "./generated/types";
import { pendingQuestionsQuery } from "./questions";

/** An approval or a question, with what both have. */
export type Ask = {
  id: string;
  project_id: ProjectId;
  task_id: TaskId;
  attempt_id: AttemptId;
  created_at: string;
} & ({ type: "approval"; approval: Approval } | { type: "question"; question: Question });

/** The ask of an approval. */
export function approvalAsk(approval: Approval): Ask {
  const { id, project_id, task_id, attempt_id, created_at } = approval;
  return { type: "approval", approval, id, project_id, task_id, attempt_id, created_at };
}

/** The ask of a question. */
export function questionAsk(question: Question): Ask {
  const { id, project_id, task_id, attempt_id, created_at } = question;
  return { type: "question", question, id, project_id, task_id, attempt_id, created_at };
}

/** Both kinds, who waits longest first. */
export function joinAsks(approvals: readonly Approval[], questions: readonly Question[]): readonly Ask[] {
  const asks = [...approvals.map(approvalAsk), ...questions.map(questionAsk)];
  return asks.toSorted((left, right) => left.created_at.localeCompare(right.created_at));
}

/** What waits now; undefined until it was read. */
export function usePendingAsks(): readonly Ask[] | undefined {
  const approvals = useQuery(pendingApprovalsQuery()).data;
  const questions = useQuery(pendingQuestionsQuery()).data;
  return useMemo(() => approvals && questions && joinAsks(approvals, questions), [approvals, questions]);
}

/** How many wait in each project. */
export function countByProject(asks: readonly Ask[]): ReadonlyMap<ProjectId, number> {
  const counts = new Map<ProjectId, number>();
  for (const ask of asks) counts.set(ask.project_id, (counts.get(ask.project_id) ?? 0) + 1);
  return counts;
}
