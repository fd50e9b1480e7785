//! What changed, also in a live worktree, without touching it.

use std::{fs, os::unix::fs::symlink, time::Instant};

use worktree::{DiffLineKind, DiffRequest, DiffStatus, DiffTarget, Worktree};

use crate::lab::{Lab, write_in};

fn live(worktree: &Worktree) -> DiffRequest {
    DiffRequest { base: "main".to_owned(), target: DiffTarget::Worktree(worktree.clone()) }
}

fn of_branch(worktree: &Worktree) -> DiffRequest {
    DiffRequest { base: "main".to_owned(), target: DiffTarget::Commit(worktree.branch.clone()) }
}

#[tokio::test]
async fn a_branch_is_compared_with_its_merge_base() {
    let lab = Lab::new();
    lab.write("long.txt", &"line\n".repeat(50));
    let base = lab.commit("long");
    let worktree = lab.worktree("x").await;
    lab.git_in(&worktree.path, &["mv", "long.txt", "moved ü.txt"]);
    write_in(&worktree.path, "a.txt", "one\n2\nthree\n");
    fs::remove_file(worktree.path.join("b.txt")).unwrap();
    fs::write(worktree.path.join("bin"), b"\0\x01").unwrap();
    symlink("/etc/passwd", worktree.path.join("link")).unwrap();
    lab.git_in(&worktree.path, &["add", "-A"]);
    lab.git_in(&worktree.path, &["commit", "-q", "-m", "work"]);
    lab.write("other.txt", "the base goes on");
    lab.commit("later");
    let summary = lab.open().await.diff_summary(&of_branch(&worktree)).await.unwrap();
    assert_eq!(summary.base, base);
    let seen: Vec<_> = summary
        .files
        .iter()
        .map(|f| (f.path.as_str(), f.status, f.additions, f.deletions, f.binary))
        .collect();
    let expected = [
        ("a.txt", DiffStatus::Modified, 1, 1, false),
        ("b.txt", DiffStatus::Deleted, 0, 1, false),
        ("bin", DiffStatus::Added, 0, 0, true),
        ("link", DiffStatus::Added, 1, 0, false),
        ("moved ü.txt", DiffStatus::Renamed, 0, 0, false),
    ];
    assert_eq!(seen, expected);
    assert_eq!(summary.files[4].old_path.as_deref(), Some("long.txt"));
    let link = lab.open().await.file_diff(&of_branch(&worktree), "link").await.unwrap().unwrap();
    assert_eq!(link.notes, ["symbolic link", "no newline at the end after"]);
    assert_eq!(link.hunks[0].lines[0].text, "/etc/passwd");
    let file = lab.open().await.file_diff(&of_branch(&worktree), "a.txt").await.unwrap().unwrap();
    let lines: Vec<_> = file.hunks[0]
        .lines
        .iter()
        .map(|line| (line.kind, line.old_no, line.new_no, line.text.as_str()))
        .collect();
    let expected = [
        (DiffLineKind::Context, Some(1), Some(1), "one"),
        (DiffLineKind::Removed, Some(2), None, "two"),
        (DiffLineKind::Added, None, Some(2), "2"),
        (DiffLineKind::Context, Some(3), Some(3), "three"),
    ];
    assert_eq!(lines, expected);
    assert!(lab.open().await.file_diff(&of_branch(&worktree), "other.txt").await.unwrap().is_none());
}

#[tokio::test]
async fn a_live_worktree_shows_everything_and_is_not_touched() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("committed", "1\n")]).await;
    write_in(&worktree.path, "untracked dir/file", "2\n");
    write_in(&worktree.path, "a.txt", "one\ntwo\nthree\nfour\n");
    write_in(&worktree.path, "staged", "3\n");
    lab.git_in(&worktree.path, &["add", "staged"]);
    fs::File::create(worktree.path.join("sparse.bin")).unwrap().set_len(50 << 30).unwrap();
    nix::unistd::mkfifo(&worktree.path.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let index = fs::read(lab.root.join(".git/worktrees/x/index")).unwrap();
    let started = Instant::now();
    let summary = lab.open().await.diff_summary(&live(&worktree)).await.unwrap();
    assert!(started.elapsed().as_millis() < 1000, "{:?}", started.elapsed());
    let names: Vec<_> = summary.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(names, ["a.txt", "committed", "sparse.bin", "staged", "untracked dir/file"]);
    assert!(summary.is_live && summary.files[2].too_large);
    assert_eq!(fs::read(lab.root.join(".git/worktrees/x/index")).unwrap(), index);
    let file = lab.open().await.file_diff(&live(&worktree), "untracked dir/file").await.unwrap().unwrap();
    assert_eq!(file.hunks[0].lines[0].text, "2");
    assert_eq!(fs::read_dir(lab.root.join(".git/eval-kanban/tmp")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_huge_blob_is_named_and_not_loaded() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    fs::File::create(worktree.path.join("huge.bin")).unwrap().set_len(64 << 20).unwrap();
    write_in(&worktree.path, "small.bin", "\0");
    lab.git_in(&worktree.path, &["add", "-A"]);
    lab.git_in(&worktree.path, &["commit", "-q", "-m", "huge"]);
    let summary = lab.open().await.diff_summary(&of_branch(&worktree)).await.unwrap();
    let seen: Vec<_> =
        summary.files.iter().map(|file| (file.path.as_str(), file.binary, file.too_large)).collect();
    assert_eq!(seen, [("huge.bin", true, true), ("small.bin", true, false)]);
    let file = lab.open().await.file_diff(&of_branch(&worktree), "huge.bin").await.unwrap().unwrap();
    assert!(file.hunks.is_empty());
}

#[tokio::test]
async fn a_link_that_becomes_a_file_is_said() {
    let lab = Lab::new();
    symlink("a.txt", lab.root.join("thing")).unwrap();
    lab.commit("link");
    let worktree = lab.worktree("x").await;
    fs::remove_file(worktree.path.join("thing")).unwrap();
    write_in(&worktree.path, "thing", "now a file\n");
    let file = lab.open().await.file_diff(&live(&worktree), "thing").await.unwrap().unwrap();
    assert_eq!(file.file.status, DiffStatus::TypeChanged);
    assert_eq!(file.notes[0], "symbolic link became file");
    let texts: Vec<_> =
        file.hunks.iter().flat_map(|hunk| &hunk.lines).map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["a.txt", "now a file"]);
}

#[tokio::test]
async fn two_thousand_files_are_listed_fast() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    for number in 0..2000 {
        write_in(
            &worktree.path,
            &format!("d{}/f{number}.txt", number % 50),
            &format!("{number}\n").repeat(50),
        );
    }
    let repository = lab.open().await;
    let started = Instant::now();
    assert_eq!(repository.diff_summary(&live(&worktree)).await.unwrap().files.len(), 2000);
    let first_live = started.elapsed();
    let started = Instant::now();
    assert_eq!(repository.diff_summary(&live(&worktree)).await.unwrap().files.len(), 2000);
    let live_again = started.elapsed();
    lab.git_in(&worktree.path, &["add", "-A"]);
    lab.git_in(&worktree.path, &["commit", "-q", "-m", "many"]);
    let started = Instant::now();
    let summary = repository.diff_summary(&of_branch(&worktree)).await.unwrap();
    let committed = started.elapsed();
    assert_eq!(summary.files.iter().map(|file| file.additions).sum::<u32>(), 100_000);
    println!(
        "2,000 files, 100,000 lines: committed {committed:?}, live first {first_live:?}, live again {live_again:?}"
    );
    assert!(committed.as_secs() < 3, "{committed:?}");
}
