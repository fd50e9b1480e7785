//! Following files from one commit to what came of them: the path, the text before and after, and the last commit that
//! changed them. Reads objects only.

use std::collections::HashMap;

use crate::{
    DiffTarget, Error,
    git::Git,
    linked, name, refs,
    staged::{self, Scope, TemporaryObjects},
};

/// Larger files are not read.
const TEXT_BYTES_MAX: u64 = 4 << 20;
/// More paths in one call are a mistake of the caller.
const PATHS_MAX: usize = 10_000;

/// Asks what became of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowFiles {
    /// The commit that has them, if one is known; it may be gone.
    pub from: Option<String>,
    /// Where they are looked for.
    pub target: DiffTarget,
    /// Their paths in that commit.
    pub paths: Vec<String>,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowedFile {
    /// Its path now; the old one where it is gone.
    pub path: String,
    /// Whether there is such a file.
    pub is_there: bool,
    /// Its text then; none where it was no text, was too large, or is not known any more.
    pub before: Option<String>,
    /// Its text now.
    pub after: Option<String>,
}

/// What became of each of these files of a commit, by their paths there.
pub(crate) async fn follow_files(
    git: &Git,
    request: &FollowFiles,
) -> Result<HashMap<String, FollowedFile>, Error> {
    let from = match &request.from {
        Some(from) if name::is_object_id(from) => refs::resolve(git, from).await?,
        Some(_) | None => None,
    };
    match &request.target {
        DiffTarget::Commit(target) => {
            let target = refs::resolve_base(git, target).await?;
            follow(git, from.as_deref(), &target, &request.paths).await
        }
        DiffTarget::Worktree(worktree) => {
            let linked = linked::open_linked(git, worktree).await?;
            let objects = TemporaryObjects::new(git.common_dir())?;
            let staging = linked.git.with_objects(objects.path());
            let staged = staged::stage(&staging, Scope::All, TEXT_BYTES_MAX).await?;
            follow(&git.with_objects(objects.path()), from.as_deref(), &staged.tree, &request.paths).await
        }
    }
}

async fn follow(
    git: &Git,
    from: Option<&str>,
    target: &str,
    paths: &[String],
) -> Result<HashMap<String, FollowedFile>, Error> {
    let paths: Vec<&str> = paths.iter().map(String::as_str).take(PATHS_MAX).collect();
    let before = match from {
        Some(from) => read_texts(git, from, &paths).await?,
        None => HashMap::new(),
    };
    let mut after = read_texts(git, target, &paths).await?;
    let is_gone = |path: &&str| before.contains_key(*path) && !after.contains_key(*path);
    let gone: Vec<&str> = paths.iter().copied().filter(is_gone).collect();
    let moved = match from {
        Some(from) if !gone.is_empty() => find_moved(git, from, target, &gone).await?,
        Some(_) | None => HashMap::new(),
    };
    let new_paths: Vec<&str> = moved.values().map(String::as_str).collect();
    after.extend(read_texts(git, target, &new_paths).await?);
    Ok(paths.into_iter().map(|path| (path.to_owned(), followed(path, &moved, &before, &after))).collect())
}

fn followed(
    path: &str,
    moved: &HashMap<String, String>,
    before: &HashMap<String, Text>,
    after: &HashMap<String, Text>,
) -> FollowedFile {
    let path_after = moved.get(path).map_or(path, String::as_str);
    let text = |texts: &HashMap<String, Text>, path: &str| texts.get(path).and_then(|text| text.0.clone());
    FollowedFile {
        path: path_after.to_owned(),
        is_there: after.contains_key(path_after),
        before: text(before, path),
        after: text(after, path_after),
    }
}

/// A file's text; none where it is no text, or too large.
#[derive(Debug)]
struct Text(Option<String>);

