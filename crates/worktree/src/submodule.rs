//! Submodules of a new worktree, filled from what the user's clone already has.
//!
//! Never fetches: a submodule's address comes from the repository and is not trusted. The objects are borrowed from
//! the module that the user has initialised; where there is none, the folder stays empty and the user is told.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use crate::{
    Error, Worktree,
    git::{Git, path_of},
    hardening::Overrides,
    name,
};

/// One submodule of a commit.
#[derive(Debug)]
struct Submodule {
    path: PathBuf,
    commit: String,
}

/// Fills the submodules of a new worktree, and says which were left empty.
pub(crate) async fn populate(git: &Git, worktree: &Worktree) -> Result<Vec<String>, Error> {
    if !fs::symlink_metadata(worktree.path.join(".gitmodules")).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(Vec::new());
    }
    let mut notes = Vec::new();
    for submodule in list(git, &worktree.base_commit).await? {
        let shown = submodule.path.display();
        let reason = match module_of(git, worktree, &submodule).await? {
            None => "it is not initialised in your checkout".to_owned(),
            Some(module) => match fill(git, worktree, &submodule, &module).await {
                Ok(()) => continue,
                Err(error) => error.to_string(),
            },
        };
        notes.push(format!("the submodule {shown} is empty: {reason}"));
    }
    Ok(notes)
}

async fn list(git: &Git, commit: &str) -> Result<Vec<Submodule>, Error> {
    let output = git.call("ls-tree").args(["-r", "-z", "--end-of-options", commit]).run().await?;
    let entry = |line: &[u8]| {
        let line = line.strip_prefix(b"160000 commit ")?;
        let tab = line.iter().position(|byte| *byte == b'\t')?;
        let commit = std::str::from_utf8(&line[..tab]).ok()?.to_owned();
        Some(Submodule { path: path_of(&line[tab + 1..]), commit })
    };
    Ok(output.parts().filter_map(entry).collect())
}

/// The git directory of the user's own clone of a submodule, if it has the commit.
async fn module_of(git: &Git, worktree: &Worktree, submodule: &Submodule) -> Result<Option<PathBuf>, Error> {
    let Some(name) = name_of(git, &worktree.base_commit, &submodule.path).await? else { return Ok(None) };
    let is_plain = Path::new(&name).components().all(|part| matches!(part, Component::Normal(_)));
    if !is_plain || name.chars().any(char::is_control) {
        return Ok(None);
    }
    let module = git.common_dir().join("modules").join(name);
    if !module.join("objects").is_dir() {
        return Ok(None);
    }
    let found = git
        .elsewhere(&module)
        .call("cat-file")
        .args(["-e", &submodule.commit])
        .accept(&[0, 1, 128])
        .run()
        .await?;
    Ok((found.code == 0).then_some(module))
}

async fn name_of(git: &Git, commit: &str, path: &Path) -> Result<Option<String>, Error> {
    let blob = format!("--blob={commit}:.gitmodules");
    let call = git.call("config").args([blob.as_str(), "-z", "--get-regexp", r"^submodule\..*\.path$"]);
    let output = call.accept(&[0, 1]).run().await?;
    let name = output.parts().find_map(|entry| {
        let at = entry.iter().position(|byte| *byte == b'\n')?;
        let key = std::str::from_utf8(&entry[..at]).ok()?;
        (path_of(&entry[at + 1..]) == path).then(|| key.strip_prefix("submodule.")?.strip_suffix(".path"))?
    });
    Ok(name.map(str::to_owned))
}

/// Makes a repository in the submodule's folder that borrows the module's objects, and checks the commit out.
async fn fill(git: &Git, worktree: &Worktree, submodule: &Submodule, module: &Path) -> Result<(), Error> {
    let folder = worktree.path.join(&submodule.path);
    let resolved = fs::canonicalize(&folder).map_err(Error::io("open", &folder))?;
    if resolved != folder || !name::is_object_id(&submodule.commit) {
        let reason = "a symbolic link is in the way of a submodule".to_owned();
        return Err(Error::WorktreeBroken { path: folder, reason });
    }
    let own = git.elsewhere(&folder.join(".git")).with_work_tree(&folder).hardened(Overrides::default());
    let format = if submodule.commit.len() == 64 { "sha256" } else { "sha1" };
    let init = git.elsewhere(git.common_dir());
    let call = init.call("init").variable("GIT_DIR", folder.join(".git")).variable("GIT_WORK_TREE", &folder);
    call.args(["--quiet", "--template=", &format!("--object-format={format}")]).run().await?;
    let alternates = folder.join(".git/objects/info");
    fs::create_dir_all(&alternates).map_err(Error::io("create", &alternates))?;
    let line = format!("{}\n", module.join("objects").display());
    fs::write(alternates.join("alternates"), line).map_err(Error::io("write", &alternates))?;
    own.call("update-ref").args(["--no-deref", "HEAD", &submodule.commit]).run().await?;
    own.call("read-tree").args(["-m", "-u", "HEAD"]).run().await?;
    Ok(())
}

/// The first repository in a worktree that has commits or changes which the user's own clone of it lacks.
pub(crate) async fn find_unsaved(git: &Git, linked: &Git) -> Result<Option<PathBuf>, Error> {
    let output = linked.call("ls-files").args(["-z", "-s"]).run().await?;
    let is_link = |part: &&[u8]| part.starts_with(b"160000 ");
    for part in output.parts().filter(is_link) {
        let Some(tab) = part.iter().position(|byte| *byte == b'\t') else { continue };
        let path = path_of(&part[tab + 1..]);
        if !is_saved(git, &linked.root().join(&path)).await? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Whether a submodule's folder holds nothing that is not elsewhere. Only the shape that [`fill`] made is looked into.
async fn is_saved(git: &Git, folder: &Path) -> Result<bool, Error> {
    let git_dir = folder.join(".git");
    if fs::symlink_metadata(&git_dir).is_err() {
        return Ok(fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none()));
    }
    let Ok(alternates) = fs::read_to_string(git_dir.join("objects/info/alternates")) else {
        return Ok(false);
    };
    let objects = Path::new(alternates.trim_end_matches('\n'));
    let modules = git.common_dir().join("modules");
    let Some(module) = objects.parent().filter(|module| module.starts_with(&modules)) else {
        return Ok(false);
    };
    let bare = git.elsewhere(&git_dir).with_work_tree(folder);
    let listing = bare.call("config").args(["--list", "--show-scope", "-z", "--includes"]).run().await?;
    let own = bare.hardened(Overrides::from_listing(&listing.stdout));
    let status =
        own.call("status").args(["--porcelain", "-z", "--untracked-files=all", "--ignore-submodules=none"]);
    if !status.run().await?.stdout.is_empty() {
        return Ok(false);
    }
    let commits =
        own.call("rev-list").args(["--all", "--reflog", "HEAD", "--max-count=10000"]).text().await?;
    let known = git
        .elsewhere(module)
        .call("cat-file")
        .arg("--batch-check")
        .input(format!("{commits}\n"))
        .text()
        .await?;
    Ok(!known.contains("missing"))
}
