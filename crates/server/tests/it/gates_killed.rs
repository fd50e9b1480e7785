//! The server, or a gate's shim, is killed while a gate runs. The result is the right one afterwards, or an honest
//! "nobody knows"; no gate runs twice.

use std::fs;

use serde_json::{Value, json};

use crate::lab::{Lab, Work, eventually, items, text};

/// A gate that writes, waits for the file `go`, writes again and ends with this code. Each start is written down.
fn waiting(lab: &Lab, code: u8) -> Value {
    let (starts, go) = (lab.path("gate-starts"), lab.path("go"));
    let command = format!(
        "echo start >> {}; echo one; while [ ! -e {} ]; do sleep 0.05; done; echo two; exit {code}",
        starts.display(),
        go.display()
    );
    json!({ "name": "test", "command": command, "timeout_s": 600 })
}

async fn first_gate(lab: &Lab, attempt: &str) -> Value {
    let gates = lab.get(&format!("/api/attempts/{attempt}/gates")).await.ok();
    items(&gates).first().cloned().unwrap_or_default()
}

async fn gate_running(lab: &Lab, attempt: &str) -> Value {
    eventually("a gate that runs and writes", || async {
        let gate = first_gate(lab, attempt).await;
        (gate["state"] == "running" && gate["output_bytes"] == 4).then_some(gate)
    })
    .await
}

async fn output(lab: &Lab, gate: &Value) -> String {
    let path = format!("/api/gate-runs/{}/output", text(&gate["id"]));
    lab.request(reqwest::Method::GET, &path).send().await.unwrap().text().await.unwrap()
}

/// The gate ended by itself with 5, whatever happened to the server meanwhile.
async fn check_whole(lab: &Lab, work: &Work) {
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!(attempt["state"], "review_ready", "{attempt:#}");
    let gate = first_gate(lab, &work.attempt).await;
    assert_eq!((&gate["state"], &gate["exit_code"]), (&json!("failed"), &json!(5)), "{gate:#}");
    assert_eq!(
        (&gate["output_tail"], output(lab, &gate).await.as_str()),
        (&json!("one\ntwo\n"), "one\ntwo\n")
    );
    assert_eq!(fs::read_to_string(lab.path("gate-starts")).unwrap(), "start\n");
    let results = lab.events(&work.attempt).await;
    assert_eq!(results.iter().filter(|event| event["kind"] == "GATE_RESULT").count(), 1);
}

#[tokio::test]
async fn a_gate_outlives_its_server() {
    let mut lab = Lab::started().await;
    let project = lab.project_with(json!({ "gates": [waiting(&lab, 5)] })).await;
    let work = lab.begin(&project, json!([{ "say": "done" }])).await;
    let gate = gate_running(&lab, &work.attempt).await;
    lab.restart().await;
    let after = gate_running(&lab, &work.attempt).await;
    assert_eq!((&after["id"], &after["started_at"]), (&gate["id"], &gate["started_at"]));
    assert_eq!(lab.find_attempt(&work.attempt).await["state"], "gates");
    fs::write(lab.path("go"), "").unwrap();
    check_whole(&lab, &work).await;
}

#[tokio::test]
async fn a_gate_that_ends_without_a_server_is_settled_by_its_record() {
    let mut lab = Lab::started().await;
    let project = lab.project_with(json!({ "gates": [waiting(&lab, 5)] })).await;
    let work = lab.begin(&project, json!([{ "say": "done" }])).await;
    gate_running(&lab, &work.attempt).await;
    let run = lab.run_of(&work.attempt).await;
    lab.kill();
    fs::write(lab.path("go"), "").unwrap();
    eventually("the gate's end", || async { (!run.shim.lives()).then_some(()) }).await;
    lab.start().await;
    check_whole(&lab, &work).await;
}

#[tokio::test]
async fn killed_at_any_moment_it_runs_each_gate_once() {
    let mut chance = crate::lab::chance::Chance::new("gates");
    let mut lab = Lab::started().await;
    let starts = lab.path("gate-starts");
    let gate = |name: &str| {
        let command = format!("echo {name} >> {}; sleep 0.1; echo {name}", starts.display());
        json!({ "name": name, "command": command, "timeout_s": 600 })
    };
    let names = ["a", "b", "c", "d"];
    let project = lab.project_with(json!({ "gates": names.map(gate) })).await;
    let work = lab.begin(&project, json!([{ "say": "done" }])).await;
    for _ in 0..crate::lab::chance::kills(10) {
        chance.moment(0, 150).await;
        lab.restart().await;
    }
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!(attempt["state"], "review_ready", "{attempt:#}");
    let gates = lab.get(&format!("/api/attempts/{}/gates", work.attempt)).await.ok();
    for (gate, name) in items(&gates).iter().zip(names) {
        assert_eq!((&gate["state"], &gate["name"]), (&json!("passed"), &json!(name)));
        assert_eq!(output(&lab, gate).await, format!("{name}\n"));
    }
    assert_eq!(fs::read_to_string(&starts).unwrap(), "a\nb\nc\nd\n");
}

#[tokio::test]
async fn a_gate_whose_shim_was_killed_is_lost() {
    let lab = Lab::started().await;
    let project = lab.project_with(json!({ "gates": [waiting(&lab, 0)] })).await;
    let work = lab.begin(&project, json!([{ "say": "done" }])).await;
    gate_running(&lab, &work.attempt).await;
    let run = lab.run_of(&work.attempt).await;
    run.shim.kill();
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!(attempt["state"], "review_ready");
    let gate = first_gate(&lab, &work.attempt).await;
    assert_eq!((&gate["state"], &gate["exit_code"]), (&json!("lost"), &Value::Null));
    assert!(text(&gate["message"]).contains("nobody knows"), "{gate:#}");
    assert_eq!(output(&lab, &gate).await, "one\n");
    assert_eq!(run.tree(), Vec::<i32>::new(), "processes are left");
}

#[tokio::test]
async fn a_time_limit_that_passed_without_a_server_is_kept() {
    let mut lab = Lab::started().await;
    let mut gate = waiting(&lab, 0);
    gate["timeout_s"] = json!(1);
    let project = lab.project_with(json!({ "gates": [gate] })).await;
    let work = lab.begin(&project, json!([{ "say": "done" }])).await;
    gate_running(&lab, &work.attempt).await;
    lab.restart().await;
    assert_eq!(lab.settled(&work.attempt).await["state"], "review_ready");
    assert_eq!(first_gate(&lab, &work.attempt).await["state"], "timed_out");
}

#[tokio::test]
async fn a_setup_outlives_its_server() {
    let mut lab = Lab::started().await;
    let setup = text(&waiting(&lab, 0)["command"]);
    let project = lab.project_with(json!({ "setup_command": setup })).await;
    let work = lab.begin(&project, json!([{ "say": "done" }])).await;
    gate_running(&lab, &work.attempt).await;
    lab.restart().await;
    gate_running(&lab, &work.attempt).await;
    assert_eq!(lab.find_attempt(&work.attempt).await["state"], "preparing");
    fs::write(lab.path("go"), "").unwrap();
    assert_eq!(lab.settled(&work.attempt).await["state"], "review_ready");
    assert_eq!(lab.said(&work.attempt).await, ["done"]);
    assert_eq!(fs::read_to_string(lab.path("gate-starts")).unwrap(), "start\n");
}
