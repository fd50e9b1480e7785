//! Projects, agents, settings, and the description of the interface.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::lab::{Lab, ids, items, text};

#[tokio::test]
async fn a_repository_is_put_on_the_board_once() {
    let lab = Lab::started().await;
    let created = lab.post("/api/projects", json!({ "path": lab.repository() })).await;
    assert_eq!(created.status, 201);
    let project = created.ok();
    assert_eq!((&project["name"], &project["default_branch"]), (&json!("repository"), &json!("main")));
    assert_eq!(project["settings"]["max_parallel"], 3);
    // The same repository by another way to it.
    fs::create_dir(lab.repository().join("inside")).unwrap();
    for path in [lab.repository(), lab.repository().join("inside"), lab.repository().join("inside/..")] {
        lab.post("/api/projects", json!({ "path": path })).await.refused(409, "conflict");
    }
    assert_eq!(ids(&lab.get("/api/projects").await.ok()), [text(&project["id"])]);
    assert_eq!(lab.git(&["status", "--porcelain", "--ignored"]), "", "nothing is written into a repository");
}

#[tokio::test]
async fn what_is_no_repository_is_told_by_its_field() {
    let lab = Lab::started().await;
    fs::create_dir(lab.path("plain")).unwrap();
    for path in [lab.path("plain"), lab.path("missing")] {
        lab.post("/api/projects", json!({ "path": path })).await.refused(422, "validation_failed");
    }
    let cases = [
        (json!({ "path": "repository" }), "path"),
        (json!({}), "path"),
        (json!({ "path": lab.repository(), "default_branch": "nowhere" }), "default_branch"),
        (json!({ "path": lab.repository(), "name": "  " }), "name"),
        (json!({ "path": lab.repository(), "settings": { "max_parallel": 0 } }), "settings.max_parallel"),
        (json!({ "path": lab.repository(), "settings": { "max_paralel": 1 } }), "settings.max_paralel"),
        (
            json!({ "path": lab.repository(), "settings": { "question_default_after_s": 0 } }),
            "settings.question_default_after_s",
        ),
        (json!({ "path": 7 }), "path"),
        (json!({ "pfad": "/" }), "pfad"),
    ];
    for (request, field) in cases {
        assert_eq!(lab.post("/api/projects", request.clone()).await.invalid_field(), field, "{request}");
    }
    assert_eq!(items(&lab.get("/api/projects").await.ok()).len(), 0);
}

#[tokio::test]
async fn a_repository_is_cloned_below_the_home() {
    let lab = Lab::started().await;
    let request = json!({ "clone_url": format!("file://{}", lab.repository().display()) });
    for name in ["repository", "repository-2"] {
        let project = lab.post("/api/projects", request.clone()).await.ok();
        let place = lab.home().join("repositories").join(name).canonicalize().unwrap();
        assert_eq!((&project["name"], &project["path"]), (&json!(name), &json!(place)));
        assert_eq!(project["default_branch"], "main");
        assert!(place.join("README.md").exists());
        let work =
            lab.complete(&text(&project["id"]), json!([{ "write": { "path": "a", "content": "b" } }])).await;
        assert_eq!(lab.find_task(&work.task).await["status"], "review");
    }
}

#[tokio::test]
async fn a_clone_that_is_not_made_leaves_nothing() {
    let lab = Lab::started().await;
    let repository = format!("file://{}", lab.repository().display());
    let cases = [
        (json!({ "clone_url": "ext::sh -c id" }), "clone_url"),
        (json!({ "clone_url": "--upload-pack=id" }), "clone_url"),
        (json!({ "clone_url": "https://user:secret@host.invalid/a" }), "clone_url"),
        (json!({ "clone_url": format!("{repository}/missing") }), "clone_url"),
        (json!({ "clone_url": repository, "path": lab.repository() }), "clone_url"),
        (json!({ "clone_url": repository, "default_branch": "missing" }), "default_branch"),
    ];
    for (request, field) in cases {
        let answer = lab.post("/api/projects", request.clone()).await;
        assert_eq!(answer.invalid_field(), field, "{request}");
        assert!(!answer.body.to_string().contains("secret"), "{answer:?}");
    }
    let left = fs::read_dir(lab.home().join("repositories")).unwrap();
    assert_eq!(left.count(), 0);
    assert_eq!(items(&lab.get("/api/projects").await.ok()).len(), 0);
}

