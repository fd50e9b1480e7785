//! What changed, also in a live worktree, without touching it.

use std::{fs, os::unix::fs::symlink, time::Instant};

use worktree::{
    DiffLineKind, DiffRequest, DiffStatus, DiffTarget, FileDiff, LineRange, Side, SideContent, Worktree,
};

use crate::lab::{Lab, write_in};

fn live(worktree: &Worktree) -> DiffRequest {
    DiffRequest::since_merge_base("main".to_owned(), DiffTarget::Worktree(worktree.clone()))
}

fn of_branch(worktree: &Worktree) -> DiffRequest {
    DiffRequest::since_merge_base("main".to_owned(), DiffTarget::Commit(worktree.branch.clone()))
}

async fn lines_of(lab: &Lab, request: &DiffRequest, path: &str) -> FileDiff {
    lab.open().await.file_diff(request, path, LineRange::default()).await.unwrap().unwrap()
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
    lab.commit_in(&worktree.path, "work");
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
    check_lines(&lab, &worktree).await;
}

async fn check_lines(lab: &Lab, worktree: &Worktree) {
    let link = lines_of(lab, &of_branch(worktree), "link").await;
    assert_eq!(link.notes, ["symbolic link", "no newline at the end after"]);
    assert_eq!(link.hunks[0].lines[0].text, "/etc/passwd");
    let file = lines_of(lab, &of_branch(worktree), "a.txt").await;
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
    let other = lab.open().await.file_diff(&of_branch(worktree), "other.txt", LineRange::default()).await;
    assert!(other.unwrap().is_none());
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
    let file = lines_of(&lab, &live(&worktree), "untracked dir/file").await;
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
    let file = lines_of(&lab, &of_branch(&worktree), "huge.bin").await;
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
    let file = lines_of(&lab, &live(&worktree), "thing").await;
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

#[tokio::test]
async fn two_exact_states_are_compared_without_their_merge_base() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("one", "1\n")]).await;
    let reviewed = lab.tip(&worktree.branch);
    write_in(&worktree.path, "two", "2\n");
    lab.commit_in(&worktree.path, "two");
    write_in(&worktree.path, "three", "3\n");
    let repository = lab.open().await;
    let names = async |base: &str, target: DiffTarget| -> Vec<String> {
        let request = DiffRequest::exact(base.to_owned(), target);
        repository.diff_summary(&request).await.unwrap().files.into_iter().map(|file| file.path).collect()
    };
    let head = lab.tip(&worktree.branch);
    assert_eq!(names(&reviewed, DiffTarget::Commit(head.clone())).await, ["two"]);
    assert_eq!(names(&head, DiffTarget::Commit(reviewed)).await, ["two"], "backwards, too");
    assert_eq!(names(&head, DiffTarget::Worktree(worktree.clone())).await, ["three"]);
    lab.write("base.txt", "the base goes on\n");
    lab.commit("later");
    assert_eq!(names("main", DiffTarget::Commit(head)).await, ["base.txt", "one", "two"]);
}

#[tokio::test]
async fn hidden_whitespace_leaves_real_changes() {
    let lab = Lab::new();
    lab.write("real.txt", "a\nb\n");
    lab.write("moved.txt", &"line\n".repeat(30));
    lab.commit("more");
    let worktree = lab.worktree("x").await;
    write_in(&worktree.path, "a.txt", "one\n  two\nthree  \n");
    write_in(&worktree.path, "real.txt", "\ta\nB\n");
    write_in(&worktree.path, "new.txt", "new\n");
    fs::remove_file(worktree.path.join("b.txt")).unwrap();
    lab.git_in(&worktree.path, &["mv", "moved.txt", "there.txt"]);
    let shown = live(&worktree);
    let hidden = DiffRequest { hides_whitespace: true, ..shown.clone() };
    let repository = lab.open().await;
    let names = async |request: &DiffRequest| -> Vec<String> {
        let files = repository.diff_summary(request).await.unwrap().files;
        files.iter().map(|f| format!("{} +{} -{}", f.path, f.additions, f.deletions)).collect()
    };
    let all = ["a.txt +2 -2", "b.txt +0 -1", "new.txt +1 -0", "real.txt +2 -2", "there.txt +0 -0"];
    assert_eq!(names(&shown).await, all);
    assert_eq!(names(&hidden).await, ["b.txt +0 -1", "new.txt +1 -0", "real.txt +1 -1", "there.txt +0 -0"]);
    let file = repository.file_diff(&hidden, "real.txt", LineRange::default()).await.unwrap().unwrap();
    let changed = file.hunks[0].lines.iter().filter(|line| line.kind != DiffLineKind::Context);
    assert_eq!(changed.map(|line| line.text.as_str()).collect::<Vec<_>>(), ["b", "B"]);
    let keys = async |request| -> Vec<String> {
        let files = repository.diff_summary(request).await.unwrap().files;
        files.into_iter().filter(|file| file.path == "real.txt").map(|file| file.content_key).collect()
    };
    assert_eq!(keys(&shown).await, keys(&hidden).await, "the same content has the same key");
}

