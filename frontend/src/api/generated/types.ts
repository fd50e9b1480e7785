// Generated from crates/domain by `cargo xtask types`. Do not edit: change the Rust type instead.

export type JsonValue = number | string | boolean | Array<JsonValue> | { [key in string]: JsonValue } | null;

/**
 * What the agent does now, for the card: a verb, its object, and since when.
 */
export type Activity = { 
/**
 * As `running`, `editing`, `thinking`.
 */
verb: string, 
/**
 * As `npm test` or `src/app.ts`; shown in the code font.
 */
object: string | null, 
/**
 * When it began.
 */
since: Timestamp, };

/**
 * An agent profile.
 */
export type Agent = { 
/**
 * Its id.
 */
id: AgentId, 
/**
 * Its name, unique.
 */
name: string, 
/**
 * Which protocol it speaks.
 */
adapter: AgentAdapter, 
/**
 * Program to start instead of the adapter's own.
 */
command: string | null, 
/**
 * Model to ask for instead of the agent's default.
 */
model: string | null, 
/**
 * What it may do unasked.
 */
mode: PermissionMode, 
/**
 * Text added to its instructions.
 */
append_prompt: string | null, 
/**
 * Environment added to its process.
 */
env: { [key in string]: string }, 
/**
 * Arguments added to its command.
 */
extra_args: Array<string>, 
/**
 * Limits of each attempt.
 */
limits: AgentLimits, 
/**
 * Whether it is sent back to work until its task is complete.
 */
loop: AgentLoop, 
/**
 * Whether projects that name none use it. Exactly one profile is the default.
 */
is_default: boolean, };

/**
 * Which protocol an agent speaks.
 */
export type AgentAdapter = "claude" | "scripted";

/**
 * An agent profile.
 */
export type AgentId = string;

/**
 * Limits of one attempt. None is no limit.
 */
export type AgentLimits = { 
/**
 * Seconds of wall time.
 */
max_runtime_s?: number | null, 
/**
 * Seconds without output.
 */
max_idle_s?: number | null, 
/**
 * Model turns.
 */
max_turns?: number | null, 
/**
 * Rounds of the loop.
 */
max_iterations?: number | null, 
/**
 * US dollars.
 */
max_cost_usd?: number | null, 
/**
 * Tokens in all.
 */
max_tokens?: number | null, };

/**
 * Whether the agent is sent back to work until its task is complete.
 */
export type AgentLoop = { 
/**
 * Whether it is on.
 */
enabled: boolean, 
/**
 * The text by which the agent says that it is done.
 */
promise?: string | null, };

/**
 * A tool call or plan that waits, or waited, for a person.
 */
export type Approval = { 
/**
 * Its id.
 */
id: ApprovalId, 
/**
 * Its project.
 */
project_id: ProjectId, 
/**
 * Its task.
 */
task_id: TaskId, 
/**
 * Its attempt.
 */
attempt_id: AttemptId, 
/**
 * What is to be approved.
 */
kind: ApprovalKind, 
/**
 * Where it stands.
 */
state: ApprovalState, 
/**
 * Name of the tool, as the agent gave it.
 */
tool_name: string, 
/**
 * Arguments of the call, whole: what is shown is what runs.
 */
tool_input: JsonValue, 
/**
 * Links it to the call in the log.
 */
tool_use_id: string | null, 
/**
 * The agent's own words about the call.
 */
description: string | null, 
/**
 * Why the agent asks, in its program's words.
 */
reason: string | null, 
/**
 * Whether a subagent asks.
 */
is_subagent: boolean, 
/**
 * Folder in which the call runs: the attempt's worktree.
 */
cwd: string | null, 
/**
 * Rules that would allow this call and others like it, the narrowest first.
 */
suggestions: Array<RuleProposal>, 
/**
 * When it was asked.
 */
created_at: Timestamp, 
/**
 * When it was answered or taken back.
 */
resolved_at: Timestamp | null, 
/**
 * Who answered, as `Firefox on Linux`, or the rule that did.
 */
resolved_by: string | null, 
/**
 * What was said with the answer.
 */
message: string | null, 
/**
 * Whether the call was allowed with other arguments than those asked for.
 */
is_edited: boolean, };

/**
 * A tool call or plan that waits for a person.
 */
export type ApprovalId = string;

/**
 * What is to be approved.
 */
export type ApprovalKind = "tool" | "plan";

/**
 * A changed approval mode: one of the modes, or what each profile says.
 */
export type ApprovalModePatch = "profile" | "bypass" | "interactive" | "accept_edits" | "plan";

/**
 * What an allowed call would do to a file, against the file as it is now.
 */
export type ApprovalPreview = { 
/**
 * The file, relative to the worktree where it is inside.
 */
path: string | null, 
/**
 * Whether the file is inside the worktree.
 */
is_inside: boolean, 
/**
 * Whether the file does not exist yet.
 */
is_new: boolean, 
/**
 * The change.
 */
diff: DiffFileHunks | null, 
/**
 * Why there is no change to show, as `the text to replace is not in the file`.
 */
problem: string | null, };

/**
 * Where an approval stands. Only a pending one can be answered, once.
 */
export type ApprovalState = "pending" | "allowed" | "denied" | "withdrawn";

/**
 * What to do with an approved attempt.
 */
export type ApproveAction = "merge" | "pr" | "keep";

/**
 * Body of an approval of an attempt.
 */
export type ApproveAttempt = { 
/**
 * What to do with it.
 */
action: ApproveAction, 
/**
 * The commit that the reviewer saw: refused if the branch has moved since.
 */
head?: string | null, 
/**
 * How to merge; the project's style if not given.
 */
style?: MergeStyle | null, 
/**
 * Message of the merge or squash commit, and of the pull request.
 */
message?: string | null, };

/**
 * Body of an approval of a task.
 */
export type ApproveTask = { 
/**
 * Whether to merge in the same step.
 */
merge: boolean, 
/**
 * The commit that the reviewer saw: refused if the branch has moved since.
 */
head?: string | null, 
/**
 * How to merge; the project's style if not given.
 */
style?: MergeStyle | null, 
/**
 * Message of the merge or squash commit, and of the pull request.
 */
message?: string | null, };

/**
 * A file that was attached to a message, stored by the hash of its content.
 */
export type Attachment = { 
/**
 * SHA-256 of its content, in hexadecimal.
 */
id: string, 
/**
 * Its name.
 */
name: string, 
/**
 * As `image/png`.
 */
media_type: string, 
/**
 * Its size in bytes.
 */
byte_count: number, };

/**
 * An attempt in full.
 */
export type Attempt = { 
/**
 * Its id.
 */
id: AttemptId, 
/**
 * The task it works on.
 */
task_id: TaskId, 
/**
 * 1 for the task's first attempt.
 */
number: number, 
/**
 * Where it stands.
 */
state: AttemptState, 
/**
 * The agent profile it runs with.
 */
agent_id: AgentId, 
/**
 * The profile's name when it started.
 */
agent_name: string, 
/**
 * What the agent may do unasked.
 */
mode: PermissionMode, 
/**
 * Its branch, once the worktree stands.
 */
branch_name: string | null, 
/**
 * The branch it started from and merges into.
 */
base_branch: string, 
/**
 * The commit it started from.
 */
base_commit: string | null, 
/**
 * The last commit of its branch, once its turn ended.
 */
head_commit: string | null, 
/**
 * The tree of `head_commit`.
 */
head_tree: string | null, 
/**
 * The commit that the reviewer saw when they last asked for changes.
 */
reviewed_commit: string | null, 
/**
 * The commit on the base branch, once merged.
 */
merge_commit: string | null, 
/**
 * How it was merged.
 */
merge_style: MergeStyle | null, 
/**
 * The commit that took the merge back, where it was reverted.
 */
revert_commit: string | null, 
/**
 * Its pull request.
 */
pull_request: PullRequest | null, 
/**
 * The attempt whose worktree and session it goes on with.
 */
continues_id: AttemptId | null, 
/**
 * The attempt that its worktree was made for; itself, unless it goes on with another's.
 */
worktree_id: AttemptId, 
/**
 * Its gates, where they ran.
 */
gates: Array<GateMark>, 
/**
 * Its worktree, while there is one.
 */
worktree_path: string | null, 
/**
 * The agent's conversation.
 */
session_id: SessionId | null, 
/**
 * When it was asked for.
 */
queued_at: Timestamp, 
/**
 * When its agent was started.
 */
started_at: Timestamp | null, 
/**
 * When its agent ended.
 */
ended_at: Timestamp | null, 
/**
 * What went wrong.
 */
error: AttemptError | null, 
/**
 * What the agent says it did.
 */
summary: string | null, 
/**
 * Tokens and cost.
 */
usage: Usage, 
/**
 * What the agent does now.
 */
activity: Activity | null, 
/**
 * How far the agent says it is.
 */
progress: Progress | null, 
/**
 * Whether its turn was stopped by a person, and its agent waits for a message.
 */
is_stopped: boolean, 
/**
 * Files changed against the merge base, once its turn ended.
 */
files_changed: number | null, 
/**
 * Lines added.
 */
additions: number | null, 
/**
 * Lines removed.
 */
deletions: number | null, 
/**
 * Files of its work that would run code once an agent is started in the repository; look at them first.
 */
config_changes: Array<string>, 
/**
 * Entries of the agent's stream that this version does not know; they are in the log.
 */
unknown_entries: number, 
/**
 * Sequence number of its last event.
 */
last_seq: number, 
/**
 * What may be done with it now.
 */
allowed_actions: Array<AttemptAction>, };

