//! Table `project_trust`: what was decided about what a repository brings that runs code.

use domain::{ProjectId, Timestamp, TrustDecision};

use crate::row::{Columns, word};
use crate::statement::statements;
use crate::{Connection, Error, WriteTx};

/// A decision, and what it was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// SHA-256 over what was seen, in hexadecimal.
    pub hash: String,
    /// What was decided.
    pub decision: TrustDecision,
    /// When.
    pub decided_at: Timestamp,
}

statements! {
    DECIDE = "insert into project_trust (project_id, hash, decision, decided_at) values ($1, $2, $3, $4) \
              on conflict (project_id) do update set hash = excluded.hash, decision = excluded.decision, \
              decided_at = excluded.decided_at";
    FIND = "select hash, decision, decided_at from project_trust where project_id = $1";
}

/// Stores a decision in place of an earlier one. The project counts as touched.
///
/// # Errors
/// [`Error::Missing`] without the project.
pub async fn decide_trust(tx: &mut WriteTx, project_id: ProjectId, trust: &Trust) -> Result<(), Error> {
    let statement = DECIDE
        .bind(project_id.as_uuid())
        .bind(trust.hash.clone())
        .bind(word(&trust.decision)?)
        .bind(trust.decided_at.as_micros());
    statement.execute(tx.connection()).await.map_err(|error| error.or_missing("project"))?;
    tx.changes.project(project_id);
    Ok(())
}

/// What was decided; none where nobody has.
///
/// # Errors
/// When the database does not answer.
pub async fn find_trust(connection: &mut Connection, project_id: ProjectId) -> Result<Option<Trust>, Error> {
    let row = FIND.bind(project_id.as_uuid()).first(connection).await?;
    let Some(row) = row else { return Ok(None) };
    let mut columns = Columns::new(&row, "trust");
    Ok(Some(Trust { hash: columns.next()?, decision: columns.word()?, decided_at: columns.time()? }))
}
