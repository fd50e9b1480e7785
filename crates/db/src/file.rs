//! The database file: its lock, its mode, its settings, its schema.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use utils::open_private;

use crate::error::is_damage;
use crate::row::Columns;
use crate::statement::{ROWS_AHEAD, statements};
use crate::{Connection, Error, backup};

/// The migrations, in the program.
pub(crate) static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// Older ones can corrupt the write-ahead log when two connections checkpoint at once.
const SQLITE_MIN: &str = "3.51.3";
/// How long a statement waits for another program that holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Largest file that is checked at the start: a tenth of a second.
const CHECK_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// More than the number of statements of this crate: each is prepared once per connection.
const STATEMENTS_MAX: usize = 256;

statements! {
    FIND_SQLITE_VERSION = "select sqlite_version()";
    COUNT_MIGRATION_TABLES =
        "select count(*) from sqlite_schema where type = 'table' and name = '_sqlx_migrations'";
    LIST_MIGRATIONS = "select version, checksum from _sqlx_migrations order by version";
}

/// An opened database: the connection that writes, how to open it again, and the lock.
pub(crate) struct OpenFile {
    pub(crate) connection: Connection,
    pub(crate) options: SqliteConnectOptions,
    pub(crate) lock: File,
}

/// Opens the file alone and brings its schema up to date.
pub(crate) async fn open(path: &Path) -> Result<OpenFile, Error> {
    open_with(path, &MIGRATOR).await
}

async fn open_with(path: &Path, migrator: &Migrator) -> Result<OpenFile, Error> {
    let lock = lock(path)?;
    open_private(path).map_err(|source| Error::File { path: path.to_owned(), source: source.into() })?;
    let has_log = log_len(path) > 0;
    let options = write_options(path);
    let mut connection = options.connect().await.map_err(|source| open_error(path, source))?;
    let opened = async {
        check_sqlite(&mut connection).await?;
        if has_log {
            check_whole(&mut connection, path).await?;
        }
        migrate(&mut connection, path, migrator).await
    };
    opened.await.map_err(|error| damage_first(path, error))?;
    Ok(OpenFile { connection, options, lock })
}

/// How the writer opens the file.
fn write_options(path: &Path) -> SqliteConnectOptions {
    common_options(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", "67108864")
        // The last resort, at the limit of the log's size: see `writer/checkpoint.rs`.
        .pragma("wal_autocheckpoint", "16000")
        .pragma("cache_size", "-8000")
}

/// How readers open the file.
pub(crate) fn read_options(path: &Path) -> SqliteConnectOptions {
    common_options(path).read_only(true).pragma("query_only", "on").pragma("cache_size", "-4000")
}

fn common_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("trusted_schema", "off")
        .pragma("cell_size_check", "on")
        .pragma("mmap_size", "0")
        .pragma("temp_store", "memory")
        .statement_cache_capacity(STATEMENTS_MAX)
        .row_buffer_size(ROWS_AHEAD)
        .disable_statement_logging()
}

/// Takes the lock that keeps other servers out for as long as the file is open.
fn lock(path: &Path) -> Result<File, Error> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let file =
        open_private(&path).map_err(|source| Error::File { path: path.clone(), source: source.into() })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked { path }),
        Err(TryLockError::Error(source)) => Err(Error::File { path, source: source.into() }),
    }
}

async fn check_sqlite(connection: &mut Connection) -> Result<(), Error> {
    let row = FIND_SQLITE_VERSION.bound().first(connection).await?;
    let found: String = match &row {
        Some(row) => Columns::new(row, "SQLite version").next()?,
        None => "unknown".to_owned(),
    };
    if version(&found) < version(SQLITE_MIN) {
        return Err(Error::SqliteTooOld { found, needed: SQLITE_MIN });
    }
    Ok(())
}

/// Bytes of the write-ahead log: after a clean stop there is none.
fn log_len(path: &Path) -> u64 {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    std::fs::metadata(PathBuf::from(name)).map_or(0, |metadata| metadata.len())
}

