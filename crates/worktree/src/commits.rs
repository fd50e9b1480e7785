//! The commits between a base and a head, as they are told to people. Reads only.

use crate::{
    CommitFacts, Error,
    git::{Call, Git},
    refs,
};

/// So many of them are told, the last ones.
const COMMITS_MAX: &str = "--max-count=1000";
const FIELDS: usize = 4;

/// The commits of `head` that `base` does not have, oldest first, with what each changed.
pub(crate) async fn list_commits(git: &Git, base: &str, head: &str) -> Result<Vec<CommitFacts>, Error> {
    let (base, head) = (refs::resolve_base(git, base).await?, refs::resolve_base(git, head).await?);
    let range = format!("{base}..{head}");
    let output = log(git, &range).arg("--format=%H%x00%s%x00%an%x00%ct").run().await?;
    let fields: Vec<&[u8]> = output.parts().collect();
    let commits: Option<Vec<_>> = fields.chunks(FIELDS).map(commit_of).collect();
    let mut commits = commits.ok_or_else(unexpected)?;
    let ids: String = commits.iter().map(|commit| format!("{}\n", commit.id)).collect();
    let options = ["--stdin", "-c", "-r", "-z", "--root", "--name-only", "--no-renames", "--no-ext-diff"];
    let output = git.call("diff-tree").args(options).input(ids).run().await?;
    take_paths(&mut commits, output.parts()).ok_or_else(unexpected)?;
    Ok(commits)
}

fn log<'a>(git: &'a Git, range: &str) -> Call<'a> {
    let options = ["-z", "--reverse", "--topo-order", COMMITS_MAX, "--no-color", "--no-show-signature"];
    git.call("log").args(options).args(["--no-mailmap", "--encoding=UTF-8"]).arg(range)
}

fn commit_of(fields: &[&[u8]]) -> Option<CommitFacts> {
    let text = |index: usize| Some(String::from_utf8_lossy(fields.get(index)?).into_owned());
    let committed_s = text(3)?.trim().parse().ok()?;
    Some(CommitFacts { id: text(0)?, subject: text(1)?, author: text(2)?, committed_s, paths: Vec::new() })
}

/// A commit's name, then its paths; no name where it has none. From the oldest on no file can be named after a commit
/// that is told later.
fn take_paths<'p>(commits: &mut [CommitFacts], parts: impl Iterator<Item = &'p [u8]>) -> Option<()> {
    let (mut current, mut from) = (None, 0);
    for part in parts {
        let next = commits.get(from..)?.iter().position(|commit| commit.id.as_bytes() == part);
        if let Some(next) = next {
            current = Some(from + next);
            from += next + 1;
            continue;
        }
        commits.get_mut(current?)?.paths.push(String::from_utf8_lossy(part).into_owned());
    }
    Some(())
}

fn unexpected() -> Error {
    Error::Unexpected { command: "log".to_owned(), message: "its list has an unknown shape".to_owned() }
}
