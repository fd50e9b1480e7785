//! Files of a commit.

use std::fs;
use std::os::unix::fs::symlink;

use worktree::{CommittedContent, Error};

use crate::lab::Lab;

const NAMES: [&str; 2] = [".claude", ".mcp.json"];

#[tokio::test]
async fn files_come_from_the_commit_and_not_from_the_checkout() {
    let lab = Lab::new();
    lab.write(".claude/settings.json", "{\"a\": 1}");
    lab.write(".claude/agents/x ü.md", "text\n\nmore");
    lab.write(".claude/empty", "");
    lab.write(".MCP.json", "{}");
    lab.write("sub/.claude/settings.json", "not at the top");
    lab.write(".claudex", "another name");
    let commit = lab.commit("brings");
    lab.write(".claude/settings.json", "changed");
    fs::remove_file(lab.root.join(".MCP.json")).unwrap();
    for name in [commit.as_str(), "main"] {
        let files = lab.open().await.read_committed(name, &NAMES).await.unwrap();
        let seen: Vec<_> = files.iter().map(|file| (file.path.as_str(), &file.content)).collect();
        let bytes = |text: &str| CommittedContent::Bytes(text.as_bytes().to_vec());
        let expected = [
            (".MCP.json", &bytes("{}")),
            (".claude/agents/x ü.md", &bytes("text\n\nmore")),
            (".claude/empty", &bytes("")),
            (".claude/settings.json", &bytes("{\"a\": 1}")),
        ];
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn what_is_no_small_file_is_named_only() {
    let lab = Lab::new();
    lab.write(".claude/big.json", &"x".repeat(300 << 10));
    symlink("/etc/passwd", lab.root.join(".claude/settings.json")).unwrap();
    let commit = lab.commit("brings");
    let files = lab.open().await.read_committed(&commit, &NAMES).await.unwrap();
    let seen: Vec<_> = files.iter().map(|file| (file.path.as_str(), &file.content)).collect();
    let big = CommittedContent::Unread { byte_count: Some(300 << 10) };
    assert_eq!(seen, [(".claude/big.json", &big), (".claude/settings.json", &CommittedContent::Link)]);
    assert_eq!(files[0].object_id.len(), 40);
}

#[tokio::test]
async fn a_repository_that_brings_nothing_has_no_files() {
    let lab = Lab::new();
    let repository = lab.open().await;
    assert_eq!(repository.read_committed("main", &NAMES).await.unwrap(), []);
    let missing = repository.read_committed("--upload-pack=x", &NAMES).await;
    assert!(matches!(missing, Err(Error::BaseNotFound { .. })), "{missing:?}");
}
