alter table projects add column gates_before_merge integer not null default 0 check (gates_before_merge in (0, 1));
alter table projects add column run_merge_hooks integer not null default 0 check (run_merge_hooks in (0, 1));

-- The attempt that the worktree was made for: git's records know it by this id.
alter table attempts add column worktree_id blob check (length(worktree_id) = 16);
update attempts set worktree_id = id;
alter table attempts add column continues_id blob references attempts (id);
-- Whether its session had begun before its own first run.
alter table attempts add column resumes_session integer not null default 0 check (resumes_session in (0, 1));
alter table attempts add column reviewed_commit text;
alter table attempts add column head_tree text;
alter table attempts add column merge_style text check (merge_style in ('merge', 'squash', 'rebase'));
alter table attempts add column revert_commit text;
-- What `is_merging` stands for: only a merge may turn out to be merged, only an undo to be undone.
alter table attempts add column change_kind text
  check (change_kind in ('merge', 'undo_merge', 'go_back', 'pull_request', 'removal', 'restore'));
-- When its worktree was made again: what ran in the one before was done to other files.
alter table attempts add column restored_at integer;
-- Whether the base branch is to be merged into its worktree before its agent starts.
alter table attempts add column wants_base_merge integer not null default 0 check (wants_base_merge in (0, 1));

create index attempts_continues on attempts (continues_id) where continues_id is not null;

create table gate_runs (
  id blob not null primary key check (length(id) = 16),
  attempt_id blob not null references attempts (id),
  name text not null check (name <> ''),
  kind text not null check (kind in ('setup', 'gate', 'merge')),
  command text not null check (command <> ''),
  position integer not null check (position >= 0),
  timeout_s integer not null check (timeout_s > 0),
  state text not null
    check (state in ('queued', 'running', 'passed', 'failed', 'timed_out', 'cancelled', 'lost')),
  -- Whether it is the last run of its name and kind.
  is_latest integer not null check (is_latest in (0, 1)),
  -- What it ran on.
  commit_id text,
  tree text,
  cwd text not null check (cwd <> ''),
  directory text not null check (directory <> ''),
  exit_code integer,
  message text,
  output_bytes integer not null default 0 check (output_bytes >= 0),
  output_tail text not null default '',
  is_cancel_requested integer not null default 0 check (is_cancel_requested in (0, 1)),
  created_at integer not null,
  started_at integer,
  ended_at integer,
  check ((state in ('queued', 'running')) = (ended_at is null))
) strict;

create index gate_runs_attempt on gate_runs (attempt_id, position) where is_latest = 1;
-- A gate of an attempt runs once at a time.
create unique index gate_runs_live on gate_runs (attempt_id, kind, name) where state in ('queued', 'running');
create index gate_runs_unfinished on gate_runs (created_at) where state in ('queued', 'running');

create table comments (
  id blob not null primary key check (length(id) = 16),
  task_id blob not null references tasks (id),
  attempt_id blob not null references attempts (id),
  commit_id text not null check (commit_id <> ''),
  path text not null check (path <> ''),
  side text not null check (side in ('old', 'new')),
  line integer check (line > 0),
  line_text text,
  -- Lines around it, to find it again: before, itself and after, as JSON.
  context text check (json_valid(context)),
  body text not null check (body <> ''),
  state text not null check (state in ('draft', 'sent', 'answered')),
  sent_attempt_id blob references attempts (id),
  answered_commit text,
  -- Where it was last seen in the task's newest attempt.
  current_line integer check (current_line > 0),
  is_outdated integer not null check (is_outdated in (0, 1)),
  created_at integer not null,
  updated_at integer not null,
  check ((state = 'draft') = (sent_attempt_id is null)),
  check (line is not null or line_text is null)
) strict;

create index comments_task on comments (task_id, created_at);
create index comments_attempt on comments (attempt_id);
create index comments_sent on comments (sent_attempt_id) where sent_attempt_id is not null;

create table viewed_files (
  task_id blob not null references tasks (id),
  path text not null check (path <> ''),
  content_key text not null check (content_key <> ''),
  viewed_at integer not null,
  primary key (task_id, path)
) strict, without rowid;

create table checkpoints (
  attempt_id blob not null references attempts (id),
  number integer not null check (number >= 0),
  commit_id text not null check (commit_id <> ''),
  label text not null check (label <> ''),
  -- What it was taken for: the same is taken once, also when a server that was killed does it again.
  occasion text not null check (occasion <> ''),
  files_changed integer not null check (files_changed >= 0),
  created_at integer not null,
  primary key (attempt_id, number),
  unique (attempt_id, occasion)
) strict, without rowid;

create table pull_requests (
  attempt_id blob not null primary key references attempts (id),
  -- The pull request as the wire shows it.
  body text not null check (json_valid(body)),
  remote text not null check (remote <> ''),
  is_open integer not null check (is_open in (0, 1))
) strict, without rowid;

create index pull_requests_open on pull_requests (attempt_id) where is_open = 1;
