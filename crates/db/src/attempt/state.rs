//! An attempt's state: how it is queued, and every change, each with its event.

use domain::{AttemptId, AttemptState, AttemptTrigger, EventBody, Refusal, Timestamp, next_attempt_state};

use super::NewAttempt;
use crate::row::{Columns, word};
use crate::statement::statements;
use crate::task::try_find_task;
use crate::{Error, WriteTx, append_events};

statements! {
    INSERT = "insert into attempts (id, task_id, number, state, agent_id, agent_name, mode, base_branch, queued_at, \
              continues_id, worktree_id, worktree_path, branch_name, base_commit, head_commit, head_tree, session_id, \
              resumes_session, reviewed_commit) \
              select $1, $2, (select coalesce(max(number), 0) + 1 from attempts where task_id = $2), 'queued', \
              $3, $4, $5, $6, $7, $8, coalesce(c.worktree_id, $1), c.worktree_path, c.branch_name, c.base_commit, \
              c.head_commit, c.head_tree, c.session_id, \
              coalesce(c.resumes_session, 0) or exists (select 1 from runs r where r.attempt_id = c.id and \
              r.session_id = c.session_id and r.has_session = 1), c.head_commit \
              from (select 1) left join attempts c on c.id = $8";
    HAND_OVER = "update attempts set worktree_path = null where id = $1";
    FIND_STATE = "select state from attempts where id = $1";
    TRANSITION = "update attempts set state = $3, started_at = coalesce($4, started_at), \
                  ended_at = coalesce($5, ended_at) where id = $1 and state = $2";
    REOPEN = "update attempts set ended_at = null, error_code = null, error_message = null, queued_at = $2, \
              is_cancel_requested = $3, is_stopped = $3, is_stop_requested = $3 where id = $1";
    CLEAR_ACTIVITY = "update attempts set activity_verb = null, activity_object = null, activity_since = null \
                      where id = $1";
}

/// Queues an attempt with the task's next number and writes its first event.
///
/// # Errors
/// [`Error::Missing`] without the task; [`Error::Refused`] while another attempt of it is live.
pub async fn insert_attempt(tx: &mut WriteTx, attempt: &NewAttempt, now: Timestamp) -> Result<(), Error> {
    let task = try_find_task(tx.connection(), attempt.task_id).await?;
    let task = task.ok_or(Error::Missing { entity: "task" })?;
    let statement = INSERT
        .bind(attempt.id.as_uuid())
        .bind(attempt.task_id.as_uuid())
        .bind(attempt.agent_id.as_uuid())
        .bind(attempt.agent_name.clone())
        .bind(word(&attempt.mode)?)
        .bind(attempt.base_branch.clone())
        .bind(now.as_micros())
        .bind(attempt.continues_id.map(|id| id.as_uuid()));
    let inserted = statement.execute(tx.connection()).await;
    inserted.map_err(|error| {
        error.or_taken(|| format!("an attempt at task #{} is queued or at work already", task.number))
    })?;
    if let Some(continued) = attempt.continues_id {
        HAND_OVER.bind(continued.as_uuid()).execute(tx.connection()).await?;
        tx.changes.attempt(continued);
    }
    let event = EventBody::Status { from: None, to: AttemptState::Queued, reason: attempt.reason.clone() };
    append_events(tx, attempt.id, &[(now, event)]).await?;
    tx.changes.attempt(attempt.id);
    Ok(())
}

/// Changes an attempt's state by [`domain::next_attempt_state`] and writes the event. Sets `started_at` when it is
/// spawned; when it stops being live sets `ended_at` and clears the activity.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when the trigger means nothing in its state.
pub async fn transition_attempt(
    tx: &mut WriteTx,
    id: AttemptId,
    trigger: AttemptTrigger,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<AttemptState, Error> {
    let row = FIND_STATE.bind(id.as_uuid()).first(tx.connection()).await?;
    let row = row.ok_or(Error::Missing { entity: "attempt" })?;
    let from: AttemptState = Columns::new(&row, "attempt").word()?;
    let to = next_attempt_state(from, trigger)?;
    let has_ended = from.is_live() && !to.is_live();
    let statement = TRANSITION
        .bind(id.as_uuid())
        .bind(from.as_str())
        .bind(to.as_str())
        .bind((trigger == AttemptTrigger::Spawned).then_some(now.as_micros()))
        .bind(has_ended.then_some(now.as_micros()));
    if statement.execute(tx.connection()).await? != 1 {
        return Err(Refusal(format!("the attempt is not {} any more", from.as_str())).into());
    }
    if has_ended {
        CLEAR_ACTIVITY.bind(id.as_uuid()).execute(tx.connection()).await?;
    }
    if trigger == AttemptTrigger::Continued {
        REOPEN.bind(id.as_uuid()).bind(now.as_micros()).bind(false).execute(tx.connection()).await?;
    }
    log_state(tx, id, from, to, reason, now).await?;
    Ok(to)
}

/// Writes the event of a change of state.
pub(crate) async fn log_state(
    tx: &mut WriteTx,
    id: AttemptId,
    from: AttemptState,
    to: AttemptState,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    let event = EventBody::Status { from: Some(from), to, reason: reason.map(str::to_owned) };
    append_events(tx, id, &[(now, event)]).await?;
    tx.changes.attempt(id);
    Ok(())
}
