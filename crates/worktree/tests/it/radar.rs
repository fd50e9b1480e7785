//! What would not merge is found in memory, cheaply, and what would merge is left alone.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    time::Instant,
};

use nix::sys::resource::{UsageWho, getrusage};
use worktree::{Clash, RadarMemory, RadarWork, Worktree};

use crate::lab::{Lab, write_in};

fn work_of(lab: &Lab, worktree: &Worktree) -> RadarWork {
    RadarWork { id: worktree.id.clone(), base_branch: "main".to_owned(), head: lab.tip(&worktree.branch) }
}

fn clash(one: &str, other: Option<&str>, paths: &[&str]) -> Clash {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    Clash { one: one.to_owned(), other: other.map(str::to_owned), paths }
}

async fn look(lab: &Lab, worktrees: &[&Worktree]) -> Vec<Clash> {
    let works = worktrees.iter().map(|worktree| work_of(lab, worktree)).collect();
    lab.open().await.find_clashes(works, &RadarMemory::default()).await.unwrap()
}

#[tokio::test]
async fn same_lines_collide_and_others_do_not() {
    let lab = Lab::new();
    let lines: String = (0..30).map(|number| format!("{number}\n")).collect();
    lab.write("long.txt", &lines);
    lab.commit("long");
    let with = |from: &str, to: &str| lines.replace(&format!("\n{from}\n"), &format!("\n{to}\n"));
    let one = lab.work("one", &[("long.txt", &with("5", "five")), ("one", "1\n")]).await;
    let two = lab.work("two", &[("long.txt", &with("5", "FIVE")), ("two", "2\n")]).await;
    let far = lab.work("far", &[("long.txt", &with("25", "far")), ("far", "3\n")]).await;
    let same = lab.work("same", &[("long.txt", &with("5", "five"))]).await;
    let picture = lab.picture();
    let refs = lab.git(&["for-each-ref"]);
    let found = look(&lab, &[&one, &two, &far, &same]).await;
    let expected = [clash("one", Some("two"), &["long.txt"]), clash("two", Some("same"), &["long.txt"])];
    assert_eq!(found, expected);
    assert_eq!((lab.picture(), lab.git(&["for-each-ref"])), (picture, refs), "nothing is changed");
    lab.write("long.txt", &with("5", "base"));
    lab.commit("the base moves");
    let found = look(&lab, &[&one, &far]).await;
    assert_eq!(found, [clash("one", None, &["long.txt"])]);
}

const WORDS: &str = "ONE\ntwo\nthree\n";

/// Work of every kind that can stand against other work.
async fn every_kind(lab: &Lab) -> Vec<Worktree> {
    lab.write("moved.txt", &"a line of the file that moves\n".repeat(20));
    fs::write(lab.root.join("image.png"), b"\0old").unwrap();
    symlink("a.txt", lab.root.join("link")).unwrap();
    lab.commit("more");
    let make = async |id: &str, change: &dyn Fn(&Worktree)| {
        let worktree = lab.worktree(id).await;
        change(&worktree);
        lab.commit_in(&worktree.path, id);
        worktree
    };
    let moved = format!("{}changed\n", "a line of the file that moves\n".repeat(20));
    vec![
        make("edit", &|w| write_in(&w.path, "moved.txt", &moved)).await,
        make("move", &|w| drop(lab.git_in(&w.path, &["mv", "moved.txt", "there.txt"]))).await,
        make("elsewhere", &|w| drop(lab.git_in(&w.path, &["mv", "moved.txt", "elsewhere.txt"]))).await,
        make("delete", &|w| fs::remove_file(w.path.join("moved.txt")).unwrap()).await,
        make("image", &|w| fs::write(w.path.join("image.png"), b"\0new").unwrap()).await,
        make("picture", &|w| fs::write(w.path.join("image.png"), b"\0other").unwrap()).await,
        make("file", &|w| write_in(&w.path, "thing", "file\n")).await,
        make("folder", &|w| write_in(&w.path, "thing/inside", "folder\n")).await,
        make("add", &|w| write_in(&w.path, "new.txt", "mine\n")).await,
        make("also", &|w| write_in(&w.path, "new.txt", "theirs\n")).await,
        make("to-file", &|w| {
            fs::remove_file(w.path.join("link")).unwrap();
            write_in(&w.path, "link", "no link\n");
        })
        .await,
        make("relink", &|w| {
            fs::remove_file(w.path.join("link")).unwrap();
            symlink("b.txt", w.path.join("link")).unwrap();
        })
        .await,
        make("chmod", &|w| {
            fs::set_permissions(w.path.join("a.txt"), fs::Permissions::from_mode(0o755)).unwrap();
        })
        .await,
        make("words", &|w| write_in(&w.path, "a.txt", WORDS)).await,
    ]
}

