//! Pull requests: a branch in a bare repository, and GitHub's API as a script on loopback.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::lab::{Lab, Work, text};

const TOKEN: &str = "ghp_0123456789abcdefghijklmnop";

/// What GitHub knows and was asked.
#[derive(Default)]
struct Script {
    pulls: Vec<Value>,
    check_runs: Vec<Value>,
    statuses: Vec<Value>,
    /// Answer to the next calls of this method, instead of what is known.
    refusal: Option<(Method, StatusCode, Value)>,
    calls: Vec<String>,
}

/// GitHub on loopback, with a repository `ada/board` that is the lab's `origin`.
struct FakeGithub {
    script: Arc<Mutex<Script>>,
    address: String,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for FakeGithub {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl FakeGithub {
    #[expect(clippy::disallowed_methods, reason = "a test owns its server")]
    async fn start(lab: &Lab) -> Self {
        let script = Arc::new(Mutex::new(Script::default()));
        let known = Arc::clone(&script);
        let app = axum::Router::new().fallback(move |method, uri, headers, body| {
            let answer = answer(&known, method, &uri, &headers, &body);
            async move { answer }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let remote = lab.path("remotes/ada/board.git");
        fs::create_dir_all(&remote).unwrap();
        lab.git_in(&remote, &["init", "-q", "--bare"]);
        let config = fs::read_to_string(lab.path(".gitconfig")).unwrap();
        let remotes = lab.path("remotes");
        let rule = format!("[url \"file://{}/\"]\n\tinsteadOf = {address}/\n", remotes.display());
        fs::write(lab.path(".gitconfig"), config + &rule).unwrap();
        lab.git(&["remote", "add", "origin", &format!("{address}/ada/board.git")]);
        Self { script, address, server }
    }

    fn set(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap());
    }

    fn calls(&self) -> Vec<String> {
        self.script.lock().unwrap().calls.clone()
    }
}

fn answer(script: &Mutex<Script>, method: Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Response {
    let mut script = script.lock().unwrap();
    script.calls.push(format!("{method} {uri}"));
    let bearer = headers.get("authorization").map(|value| value.to_str().unwrap());
    if bearer != Some(&format!("Bearer {TOKEN}")) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "message": "Bad credentials" }))).into_response();
    }
    if let Some((_, status, words)) = script.refusal.as_ref().filter(|(refused, _, _)| *refused == method) {
        let limit = [("x-ratelimit-remaining", if *status == StatusCode::FORBIDDEN { "0" } else { "99" })];
        return (*status, limit, Json(words.clone())).into_response();
    }
    let known = match (method, uri.path().trim_start_matches("/repos/ada/board")) {
        (Method::POST, "/pulls") => {
            let pull = pull(script.pulls.len() + 1, &serde_json::from_slice(body).unwrap());
            script.pulls.push(pull.clone());
            return (StatusCode::CREATED, Json(pull)).into_response();
        }
        (Method::GET, "/pulls") => Some(json!(script.pulls)),
        (Method::GET, "/pulls/1") => script.pulls.first().cloned(),
        (Method::GET, path) if path.ends_with("/check-runs") => {
            Some(json!({ "check_runs": script.check_runs }))
        }
        (Method::GET, path) if path.ends_with("/status") => Some(json!({ "statuses": script.statuses })),
        _ => None,
    };
    match known {
        Some(known) => Json(known).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({ "message": "Not Found" }))).into_response(),
    }
}

fn pull(number: usize, request: &Value) -> Value {
    json!({
        "number": number, "html_url": format!("https://github.example/ada/board/pull/{number}"), "state": "open",
        "merged_at": null, "head": { "sha": "ab".repeat(20), "ref": request["head"] }, "request": request,
    })
}

/// An attempt that is ready for review, in a repository that GitHub knows.
async fn ready(lab: &Lab) -> (FakeGithub, Work) {
    let github = FakeGithub::start(lab).await;
    let project = lab.project().await;
    let work = lab
        .complete(&project, json!([{ "write": { "path": "a.txt", "content": "a\n" } }, { "say": "Done." }]));
    let work = work.await;
    lab.patch("/api/github", json!({ "token": TOKEN, "api_url": github.address })).await.ok();
    (github, work)
}

async fn open(lab: &Lab, work: &Work) -> crate::lab::Answer {
    lab.post(&format!("/api/attempts/{}/approve", work.attempt), json!({ "action": "pr" })).await
}

async fn refresh(lab: &Lab, work: &Work) -> Value {
    lab.post(&format!("/api/attempts/{}/pull-request/refresh", work.attempt), json!({})).await.ok()
}

/// The attempt is as it was before somebody tried.
async fn check_unchanged(lab: &Lab, work: &Work) {
    let attempt = lab.find_attempt(&work.attempt).await;
    assert_eq!((&attempt["state"], &attempt["pull_request"]), (&json!("review_ready"), &Value::Null));
    assert_eq!(lab.find_task(&work.task).await["status"], "review");
    let actions = attempt["allowed_actions"].as_array().unwrap();
    assert!(actions.contains(&json!("open_pull_request")), "{actions:?}");
}