/**
 * What may be done with an attempt now.
 */
export type AttemptAction = "cancel" | "approve" | "approve_and_merge" | "merge" | "discard" | "message" | "interrupt" | "finish" | "resume" | "set_mode" | "request_changes" | "retry_fresh" | "resolve_conflicts" | "open_pull_request" | "undo_merge" | "restore" | "run_gates" | "go_back";

/**
 * A commit of an attempt.
 */
export type AttemptCommit = { 
/**
 * Its full name.
 */
id: string, 
/**
 * First line of its message.
 */
subject: string, 
/**
 * Its author's name.
 */
author: string, 
/**
 * When it was made.
 */
committed_at: Timestamp, };

/**
 * All changed files of an attempt.
 */
export type AttemptDiff = { 
/**
 * Which changes.
 */
scope: DiffScope, 
/**
 * What is compared against: the merge base, or the commit that the scope begins at.
 */
base: string, 
/**
 * The commit compared; for a running attempt the tree of its worktree as it is.
 */
head: string, 
/**
 * Whether uncommitted work is part of it.
 */
is_live: boolean, 
/**
 * The files, by path.
 */
files: Array<DiffFile>, };

/**
 * What went wrong, and what to do.
 */
export type AttemptError = { 
/**
 * For programs.
 */
code: FailureCode, 
/**
 * For people.
 */
message: string, };

/**
 * A frame of `/ws/attempts/{id}`.
 */
export type AttemptFrame = { "type": "event", 
/**
 * The attempt.
 */
attempt_id: AttemptId, 
/**
 * Place in the log.
 */
seq: number, 
/**
 * When.
 */
ts: Timestamp, 
/**
 * What.
 */
event: FrameEvent, } | { "type": "events", 
/**
 * The attempt.
 */
attempt_id: AttemptId, 
/**
 * The events; each with `seq`, `ts` and `event`.
 */
events: Array<BatchedEvent>, } | { "type": "partial", 
/**
 * The attempt.
 */
attempt_id: AttemptId, 
/**
 * Whether earlier partial text is void.
 */
is_reset: boolean, 
/**
 * Whether the text is thinking.
 */
is_thinking: boolean, 
/**
 * The next piece of text.
 */
text: string, } | { "type": "resync", 
/**
 * The attempt.
 */
attempt_id: AttemptId, };

/**
 * One try at a task.
 */
export type AttemptId = string;

/**
 * What an attempt did, in one place.
 */
export type AttemptReport = { 
/**
 * What the agent says it did.
 */
summary: string | null, 
/**
 * Files changed.
 */
files_changed: number, 
/**
 * Lines added.
 */
additions: number, 
/**
 * Lines removed.
 */
deletions: number, 
/**
 * Its commits, oldest first.
 */
commits: Array<AttemptCommit>, 
/**
 * Its gates.
 */
gates: Array<GateRun>, 
/**
 * The task's checklist.
 */
criteria: Array<Criterion>, 
/**
 * Tokens and cost.
 */
usage: Usage, 
/**
 * Milliseconds from the start of its agent to its end.
 */
duration_ms: number | null, 
/**
 * What is left open: criteria without a tick, gates that did not pass, comments without an answer.
 */
open_points: Array<string>, 
/**
 * All of it as Markdown, to be copied.
 */
markdown: string, };

/**
 * Where an attempt stands.
 */
export type AttemptState = "queued" | "preparing" | "running" | "waiting" | "gates" | "review_ready" | "failed" | "cancelled" | "merged" | "pr_created" | "changes_requested" | "discarded";

/**
 * What a card shows of an attempt.
 */
export type AttemptSummary = { 
/**
 * Its id.
 */
id: AttemptId, 
/**
 * 1 for the task's first attempt.
 */
number: number, 
/**
 * Where it stands.
 */
state: AttemptState, 
/**
 * The agent profile it runs with.
 */
agent_id: AgentId, 
/**
 * The profile's name when it started.
 */
agent_name: string, 
/**
 * What the agent may do unasked.
 */
mode: PermissionMode, 
/**
 * The branch it merges into.
 */
base_branch: string, 
/**
 * When it was asked for.
 */
queued_at: Timestamp, 
/**
 * When its agent was started.
 */
started_at: Timestamp | null, 
/**
 * When its agent ended.
 */
ended_at: Timestamp | null, 
/**
 * What went wrong.
 */
error: AttemptError | null, 
/**
 * What the agent does now.
 */
activity: Activity | null, 
/**
 * How far the agent says it is.
 */
progress: Progress | null, 
/**
 * Whether its turn was stopped by a person, and its agent waits for a message.
 */
is_stopped: boolean, 
/**
 * US dollars so far.
 */
cost_usd: number, 
/**
 * Model turns so far.
 */
turns: number, 
/**
 * Files changed, once its turn ended.
 */
files_changed: number | null, 
/**
 * Lines added.
 */
additions: number | null, 
/**
 * Lines removed.
 */
deletions: number | null, 
/**
 * Its gates, where they ran.
 */
gates: Array<GateMark>, 
/**
 * Its pull request.
 */
pull_request: PullRequest | null, };

/**
 * How the board calls for a person. Only the edges of a task's state call, never messages.
 */
export type Attention = { 
/**
 * Whether a sound is played.
 */
sound: boolean, 
/**
 * Whether the browser shows notifications.
 */
notifications: boolean, 
/**
 * Call when a tool call or plan waits.
 */
on_approval: boolean, 
/**
 * Call when a question waits.
 */
on_question: boolean, 
/**
 * Call when work can be looked at.
 */
on_review: boolean, 
/**
 * Call when an attempt failed or reached a limit.
 */
on_failure: boolean, };

/**
 * An event of an `events` frame.
 */
export type BatchedEvent = { 
/**
 * Place in the log.
 */
seq: number, 
/**
 * When.
 */
ts: Timestamp, 
/**
 * What.
 */
event: FrameEvent, };

/**
 * A frame of `/ws`. `n` grows by one per connection.
 */
