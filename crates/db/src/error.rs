//! What can go wrong in the database, and which of it the user can act on.

use std::path::PathBuf;
use std::sync::Arc;

use domain::Refusal;

/// A failure of the database. Each text completes “failed to …”, except those of [`Error::Refused`] and
/// [`Error::Invalid`], which are sentences for the user.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A row that the caller named is not there, or was deleted. 404.
    #[error("find the {entity}")]
    Missing {
        /// As `task`.
        entity: &'static str,
    },
    /// Something is not in a state that allows this, was changed meanwhile, or exists already. 409.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A field that cannot be stored, as a dependency on a task of another project. 422.
    #[error("{message}")]
    Invalid {
        /// Field of the request.
        field: &'static str,
        /// What is wrong and what to do.
        message: String,
    },
    /// A statement failed. Whatever the transaction had done so far is undone.
    #[error("run the statement {statement}")]
    Statement {
        /// Name of the statement.
        statement: &'static str,
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// A stored value is none that this program writes.
    #[error("read the stored {what}")]
    Corrupt {
        /// As `attempt`.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A value could not be turned into what is stored.
    #[error("write {what} as JSON")]
    Encode {
        /// As `limits`.
        what: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The transaction could not begin, so nothing was tried: another program holds the file, or the disk is full. 503.
    #[error("begin writing to the database")]
    Begin {
        /// What the database said.
        #[source]
        source: Arc<Error>,
    },
    /// The transaction could not be stored, so nothing of it is. 503.
    #[error("store the change")]
    Commit {
        /// What the database said.
        #[source]
        source: Arc<Error>,
    },
    /// The work that was to be written panicked; nothing of it is stored.
    #[error("finish the work of a transaction: it panicked")]
    Panicked,
    /// The store is closed, or closing. Nothing of the work is stored. 503.
    #[error("reach the database writer: it has ended")]
    Closed,
    /// The writer ended before it answered: the work may be stored, or not.
    #[error("learn whether the change is stored: the database writer ended before it answered")]
    Unanswered,
    /// No connection to read with. 503.
    #[error("open a connection for reading")]
    Read {
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// Another server holds the database.
    #[error("take the lock {}: another eval-kanban uses this database", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// A file could not be used.
    #[error("open the database {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database could not be opened.
    #[error("open the database {}", path.display())]
    Open {
        /// Where.
        path: PathBuf,
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// The file is no database, or not any more. It is left as it is.
    #[error("read the database {}: it is damaged; nothing was deleted. {}", path.display(), advice(newest_backup.as_ref()))]
    Damaged {
        /// Where.
        path: PathBuf,
        /// A copy made before an earlier migration, if there is one.
        newest_backup: Option<PathBuf>,
        /// What the database said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The linked SQLite is too old to be trusted with a write-ahead log.
    #[error("use SQLite {found}: at least {needed} is needed")]
    SqliteTooOld {
        /// Its version.
        found: String,
        /// The oldest that will do.
        needed: &'static str,
    },
    /// The database was written by a newer version of the program.
    #[error(
        "open the database {}: a newer eval-kanban made it (schema {found}, this one knows {known}). {}",
        path.display(), advice(newest_backup.as_ref())
    )]
    NewerSchema {
        /// Where.
        path: PathBuf,
        /// Version of the file's schema.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
        /// A copy made before an earlier migration, if there is one.
        newest_backup: Option<PathBuf>,
    },
    /// The schema could not be brought up to date.
    #[error("migrate the database {}", path.display())]
    Migrate {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// No copy could be made, so the database was not migrated.
    #[error("back up the database to {}", path.display())]
    BackUp {
        /// The copy.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Primary result codes of SQLite that are told apart.
const SQLITE_CORRUPT: i32 = 11;
const SQLITE_NOTADB: i32 = 26;
/// Busy, locked, read-only, I/O error, full, cannot open: the machine's trouble, not the statement's.
const PASSING: [i32; 6] = [5, 6, 8, 10, 13, 14];

impl Error {
    /// Whether the database cannot serve now but may later, as when the disk is full. 503 rather than 500.
    pub fn is_unavailable(&self) -> bool {
        let is_passing = |source| primary_code(source).is_some_and(|code| PASSING.contains(&code));
        matches!(self, Self::Begin { .. } | Self::Commit { .. } | Self::Closed | Self::Read { .. })
            || matches!(self, Self::Statement { source, .. } if is_passing(source))
    }

    /// Turns a violated `unique` into a sentence for the user.
    pub(crate) fn or_taken(self, sentence: impl FnOnce() -> String) -> Self {
        match &self {
            Self::Statement { source, .. } if is_unique_violation(source) => Refusal(sentence()).into(),
            _ => self,
        }
    }

    /// Turns a violated `references` into a missing thing.
    pub(crate) fn or_missing(self, entity: &'static str) -> Self {
        match &self {
            Self::Statement { source, .. } if is_foreign_key_violation(source) => Self::Missing { entity },
            _ => self,
        }
    }

    /// Turns a violated `references` into a wrong field.
    pub(crate) fn or_invalid(self, field: &'static str, message: &str) -> Self {
        match &self {
            Self::Statement { source, .. } if is_foreign_key_violation(source) => {
                Self::Invalid { field, message: message.to_owned() }
            }
            _ => self,
        }
    }
}

/// Whether SQLite found that the file is no database, or is broken.
pub(crate) fn is_damage(error: &sqlx::Error) -> bool {
    matches!(primary_code(error), Some(SQLITE_CORRUPT | SQLITE_NOTADB))
}

fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation())
}

fn is_foreign_key_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_foreign_key_violation())
}

/// The low byte of the result code; the rest tells details.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?;
    code.parse::<i32>().ok().map(|code| code & 0xff)
}

fn advice(newest_backup: Option<&PathBuf>) -> String {
    match newest_backup {
        Some(path) => format!("The newest backup is {}", path.display()),
        None => "There is no backup yet".to_owned(),
    }
}