#[tokio::test]
async fn settings_change_key_by_key() {
    let mut lab = Lab::started().await;
    lab.git(&["branch", "next"]);
    let project = format!("/api/projects/{}", lab.project_with(json!({ "notes": "Use tabs." })).await);
    let changed = lab.patch(&project, json!({ "settings": { "max_parallel": 7 } })).await.ok();
    assert_eq!(changed["settings"]["max_parallel"], 7);
    assert_eq!(changed["settings"]["notes"], "Use tabs.");
    let changed = lab.patch(&project, json!({ "name": "Shop", "default_branch": "next", "board": "prd" }));
    let changed = changed.await.ok();
    assert_eq!((&changed["name"], &changed["board"]), (&json!("Shop"), &json!("prd")));
    let refused = [
        json!({ "default_branch": "nowhere" }),
        json!({ "settings": { "max_parallel": 65 } }),
        json!({ "settings": { "colour": "red" } }),
        json!({ "path": "/elsewhere" }),
    ];
    for patch in refused {
        lab.patch(&project, patch).await.refused(422, "validation_failed");
    }
    lab.restart().await;
    assert_eq!(lab.get(&project).await.ok(), changed);
}

#[tokio::test]
async fn validation_says_what_to_do() {
    let lab = Lab::started().await;
    let agent = lab.agent(json!([])).await;
    let project = lab.project_with(json!({ "default_agent_id": agent })).await;
    let validation = lab.post(&format!("/api/projects/{project}/validate"), json!({})).await.ok();
    assert_eq!(validation["ok"], true, "{validation:#}");
    fs::rename(lab.repository(), lab.path("moved")).unwrap();
    let validation = lab.post(&format!("/api/projects/{project}/validate"), json!({})).await.ok();
    assert_eq!(validation["ok"], false);
    let failed: Vec<_> =
        validation["checks"].as_array().unwrap().iter().filter(|check| check["ok"] == false).collect();
    assert!(!failed.is_empty() && failed.iter().all(|check| check["fix"].is_string()), "{validation:#}");
}

#[tokio::test]
async fn a_deleted_project_is_gone_and_can_come_back() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!(["hang"])).await;
    lab.running(&work.attempt).await;
    lab.delete(&format!("/api/projects/{project}")).await.refused(409, "conflict");
    lab.post(&format!("/api/attempts/{}/cancel", work.attempt), json!({})).await.ok();
    assert_eq!(lab.delete(&format!("/api/projects/{project}")).await.status, 204);
    lab.get(&format!("/api/projects/{project}")).await.refused(404, "not_found");
    lab.get(&format!("/api/projects/{project}/tasks")).await.refused(404, "not_found");
    assert_ne!(lab.project().await, project);
}

#[tokio::test]
async fn agents_are_made_changed_and_removed() {
    let lab = Lab::started().await;
    let before = ids(&lab.get("/api/agents").await.ok());
    assert_eq!(before.len(), 1, "the first profile is there");
    let request = json!({
        "name": "Careful", "adapter": "claude", "model": "opus", "mode": "plan", "env": { "A": "b" },
        "extra_args": ["--x"], "limits": { "max_turns": 9 }, "loop": { "enabled": true, "promise": "DONE" },
    });
    let agent = lab.post("/api/agents", request).await.ok();
    assert_eq!((&agent["mode"], &agent["loop"]["promise"]), (&json!("plan"), &json!("DONE")));
    let address = format!("/api/agents/{}", text(&agent["id"]));
    let changed = lab.patch(&address, json!({ "model": "", "is_default": true })).await.ok();
    assert_eq!(
        (&changed["model"], &changed["is_default"], &changed["env"]["A"]),
        (&Value::Null, &json!(true), &json!("b"))
    );
    let defaults = lab.get("/api/agents").await.ok();
    assert_eq!(items(&defaults).iter().filter(|agent| agent["is_default"] == true).count(), 1);
    lab.delete(&address).await.refused(409, "conflict");
    assert_eq!(lab.delete(&format!("/api/agents/{}", before[0])).await.status, 204);
    lab.get(&format!("/api/agents/{}", before[0])).await.refused(404, "not_found");
    let cases = [
        (json!({ "name": "", "adapter": "claude" }), "name"),
        (json!({ "name": "x", "adapter": "cursor" }), "adapter"),
        (json!({ "name": "x", "adapter": "claude", "env": { "A=B": "c" } }), "env"),
        (json!({ "name": "x", "adapter": "claude", "mode": "yolo" }), "mode"),
    ];
    for (request, field) in cases {
        assert_eq!(lab.post("/api/agents", request).await.invalid_field(), field);
    }
}

