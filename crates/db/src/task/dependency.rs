//! Table `task_dependencies`: which task waits for which, within one project and never in a circle.

use std::collections::BTreeSet;

use domain::TaskId;

use crate::row::Columns;
use crate::statement::statements;
use crate::{Error, WriteTx};

statements! {
    CLEAR = "delete from task_dependencies where task_id = $1 returning blocker_id";
    DETACH = "delete from task_dependencies where task_id = $1 or blocker_id = $1 returning task_id, blocker_id";
    INSERT = "insert into task_dependencies (task_id, blocker_id) \
              select t.id, b.id from tasks t join tasks b on b.project_id = t.project_id \
              where t.id = $1 and b.id = $2 and b.deleted_at is null";
    FIND_CIRCLE = "with recursive upstream (id) as ( \
                   select blocker_id from task_dependencies where task_id = $1 \
                   union select d.blocker_id from task_dependencies d join upstream u on d.task_id = u.id) \
                   select id from upstream where id = $1";
}

/// Makes `id` wait for exactly `blockers`.
pub(crate) async fn replace(tx: &mut WriteTx, id: TaskId, blockers: &[TaskId]) -> Result<(), Error> {
    for row in CLEAR.bind(id.as_uuid()).rows(tx.connection()).await? {
        let blocker = Columns::new(&row, "dependency").id()?;
        tx.changes.task(blocker);
    }
    for blocker in blockers.iter().copied().collect::<BTreeSet<_>>() {
        insert(tx, id, blocker).await?;
    }
    if FIND_CIRCLE.bind(id.as_uuid()).first(tx.connection()).await?.is_some() {
        return Err(invalid("the tasks would wait for each other in a circle: leave one of them out"));
    }
    Ok(())
}

/// Takes a task out of all dependencies.
pub(crate) async fn detach(tx: &mut WriteTx, id: TaskId) -> Result<(), Error> {
    for row in DETACH.bind(id.as_uuid()).rows(tx.connection()).await? {
        let mut columns = Columns::new(&row, "dependency");
        let (waiting, blocker) = (columns.id()?, columns.id()?);
        tx.changes.task(waiting);
        tx.changes.task(blocker);
    }
    Ok(())
}

async fn insert(tx: &mut WriteTx, id: TaskId, blocker: TaskId) -> Result<(), Error> {
    if blocker == id {
        return Err(invalid("a task cannot wait for itself"));
    }
    let rows = INSERT.bind(id.as_uuid()).bind(blocker.as_uuid()).execute(tx.connection()).await?;
    if rows == 0 {
        return Err(invalid(format!("{blocker} is no task of this project")));
    }
    tx.changes.task(blocker);
    Ok(())
}

fn invalid(message: impl Into<String>) -> Error {
    Error::Invalid { field: "blocked_by", message: message.into() }
}
