//! What became of an attempt's merge, and what is to be merged into its worktree.

use domain::{AttemptId, MergeStyle};

use crate::row::{Columns, must_change, word};
use crate::statement::statements;
use crate::{Connection, Error, WriteTx};

statements! {
    SET_MERGED = "update attempts set merge_commit = $2, merge_style = $3, revert_commit = null where id = $1";
    CLEAR_MERGED =
        "update attempts set merge_commit = null, merge_style = null, revert_commit = null where id = $1";
    SET_REVERTED = "update attempts set revert_commit = $2 where id = $1";
    CHOOSE_STYLE = "update attempts set merge_style = $2 where id = $1 and merge_commit is null";
    WANT_BASE_MERGE = "update attempts set wants_base_merge = $2 where id = $1";
    WANTS_BASE_MERGE = "select wants_base_merge from attempts where id = $1";
}

/// Stores the commit on the base branch, and how it came there; no style where the base had all of it already.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_merged(
    tx: &mut WriteTx,
    id: AttemptId,
    commit: &str,
    style: Option<MergeStyle>,
) -> Result<(), Error> {
    let style = style.map(|style| word(&style)).transpose()?;
    let statement = SET_MERGED.bind(id.as_uuid()).bind(commit.to_owned()).bind(style);
    must_change(statement.execute(tx.connection()).await?, "attempt")?;
    tx.changes.attempt(id);
    Ok(())
}

/// Stores how the merge that begins is done, or that it came to nothing. What is merged keeps its style.
///
/// # Errors
/// When the database does not answer.
pub async fn choose_merge_style(
    tx: &mut WriteTx,
    id: AttemptId,
    style: Option<MergeStyle>,
) -> Result<(), Error> {
    let style = style.map(|style| word(&style)).transpose()?;
    CHOOSE_STYLE.bind(id.as_uuid()).bind(style).execute(tx.connection()).await?;
    tx.changes.attempt(id);
    Ok(())
}

/// Stores that the merge was undone.
///
/// # Errors
/// [`Error::Missing`].
pub async fn clear_merged(tx: &mut WriteTx, id: AttemptId) -> Result<(), Error> {
    must_change(CLEAR_MERGED.bind(id.as_uuid()).execute(tx.connection()).await?, "attempt")?;
    tx.changes.attempt(id);
    Ok(())
}

/// Stores the commit that took the merge back.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_reverted(tx: &mut WriteTx, id: AttemptId, commit: &str) -> Result<(), Error> {
    let statement = SET_REVERTED.bind(id.as_uuid()).bind(commit.to_owned());
    must_change(statement.execute(tx.connection()).await?, "attempt")?;
    tx.changes.attempt(id);
    Ok(())
}

/// Stores whether the base branch is to be merged into the attempt's worktree before its agent starts.
///
/// # Errors
/// [`Error::Missing`].
pub async fn want_base_merge(tx: &mut WriteTx, id: AttemptId, is_wanted: bool) -> Result<(), Error> {
    let statement = WANT_BASE_MERGE.bind(id.as_uuid()).bind(is_wanted);
    must_change(statement.execute(tx.connection()).await?, "attempt")
}

/// Whether the base branch is to be merged into the attempt's worktree before its agent starts.
///
/// # Errors
/// [`Error::Missing`].
pub async fn wants_base_merge(connection: &mut Connection, id: AttemptId) -> Result<bool, Error> {
    let row = WANTS_BASE_MERGE.bind(id.as_uuid()).first(connection).await?;
    let row = row.ok_or(Error::Missing { entity: "attempt" })?;
    Columns::new(&row, "attempt").next()
}
