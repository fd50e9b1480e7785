/**
 * Every shape that enters from outside, as a schema that is proved equal to the type generated from Rust.
 * A new field in `domain` breaks the proof here, not a user's board.
 */
import * as z from "zod/mini";
import type * as wire from "./generated/types";

// The page's policy forbids `new Function`; without this Zod would try it once and leave a violation behind.
z.config({ jitless: true });

type Equal<Left, Right> =
  (<Probe>() => Probe extends Left ? 1 : 2) extends <Probe>() => Probe extends Right ? 1 : 2 ? true : false;
type Assert<Proof extends true> = Proof;

const text = z.string();
const whole = z.number();
const maybeText = z.nullable(text);
const maybeWhole = z.nullable(whole);

// What `JSON.parse` made is JSON by construction; who shows a payload parses it by its kind.
const json = z.custom<wire.JsonValue>((value) => value !== undefined);

export const taskStatus = z.enum(["backlog", "prd_review", "todo", "in_progress", "blocked", "review", "done"]);
export type TaskStatusProof = Assert<Equal<z.infer<typeof taskStatus>, wire.TaskStatus>>;

export const attemptState = z.enum([
  "queued",
  "preparing",
  "running",
  "waiting",
  "gates",
  "review_ready",
  "failed",
  "cancelled",
  "merged",
  "pr_created",
  "changes_requested",
  "discarded",
]);
export type AttemptStateProof = Assert<Equal<z.infer<typeof attemptState>, wire.AttemptState>>;

export const priority = z.enum(["low", "medium", "high", "urgent"]);
export type PriorityProof = Assert<Equal<z.infer<typeof priority>, wire.Priority>>;

export const size = z.enum(["xs", "s", "m", "l", "xl"]);
export type SizeProof = Assert<Equal<z.infer<typeof size>, wire.Size>>;

export const permissionMode = z.enum(["bypass", "interactive", "accept_edits", "plan"]);
export type PermissionModeProof = Assert<Equal<z.infer<typeof permissionMode>, wire.PermissionMode>>;

export const taskAction = z.enum([
  "start",
  "cancel",
  "approve",
  "approve_and_merge",
  "merge",
  "reject",
  "discard",
  "edit",
  "delete",
]);
export type TaskActionProof = Assert<Equal<z.infer<typeof taskAction>, wire.TaskAction>>;

export const attemptAction = z.enum([
  "cancel",
  "approve",
  "approve_and_merge",
  "merge",
  "discard",
  "message",
  "interrupt",
  "finish",
  "resume",
  "set_mode",
  "request_changes",
  "retry_fresh",
  "resolve_conflicts",
  "open_pull_request",
  "undo_merge",
  "restore",
  "run_gates",
  "go_back",
]);
export type AttemptActionProof = Assert<Equal<z.infer<typeof attemptAction>, wire.AttemptAction>>;

export const activity = z.object({ verb: text, object: maybeText, since: text }) satisfies z.ZodMiniType<wire.Activity>;
export type ActivityProof = Assert<Equal<z.infer<typeof activity>, wire.Activity>>;

export const progress = z.object({
  phase: text,
  step: maybeWhole,
  total: maybeWhole,
  message: maybeText,
}) satisfies z.ZodMiniType<wire.Progress>;
export type ProgressProof = Assert<Equal<z.infer<typeof progress>, wire.Progress>>;

export const attemptError = z.object({
  code: z.enum([
    "worktree_failed",
    "start_failed",
    "agent_error",
    "no_result",
    "lost",
    "limit_reached",
    "not_logged_in",
    "finish_failed",
  ]),
  message: text,
}) satisfies z.ZodMiniType<wire.AttemptError>;
export type AttemptErrorProof = Assert<Equal<z.infer<typeof attemptError>, wire.AttemptError>>;