export type BoardFrame = { "type": "hello", 
/**
 * 0.
 */
n: number, 
/**
 * Changes when the server was started anew.
 */
instance_id: string, } | { "type": "task", 
/**
 * Place in the connection.
 */
n: number, 
/**
 * The whole task.
 */
task: Task, } | { "type": "task_deleted", 
/**
 * Place in the connection.
 */
n: number, 
/**
 * Its project.
 */
project_id: ProjectId, 
/**
 * The task.
 */
task_id: TaskId, } | { "type": "attempt", 
/**
 * Place in the connection.
 */
n: number, 
/**
 * The whole attempt.
 */
attempt: Attempt, } | { "type": "approval", 
/**
 * Place in the connection.
 */
n: number, 
/**
 * The whole approval.
 */
approval: Approval, } | { "type": "question", 
/**
 * Place in the connection.
 */
n: number, 
/**
 * The whole question.
 */
question: Question, } | { "type": "message", 
/**
 * Place in the connection.
 */
n: number, 
/**
 * The whole message.
 */
message: Message, } | { "type": "gate_run", 
/**
 * Place in the connection.
 */
n: number, 
/**
 * The whole run.
 */
gate_run: GateRun, } | { "type": "comment", 
/**
 * Place in the connection.
 */
n: number, 
/**
 * The whole comment, anchored at the newest attempt.
 */
comment: Comment, } | { "type": "comment_deleted", 
/**
 * Place in the connection.
 */
n: number, 
/**
 * Its task.
 */
task_id: TaskId, 
/**
 * The comment.
 */
comment_id: CommentId, } | { "type": "radar", 
/**
 * Place in the connection.
 */
n: number, 
/**
 * The whole radar.
 */
radar: Radar, } | { "type": "project", 
/**
 * Place in the connection.
 */
n: number, 
/**
 * The whole project.
 */
project: Project, } | { "type": "project_deleted", 
/**
 * Place in the connection.
 */
n: number, 
/**
 * The project.
 */
project_id: ProjectId, } | { "type": "resync", 
/**
 * Place in the connection.
 */
n: number, };

/**
 * Which columns a project shows.
 */
export type BoardKind = "plain" | "prd";

/**
 * The whole state of an attempt's worktree at the end of a turn.
 */
export type Checkpoint = { 
/**
 * The attempt.
 */
attempt_id: AttemptId, 
/**
 * 0 for the state at its beginning, then one for each turn and each going back.
 */
number: number, 
/**
 * The hidden commit.
 */
commit: string, 
/**
 * Why it was taken, as `turn 2` or `before going back to 1`.
 */
label: string, 
/**
 * Files that changed since the one before.
 */
files_changed: number, 
/**
 * When it was taken.
 */
created_at: Timestamp, };

/**
 * What a pull request's checks say.
 */
export type ChecksState = "none" | "pending" | "passing" | "failing";

/**
 * Two pieces of work that would not merge with each other.
 */
export type Collision = { 
/**
 * The task whose newest attempt it is about.
 */
task_id: TaskId, 
/**
 * The other task; none for the base branch.
 */
with_task_id: TaskId | null, 
/**
 * The other task's number.
 */
with_number: number | null, 
/**
 * The files in conflict.
 */
paths: Array<string>, };

/**
 * A reviewer's comment on a line or a file of a diff.
 */
export type Comment = { 
/**
 * Its id.
 */
id: CommentId, 
/**
 * The task under review.
 */
task_id: TaskId, 
/**
 * The attempt whose diff it was written on.
 */
attempt_id: AttemptId, 
/**
 * The commit that was looked at.
 */
commit: string, 
/**
 * Path of the file.
 */
path: string, 
/**
 * The side it was written on.
 */
side: DiffSide, 
/**
 * The line it was written on; none for the whole file.
 */
line: number | null, 
/**
 * That line's text.
 */
line_text: string | null, 
/**
 * Where the line is in the diff that was asked for; none where it is gone or changed, and for a whole file.
 */
current_line: number | null, 
/**
 * Whether the code it is about is gone or changed.
 */
is_outdated: boolean, 
/**
 * What it says, as Markdown.
 */
body: string, 
/**
 * Where it stands.
 */
state: CommentState, 
/**
 * The attempt that was told.
 */
sent_attempt_id: AttemptId | null, 
/**
 * The commit that answered it: the last one of that attempt that changed the file.
 */
answered_commit: string | null, 
/**
 * When it was written.
 */
created_at: Timestamp, 
/**
 * When it was last changed.
 */
updated_at: Timestamp, };

/**
 * A reviewer's comment.
 */
export type CommentId = string;

/**
 * Where a comment stands.
 */
export type CommentState = "draft" | "sent" | "answered";

/**
 * The global settings.
 */
export type Config = { 
/**
 * Version of this shape.
 */
config_version: number, 
/**
 * Colours of the board.
 */
theme: Theme, 
/**
 * What agents may do unasked, where neither the start nor the task says; none is what each profile says.
 */
approval_mode: PermissionMode | null, 
/**
 * How the board calls for a person.
 */
attention: Attention, 
/**
 * Text added to every agent's prompt.
 */
append_prompt: string, 
/**
 * First part of the names of attempts' branches.
 */
branch_prefix: string, 
/**
 * Port to listen on at the next start.
 */
port: number, 
/**
 * Command that opens a file or folder in the user's editor.
 */
editor: string, 
/**
 * Limits over all projects.
 */
limits: ConfigLimits, };

/**
 * Limits over all projects.
 */
export type ConfigLimits = { 
/**
 * Attempts at once over all projects.
 */
max_parallel: number, };

/**
 * Changed settings: what is given is replaced.
 */
export type ConfigPatch = { 
/**
 * Colours of the board.
 */
theme?: Theme | null, 
/**
 * What agents may do unasked; `profile` is what each profile says.
 */
approval_mode?: ApprovalModePatch | null, 
/**
 * How the board calls for a person.
 */
attention?: Attention | null, 
/**
 * Text added to every agent's prompt.
 */
append_prompt?: string | null, 
/**
 * First part of the names of attempts' branches.
 */
branch_prefix?: string | null, 
/**
 * Port to listen on at the next start.
 */
port?: number | null, 
/**
 * Command that opens a file or folder in the user's editor.
 */
editor?: string | null, 
/**
 * Limits over all projects.
 */
limits?: ConfigLimits | null, };

/**
 * One file in conflict.
 */
export type ConflictFile = { 
/**
 * Its path.
 */
path: string, 
/**
 * What kind: `content`, `add_add`, `modify_delete`, `rename`, `file_directory`, `binary`, `type`, `submodule`,
 * `other`.
 */
kind: string, 
/**
 * What git says about it.
 */
message: string, 
/**
 * The stretches, for text.
 */
hunks: Array<ConflictHunk>, };

/**
 * One stretch of a file in conflict, with both sides.
 */
export type ConflictHunk = { 
/**
 * Line of the merged file at which it begins.
 */
line: number, 
/**
 * The target's lines.
 */
ours: string, 
/**
 * The common ancestor's lines.
 */
base: string, 
/**
 * The attempt's lines.
 */
theirs: string, };

/**
 * Body of a new profile.
 */
export type CreateAgent = { 
/**
 * Its name, unique.
 */
name: string, 
/**
 * Which protocol it speaks.
 */
adapter: AgentAdapter, 
/**
 * Program to start instead of the adapter's own.
 */
command?: string | null, 
/**
 * Model to ask for.
 */
model?: string | null, 
/**
 * What it may do unasked; bypass if not given.
 */
mode?: PermissionMode | null, 
/**
 * Text added to its instructions.
 */
append_prompt?: string | null, 
/**
 * Environment added to its process.
 */
env?: { [key in string]: string } | null, 
/**
 * Arguments added to its command.
 */
extra_args?: Array<string> | null, 
/**
 * Limits of each attempt.
 */
limits?: AgentLimits | null, 
/**
 * Whether it is sent back to work until its task is complete.
 */
loop?: AgentLoop | null, 
/**
 * Whether it becomes the default.
 */
is_default?: boolean | null, };

/**
 * A comment as it is given: on its own, or inside a request for changes.
 */
export type CreateComment = { 
/**
 * Path of the file.
 */
path: string, 
/**
 * The line; none for the whole file.
 */
line?: number | null, 
/**
 * The side; the new one if not given.
 */
side?: DiffSide | null, 
/**
 * What it says.
 */
body: string, };

/**
 * Body of a new project: one of `path` and `clone_url`.
 */
export type CreateProject = { 
/**
 * Absolute path in a repository on this machine.
 */
path?: string | null, 
/**
 * Address to clone from.
 */
clone_url?: string | null, 
/**
 * Its name; the folder's if not given.
 */
name?: string | null, 
/**
 * Branch that attempts start from; the repository's if not given.
 */
default_branch?: string | null, 
/**
 * Which columns it shows.
 */
board?: BoardKind | null, 
/**
 * Its settings.
 */
settings?: ProjectSettings | null, };