/// After a stop that was not clean: lets SQLite look at the whole file, unless it is so large that the start would wait.
async fn check_whole(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    let byte_count = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    if byte_count > CHECK_BYTES_MAX {
        tracing::info!(byte_count, "the database was not closed; it is too large to be checked at the start");
        return Ok(());
    }
    let verdict = backup::quick_check(connection).await?;
    if verdict == "ok" { Ok(()) } else { Err(damaged(path, verdict)) }
}

/// The numbers of a version; what is no number counts as nothing.
fn version(text: &str) -> Vec<u32> {
    text.split('.').map_while(|part| part.parse().ok()).collect()
}

async fn migrate(connection: &mut Connection, path: &Path, migrator: &Migrator) -> Result<(), Error> {
    let applied = applied_migrations(connection).await?;
    check_applied(&applied, path, migrator)?;
    let pending = migrator.iter().map(|migration| migration.version).find(|it| !applied.contains_key(it));
    let Some(pending) = pending else { return Ok(()) };
    if !applied.is_empty() {
        backup::before_migration(connection, path, pending).await?;
    }
    let migrated = migrator.run(connection).await;
    migrated.map_err(|source| Error::Migrate { path: path.to_owned(), source })
}

/// Version and checksum of each migration that the file has.
async fn applied_migrations(connection: &mut Connection) -> Result<BTreeMap<i64, Vec<u8>>, Error> {
    let row = COUNT_MIGRATION_TABLES.bound().first(connection).await?;
    let tables: i64 = match &row {
        Some(row) => Columns::new(row, "schema").next()?,
        None => 0,
    };
    if tables == 0 {
        return Ok(BTreeMap::new());
    }
    let rows = LIST_MIGRATIONS.bound().rows(connection).await?;
    rows.iter()
        .map(|row| {
            let mut columns = Columns::new(row, "migration");
            Ok((columns.next()?, columns.next()?))
        })
        .collect()
}

/// Refuses a file that a newer or another program wrote.
fn check_applied(applied: &BTreeMap<i64, Vec<u8>>, path: &Path, migrator: &Migrator) -> Result<(), Error> {
    let known_max = migrator.iter().map(|migration| migration.version).max().unwrap_or_default();
    for (version, checksum) in applied {
        let known = migrator.iter().find(|migration| migration.version == *version);
        let problem = match known {
            Some(known) if *known.checksum == **checksum => continue,
            Some(_) => MigrateError::VersionMismatch(*version),
            None if *version > known_max => return Err(newer_schema(path, *version, known_max)),
            None => MigrateError::VersionMissing(*version),
        };
        return Err(Error::Migrate { path: path.to_owned(), source: problem });
    }
    Ok(())
}

fn newer_schema(path: &Path, found: i64, known: i64) -> Error {
    Error::NewerSchema { path: path.to_owned(), found, known, newest_backup: backup::newest(path) }
}

fn open_error(path: &Path, source: sqlx::Error) -> Error {
    if is_damage(&source) { damaged(path, source) } else { Error::Open { path: path.to_owned(), source } }
}

/// Damage is told as such, whatever was being done when it was found.
fn damage_first(path: &Path, error: Error) -> Error {
    match error {
        Error::Statement { source, .. } if is_damage(&source) => damaged(path, source),
        Error::Migrate { source: MigrateError::Execute(source), .. } if is_damage(&source) => {
            damaged(path, source)
        }
        error => error,
    }
}

