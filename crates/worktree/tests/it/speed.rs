//! What our part costs beside git's own.

use std::time::Instant;

use crate::lab::Lab;

#[tokio::test]
async fn twenty_thousand_files() {
    let lab = Lab::empty();
    for number in 0..20_000 {
        lab.write(&format!("d{}/f{number}.txt", number % 200), &format!("{number}\n"));
    }
    lab.commit("many");
    let repository = lab.open().await;
    let (mut plain, mut ours) = (Vec::new(), Vec::new());
    for round in 0..3 {
        let path = lab.folder.path().join(format!("plain-{round}"));
        let started = Instant::now();
        lab.git(&["worktree", "add", "-q", "-b", &format!("plain-{round}"), path.to_str().unwrap(), "main"]);
        plain.push(started.elapsed());
        let request = lab.request(&format!("round-{round}"), "round");
        let started = Instant::now();
        repository.create_worktree(&request).await.unwrap();
        ours.push(started.elapsed());
    }
    plain.sort();
    ours.sort();
    println!("worktree of 20,000 files, median of 3: plain git {:?}, ours {:?}", plain[1], ours[1]);
    println!("all: plain {plain:?}, ours {ours:?}");
    assert!(ours[0] < plain[2] * 3, "far slower than git: {ours:?} {plain:?}");
}
