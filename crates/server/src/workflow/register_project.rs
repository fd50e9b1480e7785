//! Putting a repository on the board: one that is there, into which nothing is written, or a clone below the home.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use db::Durability;
use domain::{CreateProject, Gate, Project, ProjectId};
use utils::{ErrorChain, OrLog};
use worktree::{GitEnvironment, Repository, RepositoryFacts};

use crate::{
    api::failure::{conflict, invalid},
    clock::{new_id, now},
    error::ApiError,
    state::{AppState, transaction},
};

const NAME_CHARS_MAX: usize = 200;
const DEFAULT_AFTER_S_MAX: i32 = 30 * 24 * 60 * 60;
const DEFAULT_ANSWER_BYTES_MAX: usize = 8 * 1024;
/// Longest time limit of a gate, in seconds.
const GATE_TIMEOUT_S_MAX: i32 = 24 * 3_600;
/// Clones of one name.
const CLONES_MAX: u32 = 100;
/// Where a clone stands until it is whole: a name that no clone gets.
const CLONE_DRAFT: &str = ".cloning";

/// Registers the repository that a request names.
///
/// # Errors
/// When the path is in no usable repository, the branch does not exist, or the repository is on the board already.
pub(crate) async fn register_project(state: &AppState, request: CreateProject) -> Result<Project, ApiError> {
    let Some(url) = requested_clone(&request)? else { return register_path(state, request).await };
    let owner = state.clone();
    // Whoever asked may not wait for it: it goes on, and nothing is left over.
    let task = state.tasks.spawn_until_cancelled("cloning a repository", async move {
        register_clone(&owner, request, &url).await
    });
    match task.await {
        Ok(Some(registered)) => registered,
        Ok(None) => Err(ApiError::unavailable("the board is ending: try again once it runs", "cancelled")),
        Err(error) => Err(ApiError::internal(error)),
    }
}

async fn register_clone(state: &AppState, request: CreateProject, url: &str) -> Result<Project, ApiError> {
    let place = clone_repository(state, url).await?;
    let path = place.to_string_lossy().into_owned();
    let registered =
        register_path(state, CreateProject { path: Some(path), clone_url: None, ..request }).await;
    if registered.is_err() {
        remove_clone(&place).await;
    }
    registered
}

/// The address to clone from; none where a path is given.
fn requested_clone(request: &CreateProject) -> Result<Option<String>, ApiError> {
    match (&request.path, &request.clone_url) {
        (Some(_), Some(_)) => Err(invalid("clone_url", "give either `path` or `clone_url`")),
        (_, url) => Ok(url.as_ref().map(|url| url.trim().to_owned())),
    }
}

async fn register_path(state: &AppState, request: CreateProject) -> Result<Project, ApiError> {
    let path = requested_path(&request)?;
    must_be_folder(path).await?;
    let repository = state.repositories.open(path).await?;
    let root = root_of(&repository)?;
    let mut connection = state.store.read().await?;
    if let Some(project) = db::find_project_by_path(&mut connection, &root).await? {
        return Err(conflict(format!("this repository is on the board already, as {}", project.name)));
    }
    drop(connection);
    let project = new_project(request, root, &repository.facts().await?)?;
    insert(state, project).await
}

fn requested_path(request: &CreateProject) -> Result<&str, ApiError> {
    match &request.path {
        Some(path) if Path::new(path).is_absolute() => Ok(path),
        Some(_) | None => Err(invalid(
            "path",
            "give `path`: the absolute path of a repository on this machine, or `clone_url`",
        )),
    }
}

/// Clones below the home, one at a time. The clone gets its name when it is whole; what is left of one that was cut short
/// is removed before the next.
async fn clone_repository(state: &AppState, url: &str) -> Result<PathBuf, ApiError> {
    let folder = state.home().join("repositories");
    let _turn = state.repositories.turn(&folder).await;
    let draft = folder.join(CLONE_DRAFT);
    prepare_clone(state, &folder, &draft).await?;
    match worktree::clone_repository(url, &draft, GitEnvironment::default()).await {
        Ok(()) => keep_clone(&folder, &draft, &worktree::clone_name(url)).await,
        Err(error) => {
            remove_clone(&draft).await;
            Err(uncloned(error))
        }
    }
}

