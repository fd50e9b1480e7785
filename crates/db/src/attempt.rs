//! Table `attempts`.

pub(crate) mod state;

use domain::{
    Activity, AgentId, Attempt, AttemptError, AttemptFacts, AttemptId, PermissionMode, Progress, SessionId,
    TaskId, Timestamp, Usage, attempt_actions,
};
use sqlx::sqlite::SqliteRow;

use crate::gate_run::touch_latest;
use crate::row::{Columns, json, must_change, word};
use crate::statement::{Bound, statements};
use crate::{Connection, Error, WriteTx};

/// An attempt to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttempt {
    /// Its id.
    pub id: AttemptId,
    /// The task it works on.
    pub task_id: TaskId,
    /// The agent profile it runs with.
    pub agent_id: AgentId,
    /// The profile's name.
    pub agent_name: String,
    /// What the agent may do unasked.
    pub mode: PermissionMode,
    /// The branch it starts from and merges into.
    pub base_branch: String,
    /// Why it is queued, for the log, if there is more to say.
    pub reason: Option<String>,
    /// The attempt whose worktree and session it goes on with: it takes them over.
    pub continues_id: Option<AttemptId>,
}

/// Where an attempt works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorktree {
    /// Folder.
    pub path: String,
    /// Branch.
    pub branch_name: String,
    /// Commit it started from.
    pub base_commit: String,
}

/// What an attempt changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiffTotals {
    /// Files.
    pub files_changed: i32,
    /// Lines added.
    pub additions: i32,
    /// Lines removed.
    pub deletions: i32,
}

/// What attempts and cards show of gates and of the pull request, as JSON.
macro_rules! review_columns {
    () => {
        "(select json_group_array(json_object('name', g.name, 'state', g.state, 'is_stale', \
         json(iif(g.tree is null or g.tree is a.head_tree, 'false', 'true')))) from (select name, state, tree from gate_runs \
         where attempt_id = a.id and kind = 'gate' and is_latest = 1 order by position) g), \
         (select p.body from pull_requests p where p.attempt_id = a.id)"
    };
}
pub(crate) use review_columns;

macro_rules! select_attempts {
    ($rest:literal) => {
        concat!(
            "select a.id, a.task_id, a.number, a.state, a.agent_id, a.agent_name, a.mode, a.branch_name, \
             a.base_branch, a.base_commit, a.head_commit, a.merge_commit, a.worktree_path, a.session_id, \
             a.queued_at, a.started_at, a.ended_at, a.error_code, a.error_message, a.summary, a.input_tokens, \
             a.output_tokens, a.cache_read_tokens, a.cache_creation_tokens, a.cost_usd, a.turns, \
             a.activity_verb, a.activity_object, a.activity_since, a.files_changed, a.additions, a.deletions, \
             a.unknown_entries, a.last_seq, a.progress, a.is_stopped, a.config_changes, a.head_tree, \
             a.reviewed_commit, a.merge_style, a.revert_commit, a.continues_id, a.worktree_id, ",
            crate::attempt::review_columns!(),
            ", t.status, \
             not exists (select 1 from attempts n where n.task_id = a.task_id and n.number > a.number) \
             from attempts a join tasks t on t.id = a.task_id ",
            $rest
        )
    };
}