export const usage = z.object({
  input_tokens: whole,
  output_tokens: whole,
  cache_read_tokens: whole,
  cache_creation_tokens: whole,
  cost_usd: z.number(),
  turns: whole,
}) satisfies z.ZodMiniType<wire.Usage>;
export type UsageProof = Assert<Equal<z.infer<typeof usage>, wire.Usage>>;

export const mergeStyle = z.enum(["merge", "squash", "rebase"]);
export type MergeStyleProof = Assert<Equal<z.infer<typeof mergeStyle>, wire.MergeStyle>>;

export const gateState = z.enum(["not_run", "queued", "running", "passed", "failed", "timed_out", "cancelled", "lost"]);
export type GateStateProof = Assert<Equal<z.infer<typeof gateState>, wire.GateState>>;

export const gateMark = z.object({
  name: text,
  state: gateState,
  is_stale: z.boolean(),
}) satisfies z.ZodMiniType<wire.GateMark>;
export type GateMarkProof = Assert<Equal<z.infer<typeof gateMark>, wire.GateMark>>;

export const gateRun = z.object({
  id: maybeText,
  attempt_id: text,
  name: text,
  kind: z.enum(["setup", "gate", "merge"]),
  command: text,
  state: gateState,
  commit: maybeText,
  is_stale: z.boolean(),
  exit_code: maybeWhole,
  message: maybeText,
  timeout_s: whole,
  output_bytes: whole,
  output_tail: text,
  started_at: maybeText,
  ended_at: maybeText,
}) satisfies z.ZodMiniType<wire.GateRun>;
export type GateRunProof = Assert<Equal<z.infer<typeof gateRun>, wire.GateRun>>;

export const pullRequest = z.object({
  repository: text,
  number: whole,
  url: text,
  state: z.enum(["open", "closed", "merged"]),
  checks: z.enum(["none", "pending", "passing", "failing"]),
  error: maybeText,
  checked_at: text,
}) satisfies z.ZodMiniType<wire.PullRequest>;
export type PullRequestProof = Assert<Equal<z.infer<typeof pullRequest>, wire.PullRequest>>;

export const comment = z.object({
  id: text,
  task_id: text,
  attempt_id: text,
  commit: text,
  path: text,
  side: z.enum(["old", "new"]),
  line: maybeWhole,
  line_text: maybeText,
  current_line: maybeWhole,
  is_outdated: z.boolean(),
  body: text,
  state: z.enum(["draft", "sent", "answered"]),
  sent_attempt_id: maybeText,
  answered_commit: maybeText,
  created_at: text,
  updated_at: text,
}) satisfies z.ZodMiniType<wire.Comment>;
export type CommentProof = Assert<Equal<z.infer<typeof comment>, wire.Comment>>;

export const radar = z.object({
  project_id: text,
  collisions: z.array(
    z.object({ task_id: text, with_task_id: maybeText, with_number: maybeWhole, paths: z.array(text) }),
  ),
  attempt_ids: z.array(text),
  computed_at: maybeText,
}) satisfies z.ZodMiniType<wire.Radar>;
export type RadarProof = Assert<Equal<z.infer<typeof radar>, wire.Radar>>;

export const attemptSummary = z.object({
  id: text,
  number: whole,
  state: attemptState,
  agent_id: text,
  agent_name: text,
  mode: permissionMode,
  base_branch: text,
  queued_at: text,
  started_at: maybeText,
  ended_at: maybeText,
  error: z.nullable(attemptError),
  activity: z.nullable(activity),
  progress: z.nullable(progress),
  is_stopped: z.boolean(),
  cost_usd: z.number(),
  turns: whole,
  files_changed: maybeWhole,
  additions: maybeWhole,
  deletions: maybeWhole,
  gates: z.array(gateMark),
  pull_request: z.nullable(pullRequest),
}) satisfies z.ZodMiniType<wire.AttemptSummary>;
export type AttemptSummaryProof = Assert<Equal<z.infer<typeof attemptSummary>, wire.AttemptSummary>>;