/**
 * Body of a new task.
 */
export type CreateTask = { 
/**
 * Its project; needed where the address does not name it.
 */
project_id?: ProjectId | null, 
/**
 * What it is called.
 */
title: string, 
/**
 * What the human wants, as Markdown.
 */
description?: string | null, 
/**
 * Its column; To Do if not given. In Progress and Blocked belong to the system.
 */
status?: TaskStatus | null, 
/**
 * Its labels.
 */
labels?: Array<string> | null, 
/**
 * How urgent it is.
 */
priority?: Priority | null, 
/**
 * How large it is.
 */
size?: Size | null, 
/**
 * Texts of its acceptance checklist.
 */
criteria?: Array<string> | null, 
/**
 * Paths to look at first.
 */
focus_files?: Array<string> | null, 
/**
 * Tasks of the same project that must be done first.
 */
blocked_by?: Array<TaskId> | null, 
/**
 * Agent profile, where not the project's.
 */
agent_id?: AgentId | null, 
/**
 * What its agents may do unasked.
 */
mode?: PermissionMode | null, };

/**
 * One line of a task's acceptance checklist.
 */
export type Criterion = { 
/**
 * Its id.
 */
id: CriterionId, 
/**
 * What must hold.
 */
text: string, 
/**
 * Whether it holds.
 */
done: boolean, 
/**
 * Why one may believe so.
 */
evidence: string | null, };

/**
 * One line of a task's acceptance checklist.
 */
export type CriterionId = string;

/**
 * A criterion as a client sends it: with its id it is changed, without it is new.
 */
export type CriterionPatch = { 
/**
 * Which one; none for a new one.
 */
id?: CriterionId | null, 
/**
 * What must hold.
 */
text: string, 
/**
 * Whether it holds.
 */
done: boolean, 
/**
 * Why one may believe so.
 */
evidence?: string | null, };

/**
 * Body of a decision.
 */
export type DecideTrust = { 
/**
 * The decision.
 */
decision: TrustDecision, 
/**
 * Hash of what was seen; 409 if it is something else by now.
 */
hash: string, };

/**
 * The answer to an approval.
 */
export type Decision = "allow" | "deny";

/**
 * When a message reaches a working agent.
 */
export type Delivery = "turn" | "now";

/**
 * One changed file.
 */
export type DiffFile = { 
/**
 * Path in the repository, after the change.
 */
path: string, 
/**
 * What the reviewer sees of it, as a key: another one means that the file has changed.
 */
content_key: string, 
/**
 * Whether a reviewer marked exactly this content as seen.
 */
is_viewed: boolean, 
/**
 * Mode before in octal, as `100644`; none for a new file.
 */
old_mode: string | null, 
/**
 * Mode after; none for a deleted file.
 */
new_mode: string | null, 
/**
 * Whether it is a submodule, before or after.
 */
is_submodule: boolean, 
/**
 * Path before, where it moved.
 */
old_path: string | null, 
/**
 * How it changed.
 */
status: DiffFileStatus, 
/**
 * Lines added.
 */
additions: number, 
/**
 * Lines removed.
 */
deletions: number, 
/**
 * Whether it is not text.
 */
binary: boolean, 
/**
 * Whether it is too large to be shown.
 */
too_large: boolean, };

/**
 * The changed lines of one file.
 */
export type DiffFileHunks = { 
/**
 * The file.
 */
file: DiffFile, 
/**
 * Its hunks; none for binary and too large files.
 */
hunks: Array<DiffHunk>, 
/**
 * What to know besides: mode change, symbolic link, submodule, no newline at the end.
 */
notes: Array<string>, 
/**
 * `offset` of the next lines, where these are not all.
 */
next_offset: number | null, };

/**
 * How a file changed.
 */
export type DiffFileStatus = "added" | "modified" | "deleted" | "renamed" | "copied" | "type_changed";

/**
 * Changed lines that stand together, with their context.
 */
export type DiffHunk = { 
/**
 * First line before.
 */
old_start: number, 
/**
 * Lines before.
 */
old_lines: number, 
/**
 * First line after.
 */
new_start: number, 
/**
 * Lines after.
 */
new_lines: number, 
/**
 * The function or section it is in, as git finds it.
 */
section: string, 
/**
 * The lines.
 */
lines: Array<DiffLine>, };

/**
 * One line.
 */
export type DiffLine = { 
/**
 * What it is.
 */
kind: DiffLineKind, 
/**
 * Its number before.
 */
old_no: number | null, 
/**
 * Its number after.
 */
new_no: number | null, 
/**
 * Its text, without the line end.
 */
text: string, };

/**
 * What a line of a diff is.
 */
export type DiffLineKind = "context" | "added" | "removed";

/**
 * Which changes of an attempt.
 */
export type DiffScope = "all" | "last_review" | "last_turn" | "uncommitted";

/**
 * How many files a scope has.
 */
export type DiffScopeCount = { 
/**
 * The scope.
 */
scope: DiffScope, 
/**
 * Its changed files; none where there is no such scope, as before the first review.
 */
file_count: number | null, };

/**
 * Which side of a diff.
 */
export type DiffSide = "old" | "new";

/**
 * What throwing an attempt's work away would lose. Nothing is changed by asking.
 */
export type DiscardPreview = { 
/**
 * Its branch.
 */
branch_name: string | null, 
/**
 * Its worktree.
 */
worktree_path: string | null, 
/**
 * Commits that no other branch has.
 */
commit_count: number, 
/**
 * Files changed against the base.
 */
files_changed: number, 
/**
 * Lines added.
 */
additions: number, 
/**
 * Lines removed.
 */
deletions: number, 
/**
 * Paths of work that is not committed.
 */
uncommitted: Array<string>, 
/**
 * Days for which all of it can be had back.
 */
kept_days: number, };

/**
 * What kind of error, for programs. A code exists because a client acts on it.
 */
export type ErrorCode = "bad_request" | "unauthorized" | "forbidden" | "not_found" | "method_not_allowed" | "conflict" | "merge_conflict" | "merge_refused" | "too_large" | "unsupported_media_type" | "range_not_satisfiable" | "misdirected_request" | "validation_failed" | "too_many_requests" | "internal" | "unavailable";

/**
 * What went wrong and what to do.
 */
export type ErrorDetail = { 
/**
 * For programs.
 */
code: ErrorCode, 
/**
 * For people.
 */
message: string, 
/**
 * What belongs to the code, as the conflicting files.
 */
details?: JsonValue, };

/**
 * Body of every error answer.
 */
export type ErrorEnvelope = { 
/**
 * The error.
 */
error: ErrorDetail, };

/**
 * One entry of an attempt's log. `seq` begins at 1 and has no gap.
 */
export type Event = { 
/**
 * Place in the attempt's log.
 */
seq: number, 
/**
 * When the agent wrote the line, or when the board did what the event says.
 */
ts: Timestamp, 
/**
 * Kind of the event in upper case, as `MESSAGE`.
 */
kind: string, 
/**
 * What happened; its shape depends on `kind`, see [`EventBody`].
 */
payload: JsonValue, };

/**
 * What an event says. Tagged by `kind`, the rest under `payload`.
 */