statements! {
    FIND = select_attempts!("where a.id = $1");
    LIST = select_attempts!("where a.task_id = $1 order by a.number desc");
    LIST_OF_WORKTREE = select_attempts!("where a.worktree_id = $1 order by a.number desc");
    LIST_COMPARED = select_attempts!(
        "where a.state in ('preparing', 'running', 'waiting', 'gates', 'review_ready') and t.deleted_at is null \
         and not exists (select 1 from attempts m where m.task_id = a.task_id and m.number > a.number) order by a.id"
    );
    LIST_LIVE = select_attempts!(
        "where a.state in ('queued', 'preparing', 'running', 'waiting', 'gates') order by a.queued_at, a.id"
    );
    LIST_WITH_WORKTREE = select_attempts!("where a.worktree_path is not null order by a.queued_at, a.id");
    SET_WORKTREE =
        "update attempts set worktree_path = $2, branch_name = $3, base_commit = $4 where id = $1";
    CLEAR_WORKTREE = "update attempts set worktree_path = null where id = $1";
    SET_RESTORED = "update attempts set restored_at = $2 where id = $1";
    CLEAR_BRANCH = "update attempts set branch_name = null where id = $1";
    SET_BASE_COMMIT = "update attempts set base_commit = $2 where id = $1";
    SET_HEAD_COMMIT = "update attempts set head_commit = $2, head_tree = $3 where id = $1";
    SET_SESSION = "update attempts set session_id = $2 where id = $1";
    SET_ACTIVITY =
        "update attempts set activity_verb = $2, activity_object = $3, activity_since = $4 where id = $1";
    SET_USAGE = "update attempts set input_tokens = $2, output_tokens = $3, cache_read_tokens = $4, \
                 cache_creation_tokens = $5, cost_usd = $6, turns = $7 where id = $1";
    ADD_UNKNOWN = "update attempts set unknown_entries = unknown_entries + $2 where id = $1";
    SET_ERROR = "update attempts set error_code = $2, error_message = $3 where id = $1";
    SET_SUMMARY = "update attempts set summary = $2 where id = $1";
    SET_PROGRESS = "update attempts set progress = $2 where id = $1";
    SET_CONFIG_CHANGES = "update attempts set config_changes = $2 where id = $1";
    SET_MODE = "update attempts set mode = $2 where id = $1";
    SET_DIFF = "update attempts set files_changed = $2, additions = $3, deletions = $4 where id = $1";
}

/// An attempt.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_attempt(connection: &mut Connection, id: AttemptId) -> Result<Attempt, Error> {
    try_find_attempt(connection, id).await?.ok_or(Error::Missing { entity: "attempt" })
}

pub(crate) async fn try_find_attempt(
    connection: &mut Connection,
    id: AttemptId,
) -> Result<Option<Attempt>, Error> {
    let row = FIND.bind(id.as_uuid()).first(connection).await?;
    row.as_ref().map(read).transpose()
}

/// All attempts at a task, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_attempts(connection: &mut Connection, task_id: TaskId) -> Result<Vec<Attempt>, Error> {
    LIST.bind(task_id.as_uuid()).rows(connection).await?.iter().map(read).collect()
}

/// The attempts that worked in a worktree, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_attempts_of_worktree(
    connection: &mut Connection,
    worktree_id: AttemptId,
) -> Result<Vec<Attempt>, Error> {
    LIST_OF_WORKTREE.bind(worktree_id.as_uuid()).rows(connection).await?.iter().map(read).collect()
}

/// The newest attempts of tasks, where they are at work or ready for review.
///
/// # Errors
/// When the database does not answer.
pub async fn list_compared_attempts(connection: &mut Connection) -> Result<Vec<Attempt>, Error> {
    LIST_COMPARED.bound().rows(connection).await?.iter().map(read).collect()
}

/// All attempts that are queued or at work, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_live_attempts(connection: &mut Connection) -> Result<Vec<Attempt>, Error> {
    LIST_LIVE.bound().rows(connection).await?.iter().map(read).collect()
}

/// All attempts that have a worktree, of deleted tasks and projects, too.
///
/// # Errors
/// When the database does not answer.
pub async fn list_attempts_with_worktree(connection: &mut Connection) -> Result<Vec<Attempt>, Error> {
    LIST_WITH_WORKTREE.bound().rows(connection).await?.iter().map(read).collect()
}

/// Stores where the attempt works.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_worktree(tx: &mut WriteTx, id: AttemptId, worktree: &NewWorktree) -> Result<(), Error> {
    let statement = SET_WORKTREE
        .bind(id.as_uuid())
        .bind(worktree.path.clone())
        .bind(worktree.branch_name.clone())
        .bind(worktree.base_commit.clone());
    change(tx, id, statement).await
}