/// The files that are there.
async fn read_texts(git: &Git, commit: &str, paths: &[&str]) -> Result<HashMap<String, Text>, Error> {
    debug_assert!(name::is_object_id(commit), "only resolved names come here");
    let paths: Vec<&str> = paths.iter().copied().filter(|path| can_be_there(path)).collect();
    let sizes = ask(git, "--batch-check", commit, &paths).await?;
    let is_small = |size: &Option<u64>| size.is_some_and(|size| size <= TEXT_BYTES_MAX);
    let answers = || paths.iter().copied().zip(heads(&sizes));
    let small: Vec<&str> = answers().filter(|(_, size)| is_small(size)).map(|(path, _)| path).collect();
    let mut texts: HashMap<String, Text> =
        answers().filter(|(_, size)| size.is_some()).map(|(path, _)| (path.to_owned(), Text(None))).collect();
    let bytes = ask(git, "--batch", commit, &small).await?;
    let mut rest = bytes.as_slice();
    for path in small {
        let (Some(content), after) = next_blob(rest) else { return Err(unexpected(rest)) };
        let is_binary = content.iter().take(8_000).any(|byte| *byte == 0);
        let text = (!is_binary).then(|| String::from_utf8_lossy(content).into_owned());
        texts.insert(path.to_owned(), Text(text));
        rest = after;
    }
    Ok(texts)
}

/// No tree has other paths, and git would take some of them for places outside of it.
fn can_be_there(path: &str) -> bool {
    !path.contains(['\n', '\0']) && !path.split('/').any(|part| matches!(part, "" | "." | ".."))
}

async fn ask(git: &Git, how: &str, commit: &str, paths: &[&str]) -> Result<Vec<u8>, Error> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let input: String = paths.iter().map(|path| format!("{commit}:{path}\n")).collect();
    Ok(git.call("cat-file").arg(how).input(input).run().await?.stdout)
}

/// The sizes in the order of the question; none for what is no file.
fn heads(output: &[u8]) -> impl Iterator<Item = Option<u64>> {
    output.split(|byte| *byte == b'\n').map(|line| size_of(&String::from_utf8_lossy(line)))
}

/// `<id> blob <size>`, or something about what is missing or no file.
fn size_of(line: &str) -> Option<u64> {
    let mut words = line.split(' ').rev();
    let (size, kind, id) = (words.next()?, words.next()?, words.next()?);
    (kind == "blob" && name::is_object_id(id)).then(|| size.parse().ok())?
}

fn next_blob(bytes: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return (None, bytes) };
    let size = size_of(&String::from_utf8_lossy(&bytes[..end])).and_then(|size| usize::try_from(size).ok());
    let body = &bytes[end + 1..];
    let content = size.and_then(|size| body.get(..size));
    (content, content.and_then(|content| body.get(content.len() + 1..)).unwrap_or_default())
}

/// Where files that are gone have moved to.
async fn find_moved(
    git: &Git,
    from: &str,
    target: &str,
    gone: &[&str],
) -> Result<HashMap<String, String>, Error> {
    let call = git.call("diff-tree").config("diff.renameLimit", "2000");
    let options = ["-r", "-z", "-M", "--diff-filter=R", "--name-status", "--no-ext-diff", "--no-textconv"];
    let output = call.args(options).args([from, target]).run().await?;
    let parts: Vec<String> = output
        .stdout
        .split(|byte| *byte == 0)
        .filter(|part| !part.is_empty())
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect();
    let renames = parts.chunks_exact(3).map(|entry| (entry[1].clone(), entry[2].clone()));
    Ok(renames.filter(|(old, _)| gone.contains(&old.as_str())).collect())
}

/// The last commit of `head` that changed one of these paths, and that none of `known` has; none where there is none.
/// Without paths: the last commit at all.
pub(crate) async fn find_last_change(
    git: &Git,
    head: &str,
    known: &[&str],
    paths: &[&str],
) -> Result<Option<String>, Error> {
    let head = refs::resolve_base(git, head).await?;
    let mut call = git.call("rev-list").variable("GIT_LITERAL_PATHSPECS", "1").args(["-1", &head]);
    for commit in known {
        if let Some(commit) = refs::resolve(git, commit).await? {
            call = call.arg(format!("^{commit}"));
        }
    }
    let text = call.arg("--").args(paths).text().await?;
    Ok((!text.is_empty()).then_some(text))
}

fn unexpected(said: &[u8]) -> Error {
    let said: String = String::from_utf8_lossy(said).chars().take(200).collect();
    Error::Unexpected { command: "cat-file".to_owned(), message: format!("it said {said:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_have_a_size() {
        let id = "1".repeat(40);
        let check = |line: &str, expected: Option<u64>| assert_eq!(size_of(line), expected, "{line}");
        check(&format!("{id} blob 12"), Some(12));
        check(&format!("{id} tree 12"), None);
        check(&format!("{id}:a blob 12 missing"), None);
        check(&format!("{id}:blob 12"), None);
        check("", None);
    }
}