export const attempt = z.object({
  id: text,
  task_id: text,
  number: whole,
  state: attemptState,
  agent_id: text,
  agent_name: text,
  mode: permissionMode,
  branch_name: maybeText,
  base_branch: text,
  base_commit: maybeText,
  head_commit: maybeText,
  head_tree: maybeText,
  reviewed_commit: maybeText,
  merge_commit: maybeText,
  merge_style: z.nullable(mergeStyle),
  revert_commit: maybeText,
  pull_request: z.nullable(pullRequest),
  continues_id: maybeText,
  worktree_id: text,
  gates: z.array(gateMark),
  worktree_path: maybeText,
  session_id: maybeText,
  queued_at: text,
  started_at: maybeText,
  ended_at: maybeText,
  error: z.nullable(attemptError),
  summary: maybeText,
  usage,
  activity: z.nullable(activity),
  progress: z.nullable(progress),
  is_stopped: z.boolean(),
  files_changed: maybeWhole,
  additions: maybeWhole,
  deletions: maybeWhole,
  config_changes: z.array(text),
  unknown_entries: whole,
  last_seq: whole,
  allowed_actions: z.array(attemptAction),
}) satisfies z.ZodMiniType<wire.Attempt>;
export type AttemptProof = Assert<Equal<z.infer<typeof attempt>, wire.Attempt>>;

export const criterion = z.object({
  id: text,
  text,
  done: z.boolean(),
  evidence: maybeText,
}) satisfies z.ZodMiniType<wire.Criterion>;
export type CriterionProof = Assert<Equal<z.infer<typeof criterion>, wire.Criterion>>;

export const task = z.object({
  id: text,
  project_id: text,
  number: whole,
  title: text,
  description: text,
  status: taskStatus,
  rank: text,
  labels: z.array(text),
  priority: z.nullable(priority),
  size: z.nullable(size),
  criteria: z.array(criterion),
  focus_files: z.array(text),
  blocked_by: z.array(text),
  blocks: z.array(text),
  agent_id: maybeText,
  mode: z.nullable(permissionMode),
  live_attempt: z.nullable(attemptSummary),
  last_attempt: z.nullable(attemptSummary),
  last_outcome: z.nullable(z.enum(["ok", "failed", "cancelled"])),
  pending_approvals: whole,
  pending_questions: whole,
  error_message: maybeText,
  feedback: maybeText,
  cost_usd: z.number(),
  branch_name: maybeText,
  worktree_path: maybeText,
  created_at: text,
  updated_at: text,
  allowed_actions: z.array(taskAction),
  allowed_moves: z.array(taskStatus),
}) satisfies z.ZodMiniType<wire.Task>;
export type TaskProof = Assert<Equal<z.infer<typeof task>, wire.Task>>;

export const mergeResult = z.object({ task, commit: text, note: maybeText }) satisfies z.ZodMiniType<wire.MergeResult>;
export type MergeResultProof = Assert<Equal<z.infer<typeof mergeResult>, wire.MergeResult>>;

const maybeLimit = z.exactOptional(z.nullable(z.number()));
export const agentLimits = z.object({
  max_runtime_s: maybeLimit,
  max_idle_s: maybeLimit,
  max_turns: maybeLimit,
  max_iterations: maybeLimit,
  max_cost_usd: maybeLimit,
  max_tokens: maybeLimit,
}) satisfies z.ZodMiniType<wire.AgentLimits>;
export type AgentLimitsProof = Assert<Equal<z.infer<typeof agentLimits>, wire.AgentLimits>>;

export const agent = z.object({
  id: text,
  name: text,
  adapter: z.enum(["claude", "scripted"]),
  command: maybeText,
  model: maybeText,
  mode: permissionMode,
  append_prompt: maybeText,
  env: z.record(text, text),
  extra_args: z.array(text),
  limits: agentLimits,
  loop: z.object({ enabled: z.boolean(), promise: z.exactOptional(maybeText) }),
  is_default: z.boolean(),
}) satisfies z.ZodMiniType<wire.Agent>;
export type AgentProof = Assert<Equal<z.infer<typeof agent>, wire.Agent>>;

