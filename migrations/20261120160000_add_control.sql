-- What agents ask people and what people say to agents.

alter table tasks add column mode text check (mode in ('bypass', 'interactive', 'accept_edits', 'plan'));

alter table attempts add column progress text check (json_valid(progress));
alter table attempts add column is_stopped integer not null default 0 check (is_stopped in (0, 1));
-- A person wants the turn to stop; what its end means depends on it.
alter table attempts add column is_stop_requested integer not null default 0 check (is_stop_requested in (0, 1));
alter table attempts add column config_changes text check (json_valid(config_changes));

-- Whether the agent's conversation exists, so that it can be resumed.
alter table runs add column has_session integer not null default 0 check (has_session in (0, 1));

alter table projects add column question_default_after_s integer check (question_default_after_s > 0);
alter table projects add column question_default_answer text not null default '';

-- Everything that waits for a person: tool calls, plans, questions.
create table approvals (
  id blob not null primary key check (length(id) = 16),
  attempt_id blob not null references attempts (id),
  run_id blob not null references runs (id),
  -- The agent's own id of the request.
  request_id text not null check (request_id <> ''),
  kind text not null check (kind in ('tool', 'plan', 'question')),
  state text not null check (state in ('pending', 'allowed', 'denied', 'answered', 'declined', 'withdrawn')),
  -- How the answer reaches the agent.
  channel text not null check (json_valid(channel)),
  tool_name text not null,
  tool_input text not null check (json_valid(tool_input)),
  tool_use_id text,
  description text,
  reason text,
  is_subagent integer not null check (is_subagent in (0, 1)),
  suggestions text not null check (json_valid(suggestions)),
  questions text check (json_valid(questions)),
  answers text check (json_valid(answers)),
  default_at integer,
  message text,
  is_edited integer not null default 0 check (is_edited in (0, 1)),
  resolved_by text,
  created_at integer not null,
  resolved_at integer,
  unique (run_id, request_id),
  check ((kind = 'question') = (questions is not null)),
  check ((state = 'pending') = (resolved_at is null))
) strict;

create index approvals_pending on approvals (created_at) where state = 'pending';
create index approvals_attempt on approvals (attempt_id, state);

-- Calls that are allowed unasked.
create table rules (
  id blob not null primary key check (length(id) = 16),
  project_id blob not null references projects (id),
  attempt_id blob references attempts (id),
  tool_name text not null check (tool_name <> ''),
  pattern text,
  hit_count integer not null default 0 check (hit_count >= 0),
  last_hit_at integer,
  created_at integer not null
) strict;

create unique index rules_once on rules (project_id, coalesce(attempt_id, x''), tool_name, coalesce(pattern, ''));

create table messages (
  id blob not null primary key check (length(id) = 16),
  task_id blob not null references tasks (id),
  attempt_id blob references attempts (id),
  state text not null check (state in ('queued', 'sent', 'taken', 'withdrawn', 'noted')),
  body text not null,
  attachments text not null check (json_valid(attachments)),
  position integer not null,
  -- The run that it was given to, and the id it has there: a changed message is another one for the agent.
  run_id blob references runs (id),
  wire_id blob check (length(wire_id) = 16),
  -- What becomes of it once the agent's program has given it back.
  recall text check (json_valid(recall)),
  -- Whether it is part of what the run began with.
  is_prompt integer not null default 0 check (is_prompt in (0, 1)),
  created_at integer not null,
  taken_at integer,
  check ((state = 'noted') = (attempt_id is null)),
  check (wire_id is null or run_id is not null)
) strict;

create index messages_task on messages (task_id, created_at);
create index messages_waiting on messages (attempt_id, position) where state in ('queued', 'sent');
create unique index messages_wire on messages (wire_id) where wire_id is not null;

create table attachments (
  id text not null primary key check (length(id) = 64),
  name text not null check (name <> ''),
  media_type text not null check (media_type <> ''),
  byte_count integer not null check (byte_count >= 0),
  created_at integer not null
) strict, without rowid;

-- What was decided about what a repository brings that runs code.
create table project_trust (
  project_id blob not null primary key references projects (id),
  hash text not null check (length(hash) = 64),
  decision text not null check (decision in ('trust', 'refuse')),
  decided_at integer not null
) strict, without rowid;
