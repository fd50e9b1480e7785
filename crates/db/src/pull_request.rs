//! Table `pull_requests`: what is known of the pull request of an attempt.

use domain::{AttemptId, PullRequest};

use crate::row::{Columns, json};
use crate::statement::statements;
use crate::{Connection, Error, WriteTx};

/// A pull request as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPullRequest {
    /// The pull request.
    pub pull_request: PullRequest,
    /// The remote that its branch was pushed to.
    pub remote: String,
    /// Whether its state is asked for now and then.
    pub is_open: bool,
}

statements! {
    PUT = "insert into pull_requests (attempt_id, body, remote, is_open) values ($1, $2, $3, $4) \
           on conflict (attempt_id) do update set body = excluded.body, remote = excluded.remote, \
           is_open = excluded.is_open";
    FIND = "select body, remote, is_open from pull_requests where attempt_id = $1";
    LIST_OPEN = "select attempt_id from pull_requests where is_open = $1 order by attempt_id";
}

/// Stores what is known of an attempt's pull request.
///
/// # Errors
/// [`Error::Missing`] without the attempt.
pub async fn put_pull_request(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    stored: &StoredPullRequest,
) -> Result<(), Error> {
    let statement = PUT
        .bind(attempt_id.as_uuid())
        .bind(json("a pull request", &stored.pull_request)?)
        .bind(stored.remote.clone())
        .bind(stored.is_open);
    statement.execute(tx.connection()).await.map_err(|error| error.or_missing("attempt"))?;
    tx.changes.attempt(attempt_id);
    Ok(())
}

/// The pull request of an attempt.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_pull_request(
    connection: &mut Connection,
    attempt_id: AttemptId,
) -> Result<StoredPullRequest, Error> {
    let row = FIND.bind(attempt_id.as_uuid()).first(connection).await?;
    let row = row.ok_or(Error::Missing { entity: "pull request" })?;
    let mut columns = Columns::new(&row, "pull request");
    Ok(StoredPullRequest { pull_request: columns.json()?, remote: columns.next()?, is_open: columns.next()? })
}

/// The attempts whose pull requests are open.
///
/// # Errors
/// When the database does not answer.
pub async fn list_open_pull_requests(connection: &mut Connection) -> Result<Vec<AttemptId>, Error> {
    let rows = LIST_OPEN.bind(true).rows(connection).await?;
    rows.iter().map(|row| Columns::new(row, "pull request").id()).collect()
}