export const projectSettings = z.object({
  max_parallel: whole,
  gates: z.array(z.object({ name: text, command: text, timeout_s: whole })),
  setup_command: maybeText,
  dev_command: maybeText,
  carry_files: z.array(text),
  default_agent_id: maybeText,
  limits: agentLimits,
  merge_style: mergeStyle,
  gates_before_merge: z.boolean(),
  run_merge_hooks: z.boolean(),
  auto_run: z.boolean(),
  notes: text,
  question_default_after_s: maybeWhole,
  question_default_answer: text,
}) satisfies z.ZodMiniType<wire.ProjectSettings>;
export type ProjectSettingsProof = Assert<Equal<z.infer<typeof projectSettings>, wire.ProjectSettings>>;

export const project = z.object({
  id: text,
  name: text,
  path: text,
  default_branch: text,
  board: z.enum(["plain", "prd"]),
  settings: projectSettings,
  created_at: text,
  updated_at: text,
}) satisfies z.ZodMiniType<wire.Project>;
export type ProjectProof = Assert<Equal<z.infer<typeof project>, wire.Project>>;

export const projectValidation = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ name: text, ok: z.boolean(), message: text, fix: maybeText })),
}) satisfies z.ZodMiniType<wire.ProjectValidation>;
export type ProjectValidationProof = Assert<Equal<z.infer<typeof projectValidation>, wire.ProjectValidation>>;

export const projectTrust = z.object({
  state: z.enum(["nothing", "undecided", "trusted", "refused", "changed"]),
  hash: maybeText,
  items: z.array(
    z.object({
      kind: z.enum(["hook", "mcp_server", "environment", "helper", "permission", "setting"]),
      file: text,
      name: text,
      detail: text,
    }),
  ),
  decided_at: maybeText,
}) satisfies z.ZodMiniType<wire.ProjectTrust>;
export type ProjectTrustProof = Assert<Equal<z.infer<typeof projectTrust>, wire.ProjectTrust>>;

export const attention = z.object({
  sound: z.boolean(),
  notifications: z.boolean(),
  on_approval: z.boolean(),
  on_question: z.boolean(),
  on_review: z.boolean(),
  on_failure: z.boolean(),
}) satisfies z.ZodMiniType<wire.Attention>;
export type AttentionProof = Assert<Equal<z.infer<typeof attention>, wire.Attention>>;

export const config = z.object({
  config_version: whole,
  theme: z.enum(["light", "dark", "system"]),
  approval_mode: z.nullable(permissionMode),
  attention,
  append_prompt: text,
  branch_prefix: text,
  port: whole,
  editor: text,
  limits: z.object({ max_parallel: whole }),
}) satisfies z.ZodMiniType<wire.Config>;
export type ConfigProof = Assert<Equal<z.infer<typeof config>, wire.Config>>;

export const diffFile = z.object({
  path: text,
  content_key: text,
  is_viewed: z.boolean(),
  old_mode: maybeText,
  new_mode: maybeText,
  is_submodule: z.boolean(),
  old_path: maybeText,
  status: z.enum(["added", "modified", "deleted", "renamed", "copied", "type_changed"]),
  additions: whole,
  deletions: whole,
  binary: z.boolean(),
  too_large: z.boolean(),
}) satisfies z.ZodMiniType<wire.DiffFile>;
export type DiffFileProof = Assert<Equal<z.infer<typeof diffFile>, wire.DiffFile>>;

export const diffScope = z.enum(["all", "last_review", "last_turn", "uncommitted"]);
export type DiffScopeProof = Assert<Equal<z.infer<typeof diffScope>, wire.DiffScope>>;

