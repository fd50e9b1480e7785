//! Where a path of an agent's really leads. A rule and a preview look at text; a symbolic link makes another file of it.
//!
//! Asked at the moment of use, so an agent that swaps folders meanwhile can still win a race: a rule allows what the
//! agent's own program then does, and that one follows links, too. Reading for a preview goes through the file that
//! was opened, never through its name again.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use domain::RulePattern;
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use serde_json::Value;

/// The file that a call of a file tool names.
pub(crate) fn path_of_call<'v>(tool_name: &str, input: &'v Value) -> Option<&'v str> {
    let key = match tool_name {
        "Edit" | "MultiEdit" | "Write" | "Read" => "file_path",
        "NotebookEdit" => "notebook_path",
        _ => return None,
    };
    input.get(key)?.as_str()
}

/// What stands under a path inside a worktree.
#[derive(Debug)]
pub(crate) enum Standing {
    File(Vec<u8>),
    Missing,
    /// A link on the way, or in its place, leads to another file.
    Elsewhere,
    /// A folder, pipe, device or socket.
    NotRegular,
    TooLarge,
    Unreadable(io::Error),
}

/// The path below the worktree, as text: no part of it leads up.
pub(crate) fn relative_to<'p>(worktree: &str, path: &'p str) -> Option<&'p str> {
    let relative = path.strip_prefix(worktree.trim_end_matches('/'))?.strip_prefix('/')?;
    let is_name = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
    relative.split('/').all(is_name).then_some(relative)
}

/// Reads a file of at most `bytes_max` bytes, folder by folder, so that no link is followed, also none that is put there
/// meanwhile. Blocks, but on no pipe.
pub(crate) fn read_inside(worktree: &str, relative: &str, bytes_max: usize) -> Standing {
    match try_read(worktree, relative, bytes_max) {
        Ok(standing) => standing,
        Err(Errno::ENOENT) => Standing::Missing,
        // `O_DIRECTORY` says of a link what it says of a file: no folder.
        Err(Errno::ELOOP | Errno::ENOTDIR) => Standing::Elsewhere,
        Err(Errno::ENXIO) => Standing::NotRegular,
        Err(error) => Standing::Unreadable(error.into()),
    }
}

fn try_read(worktree: &str, relative: &str, bytes_max: usize) -> Result<Standing, Errno> {
    let folder_flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let mut folder = nix::fcntl::open(worktree, folder_flags, Mode::empty())?;
    let (parents, name) = relative.rsplit_once('/').unwrap_or(("", relative));
    for part in parents.split('/').filter(|part| !part.is_empty()) {
        folder = openat(&folder, part, folder_flags, Mode::empty())?;
    }
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let file = File::from(openat(&folder, name, flags, Mode::empty())?);
    Ok(match file.metadata() {
        Ok(metadata) if !metadata.is_file() => Standing::NotRegular,
        Ok(_) => read_start(file, bytes_max),
        Err(error) => Standing::Unreadable(error),
    })
}

fn read_start(file: File, bytes_max: usize) -> Standing {
    let mut bytes = Vec::new();
    match file.take(bytes_max as u64 + 1).read_to_end(&mut bytes) {
        Ok(count) if count > bytes_max => Standing::TooLarge,
        Ok(_) => Standing::File(bytes),
        Err(error) => Standing::Unreadable(error),
    }
}

/// Whether the rule allows the call, on the disk too. Blocks for a few system calls.
pub(crate) fn rule_allows(pattern: &RulePattern, tool_name: &str, input: &Value, worktree: &str) -> bool {
    let is_there = || match path_of_call(tool_name, input) {
        Some(path) => is_really_inside(worktree, path),
        None => true,
    };
    domain::rule_allows(pattern, tool_name, input, worktree) && is_there()
}

/// Whether a file lies inside the worktree, or would once it is made, through no link that leads out or elsewhere in it.
pub(crate) fn is_really_inside(worktree: &str, path: &str) -> bool {
    let (worktree, path) = (Path::new(worktree), Path::new(path));
    let Ok(relative) = path.strip_prefix(worktree) else { return false };
    let Ok(root) = worktree.canonicalize() else { return false };
    let is_plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    // Through a link inside the worktree the rule would be about another file than the one that is written.
    is_plain && resolved(&worktree.join(relative)).is_ok_and(|real| real == root.join(relative))
}

