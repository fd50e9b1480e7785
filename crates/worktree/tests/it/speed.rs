//! What our part costs beside git's own.

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

use crate::lab::Lab;

/// What one way of making a worktree took.
#[derive(Debug)]
struct Cost {
    median: Duration,
    /// Processor time of all rounds, ours and our children's: it hardly depends on what else the machine does.
    processor_ms: i64,
}

fn processor_ms() -> i64 {
    let spent = |who| {
        let usage = getrusage(who).unwrap();
        let (user, system) = (usage.user_time(), usage.system_time());
        (user.tv_sec() + system.tv_sec()) * 1000 + (user.tv_usec() + system.tv_usec()) / 1000
    };
    spent(UsageWho::RUSAGE_SELF) + spent(UsageWho::RUSAGE_CHILDREN)
}

async fn cost(rounds: usize, mut work: impl AsyncFnMut(usize)) -> Cost {
    let before = processor_ms();
    let mut times = Vec::new();
    for round in 0..rounds {
        let started = Instant::now();
        work(round).await;
        times.push(started.elapsed());
    }
    times.sort();
    Cost { median: times[rounds / 2], processor_ms: processor_ms() - before }
}

/// Plain `git worktree add`, and ours.
async fn race(lab: &Lab, rounds: usize) -> [Cost; 2] {
    let repository = lab.open().await;
    let plain = cost(rounds, async |round| {
        let path = lab.folder.path().join(format!("plain-{round}"));
        lab.git(&["worktree", "add", "-q", "-b", &format!("plain-{round}"), path.to_str().unwrap(), "main"]);
    });
    let plain = plain.await;
    let ours = cost(rounds, async |round| {
        repository.create_worktree(&lab.request(&format!("round-{round}"), "round")).await.unwrap();
    });
    [plain, ours.await]
}

#[tokio::test]
async fn a_worktree_costs_hardly_more_than_gits_own() {
    let [plain, ours] = race(&Lab::new(), 10).await;
    println!("10 worktrees of 2 files: plain {plain:?}, ours {ours:?}");
    assert!(ours.processor_ms < plain.processor_ms * 5, "far more work than git: {ours:?} {plain:?}");
    let large = Lab::empty();
    for number in 0..20_000 {
        large.write(&format!("d{}/f{number}.txt", number % 200), &format!("{number}\n"));
    }
    large.commit("many");
    let [plain, ours] = race(&large, 2).await;
    println!("2 worktrees of 20,000 files: plain {plain:?}, ours {ours:?}");
    // Other work on the machine moves both; only a gross slip can be told here, the benchmark tells the rest.
    assert!(ours.median < plain.median * 5, "far slower than git: {ours:?} {plain:?}");
}
