//! Putting a repository on the board. Nothing is written into it.

use std::path::Path;

use db::Durability;
use domain::{CreateProject, Project, ProjectId};
use worktree::{Repository, RepositoryFacts};

use crate::{
    api::failure::{conflict, invalid},
    clock::{new_id, now},
    error::ApiError,
    state::{AppState, transaction},
};

const NAME_CHARS_MAX: usize = 200;

/// Registers the repository that a request names.
///
/// # Errors
/// When the path is in no usable repository, the branch does not exist, or the repository is on the board already.
pub(crate) async fn register_project(state: &AppState, request: CreateProject) -> Result<Project, ApiError> {
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
    match (&request.path, &request.clone_url) {
        (Some(path), None) if Path::new(path).is_absolute() => Ok(path),
        (Some(_), None) => Err(invalid("path", "give the absolute path of a repository on this machine")),
        (None, Some(_)) => {
            Err(invalid("clone_url", "this version does not clone: clone it, then add its path"))
        }
        _ => Err(invalid("path", "give `path`: the absolute path of a repository on this machine")),
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
    if (1..=64).contains(&project.settings.max_parallel) {
        return Ok(());
    }
    Err(invalid("settings.max_parallel", "attempts at once are between 1 and 64"))
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