/// The real path, of which the last parts need not exist. A link whose target is missing leads nowhere that is known.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(real), _, _) => Ok(real),
        (Err(error), Some(parent), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
            if path.symlink_metadata().is_ok() {
                return Err(error);
            }
            Ok(resolved(parent)?.join(name))
        }
        (Err(error), _, _) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use serde_json::json;

    use super::*;

    #[test]
    fn links_do_not_lead_past_a_rule() {
        let folder = tempfile::tempdir().unwrap();
        let (inside, outside) = (folder.path().join("w"), folder.path().join("out"));
        fs::create_dir_all(inside.join("src")).unwrap();
        fs::create_dir_all(inside.join(".git")).unwrap();
        fs::create_dir_all(&outside).unwrap();
        fs::write(inside.join("src/a"), "a").unwrap();
        symlink(&outside, inside.join("src/link")).unwrap();
        symlink(outside.join("missing"), inside.join("src/dangling")).unwrap();
        symlink("../.git", inside.join("src/git")).unwrap();
        symlink(&inside, folder.path().join("alias")).unwrap();
        let worktree = inside.to_str().unwrap();
        let pattern = RulePattern { tool_name: "Write".to_owned(), pattern: Some("src/**".to_owned()) };
        let check = |path: &str, expected: bool| {
            let path = format!("{worktree}/{path}");
            assert_eq!(is_really_inside(worktree, &path), expected, "{path}");
            let input = json!({ "file_path": path });
            assert_eq!(rule_allows(&pattern, "Write", &input, worktree), expected, "{path}");
        };
        check("src/a", true);
        check("src/new/deeper/b", true);
        for path in [
            "src/link",
            "src/link/b",
            "src/dangling",
            "src/dangling/b",
            "src/git/config",
            "src/../src/a",
            "src/a/b",
        ] {
            check(path, false);
        }
        assert!(!is_really_inside(worktree, outside.to_str().unwrap()));
        let alias = folder.path().join("alias");
        assert!(is_really_inside(alias.to_str().unwrap(), alias.join("src/a").to_str().unwrap()));
        assert!(!is_really_inside("/nonexistent", "/nonexistent/a"));
    }

    #[test]
    fn only_regular_files_of_the_worktree_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("w");
        fs::create_dir_all(root.join("src")).unwrap();
        fs::write(root.join("src/a"), "text").unwrap();
        fs::write(folder.path().join("secret"), "secret").unwrap();
        symlink("../secret", root.join("link")).unwrap();
        symlink("..", root.join("up")).unwrap();
        nix::unistd::mkfifo(&root.join("pipe"), Mode::S_IRWXU).unwrap();
        File::create(root.join("huge")).unwrap().set_len(50 << 30).unwrap();
        let read = |relative: &str| read_inside(root.to_str().unwrap(), relative, 4);
        assert!(matches!(read("src/a"), Standing::File(bytes) if bytes == b"text"));
        assert!(matches!(read("src/b"), Standing::Missing));
        assert!(matches!(read("new/b"), Standing::Missing));
        assert!(matches!(read("link"), Standing::Elsewhere));
        assert!(matches!(read("up/secret"), Standing::Elsewhere));
        assert!(matches!(read("src/a/b"), Standing::Elsewhere));
        assert!(matches!(read("src"), Standing::NotRegular));
        assert!(matches!(read("pipe"), Standing::NotRegular));
        assert!(matches!(read("huge"), Standing::TooLarge));
    }

    #[test]
    fn a_path_below_the_worktree_has_only_names() {
        let check =
            |path: &str, expected: Option<&str>| assert_eq!(relative_to("/w/", path), expected, "{path}");
        check("/w/a/b", Some("a/b"));
        for bad in ["/w", "/w/", "/wx/a", "/w/../a", "/w/a/..", "/w//a", "w/a", "/w/./a", "/w/a\0"] {
            check(bad, None);
        }
    }

    #[test]
    fn what_names_no_file_needs_no_look() {
        let pattern = RulePattern { tool_name: "Bash".to_owned(), pattern: Some("npm test".to_owned()) };
        assert!(rule_allows(&pattern, "Bash", &json!({"command": "npm test"}), "/nonexistent"));
    }
}
