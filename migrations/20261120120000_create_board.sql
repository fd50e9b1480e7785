-- Ids are UUIDs as 16 bytes, instants are microseconds since the Unix epoch, words are those of the wire.
-- Columns that hold JSON hold values that only the program reads.

create table agents (
  id blob not null primary key check (length(id) = 16),
  name text not null unique check (name <> ''),
  adapter text not null check (adapter in ('claude', 'scripted')),
  command text,
  model text,
  mode text not null check (mode in ('bypass', 'interactive', 'accept_edits', 'plan')),
  append_prompt text,
  env text not null check (json_valid(env)),
  extra_args text not null check (json_valid(extra_args)),
  limits text not null check (json_valid(limits)),
  repeat text not null check (json_valid(repeat)),
  is_default integer not null check (is_default in (0, 1))
) strict;

create unique index agents_one_default on agents (is_default) where is_default = 1;

insert into agents (id, name, adapter, mode, env, extra_args, limits, repeat, is_default)
values (x'019aa0b1c4007000a000000000000001', 'claude', 'claude', 'bypass', '{}', '[]', '{}', '{}', 1);

create table projects (
  id blob not null primary key check (length(id) = 16),
  name text not null check (name <> ''),
  path text not null check (path <> ''),
  default_branch text not null,
  board text not null check (board in ('plain', 'prd')),
  max_parallel integer not null check (max_parallel >= 0),
  gates text not null check (json_valid(gates)),
  setup_command text,
  dev_command text,
  carry_files text not null check (json_valid(carry_files)),
  default_agent_id blob references agents (id) on delete set null,
  limits text not null check (json_valid(limits)),
  merge_style text not null check (merge_style in ('merge', 'squash', 'rebase')),
  auto_run integer not null check (auto_run in (0, 1)),
  notes text not null,
  created_at integer not null,
  updated_at integer not null,
  deleted_at integer
) strict;

create unique index projects_one_per_path on projects (path) where deleted_at is null;
create index projects_default_agent on projects (default_agent_id) where default_agent_id is not null;

create table tasks (
  id blob not null primary key check (length(id) = 16),
  project_id blob not null references projects (id),
  number integer not null check (number > 0),
  title text not null check (title <> ''),
  description text not null,
  status text not null
    check (status in ('backlog', 'prd_review', 'todo', 'in_progress', 'blocked', 'review', 'done')),
  rank text not null check (rank <> '' and rank not like '%0'),
  priority text check (priority in ('low', 'medium', 'high', 'urgent')),
  size text check (size in ('xs', 's', 'm', 'l', 'xl')),
  agent_id blob references agents (id) on delete set null,
  feedback text,
  created_at integer not null,
  updated_at integer not null,
  deleted_at integer,
  unique (project_id, number)
) strict;

create index tasks_in_column on tasks (project_id, status, rank) where deleted_at is null;
create index tasks_agent on tasks (agent_id) where agent_id is not null;

create table task_labels (
  task_id blob not null references tasks (id),
  position integer not null check (position >= 0),
  label text not null check (label <> ''),
  primary key (task_id, position),
  unique (task_id, label)
) strict, without rowid;

create table criteria (
  id blob not null primary key check (length(id) = 16),
  task_id blob not null references tasks (id),
  position integer not null check (position >= 0),
  text text not null check (text <> ''),
  is_done integer not null check (is_done in (0, 1)),
  evidence text,
  unique (task_id, position)
) strict;

create table task_focus_files (
  task_id blob not null references tasks (id),
  position integer not null check (position >= 0),
  path text not null check (path <> ''),
  primary key (task_id, position)
) strict, without rowid;

create table task_dependencies (
  task_id blob not null references tasks (id),
  blocker_id blob not null references tasks (id),
  primary key (task_id, blocker_id),
  check (task_id <> blocker_id)
) strict, without rowid;

create index task_dependencies_blocker on task_dependencies (blocker_id);

