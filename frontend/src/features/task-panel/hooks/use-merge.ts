import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as z from "zod/mini";
import type { Attempt, Collision, GateRun, MergePreview, Project, Task } from "@/api/generated/types";
import { radarQuery } from "@/api/radar";
import { approveAttempt, gatesQuery, mergePreviewQuery } from "@/api/review";
import { mergeTask } from "@/api/tasks";
import type { Decision } from "@/lib/review-words";
import { readStored, writeStored } from "@/lib/storage";
import { decisionsOf, hasMessage, obstacleOf, styleOf } from "../merge-model";

export type Merge = {
  /** What can be decided now; empty where nothing can. */
  decisions: readonly Decision[];
  decision: Decision;
  choose: (decision: Decision) => void;
  base: string;
  preview: MergePreview | undefined;
  runs: readonly GateRun[];
  /** What it would not merge with, other than the base. */
  collisions: readonly Collision[];
  /** Why the decision cannot be carried out now. */
  obstacle: string | undefined;
  /** The message as the reviewer left it; none where it is the suggested one. */
  message: string | undefined;
  setMessage: (message: string | undefined) => void;
  /** Carries the decision out. */
  decide: () => Promise<void>;
};

/** The decision about the newest attempt: what it will do, and what stands against it. */
export function useMerge(project: Project, task: Task, newest: Attempt | undefined): Merge {
  const can = new Set(task.allowed_actions);
  const decisions = decisionsOf({
    merge: can.has("approve_and_merge") || can.has("merge"),
    request: newest?.allowed_actions.includes("open_pull_request") ?? false,
    keep: can.has("approve"),
  });
  const [choice, setChoice] = useState<Decision>();
  const wanted = choice ?? project.settings.merge_style;
  const decision = decisions.includes(wanted) ? wanted : (decisions[0] ?? wanted);
  const facts = useFacts(project, task, newest, decision, decisions.length > 0);
  const [message, setMessage] = useMessage(newest?.id);
  const decide = useDecide(task, newest, { decision, style: styleOf(decision, project), message, setMessage });
  return {
    decisions,
    decision,
    choose: setChoice,
    base: task.last_attempt?.base_branch ?? project.default_branch,
    ...facts,
    obstacle: obstacleOf(facts.preview, decision),
    message,
    setMessage,
    decide,
  };
}

function useFacts(project: Project, task: Task, newest: Attempt | undefined, decision: Decision, isOpen: boolean) {
  const id = newest?.id ?? "";
  const radar = useQuery(radarQuery(project.id)).data;
  // The base may have moved whenever the radar has looked again.
  const revision = [newest?.head_commit, newest?.state, radar?.computed_at, project.updated_at].join(" ");
  const query = mergePreviewQuery(id, styleOf(decision, project), revision);
  const preview = useQuery({ ...query, enabled: isOpen && id !== "", placeholderData: keepPreviousData });
  const runs = useQuery({ ...gatesQuery(id), enabled: id !== "" }).data ?? noRuns;
  const collisions = (radar?.collisions ?? []).filter(
    (collision) => collision.task_id === task.id && collision.with_task_id !== null,
  );
  return { preview: preview.data, runs, collisions };
}

const noRuns: readonly GateRun[] = [];

const messageText = z.string();

/** What the reviewer wrote stays with the attempt until it is merged, over a reload too. */
function useMessage(id: string | undefined) {
  const key = `merge-message.${id}`;
  const [kept, setKept] = useState<{ key: string; text: string | undefined }>();
  const text = kept?.key === key ? kept.text : readStored(key, messageText);
  const keep = (next: string | undefined) => {
    writeStored(key, next);
    setKept({ key, text: next });
  };
  return [text, keep] as const;
}

type Wish = {
  decision: Decision;
  style: ReturnType<typeof styleOf>;
  message: string | undefined;
  setMessage: (message: string | undefined) => void;
};

function useDecide(task: Task, newest: Attempt | undefined, { decision, style, message, setMessage }: Wish) {
  const client = useQueryClient();
  return async () => {
    if (newest === undefined) return;
    const text = hasMessage(decision) && message !== undefined ? { message } : {};
    try {
      await carryOut(task, newest, decision, { head: newest.head_commit, style, ...text });
      setMessage(undefined);
    } finally {
      // Whatever stood against it may stand in the preview by now.
      void client.invalidateQueries({ queryKey: ["merge_preview", newest.id] });
    }
  };
}

type Body = { head: string | null; style: ReturnType<typeof styleOf>; message?: string };

async function carryOut(task: Task, newest: Attempt, decision: Decision, body: Body): Promise<void> {
  if (decision === "keep") return void (await approveAttempt(newest.id, { action: "keep", head: body.head }));
  if (decision === "pr") {
    const { style: _style, ...request } = body;
    return void (await approveAttempt(newest.id, { action: "pr", ...request }));
  }
  if (task.allowed_actions.includes("merge")) return mergeTask(task.id, body);
  return void (await approveAttempt(newest.id, { action: "merge", ...body }));
}
