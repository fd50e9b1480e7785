//! Table `viewed_files`: which content of which file a reviewer of a task has seen.

use std::collections::HashMap;

use domain::{TaskId, Timestamp, ViewedFile};

use crate::row::Columns;
use crate::statement::statements;
use crate::{Connection, Error, WriteTx};

statements! {
    MARK = "insert into viewed_files (task_id, path, content_key, viewed_at) values ($1, $2, $3, $4) \
            on conflict (task_id, path) do update set content_key = excluded.content_key, \
            viewed_at = excluded.viewed_at";
    UNMARK = "delete from viewed_files where task_id = $1 and path = $2";
    LIST = "select path, content_key from viewed_files where task_id = $1";
}

/// Stores or takes back a mark. Another content of the same file replaces the one before.
///
/// # Errors
/// [`Error::Missing`] without the task.
pub async fn set_viewed(
    tx: &mut WriteTx,
    task_id: TaskId,
    file: &ViewedFile,
    now: Timestamp,
) -> Result<(), Error> {
    if !file.is_viewed {
        let statement = UNMARK.bind(task_id.as_uuid()).bind(file.path.clone());
        return statement.execute(tx.connection()).await.map(drop);
    }
    let statement = MARK.bind(task_id.as_uuid()).bind(file.path.clone());
    let statement = statement.bind(file.content_key.clone()).bind(now.as_micros());
    statement.execute(tx.connection()).await.map(drop).map_err(|error| error.or_missing("task"))
}

/// The key of the content that was seen, by path.
///
/// # Errors
/// When the database does not answer.
pub async fn list_viewed(
    connection: &mut Connection,
    task_id: TaskId,
) -> Result<HashMap<String, String>, Error> {
    let rows = LIST.bind(task_id.as_uuid()).rows(connection).await?;
    let read = |row| {
        let mut columns = Columns::new(row, "viewed file");
        Ok((columns.next()?, columns.next()?))
    };
    rows.iter().map(read).collect()
}
