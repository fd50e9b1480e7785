//! Files of a commit, read from its objects and never from a checkout, in which anything may stand by now.
//!
//! No link is followed, and what is large, or not a file, is named and not read.

use std::collections::HashMap;

use crate::{CommittedContent, CommittedFile, Error, git::Git, refs};

/// Larger files are named, not read.
const FILE_BYTES_MAX: u64 = 256 << 10;
/// All files together; those beyond it are named, not read.
const TOTAL_BYTES_MAX: u64 = 4 << 20;
/// More files than this are no listing for people: those beyond it are named, not read.
const FILES_READ_MAX: usize = 500;
const LISTING_MAX: usize = 4 << 20;

/// One line of a listing.
#[derive(Debug)]
struct Entry {
    mode: String,
    id: String,
    bytes: Option<u64>,
    path: String,
}

/// The files at or below these names of the top folder, in any case of their letters, by path.
pub(crate) async fn read_committed(
    git: &Git,
    commit: &str,
    names: &[&str],
) -> Result<Vec<CommittedFile>, Error> {
    let commit = refs::resolve_base(git, commit).await?;
    let is_wanted = |entry: &Entry| names.iter().any(|name| entry.path.eq_ignore_ascii_case(name));
    let top = list(git, &["--full-tree", &commit]).await?;
    let found: Vec<String> = top.into_iter().filter(is_wanted).map(|entry| entry.path).collect();
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let args = ["-r", "--full-tree", &commit, "--"].into_iter().chain(found.iter().map(String::as_str));
    let entries = list(git, &args.collect::<Vec<_>>()).await?;
    let chosen = choose(&entries);
    let contents = read_blobs(git, &chosen).await?;
    let mut files: Vec<CommittedFile> = entries.into_iter().map(|entry| file_of(entry, &contents)).collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

async fn list(git: &Git, args: &[&str]) -> Result<Vec<Entry>, Error> {
    let output = git.call("ls-tree").args(["-z", "-l"]).args(args).output_max(LISTING_MAX).run().await?;
    output.parts().map(|part| entry_of(part).ok_or_else(|| unexpected("ls-tree", part))).collect()
}

/// `<mode> <type> <id> <size>\t<path>`.
fn entry_of(part: &[u8]) -> Option<Entry> {
    let text = String::from_utf8_lossy(part);
    let (facts, path) = text.split_once('\t')?;
    let mut facts = facts.split_ascii_whitespace();
    let (mode, _kind, id, size) = (facts.next()?, facts.next()?, facts.next()?, facts.next()?);
    let path = path.to_owned();
    Some(Entry { mode: mode.to_owned(), id: id.to_owned(), bytes: size.parse().ok(), path })
}

/// The objects that are small enough to be read.
fn choose(entries: &[Entry]) -> Vec<&str> {
    let mut total = 0;
    let is_chosen = |entry: &&Entry| {
        let Some(bytes) = entry.bytes.filter(|bytes| is_file(entry) && *bytes <= FILE_BYTES_MAX) else {
            return false;
        };
        total += bytes;
        total <= TOTAL_BYTES_MAX
    };
    entries.iter().filter(is_chosen).take(FILES_READ_MAX).map(|entry| entry.id.as_str()).collect()
}

fn is_file(entry: &Entry) -> bool {
    matches!(entry.mode.as_str(), "100644" | "100755")
}

async fn read_blobs(git: &Git, ids: &[&str]) -> Result<HashMap<String, Vec<u8>>, Error> {
    let mut contents = HashMap::new();
    if ids.is_empty() {
        return Ok(contents);
    }
    let input = ids.iter().map(|id| format!("{id}\n")).collect::<String>();
    let output = git.call("cat-file").arg("--batch").input(input).run().await?;
    let mut rest = output.stdout.as_slice();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (head, body) = (String::from_utf8_lossy(&rest[..end]).into_owned(), &rest[end + 1..]);
        let mut words = head.split(' ');
        let (id, size) = (words.next().unwrap_or_default(), words.nth(1));
        // An object that is not there has no size.
        let Some(size) = size.and_then(|size| size.parse::<usize>().ok()) else {
            rest = body;
            continue;
        };
        let content = body.get(..size).ok_or_else(|| unexpected("cat-file", head.as_bytes()))?;
        contents.insert(id.to_owned(), content.to_vec());
        rest = body.get(size + 1..).unwrap_or_default();
    }
    Ok(contents)
}

fn file_of(entry: Entry, contents: &HashMap<String, Vec<u8>>) -> CommittedFile {
    let content = match (entry.mode.as_str(), contents.get(&entry.id)) {
        ("120000", _) => CommittedContent::Link,
        ("160000", _) => CommittedContent::Submodule,
        (_, Some(bytes)) => CommittedContent::Bytes(bytes.clone()),
        (_, None) => CommittedContent::Unread { byte_count: entry.bytes },
    };
    CommittedFile { path: entry.path, object_id: entry.id, content }
}

fn unexpected(command: &str, said: &[u8]) -> Error {
    let said: String = String::from_utf8_lossy(said).chars().take(200).collect();
    Error::Unexpected { command: command.to_owned(), message: format!("it said {said:?}") }
}