export const diffScopeCount = z.object({
  scope: diffScope,
  file_count: maybeWhole,
}) satisfies z.ZodMiniType<wire.DiffScopeCount>;
export type DiffScopeCountProof = Assert<Equal<z.infer<typeof diffScopeCount>, wire.DiffScopeCount>>;

export const attemptDiff = z.object({
  scope: diffScope,
  base: text,
  head: text,
  is_live: z.boolean(),
  files: z.array(diffFile),
}) satisfies z.ZodMiniType<wire.AttemptDiff>;
export type AttemptDiffProof = Assert<Equal<z.infer<typeof attemptDiff>, wire.AttemptDiff>>;

const diffLine = z.object({
  kind: z.enum(["context", "added", "removed"]),
  old_no: maybeWhole,
  new_no: maybeWhole,
  text,
});

export const diffFileHunks = z.object({
  file: diffFile,
  hunks: z.array(
    z.object({
      old_start: whole,
      old_lines: whole,
      new_start: whole,
      new_lines: whole,
      section: text,
      lines: z.array(diffLine),
    }),
  ),
  notes: z.array(text),
  next_offset: z.nullable(whole),
}) satisfies z.ZodMiniType<wire.DiffFileHunks>;
export type DiffFileHunksProof = Assert<Equal<z.infer<typeof diffFileHunks>, wire.DiffFileHunks>>;

export const approvalState = z.enum(["pending", "allowed", "denied", "withdrawn"]);
export type ApprovalStateProof = Assert<Equal<z.infer<typeof approvalState>, wire.ApprovalState>>;

export const approval = z.object({
  id: text,
  project_id: text,
  task_id: text,
  attempt_id: text,
  kind: z.enum(["tool", "plan"]),
  state: approvalState,
  tool_name: text,
  tool_input: json,
  tool_use_id: maybeText,
  description: maybeText,
  reason: maybeText,
  is_subagent: z.boolean(),
  cwd: maybeText,
  suggestions: z.array(z.object({ tool_name: text, pattern: maybeText, text })),
  created_at: text,
  resolved_at: maybeText,
  resolved_by: maybeText,
  message: maybeText,
  is_edited: z.boolean(),
}) satisfies z.ZodMiniType<wire.Approval>;
export type ApprovalProof = Assert<Equal<z.infer<typeof approval>, wire.Approval>>;

export const approvalPreview = z.object({
  path: maybeText,
  is_inside: z.boolean(),
  is_new: z.boolean(),
  diff: z.nullable(diffFileHunks),
  problem: maybeText,
}) satisfies z.ZodMiniType<wire.ApprovalPreview>;
export type ApprovalPreviewProof = Assert<Equal<z.infer<typeof approvalPreview>, wire.ApprovalPreview>>;

/** What a 409 to an answer says in its details: who was faster. */
export const approvalConflict = z.object({ resolved_by: maybeText, resolved_at: maybeText, state: text });

export const questionState = z.enum(["pending", "answered", "declined", "withdrawn"]);
export type QuestionStateProof = Assert<Equal<z.infer<typeof questionState>, wire.QuestionState>>;

export const questionItem = z.object({
  question: text,
  header: maybeText,
  options: z.array(z.object({ label: text, description: maybeText })),
  multi_select: z.boolean(),
}) satisfies z.ZodMiniType<wire.QuestionItem>;
export type QuestionItemProof = Assert<Equal<z.infer<typeof questionItem>, wire.QuestionItem>>;

const answers = z.nullable(z.record(text, text));

export const question = z.object({
  id: text,
  project_id: text,
  task_id: text,
  attempt_id: text,
  state: questionState,
  questions: z.array(questionItem),
  created_at: text,
  default_at: maybeText,
  resolved_at: maybeText,
  resolved_by: maybeText,
  answers,
  message: maybeText,
}) satisfies z.ZodMiniType<wire.Question>;
export type QuestionProof = Assert<Equal<z.infer<typeof question>, wire.Question>>;

