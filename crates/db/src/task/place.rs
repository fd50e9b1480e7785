//! Places in a column: ranks are made here, inside the transaction, so that two who move cards at once end with one
//! order.

use domain::{ProjectId, Rank, Refusal, TaskId, TaskStatus, Timestamp};

use super::Placement;
use crate::row::Columns;
use crate::statement::{Bound, statements};
use crate::{Connection, Error, WriteTx};

macro_rules! in_column {
    ($what:literal, $condition:literal) => {
        concat!(
            "select ",
            $what,
            " from tasks where project_id = $1 and status = $2 and id <> $3 and deleted_at is null",
            $condition
        )
    };
}

statements! {
    FIND = "select project_id, status from tasks where id = $1 and deleted_at is null";
    FIND_RANK = in_column!("rank", " and id = $4");
    FIND_FIRST = in_column!("min(rank)", "");
    FIND_LAST = in_column!("max(rank)", "");
    FIND_NEXT = in_column!("min(rank)", " and rank > $4");
    FIND_PREVIOUS = in_column!("max(rank)", " and rank < $4");
    PLACE = "update tasks set status = $3, rank = $4, updated_at = $5 \
             where id = $1 and status = $2 and deleted_at is null";
}

/// A column, without the task that is to be placed in it.
#[derive(Debug, Clone, Copy)]
struct Column {
    project_id: ProjectId,
    status: TaskStatus,
    moved: TaskId,
}

/// Puts a task into a column, or to another place of its own. Asks no rule: see [`domain::check_move`]. Returns the
/// column where it was.
///
/// # Errors
/// [`Error::Missing`].
pub async fn place_task(
    tx: &mut WriteTx,
    id: TaskId,
    status: TaskStatus,
    placement: Placement,
    now: Timestamp,
) -> Result<TaskStatus, Error> {
    let (project_id, from) = find(tx.connection(), id).await?;
    let column = Column { project_id, status, moved: id };
    let rank = column.rank_at(tx.connection(), placement).await?;
    let statement = PLACE
        .bind(id.as_uuid())
        .bind(from.as_str())
        .bind(status.as_str())
        .bind(rank.as_str().to_owned())
        .bind(now.as_micros());
    if statement.execute(tx.connection()).await? != 1 {
        return Err(Refusal("the task was moved meanwhile".to_owned()).into());
    }
    tx.changes.task(id);
    Ok(from)
}

/// Puts a task from the column `from` into `to`.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when it is not in `from`.
pub async fn change_task_status(
    tx: &mut WriteTx,
    id: TaskId,
    from: TaskStatus,
    to: TaskStatus,
    placement: Placement,
    now: Timestamp,
) -> Result<(), Error> {
    let found = place_task(tx, id, to, placement, now).await?;
    if found != from {
        let (found, from) = (found.as_str(), from.as_str());
        return Err(Refusal(format!("the task is in {found}, not in {from}")).into());
    }
    Ok(())
}

/// The rank at the end of the column that a new task goes to.
pub(crate) async fn rank_of_new(
    connection: &mut Connection,
    project_id: ProjectId,
    status: TaskStatus,
    id: TaskId,
) -> Result<Rank, Error> {
    Column { project_id, status, moved: id }.rank_at(connection, Placement::End).await
}

async fn find(connection: &mut Connection, id: TaskId) -> Result<(ProjectId, TaskStatus), Error> {
    let row = FIND.bind(id.as_uuid()).first(connection).await?;
    let row = row.ok_or(Error::Missing { entity: "task" })?;
    let mut columns = Columns::new(&row, "task");
    Ok((columns.id()?, columns.word()?))
}

impl Column {
    async fn rank_at(self, connection: &mut Connection, placement: Placement) -> Result<Rank, Error> {
        match placement {
            Placement::End => self.end(connection).await,
            Placement::Top => {
                let first = rank(connection, self.bind(FIND_FIRST)).await?;
                between(None, first.as_ref())
            }
            Placement::Between { after, before } => self.beside(connection, after, before).await,
        }
    }

    async fn end(self, connection: &mut Connection) -> Result<Rank, Error> {
        let last = rank(connection, self.bind(FIND_LAST)).await?;
        Ok(Rank::after(last.as_ref()))
    }

    /// Directly below `after`; without it directly above `before`.
    async fn beside(
        self,
        connection: &mut Connection,
        after: Option<TaskId>,
        before: Option<TaskId>,
    ) -> Result<Rank, Error> {
        if let Some(low) = self.rank_of(connection, after).await? {
            let next = self.bind(FIND_NEXT).bind(low.as_str().to_owned());
            return match rank(connection, next).await? {
                Some(high) => between(Some(&low), Some(&high)),
                None => Ok(Rank::after(Some(&low))),
            };
        }
        let Some(high) = self.rank_of(connection, before).await? else {
            return self.end(connection).await;
        };
        let previous = self.bind(FIND_PREVIOUS).bind(high.as_str().to_owned());
        let low = rank(connection, previous).await?;
        between(low.as_ref(), Some(&high))
    }

    /// The rank of a neighbour, if it is in this column.
    async fn rank_of(self, connection: &mut Connection, id: Option<TaskId>) -> Result<Option<Rank>, Error> {
        let Some(id) = id else { return Ok(None) };
        rank(connection, self.bind(FIND_RANK).bind(id.as_uuid())).await
    }

    fn bind(self, statement: crate::statement::Statement) -> Bound {
        statement.bind(self.project_id.as_uuid()).bind(self.status.as_str()).bind(self.moved.as_uuid())
    }
}

async fn rank(connection: &mut Connection, statement: Bound) -> Result<Option<Rank>, Error> {
    let row = statement.first(connection).await?;
    row.map_or(Ok(None), |row| Columns::new(&row, "rank").optional_word())
}

fn between(low: Option<&Rank>, high: Option<&Rank>) -> Result<Rank, Error> {
    Rank::between(low, high).map_err(|source| Error::Corrupt { what: "rank", source: source.into() })
}