export type EventBody = { "kind": "STATUS", "payload": { 
/**
 * State before; none for the first event.
 */
from: AttemptState | null, 
/**
 * State after.
 */
to: AttemptState, 
/**
 * Why, if there is more to say.
 */
reason: string | null, } } | { "kind": "MESSAGE", "payload": { 
/**
 * Who.
 */
role: MessageRole, 
/**
 * What, at most [`TEXT_BYTES_MAX`] bytes.
 */
text: string, 
/**
 * Tool call of the subagent that speaks.
 */
parent_tool_use_id: string | null, 
/**
 * Whether `text` was cut.
 */
is_truncated: boolean, 
/**
 * What was attached.
 */
attachments?: Array<Attachment>, } } | { "kind": "THINKING", "payload": { 
/**
 * What it let us see.
 */
text: string, 
/**
 * Tool call of the subagent that thinks.
 */
parent_tool_use_id: string | null, } } | { "kind": "TOOL_CALL", "payload": { 
/**
 * Links the result to the call.
 */
tool_use_id: string, 
/**
 * Name of the tool, as the agent gave it.
 */
name: string, 
/**
 * Arguments, as the agent gave them (long texts cut).
 */
input: JsonValue, 
/**
 * Tool call of the subagent that calls.
 */
parent_tool_use_id: string | null, } } | { "kind": "TOOL_RESULT", "payload": { 
/**
 * The call that this answers.
 */
tool_use_id: string, 
/**
 * Whether the tool says that it failed.
 */
is_error: boolean, 
/**
 * What the agent sees, as text.
 */
content: string, 
/**
 * The structured result where the agent gives one: patch of an edit, output of a command.
 */
detail: JsonValue | null, 
/**
 * Tool call of the subagent that called.
 */
parent_tool_use_id: string | null, 
/**
 * Whether `content` was cut.
 */
is_truncated: boolean, } } | { "kind": "APPROVAL", "payload": { 
/**
 * The request's id.
 */
approval_id: string, 
/**
 * Where it stands.
 */
state: ApprovalState, 
/**
 * Name of the tool.
 */
tool_name: string, 
/**
 * The call's arguments; those it runs with, once allowed (long texts cut).
 */
tool_input: JsonValue, 
/**
 * What was said with the answer.
 */
message: string | null, 
/**
 * Links it to the call.
 */
tool_use_id?: string, 
/**
 * Who answered, or the rule that did.
 */
resolved_by?: string, 
/**
 * Whether it was allowed with other arguments than those asked for.
 */
is_edited?: boolean, } } | { "kind": "QUESTION", "payload": { 
/**
 * The question's id.
 */
question_id: string, 
/**
 * Where it stands.
 */
state: QuestionState, 
/**
 * What it wants to know.
 */
questions: Array<QuestionItem>, 
/**
 * The answers, by question.
 */
answers: { [key in string]: string } | null, 
/**
 * What was said instead of an answer.
 */
message: string | null, 
/**
 * Who answered.
 */
resolved_by: string | null, } } | { "kind": "CRITERION", "payload": { 
/**
 * The line.
 */
criterion_id: CriterionId, 
/**
 * Its text.
 */
text: string, 
/**
 * Whether it holds.
 */
done: boolean, 
/**
 * Why one may believe so.
 */
evidence: string | null, } } | { "kind": "COMMAND", "payload": { 
/**
 * The command as typed.
 */
cmd: string, 
/**
 * Where it ran.
 */
cwd: string, } } | { "kind": "GATE_RESULT", "payload": { 
/**
 * Its name.
 */
gate: string, 
/**
 * What it was run for.
 */
purpose: GateKind, 
/**
 * How it ended.
 */
state: GateState, 
/**
 * Exit code, if it exited by itself.
 */
exit_code: number | null, 
/**
 * How long its command ran; none where it never began.
 */
duration_ms: number | null, 
/**
 * The run whose output it is.
 */
output_ref: GateRunId, 
/**
 * What else is known about its end.
 */
message: string | null, } } | { "kind": "ARTIFACT", "payload": { 
/**
 * What it is: `commit`, `diff`, `merge`, …
 */
kind: string, 
/**
 * Where it is: a commit, a path.
 */
ref: string, 
/**
 * A line for people.
 */
title: string | null, } } | { "kind": "PROGRESS", "payload": { 
/**
 * What goes on, as `retry`, `worktree`.
 */
phase: string, 
/**
 * Step reached.
 */
step: number | null, 
/**
 * Steps in all.
 */
total: number | null, 
/**
 * A line for people.
 */
message: string, } } | { "kind": "USAGE", "payload": Usage } | { "kind": "LOG", "payload": { 
/**
 * Its weight.
 */
level: LogLevel, 
/**
 * Where it came from.
 */
stream: LogStream, 
/**
 * The text, at most [`TEXT_BYTES_MAX`] bytes.
 */
message: string, 
/**
 * Whether `message` was cut.
 */
is_truncated: boolean, } } | { "kind": "ERROR", "payload": { 
/**
 * What happened.
 */
message: string, 
/**
 * More for those who look: an error code, standard error's end.
 */
detail: string | null, } };

/**
 * Events in order, with the sequence number of the attempt's last one.
 */
export type EventPage = { 
/**
 * Events in ascending order.
 */
items: Array<Event>, 
/**
 * Sequence number to continue after, if there is more in the asked direction.
 */
next_cursor: number | null, 
/**
 * The attempt's last sequence number when the page was read.
 */
last_seq: number, };

/**
 * Why an attempt failed, for programs. The message says it for people.
 */
export type FailureCode = "worktree_failed" | "start_failed" | "agent_error" | "no_result" | "lost" | "limit_reached" | "not_logged_in" | "finish_failed";

/**
 * An event inside a frame: tagged body without its place.
 */
export type FrameEvent = { 
/**
 * Kind of the event.
 */
kind: string, 
/**
 * What happened.
 */
payload: JsonValue, };

/**
 * A command of the project that must pass.
 */
export type Gate = { 
/**
 * As `test`.
 */
name: string, 
/**
 * As `npm test`.
 */
command: string, 
/**
 * Seconds it may take.
 */
timeout_s: number, };

/**
 * What a command of the project is run for.
 */
export type GateKind = "setup" | "gate" | "merge";

/**
 * What a card shows of a gate.
 */
export type GateMark = { 
/**
 * The gate's name.
 */
name: string, 
/**
 * Where it stands.
 */
state: GateState, 
/**
 * Whether the attempt's work has another tree by now.
 */
is_stale: boolean, };

/**
 * A run of one of the project's commands, or a gate that never ran.
 */
export type GateRun = { 
/**
 * Its id; none where the gate never ran.
 */
id: GateRunId | null, 
/**
 * The attempt it ran for.
 */
attempt_id: AttemptId, 
/**
 * The gate's name; `setup` for the setup command.
 */
name: string, 
/**
 * What it was run for.
 */
kind: GateKind, 
/**
 * The command as typed.
 */
command: string, 
/**
 * Where it stands.
 */
state: GateState, 
/**
 * The commit whose work it ran on.
 */
commit: string | null, 
/**
 * Whether the attempt's work has another tree by now.
 */
is_stale: boolean, 
/**
 * Exit code, if it exited by itself.
 */
exit_code: number | null, 
/**
 * What else is known about its end: signal, time limit, why it could not be started.
 */
message: string | null, 
/**
 * Seconds it may take.
 */
timeout_s: number, 
/**
 * Bytes of output so far.
 */
output_bytes: number, 
/**
 * The last lines of its output, once it has ended; at most 4 KiB.
 */
output_tail: string, 
/**
 * When its command was started.
 */
started_at: Timestamp | null, 
/**
 * When it ended.
 */
ended_at: Timestamp | null, };

/**
 * One run of a gate.
 */
export type GateRunId = string;

/**
 * Where a gate stands.
 */
export type GateState = "not_run" | "queued" | "running" | "passed" | "failed" | "timed_out" | "cancelled" | "lost";

/**
 * How the board reaches GitHub.
 */
export type Github = { 
/**
 * Where its token comes from.
 */
token_source: GithubTokenSource, 
/**
 * Address of its API.
 */
api_url: string, };

/**
 * Where the token for GitHub comes from. The token itself is never told.
 */
export type GithubTokenSource = "settings" | "environment" | "gh" | "none";

/**
 * How a task's last attempt ended.
 */
export type LastOutcome = "ok" | "failed" | "cancelled";

/**
 * Weight of a log line.
 */
export type LogLevel = "debug" | "info" | "warn" | "error";

/**
 * Where a log line came from.
 */
export type LogStream = "stdout" | "stderr" | "unknown" | "agent" | "board";

/**
 * What a merge would do now.
 */
export type MergeForecast = "clean" | "conflict" | "refused" | "already_merged";

/**
 * What merging an attempt would do now. Nothing is changed by asking.
 */