export const rule = z.object({
  id: text,
  project_id: text,
  attempt_id: maybeText,
  tool_name: text,
  pattern: maybeText,
  text,
  hit_count: whole,
  last_hit_at: maybeText,
  created_at: text,
}) satisfies z.ZodMiniType<wire.Rule>;
export type RuleProof = Assert<Equal<z.infer<typeof rule>, wire.Rule>>;

export const attachment = z.object({
  id: text,
  name: text,
  media_type: text,
  byte_count: whole,
}) satisfies z.ZodMiniType<wire.Attachment>;
export type AttachmentProof = Assert<Equal<z.infer<typeof attachment>, wire.Attachment>>;

export const message = z.object({
  id: text,
  task_id: text,
  attempt_id: maybeText,
  state: z.enum(["queued", "sent", "taken", "withdrawn", "noted"]),
  body: text,
  attachments: z.array(attachment),
  position: z.number(),
  created_at: text,
  taken_at: maybeText,
}) satisfies z.ZodMiniType<wire.Message>;
export type MessageProof = Assert<Equal<z.infer<typeof message>, wire.Message>>;

export const event = z.object({ seq: whole, ts: text, kind: text, payload: json }) satisfies z.ZodMiniType<wire.Event>;
export type EventProof = Assert<Equal<z.infer<typeof event>, wire.Event>>;

export const eventPage = z.object({
  items: z.array(event),
  next_cursor: maybeWhole,
  last_seq: whole,
}) satisfies z.ZodMiniType<wire.EventPage>;
export type EventPageProof = Assert<Equal<z.infer<typeof eventPage>, wire.EventPage>>;

const body = <Kind extends string, Payload extends z.ZodMiniType>(kind: Kind, payload: Payload) =>
  z.object({ kind: z.literal(kind), payload });

/** What an event says, by its kind. An event of a kind that is not here is shown raw. */
export const eventBody = z.discriminatedUnion("kind", [
  body("STATUS", z.object({ from: z.nullable(attemptState), to: attemptState, reason: maybeText })),
  body(
    "MESSAGE",
    z.object({
      role: z.enum(["user", "assistant", "system"]),
      text,
      parent_tool_use_id: maybeText,
      is_truncated: z.boolean(),
      attachments: z.exactOptional(z.array(attachment)),
    }),
  ),
  body("THINKING", z.object({ text, parent_tool_use_id: maybeText })),
  body("TOOL_CALL", z.object({ tool_use_id: text, name: text, input: json, parent_tool_use_id: maybeText })),
  body(
    "TOOL_RESULT",
    z.object({
      tool_use_id: text,
      is_error: z.boolean(),
      content: text,
      detail: z.nullable(json),
      parent_tool_use_id: maybeText,
      is_truncated: z.boolean(),
    }),
  ),
  body(
    "APPROVAL",
    z.object({
      approval_id: text,
      state: approvalState,
      tool_name: text,
      tool_input: json,
      message: maybeText,
      tool_use_id: z.exactOptional(text),
      resolved_by: z.exactOptional(text),
      is_edited: z.exactOptional(z.boolean()),
    }),
  ),
  body(
    "QUESTION",
    z.object({
      question_id: text,
      state: questionState,
      questions: z.array(questionItem),
      answers,
      message: maybeText,
      resolved_by: maybeText,
    }),
  ),
  body("CRITERION", z.object({ criterion_id: text, text, done: z.boolean(), evidence: maybeText })),
  body("COMMAND", z.object({ cmd: text, cwd: text })),
  body(
    "GATE_RESULT",
    z.object({
      gate: text,
      purpose: z.enum(["setup", "gate", "merge"]),
      state: gateState,
      exit_code: maybeWhole,
      duration_ms: maybeWhole,
      output_ref: text,
      message: maybeText,
    }),
  ),
  body("ARTIFACT", z.object({ kind: text, ref: text, title: maybeText })),
  body("PROGRESS", z.object({ phase: text, step: maybeWhole, total: maybeWhole, message: text })),
  body("USAGE", usage),
  body(
    "LOG",
    z.object({
      level: z.enum(["debug", "info", "warn", "error"]),
      stream: z.enum(["stdout", "stderr", "unknown", "agent", "board"]),
      message: text,
      is_truncated: z.boolean(),
    }),
  ),
  body("ERROR", z.object({ message: text, detail: maybeText })),
]) satisfies z.ZodMiniType<wire.EventBody>;
export type EventBodyProof = Assert<Equal<z.infer<typeof eventBody>, wire.EventBody>>;

