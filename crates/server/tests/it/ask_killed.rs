//! The server is killed between an ask and its answer, and between the answer and its delivery. Whatever happens, the
//! tool runs exactly once, with the answer that was given.

use std::fs;

use serde_json::{Value, json};

use crate::lab::chance::{Chance, kills};
use crate::lab::{Lab, Work, eventually, items, text};

const ROUNDS: u64 = 20;

fn asking(round: u64) -> Value {
    let command = format!("echo asked-{round} >> ran.txt");
    json!({ "ask": { "tool": "Bash", "input": { "command": command } } })
}

async fn ran(lab: &Lab, work: &Work) -> Vec<String> {
    let attempt = lab.find_attempt(&work.attempt).await;
    let path = format!("{}/ran.txt", text(&attempt["worktree_path"]));
    fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// The approval of this round, once it waits.
async fn asked(lab: &Lab, work: &Work, round: u64) -> Value {
    let wanted = format!("echo asked-{round} >> ran.txt");
    eventually("the round's ask", || async {
        let list = lab.get("/api/approvals/pending").await.ok();
        let is_it =
            |item: &&Value| item["attempt_id"] == *work.attempt && item["tool_input"]["command"] == *wanted;
        items(&list).iter().find(is_it).cloned()
    })
    .await
}

fn answer_of(round: u64) -> Value {
    json!({ "decision": "allow", "updated_input": { "command": format!("echo answered-{round} >> ran.txt") } })
}

async fn check(lab: &Lab, work: &Work, count: u64) {
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!(attempt["state"], "review_ready", "{attempt:#}");
    let expected: Vec<_> = (0..count).map(|round| format!("answered-{round}")).collect();
    assert_eq!(ran(lab, work).await, expected, "each once, with the answer that was given");
    assert_eq!(items(&lab.get("/api/approvals/pending").await.ok()).len(), 0);
}

#[tokio::test]
async fn killed_between_ask_and_answer_the_ask_is_still_there() {
    let mut chance = Chance::new("asks");
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let rounds = kills(ROUNDS);
    let steps: Vec<_> = (0..rounds).map(asking).collect();
    let work = lab.begin(&project, json!(steps)).await;
    for round in 0..rounds {
        // Every other time it dies before it can have read the ask.
        if round % 2 == 0 {
            asked(&lab, &work, round).await;
        }
        chance.moment(0, 20).await;
        lab.restart().await;
        let approval = asked(&lab, &work, round).await;
        assert_eq!(lab.find_attempt(&work.attempt).await["state"], "waiting");
        assert_eq!(ran(&lab, &work).await.len() as u64, round);
        lab.post(&format!("/api/approvals/{}", text(&approval["id"])), answer_of(round)).await.ok();
    }
    check(&lab, &work, rounds).await;
}

#[tokio::test]
async fn killed_between_answer_and_delivery_the_answer_is_applied_once() {
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let rounds = kills(ROUNDS);
    let steps: Vec<_> = (0..rounds).map(asking).collect();
    let work = lab.begin(&project, json!(steps)).await;
    for round in 0..rounds {
        let approval = asked(&lab, &work, round).await;
        let path = format!("/api/approvals/{}", text(&approval["id"]));
        // A shim that is held takes no answer: it is stored and cannot be delivered.
        let run = lab.run_of(&work.attempt).await;
        run.shim.pause(true);
        let body = answer_of(round);
        let answering = lab.try_call(reqwest::Method::POST, &path, Some(&body));
        let stored = eventually("the answer in the database", || async {
            (lab.get(&path).await.ok()["state"] == "allowed").then_some(())
        });
        tokio::select! { biased; () = stored => {}, _ = answering => {} }
        lab.kill();
        run.shim.pause(false);
        lab.start().await;
    }
    check(&lab, &work, rounds).await;
}

#[tokio::test]
async fn killed_at_any_moment_of_an_answer_it_counts_once() {
    let mut chance = Chance::new("answers to asks");
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let rounds = kills(ROUNDS);
    let steps: Vec<_> = (0..rounds).map(asking).collect();
    let work = lab.begin(&project, json!(steps)).await;
    for round in 0..rounds {
        let approval = asked(&lab, &work, round).await;
        let path = format!("/api/approvals/{}", text(&approval["id"]));
        let body = answer_of(round);
        let answering = lab.try_call(reqwest::Method::POST, &path, Some(&body));
        tokio::select! { biased; () = chance.moment(0, 12) => {}, _ = answering => {} }
        lab.restart().await;
        // Answered or not: a second answer is taken only if the first one was lost whole.
        let again = lab.post(&path, answer_of(round)).await;
        assert!(matches!(again.status, 200 | 409), "{again:?}");
    }
    check(&lab, &work, rounds).await;
}