async fn prepare_clone(state: &AppState, folder: &Path, draft: &Path) -> Result<(), ApiError> {
    let wanted = folder.to_owned();
    let made = state.tasks.spawn_blocking(move || utils::create_private_dir(&wanted)).await;
    made.map_err(ApiError::internal)?.map_err(ApiError::internal)?;
    match tokio::fs::remove_dir_all(draft).await {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(ApiError::internal(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Gives the clone the first free name. A folder that is there already is not empty, so no rename takes its place.
async fn keep_clone(folder: &Path, draft: &Path, name: &str) -> Result<PathBuf, ApiError> {
    for number in 1..=CLONES_MAX {
        let name = if number == 1 { name.to_owned() } else { format!("{name}-{number}") };
        let place = folder.join(name);
        match tokio::fs::rename(draft, &place).await {
            Ok(()) => return Ok(place),
            Err(error) if is_taken(&error) => {}
            Err(error) => return Err(ApiError::internal(error)),
        }
    }
    Err(conflict(format!("there are {CLONES_MAX} clones of that name: remove some of them first")))
}

fn is_taken(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory)
}

async fn remove_clone(place: &Path) {
    match tokio::fs::remove_dir_all(place).await {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err::<(), _>(error).or_log("removing a clone that is of no use");
        }
        Ok(()) | Err(_) => {}
    }
}

/// What git says about an address is for the user to act on.
fn uncloned(error: worktree::Error) -> ApiError {
    use worktree::Error as E;
    match &error {
        E::Git { message, .. } => invalid("clone_url", format!("it could not be cloned: {message}")),
        E::TimedOut { seconds, .. } => {
            invalid("clone_url", format!("it could not be cloned within {} minutes", seconds / 60))
        }
        E::InvalidName { .. } => invalid("clone_url", format!("failed to {}", ErrorChain(&error))),
        _ => error.into(),
    }
}

async fn must_be_folder(path: &str) -> Result<(), ApiError> {
    match tokio::fs::metadata(path).await {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(invalid("path", format!("{path} is no folder: give the folder of a repository"))),
        Err(error) => Err(invalid("path", format!("{path} cannot be opened: {error}"))),
    }
}

fn root_of(repository: &Repository) -> Result<String, ApiError> {
    let root = repository
        .root()
        .to_str()
        .ok_or_else(|| invalid("path", "the path is not UTF-8; move the repository"))?;
    Ok(root.to_owned())
}

fn new_project(request: CreateProject, path: String, facts: &RepositoryFacts) -> Result<Project, ApiError> {
    let at = now();
    let folder = Path::new(&path).file_name().map(|name| name.to_string_lossy().into_owned());
    let project = Project {
        id: new_id::<ProjectId>(),
        name: checked_name(request.name.or(folder).unwrap_or_else(|| path.clone()))?,
        default_branch: starting_branch(request.default_branch, facts)?,
        path,
        board: request.board.unwrap_or_default(),
        settings: request.settings.unwrap_or_default(),
        created_at: at,
        updated_at: at,
    };
    check_settings(&project)?;
    Ok(project)
}

/// A name that fits a line.
pub(crate) fn checked_name(name: String) -> Result<String, ApiError> {
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(invalid("name", format!("a name has 1 to {NAME_CHARS_MAX} characters")));
    }
    Ok(name)
}

/// Limits that make sense.
pub(crate) fn check_settings(project: &Project) -> Result<(), ApiError> {
    let settings = &project.settings;
    if !(1..=64).contains(&settings.max_parallel) {
        return Err(invalid("settings.max_parallel", "attempts at once are between 1 and 64"));
    }
    if settings.question_default_after_s.is_some_and(|seconds| !(1..=DEFAULT_AFTER_S_MAX).contains(&seconds))
    {
        return Err(invalid(
            "settings.question_default_after_s",
            "a question gets its default answer after 1 second to 30 days",
        ));
    }
    if settings.question_default_answer.len() > DEFAULT_ANSWER_BYTES_MAX {
        return Err(invalid("settings.question_default_answer", "the default answer has 8 KiB at most"));
    }
    check_gates(&settings.gates)
}

/// Gates that can be run and told apart.
fn check_gates(gates: &[Gate]) -> Result<(), ApiError> {
    let refused = |message: String| Err(invalid("settings.gates", message));
    for (index, gate) in gates.iter().enumerate() {
        if gate.name.trim().is_empty() || gate.command.trim().is_empty() {
            return refused("each gate has a name and a command".to_owned());
        }
        if !(1..=GATE_TIMEOUT_S_MAX).contains(&gate.timeout_s) {
            return refused(format!("the gate {} takes between 1 second and one day", gate.name));
        }
        if gates[..index].iter().any(|other| other.name == gate.name) {
            return refused(format!("two gates are named {}: give each its own name", gate.name));
        }
    }
    Ok(())
}

/// The branch that was asked for, if it exists; else the repository's own. One without a commit yet is taken as its
/// name says: it will be there when work starts, or work says what is missing.
fn starting_branch(wanted: Option<String>, facts: &RepositoryFacts) -> Result<String, ApiError> {
    let exists = |branch: &str| facts.branches.iter().any(|facts| facts.name == branch);
    match wanted {
        Some(branch) if exists(&branch) => Ok(branch),
        Some(branch) => {
            Err(invalid("default_branch", format!("there is no branch {branch} in this repository")))
        }
        None => {
            let own = facts.head_branch.clone().or_else(|| facts.default_branch.clone());
            let any = || facts.branches.first().map(|facts| facts.name.clone());
            own.or_else(any).ok_or_else(|| {
                invalid(
                    "default_branch",
                    "the repository is on no branch and has none: make one, then add it again",
                )
            })
        }
    }
}

async fn insert(state: &AppState, project: Project) -> Result<Project, ApiError> {
    let id = project.id;
    let work = transaction::<Project, db::Error, _>(move |tx| {
        Box::pin(async move {
            db::insert_project(tx, &project).await?;
            db::find_project(tx.connection(), id).await
        })
    });
    Ok(state.store.write(Durability::Full, work).await?)
}