export type MergePreview = { 
/**
 * The branch it would go into.
 */
target: string, 
/**
 * The commit of the attempt that would be merged.
 */
head: string, 
/**
 * How it would be merged.
 */
style: MergeStyle, 
/**
 * The message that a merge or squash commit would have; none for a rebase.
 */
message: string | null, 
/**
 * Commits of the target that the attempt does not have.
 */
behind: number, 
/**
 * Commits of the attempt that the target does not have.
 */
ahead: number, 
/**
 * What it would do.
 */
forecast: MergeForecast, 
/**
 * The files in conflict.
 */
conflicts: Array<ConflictFile>, 
/**
 * Why it would be refused, and what to do.
 */
refusal: string | null, 
/**
 * Whether the user's checkout is on the target branch and would be brought along.
 */
updates_checkout: boolean, 
/**
 * Whether the gates run on the merged tree first.
 */
runs_gates: boolean, };

/**
 * Answer to a merge.
 */
export type MergeResult = { 
/**
 * The task, now done.
 */
task: Task, 
/**
 * The commit on the base branch.
 */
commit: string, 
/**
 * What to know besides, as an untouched checkout.
 */
note: string | null, };

/**
 * How an attempt's work goes into the base branch.
 */
export type MergeStyle = "merge" | "squash" | "rebase";

/**
 * Body of a merge, and of the merge in an approval. All may be left out.
 */
export type MergeTask = { 
/**
 * How; the project's style if not given.
 */
style?: MergeStyle | null, 
/**
 * Message of the merge or squash commit.
 */
message?: string | null, 
/**
 * The commit that the reviewer saw: refused if the branch has moved since.
 */
head?: string | null, };

/**
 * Something a person said.
 */
export type Message = { 
/**
 * Its id.
 */
id: MessageId, 
/**
 * Its task.
 */
task_id: TaskId, 
/**
 * The attempt whose agent gets it; none for a remark.
 */
attempt_id: AttemptId | null, 
/**
 * Where it stands.
 */
state: MessageState, 
/**
 * What was said, as Markdown.
 */
body: string, 
/**
 * What was attached.
 */
attachments: Array<Attachment>, 
/**
 * Place among the attempt's messages that wait, from 0.
 */
position: number, 
/**
 * When it was said.
 */
created_at: Timestamp, 
/**
 * When the agent took it up.
 */
taken_at: Timestamp | null, };

/**
 * Who gets a message of a task's conversation.
 */
export type MessageAim = "agent" | "task" | "prd";

/**
 * Something a person said.
 */
export type MessageId = string;

/**
 * Who speaks in a message.
 */
export type MessageRole = "user" | "assistant" | "system";

/**
 * Where a message to an agent stands.
 */
export type MessageState = "queued" | "sent" | "taken" | "withdrawn" | "noted";

/**
 * Body of a move: the column, and the neighbours in it. Neighbours that are not in that column any more are passed
 * over; without any the task goes to the column's end.
 */
export type MoveTask = { 
/**
 * The column.
 */
status: TaskStatus, 
/**
 * The card that shall stand directly below this one.
 */
before?: TaskId | null, 
/**
 * The card that shall stand directly above this one.
 */
after?: TaskId | null, };

/**
 * Something the user should know about the board itself, as a settings file that could not be read.
 */
export type Notice = { 
/**
 * What happened and what to do.
 */
message: string, };

/**
 * One page of a list.
 */
export type Page<T> = { 
/**
 * The entries.
 */
items: Array<T>, 
/**
 * Where the next page begins, if there is one.
 */
next_cursor: string | null, };

/**
 * What an agent may do without asking.
 */
export type PermissionMode = "bypass" | "interactive" | "accept_edits" | "plan";

/**
 * Body of a message in a task's conversation.
 */
export type PostMessage = { 
/**
 * What to say.
 */
body: string, 
/**
 * Who gets it.
 */
to: MessageAim, 
/**
 * Ids of uploaded attachments.
 */
attachments?: Array<string> | null, };

/**
 * How urgent a task is. The scheduler takes the most urgent first; none counts as medium.
 */
export type Priority = "low" | "medium" | "high" | "urgent";

/**
 * How far the agent says it is.
 */
export type Progress = { 
/**
 * What it does, as `writing tests`.
 */
phase: string, 
/**
 * Step reached.
 */
step: number | null, 
/**
 * Steps in all.
 */
total: number | null, 
/**
 * A line for people.
 */
message: string | null, };

/**
 * A registered git repository.
 */
export type Project = { 
/**
 * Its id.
 */
id: ProjectId, 
/**
 * Its name.
 */
name: string, 
/**
 * Absolute path of the repository's main checkout.
 */
path: string, 
/**
 * Branch that attempts start from and merge into.
 */
default_branch: string, 
/**
 * Which columns it shows.
 */
board: BoardKind, 
/**
 * Its settings.
 */
settings: ProjectSettings, 
/**
 * When it was registered.
 */
created_at: Timestamp, 
/**
 * When it was last changed.
 */
updated_at: Timestamp, };

/**
 * One line of a project's validation.
 */
export type ProjectCheck = { 
/**
 * What was checked, as `repository`.
 */
name: string, 
/**
 * Whether it is in order.
 */
ok: boolean, 
/**
 * What was found.
 */
message: string, 
/**
 * What to do, if it is not in order.
 */
fix: string | null, };

/**
 * A registered git repository.
 */
export type ProjectId = string;

/**
 * Settings of a project. Missing fields have their default.
 */
export type ProjectSettings = { 
/**
 * Attempts at once in this project.
 */
max_parallel: number, 
/**
 * Commands that must pass.
 */
gates: Array<Gate>, 
/**
 * Command run in a new worktree before the agent starts.
 */
setup_command: string | null, 
/**
 * Command that serves the project for a preview.
 */
dev_command: string | null, 
/**
 * Files that git ignores but the work needs: paths or patterns below the repository.
 */
carry_files: Array<string>, 
/**
 * Agent profile of tasks that name none.
 */
default_agent_id: AgentId | null, 
/**
 * Limits of each attempt, where the profile has none.
 */
limits: AgentLimits, 
/**
 * How work is merged.
 */
merge_style: MergeStyle, 
/**
 * Whether the gates run on the merged tree before the base branch moves.
 */
gates_before_merge: boolean, 
/**
 * Whether the repository's `pre-merge-commit` and `commit-msg` hooks run at a merge.
 */
run_merge_hooks: boolean, 
/**
 * Whether the scheduler takes tasks from To Do unasked.
 */
auto_run: boolean, 
/**
 * Markdown that every agent of the project gets before its task.
 */
notes: string, 
/**
 * Seconds after which a question gets the default answer; none is never.
 */
question_default_after_s: number | null, 
/**
 * The default answer; empty tells the agent to decide itself.
 */
question_default_answer: string, };

/**
 * What a project's repository brings on its default branch, and what was decided about it.
 */
export type ProjectTrust = { 
/**
 * What was decided.
 */
state: TrustState, 
/**
 * SHA-256 over what was found; a decision names it.
 */
hash: string | null, 
/**
 * What was found.
 */
items: Array<TrustItem>, 
/**
 * When it was decided.
 */
decided_at: Timestamp | null, };

/**
 * Whether a project can be worked on, check by check.
 */
export type ProjectValidation = { 
/**
 * Whether every check is in order.
 */
ok: boolean, 
/**
 * The checks.
 */
checks: Array<ProjectCheck>, };

/**
 * A pull request of an attempt.
 */
export type PullRequest = { 
/**
 * `owner/name` of the repository it is in.
 */
repository: string, 
/**
 * Its number there.
 */
number: number, 
/**
 * Its page.
 */
url: string, 
/**
 * Its state.
 */
state: PullRequestState, 
/**
 * What its checks say.
 */
checks: ChecksState, 
/**
 * Why its state could not be asked for the last time.
 */
error: string | null, 
/**
 * When its state was last known.
 */
checked_at: Timestamp, };

/**
 * State of a pull request.
 */
export type PullRequestState = "open" | "closed" | "merged";

/**
 * What an agent asks, or asked, a person.
 */
