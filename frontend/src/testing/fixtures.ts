import type {
  Attempt,
  Approval,
  AttemptSummary,
  Comment,
  Config,
  DiffFile,
  GateRun,
  MergePreview,
  Message,
  Project,
  Question,
  Rule,
  Task,
} from "@/api/generated/types";

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
      gates_before_merge: false,
      run_merge_hooks: false,
      auto_run: false,
      notes: "",
      question_default_after_s: null,
      question_default_answer: "",
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
    mode: null,
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
    progress: null,
    is_stopped: false,
    cost_usd: 0,
    turns: 0,
    files_changed: null,
    additions: null,
    deletions: null,
    gates: [],
    pull_request: null,
    ...part,
  };
}

/** A command that waits for a person; its id follows from the number. */
export function anApproval(number: number, part: Partial<Approval> = {}): Approval {
  return {
    id: `01900000-0000-7000-c000-${String(number).padStart(12, "0")}`,
    project_id: aProject().id,
    task_id: taskId(1),
    attempt_id: anAttempt().id,
    kind: "tool",
    state: "pending",
    tool_name: "Bash",
    tool_input: { command: "npm install zod", description: "Install zod" },
    tool_use_id: `toolu_${number}`,
    description: "Install zod",
    reason: null,
    is_subagent: false,
    cwd: "/code/atlas-web-worktree",
    suggestions: [
      { tool_name: "Bash", pattern: "npm install zod", text: "npm install zod" },
      { tool_name: "Bash", pattern: "npm install *", text: "npm install with any package" },
    ],
    created_at: "2026-11-20T10:05:00.000Z",
    resolved_at: null,
    resolved_by: null,
    message: null,
    is_edited: false,
    ...part,
  };
}

/** A question with two options that waits for a person. */
export function aQuestion(number: number, part: Partial<Question> = {}): Question {
  return {
    id: `01900000-0000-7000-d000-${String(number).padStart(12, "0")}`,
    project_id: aProject().id,
    task_id: taskId(1),
    attempt_id: anAttempt().id,
    state: "pending",
    questions: [
      {
        question: "Which date library shall I use?",
        header: "Library",
        options: [
          { label: "date-fns", description: "small functions" },
          { label: "Temporal", description: "needs a polyfill" },
        ],
        multi_select: false,
      },
    ],
    created_at: "2026-11-20T10:05:00.000Z",
    default_at: null,
    resolved_at: null,
    resolved_by: null,
    answers: null,
    message: null,
    ...part,
  };
}

/** A rule of a project. */
export function aRule(number: number, part: Partial<Rule> = {}): Rule {
  return {
    id: `01900000-0000-7000-e000-${String(number).padStart(12, "0")}`,
    project_id: aProject().id,
    attempt_id: null,
    tool_name: "Bash",
    pattern: "npm install *",
    text: "npm install with any package",
    hit_count: 0,
    last_hit_at: null,
    created_at: "2026-11-20T10:05:00.000Z",
    ...part,
  };
}

/** A message to an attempt's agent. */
export function aMessage(number: number, part: Partial<Message> = {}): Message {
  return {
    id: `01900000-0000-7000-f000-${String(number).padStart(12, "0")}`,
    task_id: taskId(1),
    attempt_id: anAttempt().id,
    state: "sent",
    body: `Message ${number}`,
    attachments: [],
    position: 0,
    created_at: "2026-11-20T10:05:00.000Z",
    taken_at: null,
    ...part,
  };
}

/** The settings of a fresh machine. */
export function aConfig(part: Partial<Config> = {}): Config {
  return {
    config_version: 1,
    theme: "light",
    approval_mode: null,
    attention: {
      sound: false,
      notifications: false,
      on_approval: true,
      on_question: true,
      on_review: true,
      on_failure: true,
    },
    append_prompt: "",
    branch_prefix: "ek",
    port: 9847,
    editor: "",
    limits: { max_parallel: 4 },
    ...part,
  };
}

/** An attempt in full, ended and ready for review. */
export function aFullAttempt(part: Partial<Attempt> = {}): Attempt {
  const { cost_usd: _cost, turns: _turns, ...summary } = anAttempt();
  return {
    ...summary,
    task_id: aTask(1).id,
    state: "review_ready",
    branch_name: "ek/one",
    base_commit: "b".repeat(40),
    head_commit: "a".repeat(40),
    head_tree: "c".repeat(40),
    reviewed_commit: null,
    merge_commit: null,
    merge_style: null,
    revert_commit: null,
    continues_id: null,
    worktree_id: anAttempt().id,
    worktree_path: "/w/one",
    session_id: null,
    ended_at: "2026-11-20T10:04:10.000Z",
    summary: "Did it.",
    usage: {
      input_tokens: 1,
      output_tokens: 1,
      cache_read_tokens: 0,
      cache_creation_tokens: 0,
      cost_usd: 0.41,
      turns: 18,
    },
    files_changed: 3,
    additions: 12,
    deletions: 4,
    config_changes: [],
    unknown_entries: 0,
    last_seq: 10,
    allowed_actions: [],
    ...part,
  };
}

/** A changed file of a diff. */
export function aDiffFile(path: string, part: Partial<DiffFile> = {}): DiffFile {
  return {
    path,
    content_key: `key of ${path}`,
    is_viewed: false,
    old_mode: "100644",
    new_mode: "100644",
    is_submodule: false,
    old_path: null,
    status: "modified",
    additions: 1,
    deletions: 0,
    binary: false,
    too_large: false,
    ...part,
  };
}

/** A run of a gate that has passed. */
export function aGateRun(name: string, part: Partial<GateRun> = {}): GateRun {
  return {
    id: `run of ${name}`,
    attempt_id: anAttempt().id,
    name,
    kind: "gate",
    command: `npm run ${name}`,
    state: "passed",
    commit: "a".repeat(40),
    is_stale: false,
    exit_code: 0,
    message: null,
    timeout_s: 600,
    output_bytes: 0,
    output_tail: "",
    started_at: "2026-11-20T10:04:00.000Z",
    ended_at: "2026-11-20T10:04:04.100Z",
    ...part,
  };
}

/** A merge that goes through. */
export function aMergePreview(part: Partial<MergePreview> = {}): MergePreview {
  return {
    target: "main",
    head: "a".repeat(40),
    style: "merge",
    message: "Merge branch 'ek/one'\n\nOne.",
    behind: 0,
    ahead: 2,
    forecast: "clean",
    conflicts: [],
    refusal: null,
    updates_checkout: false,
    runs_gates: false,
    ...part,
  };
}

/** A draft on a line. */
export function aComment(id: string, part: Partial<Comment> = {}): Comment {
  return {
    id,
    task_id: aTask(1).id,
    attempt_id: anAttempt().id,
    commit: "a".repeat(40),
    path: "src/app.ts",
    side: "new",
    line: 4,
    line_text: "let a = 2;",
    current_line: 4,
    is_outdated: false,
    body: "Why?",
    state: "draft",
    sent_attempt_id: null,
    answered_commit: null,
    created_at: "2026-11-20T10:05:00.000Z",
    updated_at: "2026-11-20T10:05:00.000Z",
    ...part,
  };
}
