//! Agents and their shims are killed. The outcome is honest: what was written is kept, what is not known is not called
//! a success, and no process is left.

use serde_json::{Value, json};

use crate::lab::processes::RunProcesses;
use crate::lab::{Lab, Work, eventually, text};

const LINES: u64 = 500;

/// An agent that has said its lines, started something in a session of its own, and hangs.
async fn hanging(lab: &Lab, project: &str) -> (Work, RunProcesses) {
    let steps = json!([
        { "detach": { "seconds": 600, "pid_file": lab.path("detached"), "is_stubborn": true } },
        { "lines": { "count": LINES } },
        "hang",
    ]);
    let work = lab.begin(project, steps).await;
    eventually("the agent's lines", || async {
        (lab.said(&work.attempt).await.len() as u64 == LINES).then_some(())
    })
    .await;
    let run = lab.run_of(&work.attempt).await;
    eventually("the detached process", || async { (run.tree().len() >= 3).then_some(()) }).await;
    (work, run)
}

/// A failed attempt with this code whose log and task say so, and of which nothing runs any more.
async fn check_failed(lab: &Lab, work: &Work, run: &RunProcesses, code: &str) -> Value {
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!(attempt["state"], "failed", "{attempt:#}");
    assert_eq!(attempt["error"]["code"], code, "{attempt:#}");
    assert_eq!(run.tree(), Vec::<i32>::new(), "processes are left");
    let expected: Vec<_> = (0..LINES).map(|index| format!("line {index}")).collect();
    assert_eq!(lab.said(&work.attempt).await, expected);
    let task = lab.find_task(&work.task).await;
    assert_eq!((&task["status"], &task["last_outcome"]), (&json!("review"), &json!("failed")));
    assert_eq!(task["error_message"], attempt["error"]["message"]);
    attempt
}

/// The task runs again, with another agent.
async fn check_runs_again(lab: &Lab, work: &Work) {
    let agent = lab.agent(json!([{ "say": "well" }])).await;
    let again = lab.begin_task(&work.task, &agent).await;
    assert_eq!(lab.settled(&again.attempt).await["state"], "review_ready");
    assert_eq!(lab.find_task(&work.task).await["last_outcome"], "ok");
}

#[tokio::test]
async fn with_its_shim_killed_an_attempt_is_lost() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    for kills_agent in [true, false] {
        let (work, run) = hanging(&lab, &project).await;
        run.shim.kill();
        if kills_agent {
            run.agent.kill();
        }
        check_failed(&lab, &work, &run, "lost").await;
        check_runs_again(&lab, &work).await;
    }
}

#[tokio::test]
async fn shim_and_agent_killed_while_no_server_runs_are_lost() {
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let (work, run) = hanging(&lab, &project).await;
    lab.kill();
    run.shim.kill();
    run.agent.kill();
    lab.start().await;
    check_failed(&lab, &work, &run, "lost").await;
    check_runs_again(&lab, &work).await;
}

#[tokio::test]
async fn a_killed_agent_is_told_with_its_signal() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let (work, run) = hanging(&lab, &project).await;
    run.agent.kill();
    check_signalled(&lab, &work, &run).await;
}

#[tokio::test]
async fn an_agent_killed_while_no_server_runs_is_told_with_its_signal() {
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let (work, run) = hanging(&lab, &project).await;
    lab.kill();
    run.agent.kill();
    eventually("the shim's end", || async { (!run.shim.lives()).then_some(()) }).await;
    lab.start().await;
    check_signalled(&lab, &work, &run).await;
}

async fn check_signalled(lab: &Lab, work: &Work, run: &RunProcesses) {
    let attempt = check_failed(lab, work, run, "no_result").await;
    assert!(text(&attempt["error"]["message"]).contains("signal 9"), "{attempt:#}");
    check_runs_again(lab, work).await;
}
