import type { AttemptSummary, Project, Task } from "@/api/generated/types";

/** A project as the server would send it. */
export function aProject(part: Partial<Project> = {}): Project {
  return {
    id: "01900000-0000-7000-8000-000000000001",
    name: "atlas-web",
    path: "/code/atlas-web",
    default_branch: "main",
    board: "plain",
    settings: {
      max_parallel: 3,
      gates: [],
      setup_command: null,
      dev_command: null,
      carry_files: [],
      default_agent_id: null,
      limits: {},
      merge_style: "merge",
      auto_run: false,
      notes: "",
    },
    created_at: "2026-11-20T10:00:00.000Z",
    updated_at: "2026-11-20T10:00:00.000Z",
    ...part,
  };
}

/** A task in To Do; its id and rank follow from its number. */
export function aTask(number: number, part: Partial<Task> = {}): Task {
  return {
    id: taskId(number),
    project_id: aProject().id,
    number,
    title: `Task ${number}`,
    description: "",
    status: "todo",
    rank: String(number).padStart(4, "0"),
    labels: [],
    priority: null,
    size: null,
    criteria: [],
    focus_files: [],
    blocked_by: [],
    blocks: [],
    agent_id: null,
    live_attempt: null,
    last_attempt: null,
    last_outcome: null,
    pending_approvals: 0,
    pending_questions: 0,
    error_message: null,
    feedback: null,
    cost_usd: 0,
    branch_name: null,
    worktree_path: null,
    created_at: "2026-11-20T10:00:00.000Z",
    updated_at: "2026-11-20T10:00:00.000Z",
    allowed_actions: ["start", "edit", "delete"],
    allowed_moves: ["backlog", "prd_review", "todo", "in_progress", "review", "done"],
    ...part,
  };
}

/** The id of the task with that number. */
export function taskId(number: number): string {
  return `01900000-0000-7000-9000-${String(number).padStart(12, "0")}`;
}

/** An attempt at work. */
export function anAttempt(part: Partial<AttemptSummary> = {}): AttemptSummary {
  return {
    id: "01900000-0000-7000-a000-000000000001",
    number: 1,
    state: "running",
    agent_id: "01900000-0000-7000-b000-000000000001",
    agent_name: "claude",
    mode: "bypass",
    base_branch: "main",
    queued_at: "2026-11-20T10:00:00.000Z",
    started_at: "2026-11-20T10:00:10.000Z",
    ended_at: null,
    error: null,
    activity: null,
    cost_usd: 0,
    turns: 0,
    files_changed: null,
    additions: null,
    deletions: null,
    ...part,
  };
}