export type Question = { 
/**
 * Its id.
 */
id: QuestionId, 
/**
 * Its project.
 */
project_id: ProjectId, 
/**
 * Its task.
 */
task_id: TaskId, 
/**
 * Its attempt.
 */
attempt_id: AttemptId, 
/**
 * Where it stands.
 */
state: QuestionState, 
/**
 * What it wants to know, one to a few things.
 */
questions: Array<QuestionItem>, 
/**
 * When it was asked.
 */
created_at: Timestamp, 
/**
 * When the project's default answer is given, where it has one.
 */
default_at: Timestamp | null, 
/**
 * When it was answered or taken back.
 */
resolved_at: Timestamp | null, 
/**
 * Who answered.
 */
resolved_by: string | null, 
/**
 * The answers, by question.
 */
answers: { [key in string]: string } | null, 
/**
 * What was said instead of an answer.
 */
message: string | null, };

/**
 * A question that waits for a person.
 */
export type QuestionId = string;

/**
 * One thing that an agent wants to know.
 */
export type QuestionItem = { 
/**
 * What it wants to know; the key of the answer.
 */
question: string, 
/**
 * A word for it.
 */
header: string | null, 
/**
 * Answers that it offers; another one may be given.
 */
options: Array<QuestionOption>, 
/**
 * Whether several may be chosen; they are joined by `, `.
 */
multi_select: boolean, };

/**
 * One of the answers that an agent offers.
 */
export type QuestionOption = { 
/**
 * The answer.
 */
label: string, 
/**
 * What it means.
 */
description: string | null, };

/**
 * Where a question stands.
 */
export type QuestionState = "pending" | "answered" | "declined" | "withdrawn";

/**
 * What collides in a project, by pairs; each pair of tasks stands there twice, once from either side.
 */
export type Radar = { 
/**
 * The project.
 */
project_id: ProjectId, 
/**
 * The collisions.
 */
collisions: Array<Collision>, 
/**
 * Attempts that are compared.
 */
attempt_ids: Array<AttemptId>, 
/**
 * When it was last computed; none before the first time.
 */
computed_at: Timestamp | null, };

/**
 * The place of a card in its column. Ordered by bytes.
 */
export type Rank = string;

/**
 * Something that was removed and can be had back.
 */
export type RecoveryItem = { 
/**
 * The hidden ref that keeps it.
 */
reference: string, 
/**
 * What it is.
 */
kind: RecoveryKind, 
/**
 * The commit.
 */
commit: string, 
/**
 * First line of its message.
 */
subject: string, 
/**
 * The attempt it comes from, where that is known.
 */
attempt_id: AttemptId | null, 
/**
 * The attempt's number.
 */
attempt_number: number | null, 
/**
 * The task it comes from.
 */
task_id: TaskId | null, 
/**
 * The task's number.
 */
task_number: number | null, 
/**
 * The task's title.
 */
task_title: string | null, 
/**
 * When it was put aside.
 */
created_at: Timestamp, 
/**
 * Until when it is kept.
 */
expires_at: Timestamp, };

/**
 * What kind of thing can be had back.
 */
export type RecoveryKind = "branch" | "uncommitted" | "leftover" | "before_merge";

/**
 * Body of a rejection.
 */
export type RejectTask = { 
/**
 * What is missing; part of the next attempt's prompt.
 */
feedback: string, 
/**
 * Whether the next attempt starts at once.
 */
restart: boolean, };

/**
 * Body of a request for changes: the next attempt goes on in the same worktree and session with it.
 */
export type RequestChanges = { 
/**
 * What is missing in general; may be empty where there are comments.
 */
feedback: string, 
/**
 * Comments that were not stored before.
 */
comments: Array<CreateComment>, 
/**
 * Stored drafts that go along.
 */
comment_ids: Array<CommentId>, };

/**
 * Body of an answer to an approval.
 */
export type ResolveApproval = { 
/**
 * The answer.
 */
decision: Decision, 
/**
 * Words for the agent; a denial without any gets plain ones.
 */
message?: string | null, 
/**
 * Arguments to run with instead of those asked for.
 */
updated_input?: JsonValue | null, 
/**
 * Allow calls like this one from now on.
 */
remember?: RuleScope | null, 
/**
 * The rule to remember; the first suggestion if not given.
 */
rule?: RulePattern | null, 
/**
 * With a denial: stop the turn, too.
 */
stop?: boolean | null, 
/**
 * With an allowed plan: the mode to go on in.
 */
mode?: PermissionMode | null, };

/**
 * Body of an answer to a question: answers, or words why there are none.
 */
export type ResolveQuestion = { 
/**
 * Answers by question. Not every question needs one.
 */
answers?: { [key in string]: string } | null, 
/**
 * Instead of answers: the agent decides, and gets these words.
 */
message?: string | null, };

/**
 * Body of having something back: it becomes a branch.
 */
export type RestoreItem = { 
/**
 * The hidden ref.
 */
reference: string, 
/**
 * Name of the branch; one is made up if not given.
 */
branch?: string | null, };

/**
 * What was had back.
 */
export type RestoredItem = { 
/**
 * The branch it is on now.
 */
branch: string, 
/**
 * Its commit.
 */
commit: string, 
/**
 * The attempt that is ready for review again, where it was a discarded one.
 */
attempt_id: AttemptId | null, };

/**
 * Body of a resume: the agent is told that it was interrupted, and this.
 */
export type ResumeAttempt = { 
/**
 * More to say.
 */
message?: string | null, };

/**
 * Body of a fresh try: a new attempt from the base on a new branch, with the feedback in its prompt.
 */
export type RetryAttempt = { 
/**
 * What is missing.
 */
feedback: string, 
/**
 * Stored drafts that go along.
 */
comment_ids: Array<CommentId>, 
/**
 * Checkpoint of the attempt to start from instead of the base.
 */
checkpoint?: number | null, };

/**
 * What was remembered: calls that are allowed unasked. Kept in the database only, never in the repository.
 */
export type Rule = { 
/**
 * Its id.
 */
id: RuleId, 
/**
 * Its project.
 */
project_id: ProjectId, 
/**
 * The attempt that it holds for; none is every attempt of the project.
 */
attempt_id: AttemptId | null, 
/**
 * The tool.
 */
tool_name: string, 
/**
 * Which of its calls; none is all of them.
 */
pattern: string | null, 
/**
 * What it allows, in words.
 */
text: string, 
/**
 * Calls that it has allowed.
 */
hit_count: number, 
/**
 * When it last allowed one.
 */
last_hit_at: Timestamp | null, 
/**
 * When it was remembered.
 */
created_at: Timestamp, };

/**
 * Something that was remembered of an answer.
 */
export type RuleId = string;

/**
 * Which calls a rule allows.
 */
export type RulePattern = { 
/**
 * The tool.
 */
tool_name: string, 
/**
 * Which of its calls: `npm test *` for commands, `src/**` for files, a host for addresses; none is all of them.
 */
pattern?: string | null, };

/**
 * A rule that could be remembered.
 */
export type RuleProposal = { 
/**
 * The tool.
 */
tool_name: string, 
/**
 * Which of its calls; none is all of them.
 */
pattern: string | null, 
/**
 * What it allows, in words.
 */
text: string, };

/**
 * How far an answer is remembered.
 */
export type RuleScope = "attempt" | "project";

/**
 * Body of a message to an attempt's agent. To an attempt that has ended it is a follow-up: the agent goes on in its
 * session and worktree.
 */
export type SendMessage = { 
/**
 * What to say.
 */
body: string, 
/**
 * Ids of uploaded attachments.
 */
attachments?: Array<string> | null, 
/**
 * When it reaches a working agent.
 */
delivery?: Delivery | null, };

/**
 * The agent's own conversation id, chosen by us, used to resume it.
 */
export type SessionId = string;

/**
 * Body of a change of what an agent may do unasked.
 */
export type SetMode = { 
/**
 * The new mode.
 */
mode: PermissionMode, };

/**
 * How large a task is, as a guess.
 */
export type Size = "xs" | "s" | "m" | "l" | "xl";

/**
 * Body of a start: which profile, mode and base branch, where not the project's.
 */
export type StartAttempt = { 
/**
 * Agent profile.
 */
agent_id?: AgentId | null, 
/**
 * What the agent may do unasked.
 */
mode?: PermissionMode | null, 
/**
 * Branch to start from and merge into.
 */
base?: string | null, };

/**
 * A card of the board.
 */
