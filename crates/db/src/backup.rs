//! Copies of the database, made before it is migrated.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;
use sqlx::{ConnectOptions, Connection as _};
use utils::{OrLog, create_private_dir, open_private};

use crate::row::Columns;
use crate::statement::statements;
use crate::{Connection, Error, file};

/// Copies that are kept; the oldest go first.
const KEPT_MAX: usize = 3;

type Cause = Box<dyn std::error::Error + Send + Sync>;

statements! {
    COPY = "vacuum into $1";
    CHECK = "pragma quick_check(1)";
}

/// Makes a copy that is known to be whole, or fails. `version` is the first migration that will change the file.
pub(crate) async fn before_migration(
    connection: &mut Connection,
    path: &Path,
    version: i64,
) -> Result<(), Error> {
    let folder = folder(path);
    let copy = folder.join(format!("{}-before-{version}.db", file_time()));
    let made = make(connection, &folder, &copy).await;
    if let Err(source) = made {
        // A copy that is not whole must not be taken for one later.
        if copy.exists() {
            fs::remove_file(&copy).or_log("removing an unfinished backup");
        }
        return Err(Error::BackUp { path: copy, source });
    }
    prune(&folder).or_log("removing old backups");
    Ok(())
}

/// The newest copy of the database at `path`, if there is one.
pub(crate) fn newest(path: &Path) -> Option<PathBuf> {
    list(&folder(path)).or_log("listing the backups")?.pop()
}

async fn make(connection: &mut Connection, folder: &Path, copy: &Path) -> Result<(), Cause> {
    create_private_dir(folder)?;
    let file = open_private(copy)?;
    let target = copy.to_str().ok_or("its path is not UTF-8")?;
    COPY.bind(target.to_owned()).execute(connection).await?;
    file.sync_all()?;
    File::open(folder)?.sync_all()?;
    check(copy).await
}

/// Opens the copy and lets SQLite look at all of it.
async fn check(copy: &Path) -> Result<(), Cause> {
    let mut connection = file::read_options(copy).connect().await?;
    let verdict = quick_check(&mut connection).await?;
    connection.close().await?;
    if verdict == "ok" { Ok(()) } else { Err(verdict.into()) }
}

/// What SQLite says after a look at every page: `ok`, or what is wrong first.
pub(crate) async fn quick_check(connection: &mut Connection) -> Result<String, Error> {
    match CHECK.bound().first(connection).await? {
        Some(row) => Columns::new(&row, "quick check").next(),
        None => Ok("no answer".to_owned()),
    }
}

fn prune(folder: &Path) -> io::Result<()> {
    let copies = list(folder)?;
    let surplus = copies.len().saturating_sub(KEPT_MAX);
    copies.iter().take(surplus).try_for_each(fs::remove_file)
}

/// Copies by age: their names begin with their time.
fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut copies = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.to_string_lossy().contains("-before-") && path.extension().is_some_and(|it| it == "db") {
            copies.push(path);
        }
    }
    copies.sort();
    Ok(copies)
}

fn folder(path: &Path) -> PathBuf {
    path.with_file_name("backups")
}

/// Now, fit for a file name and sorted by time.
fn file_time() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(micros).to_string().replace([':', '.'], "-")
}