/// Stores that the attempt's worktree is gone. Its branch name stays.
///
/// # Errors
/// [`Error::Missing`].
pub async fn clear_worktree(tx: &mut WriteTx, id: AttemptId) -> Result<(), Error> {
    change(tx, id, CLEAR_WORKTREE.bind(id.as_uuid())).await
}

/// Stores when the attempt's worktree was made again.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_restored(tx: &mut WriteTx, id: AttemptId, now: Timestamp) -> Result<(), Error> {
    change(tx, id, SET_RESTORED.bind(id.as_uuid()).bind(now.as_micros())).await
}

/// Stores that the attempt has no branch any more.
///
/// # Errors
/// [`Error::Missing`].
pub async fn clear_branch(tx: &mut WriteTx, id: AttemptId) -> Result<(), Error> {
    change(tx, id, CLEAR_BRANCH.bind(id.as_uuid())).await
}

/// Stores the commit that the attempt started from.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_base_commit(tx: &mut WriteTx, id: AttemptId, commit: &str) -> Result<(), Error> {
    change(tx, id, SET_BASE_COMMIT.bind(id.as_uuid()).bind(commit.to_owned())).await
}

/// Stores the last commit of the attempt's branch and its tree. Results of gates that ran on another tree are stale from
/// now on.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_head_commit(tx: &mut WriteTx, id: AttemptId, commit: &str, tree: &str) -> Result<(), Error> {
    let statement = SET_HEAD_COMMIT.bind(id.as_uuid()).bind(commit.to_owned()).bind(tree.to_owned());
    change(tx, id, statement).await?;
    touch_latest(tx, id).await
}

/// Stores the agent's conversation.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_session(tx: &mut WriteTx, id: AttemptId, session_id: SessionId) -> Result<(), Error> {
    change(tx, id, SET_SESSION.bind(id.as_uuid()).bind(session_id.as_uuid())).await
}

/// Stores what the agent does now.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_activity(tx: &mut WriteTx, id: AttemptId, activity: Option<&Activity>) -> Result<(), Error> {
    let statement = SET_ACTIVITY
        .bind(id.as_uuid())
        .bind(activity.map(|activity| activity.verb.clone()))
        .bind(activity.and_then(|activity| activity.object.clone()))
        .bind(activity.map(|activity| activity.since.as_micros()));
    change(tx, id, statement).await
}

/// Stores tokens and cost so far.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_usage(tx: &mut WriteTx, id: AttemptId, usage: &Usage) -> Result<(), Error> {
    let statement = SET_USAGE
        .bind(id.as_uuid())
        .bind(usage.input_tokens)
        .bind(usage.output_tokens)
        .bind(usage.cache_read_tokens)
        .bind(usage.cache_creation_tokens)
        .bind(usage.cost_usd)
        .bind(usage.turns);
    change(tx, id, statement).await
}

/// Counts entries of the agent's stream that this version does not know.
///
/// # Errors
/// [`Error::Missing`].
pub async fn add_unknown_entries(tx: &mut WriteTx, id: AttemptId, count: i32) -> Result<(), Error> {
    change(tx, id, ADD_UNKNOWN.bind(id.as_uuid()).bind(count)).await
}

/// Stores what went wrong.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_attempt_error(tx: &mut WriteTx, id: AttemptId, error: &AttemptError) -> Result<(), Error> {
    let statement = SET_ERROR.bind(id.as_uuid()).bind(word(&error.code)?).bind(error.message.clone());
    change(tx, id, statement).await
}

/// Stores what the agent says it did.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_summary(tx: &mut WriteTx, id: AttemptId, summary: &str) -> Result<(), Error> {
    change(tx, id, SET_SUMMARY.bind(id.as_uuid()).bind(summary.to_owned())).await
}

/// Stores what the attempt changed.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_diff_totals(tx: &mut WriteTx, id: AttemptId, totals: DiffTotals) -> Result<(), Error> {
    let statement =
        SET_DIFF.bind(id.as_uuid()).bind(totals.files_changed).bind(totals.additions).bind(totals.deletions);
    change(tx, id, statement).await
}

