//! What a repository is like, and whether work can start in it.

use std::path::Path;

use tokio::sync::OnceCell;

use crate::{
    Error, Identity, InProgress, ProjectCheck, RepositoryFacts,
    git::{Git, GitEnvironment},
    name, refs,
};

const VERSION_MIN: (u32, u32) = (2, 38);

/// Files that stand in a git directory while an operation waits.
const MARKS: [(&str, InProgress); 8] = [
    ("MERGE_HEAD", InProgress::Merge),
    ("rebase-merge", InProgress::Rebase),
    ("rebase-apply/rebasing", InProgress::Rebase),
    ("rebase-apply/applying", InProgress::Apply),
    ("CHERRY_PICK_HEAD", InProgress::CherryPick),
    ("REVERT_HEAD", InProgress::Revert),
    ("sequencer", InProgress::CherryPick),
    ("BISECT_LOG", InProgress::Bisect),
];

/// The version of git, asked once.
pub(crate) async fn git_version() -> Result<&'static str, Error> {
    static VERSION: OnceCell<String> = OnceCell::const_new();
    let version = VERSION.get_or_try_init(|| async {
        let text = Git::bare(Path::new("/"), GitEnvironment::default()).call("version").text().await?;
        let number = text.split(' ').nth(2).unwrap_or_default().to_owned();
        Ok::<_, Error>(number)
    });
    Ok(version.await?.as_str())
}

/// Refuses to work with a git that lacks what we need.
pub(crate) async fn require_git() -> Result<(), Error> {
    let unusable = |reason: String| Error::GitUnusable { reason };
    let version = git_version().await.map_err(|error| unusable(error.to_string()))?;
    if is_supported(version) { Ok(()) } else { Err(unusable(format!("version {version} was found"))) }
}

/// What git is in the middle of, by the files in a git directory.
pub(crate) fn in_progress(git_dir: &Path) -> Vec<InProgress> {
    let mut found: Vec<InProgress> = Vec::new();
    for (mark, operation) in MARKS {
        if git_dir.join(mark).symlink_metadata().is_ok() && !found.contains(&operation) {
            found.push(operation);
        }
    }
    found
}

/// Reads the facts.
pub(crate) async fn read_facts(git: &Git, root: &Path) -> Result<RepositoryFacts, Error> {
    let heads = refs::read_heads(git).await?;
    let initial = git.overrides().initial_branch.clone().filter(|branch| heads.commit_of(branch).is_some());
    let usual = || ["main", "master"].into_iter().find(|branch| heads.commit_of(branch).is_some());
    let default_branch = heads.head_branch.clone().or(initial).or_else(|| usual().map(str::to_owned));
    Ok(RepositoryFacts {
        root: root.to_path_buf(),
        default_branch,
        is_detached: heads.head_branch.is_none(),
        has_commits: heads.head_commit.is_some() || !heads.branches.is_empty(),
        head_branch: heads.head_branch,
        head_commit: heads.head_commit,
        is_shallow: git.common_dir().join("shallow").exists(),
        has_submodules: root.join(".gitmodules").symlink_metadata().is_ok(),
        in_progress: in_progress(git.git_dir()),
        branches: heads.branches,
    })
}

/// Reads what a project must know.
pub(crate) async fn check_project(
    git: &Git,
    root: &Path,
    branch: Option<&str>,
) -> Result<ProjectCheck, Error> {
    let facts = read_facts(git, root).await?;
    let version = git_version().await?;
    let known = |branch: &str| {
        name::is_branch_name(branch) && facts.branches.iter().any(|known| known.name == branch)
    };
    let identity = git.overrides().identity();
    Ok(ProjectCheck {
        git_version: version.to_owned(),
        is_git_supported: is_supported(version),
        branch_exists: branch.is_none_or(known),
        has_user_identity: identity.is_some(),
        identity: identity.unwrap_or_else(Identity::fallback),
        facts,
    })
}

fn is_supported(version: &str) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= VERSION_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        let check =
            |version: &str, expected: bool| assert_eq!(is_supported(version), expected, "{version:?}");
        check("2.38.0", true);
        check("2.47.3", true);
        check("3.0.0", true);
        check("2.100.1.windows.1", true);
        check("2.37.9", false);
        check("2.9.1", false);
        check("1.99", false);
        check("", false);
        check("unknown", false);
    }
}