#[tokio::test]
async fn a_branch_is_pushed_and_its_pull_request_opened() {
    let lab = Lab::started().await;
    let (github, work) = ready(&lab).await;
    let attempt = open(&lab, &work).await.ok();
    let branch = text(&attempt["branch_name"]);
    assert_eq!(
        (&attempt["state"], &lab.find_task(&work.task).await["status"]),
        (&json!("pr_created"), &json!("done"))
    );
    let pull = &attempt["pull_request"];
    assert_eq!(
        (&pull["repository"], &pull["number"], &pull["state"]),
        (&json!("ada/board"), &json!(1), &json!("open"))
    );
    assert_eq!(pull["url"], "https://github.example/ada/board/pull/1");
    let there = lab.git_in(&lab.path("remotes/ada/board.git"), &["rev-parse", &branch]);
    assert_eq!(json!(there), attempt["head_commit"]);
    let request = github.script.lock().unwrap().pulls[0]["request"].clone();
    assert_eq!(
        (&request["head"], &request["base"], &request["body"]),
        (&json!(branch), &json!("main"), &json!("Done."))
    );
    assert!(fs::exists(text(&attempt["worktree_path"])).unwrap(), "the worktree stays until it is merged");
    open(&lab, &work).await.refused(409, "conflict");
    let access = lab.get("/api/github").await.ok();
    assert_eq!((&access["token_source"], &access["api_url"]), (&json!("settings"), &json!(github.address)));
    let mode = fs::metadata(lab.home().join("github-token")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    check_secret(&lab, &[access, attempt]);
}

fn check_secret(lab: &Lab, answers: &[Value]) {
    assert!(answers.iter().all(|answer| !answer.to_string().contains(TOKEN)));
    assert!(!lab.log().contains(TOKEN), "the token is in the log");
}

#[tokio::test]
async fn without_a_token_nothing_is_pushed() {
    let lab = Lab::started().await;
    let (github, work) = ready(&lab).await;
    assert_eq!(lab.patch("/api/github", json!({ "token": "" })).await.ok()["token_source"], "none");
    let refused = open(&lab, &work).await;
    assert!(text(&refused.refused(409, "conflict")["message"]).contains("token"));
    check_unchanged(&lab, &work).await;
    assert!(github.calls().is_empty());
    assert_eq!(lab.git_in(&lab.path("remotes/ada/board.git"), &["for-each-ref"]), "");
    let bad = lab.patch("/api/github", json!({ "api_url": "http://github.example" })).await;
    assert_eq!(bad.invalid_field(), "api_url");
}

#[tokio::test]
async fn a_token_that_github_does_not_take_is_told() {
    let lab = Lab::started().await;
    let (_github, work) = ready(&lab).await;
    lab.patch("/api/github", json!({ "token": "ghp_another_one_that_is_wrong" })).await.ok();
    let refused = open(&lab, &work).await;
    let message = text(&refused.refused(409, "conflict")["message"]);
    assert!(message.contains("does not take the token") && !message.contains("another_one"), "{message}");
    check_unchanged(&lab, &work).await;
    // The branch stands there by now; that is no obstacle.
    lab.patch("/api/github", json!({ "token": TOKEN })).await.ok();
    assert_eq!(open(&lab, &work).await.ok()["state"], "pr_created");
}

#[tokio::test]
async fn one_that_is_open_already_is_taken_over_and_other_refusals_are_told() {
    let lab = Lab::started().await;
    let (github, work) = ready(&lab).await;
    let branch = lab.find_attempt(&work.attempt).await["branch_name"].clone();
    let words =
        json!({ "message": "Validation Failed", "errors": [{ "message": "No commits between main and x" }] });
    github.set(|script| script.refusal = Some((Method::POST, StatusCode::UNPROCESSABLE_ENTITY, words)));
    let refused = open(&lab, &work).await;
    assert!(text(&refused.refused(409, "conflict")["message"]).contains("No commits between main and x"));
    check_unchanged(&lab, &work).await;
    github.set(|script| script.pulls.push(pull(1, &json!({ "head": branch }))));
    let attempt = open(&lab, &work).await.ok();
    assert_eq!((&attempt["state"], &attempt["pull_request"]["number"]), (&json!("pr_created"), &json!(1)));
    let asked =
        github.calls().into_iter().find(|call| call.starts_with("GET") && call.contains("/pulls?")).unwrap();
    assert!(asked.contains("state=open") && asked.contains("head=ada%3Aek%2F"), "{asked}");
}

#[tokio::test]
async fn a_push_that_the_remote_refuses_opens_nothing() {
    let lab = Lab::started().await;
    let (github, work) = ready(&lab).await;
    let hook = lab.path("remotes/ada/board.git/hooks/pre-receive");
    fs::write(&hook, "#!/bin/sh\necho 'protected' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let refused = open(&lab, &work).await;
    let message = text(&refused.refused(409, "merge_refused")["message"]);
    assert!(message.contains("pre-receive hook declined") && message.contains("protected"), "{message}");
    check_unchanged(&lab, &work).await;
    assert!(github.calls().is_empty(), "GitHub was not asked");
}

#[tokio::test]
async fn checks_and_what_github_refuses_show_on_the_attempt() {
    let lab = Lab::started().await;
    let (github, work) = ready(&lab).await;
    open(&lab, &work).await.ok();
    let checks = async || text(&refresh(&lab, &work).await["pull_request"]["checks"]);
    assert_eq!(checks().await, "none");
    github.set(|script| script.check_runs = vec![json!({ "status": "queued", "conclusion": null })]);
    assert_eq!(checks().await, "pending");
    github.set(|script| script.check_runs = vec![json!({ "status": "completed", "conclusion": "success" })]);
    assert_eq!(checks().await, "passing");
    github.set(|script| script.statuses = vec![json!({ "state": "failure" })]);
    assert_eq!(checks().await, "failing");
    let limited = json!({ "message": "API rate limit exceeded" });
    github.set(|script| script.refusal = Some((Method::GET, StatusCode::FORBIDDEN, limited)));
    let attempt = refresh(&lab, &work).await;
    let pull = &attempt["pull_request"];
    assert!(text(&pull["error"]).contains("wants no more calls"), "{pull}");
    assert_eq!(
        (&pull["checks"], &attempt["state"]),
        (&json!("failing"), &json!("pr_created")),
        "what was known stays"
    );
    github.set(|script| script.refusal = None);
    assert_eq!(refresh(&lab, &work).await["pull_request"]["error"], Value::Null);
    check_secret(&lab, &[attempt]);
}

#[tokio::test]
async fn what_was_merged_there_is_merged_here_without_being_asked() {
    let mut lab = Lab::started().await;
    let (github, work) = ready(&lab).await;
    let before = open(&lab, &work).await.ok();
    github.set(|script| {
        script.pulls[0]["state"] = json!("closed");
        script.pulls[0]["merged_at"] = json!("2026-11-20T20:00:00Z");
    });
    // A new server looks at once, then every minute.
    lab.restart().await;
    let merged = lab.attempt_when(&work.attempt, "its end", |it| it["state"] == "merged").await;
    assert_eq!(merged["pull_request"]["state"], "merged");
    let gone = lab.attempt_when(&work.attempt, "its worktree's end", |it| it["worktree_path"].is_null());
    assert_eq!(gone.await["merge_commit"], Value::Null, "no commit of this repository has it yet");
    assert!(!fs::exists(text(&before["worktree_path"])).unwrap());
    assert_eq!(lab.find_task(&work.task).await["status"], "done");
}

#[tokio::test]
async fn one_that_was_closed_there_is_ready_for_review_again() {
    let lab = Lab::started().await;
    let (github, work) = ready(&lab).await;
    open(&lab, &work).await.ok();
    github.set(|script| script.pulls[0]["state"] = json!("closed"));
    let attempt = refresh(&lab, &work).await;
    assert_eq!(
        (&attempt["state"], &attempt["pull_request"]["state"]),
        (&json!("review_ready"), &json!("closed"))
    );
    assert_eq!(lab.find_task(&work.task).await["status"], "review");
    github.set(|script| script.pulls.clear());
    assert_eq!(open(&lab, &work).await.ok()["pull_request"]["state"], "open", "and may be opened again");
}

#[tokio::test]
async fn an_attempt_without_one_has_nothing_to_ask_for() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.complete(&project, json!([{ "say": "Done." }])).await;
    let path = format!("/api/attempts/{}/pull-request/refresh", work.attempt);
    lab.post(&path, json!({})).await.refused(404, "not_found");
    lab.patch("/api/github", json!({ "token": TOKEN })).await.ok();
    open(&lab, &work).await.refused(409, "conflict");
    check_unchanged(&lab, &work).await;
}

#[tokio::test]
async fn work_that_was_had_back_stays_when_its_pull_request_is_merged_after_all() {
    let lab = Lab::started().await;
    let (github, work) = ready(&lab).await;
    open(&lab, &work).await.ok();
    github.set(|script| script.pulls[0]["state"] = json!("closed"));
    assert_eq!(refresh(&lab, &work).await["state"], "review_ready");
    github.set(|script| script.pulls[0]["merged_at"] = json!("2026-11-20T20:00:00Z"));
    let attempt = refresh(&lab, &work).await;
    assert_eq!(
        (&attempt["state"], &attempt["pull_request"]["state"]),
        (&json!("review_ready"), &json!("merged"))
    );
    assert!(fs::exists(text(&attempt["worktree_path"])).unwrap(), "its worktree is there");
}
