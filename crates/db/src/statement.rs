//! Statements: every SQL text of the crate has a name and stands in a table that a test prepares.
//!
//! This is the only file that calls sqlx to run one, so that none can be forgotten.

use futures_util::TryStreamExt;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Encode, Executor, SqlSafeStr, Sqlite, Type};

use crate::{Connection, Error};

/// Rows that the thread of a connection reads ahead of whoever asked.
pub(crate) const ROWS_AHEAD: usize = 512;

/// One SQL text. Made by [`statements!`] only.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement {
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

/// Declares statements as constants, and `STATEMENTS`, the list of them for the test.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* const $name: $crate::statement::Statement =
            $crate::statement::Statement { name: stringify!($name), sql: $sql };)+

        /// All statements of this module.
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[$crate::statement::Statement] = &[$($name),+];
    };
}
pub(crate) use statements;

/// A statement with its values.
pub(crate) struct Bound {
    statement: Statement,
    query: Query<'static, Sqlite, SqliteArguments>,
}

impl Statement {
    /// The statement with its first value.
    pub(crate) fn bind<T>(self, value: T) -> Bound
    where
        T: Encode<'static, Sqlite> + Type<Sqlite> + 'static,
    {
        self.bound().bind(value)
    }

    /// The statement without values.
    pub(crate) fn bound(self) -> Bound {
        Bound { statement: self, query: sqlx::query(self.sql.into_sql_str()) }
    }
}

impl Bound {
    /// The next value.
    pub(crate) fn bind<T>(mut self, value: T) -> Self
    where
        T: Encode<'static, Sqlite> + Type<Sqlite> + 'static,
    {
        self.query = self.query.bind(value);
        self
    }

    /// Runs it; how many rows it changed.
    pub(crate) async fn execute(self, connection: &mut Connection) -> Result<u64, Error> {
        let done = connection.execute(self.query).await;
        done.map(|done| done.rows_affected()).map_err(|source| self.statement.failed(source))
    }

    /// Runs it; its first row.
    pub(crate) async fn first(self, connection: &mut Connection) -> Result<Option<SqliteRow>, Error> {
        let row = connection.fetch_optional(self.query).await;
        row.map_err(|source| self.statement.failed(source))
    }

    /// Runs it; its rows. For short lists: see [`Bound::each`].
    pub(crate) async fn rows(self, connection: &mut Connection) -> Result<Vec<SqliteRow>, Error> {
        let rows = connection.fetch_all(self.query).await;
        rows.map_err(|source| self.statement.failed(source))
    }

    /// Runs it and hands over row by row. For long lists: no more than [`ROWS_AHEAD`] rows wait in memory.
    pub(crate) async fn each(
        self,
        connection: &mut Connection,
        mut take: impl FnMut(&SqliteRow) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut rows = connection.fetch(self.query);
        while let Some(row) = rows.try_next().await.map_err(|source| self.statement.failed(source))? {
            take(&row)?;
        }
        Ok(())
    }
}

impl Statement {
    fn failed(self, source: sqlx::Error) -> Error {
        Error::Statement { statement: self.name, source }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use sqlx::ConnectOptions;
    use sqlx::sqlite::SqliteConnectOptions;

    use super::*;

    /// Every module that has statements, by its file.
    fn registered() -> Vec<(&'static str, Vec<Statement>)> {
        vec![
            ("agent.rs", crate::agent::STATEMENTS.to_vec()),
            ("approval.rs", crate::approval::STATEMENTS.to_vec()),
            ("attachment.rs", crate::attachment::STATEMENTS.to_vec()),
            ("attempt.rs", crate::attempt::STATEMENTS.to_vec()),
            ("attempt/state.rs", crate::attempt::state::STATEMENTS.to_vec()),
            ("backup.rs", crate::backup::STATEMENTS.to_vec()),
            ("checkpoint.rs", crate::checkpoint::STATEMENTS.to_vec()),
            ("claim.rs", crate::claim::STATEMENTS.to_vec()),
            ("comment.rs", crate::comment::STATEMENTS.to_vec()),
            ("event.rs", crate::event::all_statements()),
            ("file.rs", crate::file::STATEMENTS.to_vec()),
            ("gate_run.rs", crate::gate_run::STATEMENTS.to_vec()),
            ("intent.rs", crate::intent::STATEMENTS.to_vec()),
            ("merged.rs", crate::merged::STATEMENTS.to_vec()),
            ("message.rs", crate::message::STATEMENTS.to_vec()),
            ("project.rs", crate::project::STATEMENTS.to_vec()),
            ("pull_request.rs", crate::pull_request::STATEMENTS.to_vec()),
            ("rule.rs", crate::rule::STATEMENTS.to_vec()),
            ("run.rs", crate::run::STATEMENTS.to_vec()),
            ("run_command.rs", crate::run_command::STATEMENTS.to_vec()),
            ("task.rs", crate::task::STATEMENTS.to_vec()),
            ("task/card.rs", crate::task::card::STATEMENTS.to_vec()),
            ("task/dependency.rs", crate::task::dependency::STATEMENTS.to_vec()),
            ("task/part.rs", crate::task::part::STATEMENTS.to_vec()),
            ("task/place.rs", crate::task::place::STATEMENTS.to_vec()),
            ("trust.rs", crate::trust::STATEMENTS.to_vec()),
            ("viewed_file.rs", crate::viewed_file::STATEMENTS.to_vec()),
            ("writer.rs", crate::writer::STATEMENTS.to_vec()),
            ("writer/checkpoint.rs", crate::writer::checkpoint::STATEMENTS.to_vec()),
        ]
    }

    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
    }

    #[tokio::test]
    async fn every_statement_prepares_on_the_migrated_schema() {
        let mut connection = SqliteConnectOptions::new().connect().await.unwrap();
        crate::file::MIGRATOR.run(&mut connection).await.unwrap();
        for (file, statement) in registered().into_iter().flat_map(by_file) {
            let prepared = (&mut connection).prepare(statement.sql.into_sql_str()).await;
            assert!(prepared.is_ok(), "{file} {}: {}", statement.name, prepared.err().unwrap());
            assert!(!statement.sql.contains('?'), "{}: parameters are $1, $2, …", statement.name);
            assert_eq!(statement.sql, statement.sql.to_lowercase(), "{}: lower case", statement.name);
        }
    }

    fn by_file((file, statements): (&'static str, Vec<Statement>)) -> Vec<(&'static str, Statement)> {
        statements.into_iter().map(|statement| (file, statement)).collect()
    }

    #[test]
    fn no_statement_is_forgotten() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let registered = registered();
        let mut found = Vec::new();
        for path in sources(&root) {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            if name == "statement.rs" {
                assert_eq!(code.matches("sqlx::query(").count(), 1);
                continue;
            }
            assert!(!code.contains("sqlx::query"), "{name} runs SQL past the table of statements");
            let made = code.matches("Statement { name").count();
            let is_listed = made == 0 || (name == "event.rs" && made == crate::event::insert_many().len());
            assert!(is_listed, "{name} makes a statement past the table");
            if code.contains("statements! {") {
                found.push(name);
            }
        }
        found.sort();
        let files: Vec<String> = registered.iter().map(|(file, _)| (*file).to_owned()).collect();
        assert_eq!(found, files);
    }
}
