//! Cards say what collides before anyone tries.

use std::fs;

use serde_json::{Value, json};

use crate::lab::{Lab, Work, eventually, text};

fn write(path: &str, content: &str) -> Value {
    json!({ "write": { "path": path, "content": content } })
}

/// The radar once `is_so` holds for its collisions.
async fn radar_when(lab: &Lab, project: &str, what: &str, is_so: impl Fn(&[Value]) -> bool) -> Value {
    let is_so = &is_so;
    eventually(what, || async move {
        let radar = lab.get(&format!("/api/projects/{project}/radar")).await.ok();
        let is_known = !radar["computed_at"].is_null();
        (is_known && is_so(radar["collisions"].as_array().unwrap())).then_some(radar)
    })
    .await
}

fn names(collisions: &[Value], of: &Work, with: Option<&Work>) -> bool {
    let with = with.map_or(Value::Null, |with| json!(with.task));
    collisions.iter().any(|one| one["task_id"] == of.task && one["with_task_id"] == with)
}

#[tokio::test]
async fn attempts_collide_with_each_other_and_with_their_base() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let nothing = lab.get(&format!("/api/projects/{project}/radar")).await.ok();
    assert_eq!((&nothing["collisions"], &nothing["computed_at"]), (&json!([]), &Value::Null));
    let one = lab.complete(&project, json!([write("README.md", "# One\n"), { "say": "Done." }])).await;
    let two = lab.complete(&project, json!([write("README.md", "# Two\n"), { "say": "Done." }])).await;
    let other = lab.complete(&project, json!([write("other.txt", "x\n"), { "say": "Done." }])).await;
    let radar = radar_when(&lab, &project, "a collision", |all| names(all, &one, Some(&two))).await;
    let collisions = radar["collisions"].as_array().unwrap();
    assert_eq!(collisions.len(), 2, "once from either side: {radar:#}");
    assert!(names(collisions, &two, Some(&one)));
    assert_eq!(collisions[0]["paths"], json!(["README.md"]));
    eventually("all three compared", || async {
        let radar = lab.get(&format!("/api/projects/{project}/radar")).await.ok();
        (radar["attempt_ids"].as_array().unwrap().len() == 3).then_some(())
    })
    .await;
    lab.commit_file("README.md", "# Base\n");
    let radar = radar_when(&lab, &project, "the base", |all| names(all, &one, None)).await;
    assert!(names(radar["collisions"].as_array().unwrap(), &two, None));
    assert!(!names(radar["collisions"].as_array().unwrap(), &other, None));
    lab.post(&format!("/api/attempts/{}/discard", two.attempt), json!({})).await.ok();
    let radar = radar_when(&lab, &project, "one less", |all| !names(all, &one, Some(&two))).await;
    assert!(names(radar["collisions"].as_array().unwrap(), &one, None));
}

#[tokio::test]
async fn a_running_attempt_is_compared_by_its_last_checkpoint() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let one = lab.complete(&project, json!([write("README.md", "# One\n"), { "say": "Done." }])).await;
    let steps = json!([
        write("README.md", "# Two\n"),
        { "wait_for_file": lab.path("first") },
        "next_message",
        { "wait_for_file": lab.path("second") },
        { "say": "Done." }
    ]);
    let two = lab.begin(&project, steps).await;
    lab.running(&two.attempt).await;
    lab.post(&format!("/api/attempts/{}/messages", two.attempt), json!({ "body": "Next." })).await.ok();
    fs::write(lab.path("first"), "").unwrap();
    radar_when(&lab, &project, "a collision", |all| names(all, &two, Some(&one))).await;
    assert_eq!(text(&lab.find_attempt(&two.attempt).await["state"]), "running");
    fs::write(lab.path("second"), "").unwrap();
    lab.settled(&two.attempt).await;
}