const frameEvent = z.object({ kind: text, payload: json });

export const attemptFrame = z.discriminatedUnion("type", [
  z.object({ type: z.literal("event"), attempt_id: text, seq: whole, ts: text, event: frameEvent }),
  z.object({
    type: z.literal("events"),
    attempt_id: text,
    events: z.array(z.object({ seq: whole, ts: text, event: frameEvent })),
  }),
  z.object({
    type: z.literal("partial"),
    attempt_id: text,
    is_reset: z.boolean(),
    is_thinking: z.boolean(),
    text,
  }),
  z.object({ type: z.literal("resync"), attempt_id: text }),
]) satisfies z.ZodMiniType<wire.AttemptFrame>;
export type AttemptFrameProof = Assert<Equal<z.infer<typeof attemptFrame>, wire.AttemptFrame>>;

export const boardFrame = z.discriminatedUnion("type", [
  z.object({ type: z.literal("hello"), n: whole, instance_id: text }),
  z.object({ type: z.literal("task"), n: whole, task }),
  z.object({ type: z.literal("task_deleted"), n: whole, project_id: text, task_id: text }),
  z.object({ type: z.literal("attempt"), n: whole, attempt }),
  z.object({ type: z.literal("approval"), n: whole, approval }),
  z.object({ type: z.literal("question"), n: whole, question }),
  z.object({ type: z.literal("message"), n: whole, message }),
  z.object({ type: z.literal("gate_run"), n: whole, gate_run: gateRun }),
  z.object({ type: z.literal("comment"), n: whole, comment }),
  z.object({ type: z.literal("comment_deleted"), n: whole, task_id: text, comment_id: text }),
  z.object({ type: z.literal("radar"), n: whole, radar }),
  z.object({ type: z.literal("project"), n: whole, project }),
  z.object({ type: z.literal("project_deleted"), n: whole, project_id: text }),
  z.object({ type: z.literal("resync"), n: whole }),
]) satisfies z.ZodMiniType<wire.BoardFrame>;
export type BoardFrameProof = Assert<Equal<z.infer<typeof boardFrame>, wire.BoardFrame>>;

/** A frame of a kind this page does not know yet still counts: its number belongs to the sequence. */
export const unknownFrame = z.object({ type: text, n: whole });

export const errorEnvelope = z.object({
  error: z.object({
    code: z.enum([
      "bad_request",
      "unauthorized",
      "forbidden",
      "not_found",
      "method_not_allowed",
      "conflict",
      "merge_conflict",
      "merge_refused",
      "too_large",
      "unsupported_media_type",
      "range_not_satisfiable",
      "misdirected_request",
      "validation_failed",
      "too_many_requests",
      "internal",
      "unavailable",
    ]),
    message: text,
    details: z.exactOptional(json),
  }),
}) satisfies z.ZodMiniType<wire.ErrorEnvelope>;
export type ErrorEnvelopeProof = Assert<Equal<z.infer<typeof errorEnvelope>, wire.ErrorEnvelope>>;

/** One page of a list. */
export function pageOf<Item>(item: z.ZodMiniType<Item>) {
  return z.object({ items: z.array(item), next_cursor: maybeText });
}