fn damaged(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Damaged { path: path.to_owned(), newest_backup: backup::newest(path), source: source.into() }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use sqlx::migrate::{Migration, MigrationType};
    use sqlx::{Connection as _, SqlSafeStr};

    use super::*;

    /// The program's migrations and some that a later version might have.
    fn later(statements: &[&'static str]) -> Migrator {
        let mut migrations: Vec<Migration> = MIGRATOR.iter().cloned().collect();
        for (version, sql) in (99_000_000_000_001..).zip(statements) {
            let description = Cow::Borrowed("later");
            let sql = sql.into_sql_str();
            migrations.push(Migration::new(version, description, MigrationType::Simple, sql, false));
        }
        Migrator::with_migrations(migrations)
    }

    async fn open_and_close(path: &Path, migrator: &Migrator) -> Result<(), Error> {
        let opened = open_with(path, migrator).await?;
        opened.connection.close().await.unwrap();
        Ok(())
    }

    fn backups(path: &Path) -> Vec<String> {
        let entries = fs::read_dir(path.with_file_name("backups")).into_iter().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(version("3.51.10") > version("3.51.3"));
        assert!(version("3.46.0") < version(SQLITE_MIN));
        assert!(version("unknown") < version(SQLITE_MIN));
        assert!(version("4.0") > version(SQLITE_MIN));
    }

    #[tokio::test]
    async fn a_file_is_copied_before_it_is_migrated_and_only_then() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("board.db");
        open_and_close(&path, &MIGRATOR).await.unwrap();
        open_and_close(&path, &MIGRATOR).await.unwrap();
        assert_eq!(backups(&path), Vec::<String>::new(), "nothing was pending");

        open_and_close(&path, &later(&["create table later (id integer) strict"])).await.unwrap();
        let [name] = <[String; 1]>::try_from(backups(&path)).unwrap();
        assert!(name.ends_with("-before-99000000000001.db"), "{name}");
        let copy = path.with_file_name("backups").join(name);
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        let copied = folder.path().join("copied.db");
        fs::copy(&copy, &copied).unwrap();
        open_and_close(&copied, &MIGRATOR).await.unwrap();
    }

    #[tokio::test]
    async fn three_copies_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("board.db");
        let statements =
            ["create table a (b)", "create table b (b)", "create table c (b)", "create table d (b)"];
        for count in 0..=statements.len() {
            open_and_close(&path, &later(&statements[..count])).await.unwrap();
        }
        let versions: Vec<_> =
            backups(&path).iter().map(|name| name.split("-before-").nth(1).unwrap().to_owned()).collect();
        assert_eq!(versions, ["99000000000002.db", "99000000000003.db", "99000000000004.db"]);
    }

    #[tokio::test]
    async fn a_newer_schema_is_refused_with_the_newest_copy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("board.db");
        open_and_close(&path, &MIGRATOR).await.unwrap();
        open_and_close(&path, &later(&["create table later (id integer) strict"])).await.unwrap();
        let before = fs::read(&path).unwrap();
        let error = open_and_close(&path, &MIGRATOR).await.unwrap_err();
        let Error::NewerSchema { found, newest_backup, .. } = &error else { panic!("{error}") };
        assert_eq!(*found, 99_000_000_000_001);
        assert!(newest_backup.as_ref().unwrap().exists());
        assert!(error.to_string().contains("-before-99000000000001.db"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before, "the file is left as it is");
    }

    #[tokio::test]
    async fn a_migration_that_fails_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("board.db");
        open_and_close(&path, &MIGRATOR).await.unwrap();
        let broken = later(&["create table later (id integer) strict; insert into nowhere values (1)"]);
        let error = open_and_close(&path, &broken).await.unwrap_err();
        assert!(matches!(error, Error::Migrate { .. }), "{error}");
        open_and_close(&path, &MIGRATOR).await.unwrap();
        let whole = later(&["create table later (id integer) strict"]);
        open_and_close(&path, &whole).await.unwrap();
    }

    #[tokio::test]
    async fn a_changed_migration_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("board.db");
        open_and_close(&path, &later(&["create table later (id integer) strict"])).await.unwrap();
        let error =
            open_and_close(&path, &later(&["create table later (id text) strict"])).await.unwrap_err();
        assert!(
            matches!(error, Error::Migrate { source: MigrateError::VersionMismatch(99_000_000_000_001), .. }),
            "{error}"
        );
    }

    #[tokio::test]
    async fn no_copy_no_migration() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("board.db");
        open_and_close(&path, &MIGRATOR).await.unwrap();
        fs::write(path.with_file_name("backups"), "a file where the folder belongs").unwrap();
        let later = later(&["create table later (id integer) strict"]);
        let error = open_and_close(&path, &later).await.unwrap_err();
        assert!(matches!(error, Error::BackUp { .. }), "{error}");
        open_and_close(&path, &MIGRATOR).await.unwrap();
    }
}
