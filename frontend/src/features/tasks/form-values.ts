/** What the task form holds while it is edited, and how it becomes a request. */
import type * as z from "zod/mini";
import type { CreateTask, Criterion, Priority, Size, Task, TaskStatus, UpdateTask } from "@/api/generated/types";
import { priority, size } from "@/api/schemas";
import { parseMode } from "@/lib/modes";

export type CriterionDraft = {
  key: string;
  id: string | undefined;
  text: string;
  done: boolean;
  evidence: string | null;
};

export type TaskDraft = {
  title: string;
  description: string;
  labels: string;
  priority: string;
  size: string;
  agentId: string;
  mode: string;
  criteria: readonly CriterionDraft[];
};

const titleMax = 500;

/** The form of a new task, or of one that is changed. */
export function draftOf(task: Task | undefined, title: string): TaskDraft {
  return {
    title: task?.title ?? title,
    description: task?.description ?? "",
    labels: task?.labels.join(", ") ?? "",
    priority: task?.priority ?? "",
    size: task?.size ?? "",
    agentId: task?.agent_id ?? "",
    mode: task?.mode ?? "",
    criteria: task?.criteria.map(criterionDraft) ?? [],
  };
}

/** One more line of the checklist. */
export function newCriterion(text = ""): CriterionDraft {
  return { key: crypto.randomUUID(), id: undefined, text, done: false, evidence: null };
}

/** What is wrong with the title, if anything. */
export function titleProblem(title: string): string | undefined {
  if (title.trim() === "") return "A task needs a title.";
  if (title.trim().length > titleMax)
    return `A title has ${titleMax} characters at most; put the rest into the description.`;
  return undefined;
}

/** The body of a new task. */
export function toCreateTask(draft: TaskDraft, status: TaskStatus): CreateTask {
  const criteria = filledCriteria(draft).map((criterion) => criterion.text.trim());
  return { ...commonFields(draft), status, criteria };
}

/** The body of a changed task: the whole form, as it was shown. */
export function toUpdateTask(draft: TaskDraft): UpdateTask {
  const criteria = filledCriteria(draft).map(({ id, text, done, evidence }) => ({
    ...(id ? { id } : {}),
    text: text.trim(),
    done,
    evidence,
  }));
  return { ...commonFields(draft), criteria };
}

/** `api, checkout` as a list without repeats. */
export function parseLabels(text: string): string[] {
  const labels = text.split(",").map((label) => label.trim());
  return [...new Set(labels.filter((label) => label !== ""))];
}

function commonFields(draft: TaskDraft) {
  return {
    title: draft.title.trim(),
    description: draft.description,
    labels: parseLabels(draft.labels),
    priority: orNull<Priority>(priority, draft.priority),
    size: orNull<Size>(size, draft.size),
    agent_id: draft.agentId || null,
    mode: parseMode(draft.mode),
  };
}

function orNull<Value>(schema: z.ZodMiniType<Value>, text: string): Value | null {
  return schema.safeParse(text).data ?? null;
}

function filledCriteria(draft: TaskDraft): readonly CriterionDraft[] {
  return draft.criteria.filter((criterion) => criterion.text.trim() !== "");
}

function criterionDraft(criterion: Criterion): CriterionDraft {
  return { key: criterion.id, ...criterion };
}