#[tokio::test]
async fn what_git_says_of_a_pair_is_what_the_radar_says() {
    let lab = Lab::new();
    let worktrees = every_kind(&lab).await;
    let all: Vec<&Worktree> = worktrees.iter().collect();
    let found = look(&lab, &all).await;
    for (index, one) in all.iter().enumerate() {
        for other in &all[index + 1..] {
            let heads = [lab.tip(&one.branch), lab.tip(&other.branch)];
            let merge = lab.try_git_in(&lab.root, &["merge-tree", "--write-tree", &heads[0], &heads[1]]);
            let is_found =
                found.iter().any(|clash| clash.one == one.id && clash.other.as_ref() == Some(&other.id));
            let said = String::from_utf8_lossy(&merge.stdout).into_owned();
            assert_eq!(is_found, !merge.status.success(), "{} with {}: {said}", one.id, other.id);
        }
    }
}

#[tokio::test]
async fn what_is_gone_is_left_out() {
    let lab = Lab::new();
    let one = lab.work("one", &[("a.txt", "1\n")]).await;
    let two = lab.work("two", &[("a.txt", "2\n")]).await;
    let works = vec![
        work_of(&lab, &one),
        RadarWork { head: "0".repeat(40), ..work_of(&lab, &two) },
        RadarWork { base_branch: "nowhere".to_owned(), ..work_of(&lab, &two) },
        RadarWork { head: "nonsense".to_owned(), ..work_of(&lab, &two) },
    ];
    let repository = lab.open().await;
    assert!(repository.find_clashes(works, &RadarMemory::default()).await.unwrap().is_empty());
    let tips = repository.read_tips(vec!["main".to_owned(), "nowhere".to_owned()]).await.unwrap();
    assert_eq!(tips, [Some(lab.tip("main")), None]);
}

fn processor_ms() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    let (user, system) = (usage.user_time(), usage.system_time());
    (user.tv_sec() + system.tv_sec()) * 1000 + (user.tv_usec() + system.tv_usec()) / 1000
}

/// 30 pieces of work on 20,000 files, as commits only: no worktree is needed to compare them.
fn thirty(lab: &Lab, moves: bool) -> Vec<RadarWork> {
    let first = lab.git(&["rev-parse", "HEAD"]);
    let works = (0..30).map(|number| {
        lab.git(&["switch", "-q", "--detach", &first]);
        lab.write("d0/f0.txt", &format!("{}work {number}\n", "line\n".repeat(20)));
        lab.write(&format!("d{number}/own.txt"), "own\n");
        if moves && number % 2 == 0 {
            lab.git(&["mv", "d1/f1.txt", &format!("d1/moved-{number}.txt")]);
        }
        let head = lab.commit(&format!("work {number}"));
        RadarWork { id: number.to_string(), base_branch: "main".to_owned(), head }
    });
    works.collect()
}

/// Processor time of one look after one piece of work has changed, and after the base has.
async fn measure(lab: &Lab, mut works: Vec<RadarWork>, what: &str) -> (i64, i64, String) {
    let (repository, memory) = (lab.open().await, RadarMemory::default());
    let round = async |works: &[RadarWork]| {
        let (before, started) = (processor_ms(), Instant::now());
        let clashes = repository.find_clashes(works.to_vec(), &memory).await.unwrap();
        (processor_ms() - before, started.elapsed(), clashes.len())
    };
    let first = round(&works).await;
    lab.git(&["switch", "-q", "--detach", &works[0].head]);
    lab.write("d0/f0.txt", &format!("{}another\n", "line\n".repeat(20)));
    works[0].head = lab.commit("goes on");
    let changed = round(&works).await;
    lab.git(&["switch", "-q", "main"]);
    lab.write("base.txt", &format!("base {what}\n"));
    lab.commit("the base moves");
    let moved = round(&works).await;
    let again = round(&works).await;
    let told = format!("first {first:?}, one changed {changed:?}, base moved {moved:?}, nothing {again:?}");
    (changed.0, moved.0, told)
}

#[tokio::test]
async fn thirty_pieces_of_work_cost_less_than_a_second() {
    let lab = Lab::empty();
    for number in 0..20_000 {
        lab.write(&format!("d{}/f{number}.txt", number % 200), &format!("{number}\n{}", "line\n".repeat(20)));
    }
    lab.commit("many");
    for moves in [false, true] {
        let what = if moves { "half of them move a file" } else { "all change one file" };
        let works = thirty(&lab, moves);
        let (changed, moved, told) = measure(&lab, works, what).await;
        println!("radar, {what}: {told}");
        lab.git(&["switch", "-q", "main"]);
        assert!(changed < 1_000 && moved < 1_000, "{what}: {changed} ms and {moved} ms");
    }
}