#[tokio::test]
async fn a_key_holds_from_the_worktree_to_the_commit_and_no_longer_than_the_content() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    let repository = lab.open().await;
    let key = async |request: DiffRequest| {
        repository.diff_summary(&request).await.unwrap().files.pop().unwrap().content_key
    };
    write_in(&worktree.path, "a.txt", "changed\n");
    let first = key(live(&worktree)).await;
    assert_eq!(key(live(&worktree)).await, first);
    lab.commit_in(&worktree.path, "work");
    assert_eq!(key(of_branch(&worktree)).await, first);
    let script = worktree.path.join("a.txt");
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let executable = key(live(&worktree)).await;
    assert_ne!(executable, first, "the mode is seen, too");
    write_in(&worktree.path, "a.txt", "changed again\n");
    assert_ne!(key(live(&worktree)).await, executable);
    let file = repository.file_diff(&live(&worktree), "a.txt", LineRange::default()).await.unwrap().unwrap();
    let modes = (file.file.old_mode.as_deref(), file.file.new_mode.as_deref());
    assert_eq!(modes, (Some("100644"), Some("100755")));
}

#[tokio::test]
async fn both_sides_of_a_file_can_be_read() {
    let lab = Lab::new();
    let long = "line\n".repeat(50);
    lab.write("old name.txt", &long);
    fs::write(lab.root.join("image.png"), b"\0old").unwrap();
    lab.commit("more");
    let worktree = lab.worktree("x").await;
    lab.git_in(&worktree.path, &["mv", "old name.txt", "new name.txt"]);
    write_in(&worktree.path, "new name.txt", &format!("{long}more\n"));
    fs::write(worktree.path.join("image.png"), b"\0new!").unwrap();
    symlink("/etc/passwd", worktree.path.join("link")).unwrap();
    let repository = lab.open().await;
    let request = live(&worktree);
    let read = async |path: &str, side: Side, max: u64| {
        repository.read_side(&request, path, side, max).await.unwrap()
    };
    let bytes = |text: &[u8]| Some(SideContent::Bytes(text.to_vec()));
    assert_eq!(read("image.png", Side::Old, 100).await, bytes(b"\0old"));
    assert_eq!(read("image.png", Side::New, 100).await, bytes(b"\0new!"));
    assert_eq!(read("image.png", Side::New, 4).await, Some(SideContent::TooLarge));
    assert_eq!(read("new name.txt", Side::Old, 1000).await, bytes(long.as_bytes()));
    assert_eq!(read("link", Side::New, 100).await, bytes(b"/etc/passwd"), "a link is not followed");
    assert_eq!(read("link", Side::Old, 100).await, Some(SideContent::Nothing));
    assert_eq!(read("b.txt", Side::New, 100).await, None, "only what changed can be read");
    assert_eq!(read("../../etc/passwd", Side::New, 100).await, None);
}

#[tokio::test]
async fn one_file_of_a_hundred_thousand_lines_is_reached_to_its_end() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    let lines: String =
        (0..100_000).map(|number| format!("line {number} of one long file that is text\n")).collect();
    write_in(&worktree.path, "long.txt", &lines);
    lab.commit_in(&worktree.path, "long");
    let repository = lab.open().await;
    let started = Instant::now();
    let (mut offset, mut seen) = (Some(0), 0);
    while let Some(from) = offset {
        let range = LineRange { offset: from, limit: 0 };
        let page = repository.file_diff(&of_branch(&worktree), "long.txt", range).await.unwrap().unwrap();
        assert!(!page.file.too_large);
        let first = page.hunks[0].lines[0].new_no.unwrap() as usize;
        assert_eq!(first, from + 1);
        seen += page.hunks.iter().map(|hunk| hunk.lines.len()).sum::<usize>();
        if from == 0 {
            println!("100,000 lines of one file: first page after {:?}", started.elapsed());
        }
        offset = page.next_offset;
    }
    assert_eq!(seen, 100_000);
}

#[tokio::test]
async fn a_moved_submodule_names_both_commits() {
    let lab = Lab::new();
    let other = Lab::new();
    let at = other.root.to_str().unwrap();
    lab.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", at, "sub"]);
    lab.commit("submodule");
    let old = other.git(&["rev-parse", "HEAD"]);
    let worktree = lab.worktree("x").await;
    other.write("c.txt", "c\n");
    let new = other.commit("more");
    lab.git_in(&worktree.path, &["update-index", "--cacheinfo", &format!("160000,{new},sub")]);
    lab.git_in(&worktree.path, &["commit", "-q", "-m", "bump"]);
    let file = lines_of(&lab, &of_branch(&worktree), "sub").await;
    assert!(file.file.is_submodule);
    assert_eq!(file.notes, ["submodule".to_owned(), format!("submodule commit {old} became {new}")]);
}