#[tokio::test]
async fn global_settings_are_changed_and_kept() {
    let mut lab = Lab::started().await;
    let before = lab.get("/api/config").await.ok();
    let patch = json!({ "theme": "dark", "append_prompt": "Be brief.", "branch_prefix": "work" });
    let changed = lab.patch("/api/config", patch).await.ok();
    assert_eq!((&changed["theme"], &changed["limits"]), (&json!("dark"), &before["limits"]));
    for bad in [
        json!({ "theme": "pink" }),
        json!({ "limits": { "max_parallel": 0 } }),
        json!({ "branch_prefix": "-x" }),
        json!({ "colour": 1 }),
    ] {
        lab.patch("/api/config", bad).await.refused(422, "validation_failed");
    }
    lab.restart().await;
    assert_eq!(lab.get("/api/config").await.ok(), changed);
}

/// What the interface promises: addresses and their methods.
const PROMISED: &[(&str, &str)] = &[
    ("/api/health", "get"),
    ("/api/config", "get patch"),
    ("/api/shutdown", "post"),
    ("/api/projects", "get post"),
    ("/api/projects/{id}", "get patch delete"),
    ("/api/projects/{id}/validate", "post"),
    ("/api/projects/{id}/tasks", "get post"),
    ("/api/tasks", "get post"),
    ("/api/tasks/{id}", "get patch delete"),
    ("/api/tasks/{id}/move", "post"),
    ("/api/tasks/{id}/start", "post"),
    ("/api/tasks/{id}/cancel", "post"),
    ("/api/tasks/{id}/approve", "post"),
    ("/api/tasks/{id}/reject", "post"),
    ("/api/tasks/{id}/merge", "post"),
    ("/api/tasks/{id}/attempts", "get post"),
    ("/api/tasks/{id}/logs", "get"),
    ("/api/attempts/{id}", "get"),
    ("/api/attempts/{id}/events", "get"),
    ("/api/attempts/{id}/raw", "get"),
    ("/api/attempts/{id}/cancel", "post"),
    ("/api/attempts/{id}/approve", "post"),
    ("/api/attempts/{id}/discard", "post"),
    ("/api/attempts/{id}/diff", "get"),
    ("/api/attempts/{id}/diff/file", "get"),
    ("/api/attempts/{id}/diff/scopes", "get"),
    ("/api/attempts/{id}/diff/content", "get"),
    ("/api/attempts/{id}/viewed", "put"),
    ("/api/attempts/{id}/checkpoints", "get"),
    ("/api/attempts/{id}/checkpoints/{number}/restore", "post"),
    ("/api/attempts/{id}/discard-preview", "get"),
    ("/api/attempts/{id}/restore", "post"),
    ("/api/projects/{id}/recovery", "get post"),
    ("/api/projects/{id}/radar", "get"),
    ("/api/attempts/{id}/gates", "get"),
    ("/api/attempts/{id}/gates/run", "post"),
    ("/api/attempts/{id}/gates/{name}/run", "post"),
    ("/api/attempts/{id}/gates/{name}/cancel", "post"),
    ("/api/attempts/{id}/gates/send", "post"),
    ("/api/gate-runs/{id}/output", "get"),
    ("/api/attempts/{id}/comments", "get post"),
    ("/api/comments/{id}", "patch delete"),
    ("/api/comments/{id}/send", "post"),
    ("/api/attempts/{id}/request-changes", "post"),
    ("/api/attempts/{id}/retry", "post"),
    ("/api/attempts/{id}/report", "get"),
    ("/api/attempts/{id}/pull-request/refresh", "post"),
    ("/api/github", "get patch"),
    ("/api/agents", "get post"),
    ("/api/agents/{id}", "get patch delete"),
];

#[tokio::test]
async fn every_call_is_described_with_what_it_answers() {
    let lab = Lab::started().await;
    let description = lab.get("/api/openapi.json").await.ok();
    assert!(text(&description["openapi"]).starts_with("3.1"));
    let mut calls = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            calls.insert(format!("{method} {path}"));
            check_answers(&format!("{method} {path}"), call);
        }
    }
    let promised = PROMISED
        .iter()
        .flat_map(|(path, methods)| methods.split(' ').map(move |method| format!("{method} {path}")));
    let missing: Vec<_> = promised.filter(|call| !calls.contains(call)).collect();
    assert!(missing.is_empty(), "not described: {missing:?}");
}

/// Each success names a schema or a type of content, unless it has no content; each schema that is named exists.
fn check_answers(name: &str, call: &Value) {
    let answers = call["responses"].as_object().unwrap();
    let successes: Vec<_> =
        answers.iter().filter(|(status, _)| status.starts_with('2') || *status == "101").collect();
    assert!(!successes.is_empty(), "{name} never succeeds");
    for (status, answer) in successes {
        let has_content = answer["content"].as_object().is_some_and(|content| !content.is_empty());
        assert!(
            has_content || ["101", "202", "204"].contains(&status.as_str()),
            "{name} {status} says nothing"
        );
    }
}