export type Task = { 
/**
 * Its id.
 */
id: TaskId, 
/**
 * Its project.
 */
project_id: ProjectId, 
/**
 * Its number in the project, shown as `#12`.
 */
number: number, 
/**
 * What it is called.
 */
title: string, 
/**
 * What the human wants, as Markdown.
 */
description: string, 
/**
 * Its column.
 */
status: TaskStatus, 
/**
 * Its place in the column.
 */
rank: Rank, 
/**
 * Its labels.
 */
labels: Array<string>, 
/**
 * How urgent it is.
 */
priority: Priority | null, 
/**
 * How large it is.
 */
size: Size | null, 
/**
 * Its acceptance checklist.
 */
criteria: Array<Criterion>, 
/**
 * Paths to look at first.
 */
focus_files: Array<string>, 
/**
 * Tasks that must be done first.
 */
blocked_by: Array<TaskId>, 
/**
 * Tasks that wait for this one.
 */
blocks: Array<TaskId>, 
/**
 * Agent profile, where not the project's.
 */
agent_id: AgentId | null, 
/**
 * What its agents may do unasked, where not what the settings or the profile say.
 */
mode: PermissionMode | null, 
/**
 * The attempt that is queued or at work.
 */
live_attempt: AttemptSummary | null, 
/**
 * The newest attempt, live or ended.
 */
last_attempt: AttemptSummary | null, 
/**
 * How the last ended attempt ended.
 */
last_outcome: LastOutcome | null, 
/**
 * Tool calls that wait for a person.
 */
pending_approvals: number, 
/**
 * Questions that wait for a person.
 */
pending_questions: number, 
/**
 * What went wrong with the last attempt.
 */
error_message: string | null, 
/**
 * What the reviewer asked for; part of the next attempt's prompt.
 */
feedback: string | null, 
/**
 * US dollars over all attempts.
 */
cost_usd: number, 
/**
 * Branch of the newest attempt.
 */
branch_name: string | null, 
/**
 * Worktree of the newest attempt, while there is one.
 */
worktree_path: string | null, 
/**
 * When it was made.
 */
created_at: Timestamp, 
/**
 * When it was last changed.
 */
updated_at: Timestamp, 
/**
 * What may be done with it now.
 */
allowed_actions: Array<TaskAction>, 
/**
 * Columns that it may be moved to now; `in_progress` starts an attempt.
 */
allowed_moves: Array<TaskStatus>, };

/**
 * What may be done with a task now.
 */
export type TaskAction = "start" | "cancel" | "approve" | "approve_and_merge" | "merge" | "reject" | "discard" | "edit" | "delete";

/**
 * A card of a board.
 */
export type TaskId = string;

/**
 * Column of a task.
 */
export type TaskStatus = "backlog" | "prd_review" | "todo" | "in_progress" | "blocked" | "review" | "done";

/**
 * Colours of the board.
 */
export type Theme = "light" | "dark" | "system";

/**
 * An instant. Made outside (the clock is passed in), ordered, printed as RFC 3339 UTC with milliseconds.
 */
export type Timestamp = string;

/**
 * A decision about what a repository brings.
 */
export type TrustDecision = "trust" | "refuse";

/**
 * One thing that a repository brings.
 */
export type TrustItem = { 
/**
 * What kind of thing.
 */
kind: TrustItemKind, 
/**
 * The file that brings it, relative to the repository.
 */
file: string, 
/**
 * Its name, as `PreToolUse` or a server's name.
 */
name: string, 
/**
 * What it runs or sets, as it stands in the file.
 */
detail: string, };

/**
 * What kind of thing runs code.
 */
export type TrustItemKind = "hook" | "mcp_server" | "environment" | "helper" | "permission" | "setting";

/**
 * What a person decided about what a repository brings.
 */
export type TrustState = "nothing" | "undecided" | "trusted" | "refused" | "changed";

/**
 * Body of taking a merge back.
 */
export type UndoMerge = { 
/**
 * How.
 */
how: UndoMergeHow, };

/**
 * How a merge is taken back.
 */
export type UndoMergeHow = "undo" | "revert";

/**
 * Body of a changed profile: what is given is replaced; `null` empties what can be empty.
 */
export type UpdateAgent = { 
/**
 * Its name, unique.
 */
name?: string | null, 
/**
 * Program to start; an empty text is none.
 */
command?: string | null, 
/**
 * Model to ask for; an empty text is none.
 */
model?: string | null, 
/**
 * What it may do unasked.
 */
mode?: PermissionMode | null, 
/**
 * Text added to its instructions; an empty text is none.
 */
append_prompt?: string | null, 
/**
 * Environment added to its process.
 */
env?: { [key in string]: string } | null, 
/**
 * Arguments added to its command.
 */
extra_args?: Array<string> | null, 
/**
 * Limits of each attempt.
 */
limits?: AgentLimits | null, 
/**
 * Whether it is sent back to work until its task is complete.
 */
loop?: AgentLoop | null, 
/**
 * Whether it becomes the default; a default is only given away by making another one it.
 */
is_default?: boolean | null, };

/**
 * Body of a changed comment. Only a draft can be changed.
 */
export type UpdateComment = { 
/**
 * What it says.
 */
body: string, };

/**
 * Body of a changed access to GitHub: what is given is replaced.
 */
export type UpdateGithub = { 
/**
 * The token; an empty one forgets it.
 */
token?: string | null, 
/**
 * Address of the API; an empty one is GitHub's own.
 */
api_url?: string | null, };

/**
 * Body of a changed message that the agent has not taken up.
 */
export type UpdateMessage = { 
/**
 * What to say instead.
 */
body?: string | null, 
/**
 * Its new place among those that wait, from 0.
 */
position?: number | null, };

/**
 * Body of a changed project: what is given is replaced.
 */
export type UpdateProject = { 
/**
 * Its name.
 */
name?: string | null, 
/**
 * Branch that attempts start from.
 */
default_branch?: string | null, 
/**
 * Which columns it shows.
 */
board?: BoardKind | null, 
/**
 * Its settings: the keys that are given are replaced, the others stay.
 */
settings?: Partial<ProjectSettings> | null, };

/**
 * Body of a changed task: what is given is replaced, `null` empties what can be empty.
 */
export type UpdateTask = { 
/**
 * What it is called.
 */
title?: string | null, 
/**
 * What the human wants, as Markdown.
 */
description?: string | null, 
/**
 * Its labels.
 */
labels?: Array<string> | null, 
/**
 * How urgent it is.
 */
priority?: Priority | null, 
/**
 * How large it is.
 */
size?: Size | null, 
/**
 * The whole acceptance checklist in order.
 */
criteria?: Array<CriterionPatch> | null, 
/**
 * Paths to look at first.
 */
focus_files?: Array<string> | null, 
/**
 * Tasks of the same project that must be done first.
 */
blocked_by?: Array<TaskId> | null, 
/**
 * Agent profile, where not the project's.
 */
agent_id?: AgentId | null, 
/**
 * What its agents may do unasked.
 */
mode?: PermissionMode | null, };

/**
 * Body of an upload.
 */
export type UploadAttachment = { 
/**
 * Its name, without folders.
 */
name: string, 
/**
 * As `image/png`.
 */
media_type: string, 
/**
 * Its content as base64.
 */
content: string, };

/**
 * Tokens and cost of an attempt so far. Cost is the agent's own figure, the last one it gave.
 */
export type Usage = { 
/**
 * Tokens sent, uncached.
 */
input_tokens: number, 
/**
 * Tokens written by the model.
 */
output_tokens: number, 
/**
 * Tokens read from the provider's cache.
 */
cache_read_tokens: number, 
/**
 * Tokens written to the provider's cache.
 */
cache_creation_tokens: number, 
/**
 * US dollars, as the agent reports them.
 */
cost_usd: number, 
/**
 * Model turns.
 */
turns: number, };

/**
 * A mark that a reviewer has seen a file.
 */
export type ViewedFile = { 
/**
 * Path of the file, after the change.
 */
path: string, 
/**
 * What was seen: `content_key` of the changed file. Another one there un-ticks the mark.
 */
content_key: string, 
/**
 * Whether it was seen.
 */
is_viewed: boolean, };
