/** A card's second line: what happens or happened, with its time. */
import type { Ask } from "@/api/asks";
import type { AttemptSummary, Progress, Task, TaskId } from "@/api/generated/types";
import { askLine } from "@/lib/ask-words";
import { pullRequestLine } from "@/lib/review-words";
import type { CardState } from "@/lib/task-state";
import { hiddenStatusNames, numberList } from "./model";

export type LineTime = { type: "counting"; since: string } | { type: "ago"; at: string } | { type: "when"; at: string };

export type StatusLine = {
  text: string;
  /** Shown in mono after the text: a command, a path. */
  object?: string;
  icon?: "merge" | "approved" | "pull_request";
  time?: LineTime;
  /** How many more wait besides the one that is told. */
  more?: number;
  /** May take a second line: there is no third to push away. */
  isLong?: boolean;
};

/** What of a task waits for a person: the oldest, and how many there are. */
export type Waiting = { ask: Ask; count: number };

export type LineFacts = {
  waiting?: Waiting | undefined;
  state: CardState;
  blockers: readonly number[];
  isStarting: boolean;
  isPlainBoard: boolean;
};

/** The oldest of each task, and how many it has. */
export function groupAsks(asks: readonly Ask[]): ReadonlyMap<TaskId, Waiting> {
  const groups = new Map<TaskId, Waiting>();
  for (const ask of asks) {
    const known = groups.get(ask.task_id);
    groups.set(ask.task_id, known ? { ...known, count: known.count + 1 } : { ask, count: 1 });
  }
  return groups;
}

/** The line, or none where there is nothing to tell. */
export function statusLine(task: Task, facts: LineFacts): StatusLine | undefined {
  if (facts.isStarting) return { text: "starting…" };
  if (task.live_attempt && facts.waiting) return waitingLine(facts.waiting);
  if (task.live_attempt) return liveLine(task.live_attempt, facts.blockers);
  if (task.status === "done") return doneLine(task);
  if (task.status === "review" || task.status === "in_progress" || task.status === "blocked") return endedLine(task);
  if (facts.blockers.length > 0) return { text: `waits for ${numberList(facts.blockers)}` };
  const hidden = facts.isPlainBoard ? hiddenStatusNames[task.status] : undefined;
  return hidden ? { text: `in ${hidden}` } : undefined;
}

function waitingLine({ ask, count }: Waiting): StatusLine {
  const time: LineTime = { type: "counting", since: ask.created_at };
  return { ...askLine(ask), time, ...(count > 1 ? { more: count - 1 } : {}) };
}

function liveLine(attempt: AttemptSummary, blockers: readonly number[]): StatusLine {
  const time = (since: string | null): LineTime => ({ type: "counting", since: since ?? attempt.queued_at });
  switch (attempt.state) {
    case "queued": {
      const reason = blockers.length > 0 ? `waits for ${numberList(blockers)}` : "next when a slot is free";
      return { text: `queued · ${reason}`, time: time(null) };
    }
    case "preparing":
      return { text: "preparing the worktree", time: time(attempt.started_at) };
    case "waiting":
      if (attempt.is_stopped) return { text: "stopped · goes on with your message", time: time(attempt.started_at) };
      return attempt.activity
        ? activityLine(attempt, time(null))
        : { text: "waits for you", time: time(attempt.started_at) };
    case "gates":
    case "running":
    case "review_ready":
    case "failed":
    case "cancelled":
    case "merged":
    case "pr_created":
    case "changes_requested":
    case "discarded":
      return activityLine(attempt, time(attempt.started_at));
  }
}

function activityLine(attempt: AttemptSummary, time: LineTime): StatusLine {
  const gate = attempt.state === "gates" ? attempt.gates.find(({ state }) => state === "running") : undefined;
  if (gate) return { text: "running gate", object: gate.name, time };
  if (attempt.activity === null) return { text: attempt.state === "gates" ? "running gates" : "starting…", time };
  const { verb, object, since } = attempt.activity;
  // Between its calls an agent's own words tell more than that it thinks.
  if (verb === "thinking" && attempt.progress) return progressLine(attempt.progress, since);
  return { text: verb, ...(object ? { object } : {}), time: { type: "counting", since } };
}

function progressLine({ phase, step, total, message }: Progress, since: string): StatusLine {
  const reached = step !== null && total !== null ? ` · ${step}/${total}` : "";
  return { text: `${message ?? phase}${reached}`, time: { type: "counting", since } };
}

function endedLine(task: Task): StatusLine | undefined {
  const attempt = task.last_attempt;
  if (attempt === null) return undefined;
  const at = attempt.ended_at ?? task.updated_at;
  const time: LineTime = { type: "ago", at };
  switch (attempt.state) {
    case "review_ready":
      return { text: "ready for review", time };
    case "failed":
      return {
        text: `failed · ${task.error_message ?? attempt.error?.message ?? "no reason given"}`,
        time,
        isLong: attempt.started_at === null,
      };
    case "cancelled":
      return { text: "cancelled", time };
    case "merged":
      return { text: `merged into ${attempt.base_branch}`, icon: "merge", time };
    case "changes_requested":
      return { text: "changes requested", time };
    case "discarded":
      return { text: "discarded", time };
    case "pr_created":
      return { ...requestLine(attempt), time };
    case "queued":
    case "preparing":
    case "running":
    case "waiting":
    case "gates":
      return undefined;
  }
}

function doneLine(task: Task): StatusLine | undefined {
  const attempt = task.last_attempt;
  if (attempt === null) return undefined;
  const time: LineTime = { type: "when", at: task.updated_at };
  if (attempt.state === "merged") return { text: `merged into ${attempt.base_branch}`, icon: "merge", time };
  if (attempt.state === "pr_created") return { ...requestLine(attempt), time };
  if (attempt.state === "review_ready") return { text: "approved · not merged yet", icon: "approved", time };
  return undefined;
}

function requestLine({ pull_request: request }: AttemptSummary): StatusLine {
  return { text: request ? pullRequestLine(request) : "pull request opened", icon: "pull_request" };
}
