//! What the scheduler asks: which attempt is next, and which task.

use domain::{AttemptId, AttemptState, ProjectId, TaskId, Timestamp};

use crate::attempt::state::log_state;
use crate::row::Columns;
use crate::statement::statements;
use crate::{Connection, Error, WriteTx};

statements! {
    CLAIM = "update attempts set state = 'preparing' where state = 'queued' and id = ( \
             select a.id from attempts a \
             join tasks t on t.id = a.task_id \
             join projects p on p.id = t.project_id \
             where a.state = 'queued' and t.deleted_at is null and p.deleted_at is null \
             and (select count(*) from attempts busy \
             where busy.state in ('preparing', 'running', 'gates')) < $1 \
             and (select count(*) from attempts busy join tasks own on own.id = busy.task_id \
             where busy.state in ('preparing', 'running', 'gates') and own.project_id = p.id) < p.max_parallel \
             and not exists (select 1 from task_dependencies d join tasks blocker on blocker.id = d.blocker_id \
             where d.task_id = t.id and blocker.status <> 'done') \
             order by case t.priority when 'urgent' then 0 when 'high' then 1 when 'low' then 3 else 2 end, \
             a.queued_at, a.id limit 1) \
             returning id";
    NEXT_AUTO_RUN = "select t.id from tasks t join projects p on p.id = t.project_id \
                     where p.id = $1 and p.deleted_at is null and p.auto_run = $2 \
                     and t.status = 'todo' and t.deleted_at is null \
                     and (select count(*) from attempts live join tasks own on own.id = live.task_id \
                     where live.state in ('queued', 'preparing', 'running', 'gates') \
                     and own.project_id = p.id) < p.max_parallel \
                     and not exists (select 1 from attempts live where live.task_id = t.id \
                     and live.state in ('queued', 'preparing', 'running', 'waiting', 'gates')) \
                     and not exists (select 1 from task_dependencies d \
                     join tasks blocker on blocker.id = d.blocker_id \
                     where d.task_id = t.id and blocker.status <> 'done') \
                     order by case t.priority when 'urgent' then 0 when 'high' then 1 when 'low' then 3 else 2 end, \
                     t.created_at, t.number limit 1";
}

/// Claims the next queued attempt: the most urgent, then the oldest, whose task waits for no other and whose project
/// has a free slot, if fewer than `max_total` are at work in all. One statement, so that none is ever claimed twice.
///
/// # Errors
/// When the database does not answer.
pub async fn claim_next_attempt(
    tx: &mut WriteTx,
    max_total: i32,
    now: Timestamp,
) -> Result<Option<AttemptId>, Error> {
    let row = CLAIM.bind(max_total).first(tx.connection()).await?;
    let Some(row) = row else { return Ok(None) };
    let id: AttemptId = Columns::new(&row, "attempt").id()?;
    log_state(tx, id, AttemptState::Queued, AttemptState::Preparing, None, now).await?;
    Ok(Some(id))
}

/// The most urgent, then oldest, task in To Do that waits for no other, in a project that runs by itself and has a
/// free slot that no queued attempt will take.
///
/// # Errors
/// When the database does not answer.
pub async fn next_auto_run_task(
    connection: &mut Connection,
    project_id: ProjectId,
) -> Result<Option<TaskId>, Error> {
    let row = NEXT_AUTO_RUN.bind(project_id.as_uuid()).bind(true).first(connection).await?;
    row.map(|row| Columns::new(&row, "task").id()).transpose()
}