/// Stores how far the agent says it is.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_progress(tx: &mut WriteTx, id: AttemptId, progress: &Progress) -> Result<(), Error> {
    change(tx, id, SET_PROGRESS.bind(id.as_uuid()).bind(json("progress", progress)?)).await
}

/// Stores which files of its work would run code once an agent is started in the repository.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_config_changes(tx: &mut WriteTx, id: AttemptId, paths: &[String]) -> Result<(), Error> {
    let paths = (!paths.is_empty()).then(|| json("changed paths", &paths)).transpose()?;
    change(tx, id, SET_CONFIG_CHANGES.bind(id.as_uuid()).bind(paths)).await
}

/// Stores what the attempt's agent may do unasked.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_attempt_mode(tx: &mut WriteTx, id: AttemptId, mode: PermissionMode) -> Result<(), Error> {
    change(tx, id, SET_MODE.bind(id.as_uuid()).bind(word(&mode)?)).await
}

async fn change(tx: &mut WriteTx, id: AttemptId, statement: Bound) -> Result<(), Error> {
    must_change(statement.execute(tx.connection()).await?, "attempt")?;
    tx.changes.attempt(id);
    Ok(())
}

fn read(row: &SqliteRow) -> Result<Attempt, Error> {
    let mut columns = Columns::new(row, "attempt");
    let mut attempt = Attempt {
        id: columns.id()?,
        task_id: columns.id()?,
        number: columns.next()?,
        state: columns.word()?,
        agent_id: columns.id()?,
        agent_name: columns.next()?,
        mode: columns.word()?,
        branch_name: columns.next()?,
        base_branch: columns.next()?,
        base_commit: columns.next()?,
        head_commit: columns.next()?,
        merge_commit: columns.next()?,
        worktree_path: columns.next()?,
        session_id: columns.optional_id()?,
        queued_at: columns.time()?,
        started_at: columns.optional_time()?,
        ended_at: columns.optional_time()?,
        error: read_error(&mut columns)?,
        summary: columns.next()?,
        usage: read_usage(&mut columns)?,
        activity: read_activity(&mut columns)?,
        files_changed: columns.next()?,
        additions: columns.next()?,
        deletions: columns.next()?,
        unknown_entries: columns.next()?,
        last_seq: columns.next()?,
        progress: columns.optional_json()?,
        is_stopped: columns.next()?,
        config_changes: columns.optional_json()?.unwrap_or_default(),
        head_tree: columns.next()?,
        reviewed_commit: columns.next()?,
        merge_style: columns.optional_word()?,
        revert_commit: columns.next()?,
        continues_id: columns.optional_id()?,
        worktree_id: columns.id()?,
        gates: columns.json()?,
        pull_request: columns.optional_json()?,
        allowed_actions: Vec::new(),
    };
    attempt.allowed_actions = attempt_actions(AttemptFacts {
        state: attempt.state,
        status: columns.word()?,
        has_worktree: attempt.worktree_path.is_some(),
        is_stopped: attempt.is_stopped,
        is_newest: columns.next()?,
    });
    Ok(attempt)
}

pub(crate) fn read_error(columns: &mut Columns<'_>) -> Result<Option<AttemptError>, Error> {
    let code = columns.optional_word()?;
    let message: Option<String> = columns.next()?;
    Ok(code.zip(message).map(|(code, message)| AttemptError { code, message }))
}

pub(crate) fn read_activity(columns: &mut Columns<'_>) -> Result<Option<Activity>, Error> {
    let verb: Option<String> = columns.next()?;
    let object = columns.next()?;
    let since = columns.optional_time()?;
    Ok(verb.zip(since).map(|(verb, since)| Activity { verb, object, since }))
}

fn read_usage(columns: &mut Columns<'_>) -> Result<Usage, Error> {
    Ok(Usage {
        input_tokens: columns.next()?,
        output_tokens: columns.next()?,
        cache_read_tokens: columns.next()?,
        cache_creation_tokens: columns.next()?,
        cost_usd: columns.next()?,
        turns: columns.next()?,
    })
}