create table attempts (
  id blob not null primary key check (length(id) = 16),
  task_id blob not null references tasks (id),
  number integer not null check (number > 0),
  state text not null check (state in (
    'queued', 'preparing', 'running', 'waiting', 'gates', 'review_ready',
    'failed', 'cancelled', 'merged', 'pr_created', 'changes_requested', 'discarded'
  )),
  -- No foreign key: an attempt outlives the profile that it ran with.
  agent_id blob not null check (length(agent_id) = 16),
  agent_name text not null,
  mode text not null check (mode in ('bypass', 'interactive', 'accept_edits', 'plan')),
  branch_name text,
  base_branch text not null,
  base_commit text,
  head_commit text,
  merge_commit text,
  worktree_path text,
  session_id blob check (length(session_id) = 16),
  queued_at integer not null,
  started_at integer,
  ended_at integer,
  error_code text check (error_code in (
    'worktree_failed', 'start_failed', 'agent_error', 'no_result', 'lost', 'limit_reached', 'not_logged_in',
    'finish_failed'
  )),
  error_message text,
  summary text,
  input_tokens integer not null default 0,
  output_tokens integer not null default 0,
  cache_read_tokens integer not null default 0,
  cache_creation_tokens integer not null default 0,
  cost_usd real not null default 0,
  turns integer not null default 0,
  activity_verb text,
  activity_object text,
  activity_since integer,
  files_changed integer,
  additions integer,
  deletions integer,
  unknown_entries integer not null default 0,
  last_seq integer not null default 0 check (last_seq >= 0),
  is_cancel_requested integer not null default 0 check (is_cancel_requested in (0, 1)),
  is_merging integer not null default 0 check (is_merging in (0, 1)),
  unique (task_id, number),
  check ((error_code is null) = (error_message is null)),
  check ((activity_verb is null) = (activity_since is null)),
  check (activity_verb is not null or activity_object is null)
) strict;

create unique index attempts_one_live on attempts (task_id)
  where state in ('queued', 'preparing', 'running', 'waiting', 'gates');
create index attempts_state on attempts (state, queued_at);
create index attempts_merging on attempts (id) where is_merging = 1;
create index attempts_worktree on attempts (worktree_path) where worktree_path is not null;

create table runs (
  id blob not null primary key check (length(id) = 16),
  attempt_id blob not null references attempts (id),
  number integer not null check (number > 0),
  session_id blob not null check (length(session_id) = 16),
  directory text not null check (directory <> ''),
  state text not null check (state in ('starting', 'live', 'ended')),
  journal_position integer not null default 0 check (journal_position >= 0),
  raw_bytes integer not null default 0 check (raw_bytes >= 0),
  outcome text
    check (outcome in ('exited', 'signalled', 'timed_out', 'cancelled', 'failed_to_start', 'lost')),
  exit_detail text,
  -- How the agent says its turn ended, while its process goes on.
  verdict text check (json_valid(verdict)),
  started_at integer not null,
  ended_at integer,
  unique (attempt_id, number),
  check ((state = 'ended') = (outcome is not null)),
  check ((state = 'ended') = (ended_at is not null))
) strict;

create unique index runs_one_active on runs (attempt_id) where state <> 'ended';
create index runs_unfinished on runs (started_at) where state <> 'ended';

create table run_commands (
  id text not null primary key check (id <> ''),
  run_id blob not null references runs (id),
  position integer not null check (position > 0),
  kind text not null check (kind <> ''),
  body blob not null,
  state text not null check (state in ('pending', 'delivered')),
  created_at integer not null,
  unique (run_id, position)
) strict;

create table events (
  attempt_id blob not null references attempts (id),
  seq integer not null check (seq > 0),
  ts integer not null,
  kind text not null check (kind <> ''),
  payload text not null,
  -- crc32 of the payload: SQLite has no checksum over content.
  crc integer not null,
  primary key (attempt_id, seq)
) strict, without rowid;
