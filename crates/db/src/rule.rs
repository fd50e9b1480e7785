//! Table `rules`: calls that are allowed unasked. Which calls a rule allows is decided by `domain`.

use domain::{AttemptId, ProjectId, Rule, RuleId, RulePattern, Timestamp, rule_text};
use sqlx::sqlite::SqliteRow;

use crate::row::{Columns, must_change};
use crate::statement::statements;
use crate::{Connection, Error, WriteTx};

/// A rule to be remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRule {
    /// Its id.
    pub id: RuleId,
    /// Its project.
    pub project_id: ProjectId,
    /// The attempt that it holds for; none is every attempt of the project.
    pub attempt_id: Option<AttemptId>,
    /// Which calls it allows.
    pub pattern: RulePattern,
}

macro_rules! select_rules {
    ($rest:literal) => {
        concat!(
            "select id, project_id, attempt_id, tool_name, pattern, hit_count, last_hit_at, created_at from rules ",
            $rest
        )
    };
}

statements! {
    INSERT = "insert into rules (id, project_id, attempt_id, tool_name, pattern, created_at) \
              values ($1, $2, $3, $4, $5, $6) on conflict do nothing";
    HIT = "update rules set hit_count = hit_count + 1, last_hit_at = $2 where id = $1";
    DELETE = "delete from rules where project_id = $1 and id = $2";
    DELETE_ALL = "delete from rules where project_id = $1";
    LIST = select_rules!("where project_id = $1 order by created_at desc, id");
    LIST_FOR_ATTEMPT = select_rules!(
        "where project_id = $1 and (attempt_id is null or attempt_id = $2) order by created_at, id"
    );
}

/// Remembers a rule. Nothing changes if the same one is there.
///
/// # Errors
/// [`Error::Missing`] without the project.
pub async fn insert_rule(tx: &mut WriteTx, rule: &NewRule, now: Timestamp) -> Result<(), Error> {
    let statement = INSERT
        .bind(rule.id.as_uuid())
        .bind(rule.project_id.as_uuid())
        .bind(rule.attempt_id.map(|id| id.as_uuid()))
        .bind(rule.pattern.tool_name.clone())
        .bind(rule.pattern.pattern.clone())
        .bind(now.as_micros());
    statement.execute(tx.connection()).await.map(drop).map_err(|error| error.or_missing("project"))
}

/// Counts a call that the rule allowed.
///
/// # Errors
/// [`Error::Missing`].
pub async fn hit_rule(tx: &mut WriteTx, id: RuleId, now: Timestamp) -> Result<(), Error> {
    must_change(HIT.bind(id.as_uuid()).bind(now.as_micros()).execute(tx.connection()).await?, "rule")
}

/// Forgets a rule.
///
/// # Errors
/// [`Error::Missing`], also for a rule of another project.
pub async fn delete_rule(tx: &mut WriteTx, project_id: ProjectId, id: RuleId) -> Result<(), Error> {
    let statement = DELETE.bind(project_id.as_uuid()).bind(id.as_uuid());
    must_change(statement.execute(tx.connection()).await?, "rule")
}

/// Forgets all rules of a project.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_rules(tx: &mut WriteTx, project_id: ProjectId) -> Result<(), Error> {
    DELETE_ALL.bind(project_id.as_uuid()).execute(tx.connection()).await.map(drop)
}

/// All rules of a project, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_rules(connection: &mut Connection, project_id: ProjectId) -> Result<Vec<Rule>, Error> {
    LIST.bind(project_id.as_uuid()).rows(connection).await?.iter().map(read).collect()
}

/// The rules that hold for an attempt of a project.
///
/// # Errors
/// When the database does not answer.
pub async fn list_attempt_rules(
    connection: &mut Connection,
    project_id: ProjectId,
    attempt_id: AttemptId,
) -> Result<Vec<Rule>, Error> {
    let statement = LIST_FOR_ATTEMPT.bind(project_id.as_uuid()).bind(attempt_id.as_uuid());
    statement.rows(connection).await?.iter().map(read).collect()
}

fn read(row: &SqliteRow) -> Result<Rule, Error> {
    let mut columns = Columns::new(row, "rule");
    let mut rule = Rule {
        id: columns.id()?,
        project_id: columns.id()?,
        attempt_id: columns.optional_id()?,
        tool_name: columns.next()?,
        pattern: columns.next()?,
        text: String::new(),
        hit_count: columns.next()?,
        last_hit_at: columns.optional_time()?,
        created_at: columns.time()?,
    };
    let pattern = RulePattern { tool_name: rule.tool_name.clone(), pattern: rule.pattern.clone() };
    rule.text = rule_text(&pattern);
    Ok(rule)
}
