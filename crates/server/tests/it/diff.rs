//! What a reviewer sees of an attempt's changes, and what they have seen.

use std::fs;
use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use crate::lab::{Lab, Work, eventually, items, text};

fn write(path: &str, content: &str) -> Value {
    json!({ "write": { "path": path, "content": content } })
}

async fn diff(lab: &Lab, attempt: &str, query: &str) -> crate::lab::Answer {
    lab.get(&format!("/api/attempts/{attempt}/diff{query}")).await
}

fn paths(diff: &Value) -> Vec<String> {
    diff["files"].as_array().unwrap().iter().map(|file| text(&file["path"])).collect()
}

async fn shown(lab: &Lab, attempt: &str, query: &str) -> Vec<String> {
    paths(&diff(lab, attempt, query).await.ok())
}

async fn counts(lab: &Lab, attempt: &str) -> Vec<Value> {
    let list = lab.get(&format!("/api/attempts/{attempt}/diff/scopes")).await.ok();
    items(&list).iter().map(|item| item["file_count"].clone()).collect()
}

/// Says something to an attempt that has ended, and waits for the end of the turn.
async fn go_on(lab: &Lab, work: &Work) {
    let path = format!("/api/attempts/{}/messages", work.attempt);
    lab.post(&path, json!({ "body": "Go on." })).await.ok();
    lab.attempt_when(&work.attempt, "the next end", |attempt| attempt["state"] == "review_ready").await;
}

/// A profile that plays the first steps, and the second ones when it is taken up again.
async fn two_turns(lab: &Lab, project: &str, first: Value, second: Value) -> Work {
    let script = lab.path(&format!("turns-{}.json", lab.count()));
    fs::write(&script, json!({ "steps": first, "resumed": second }).to_string()).unwrap();
    let name = script.file_stem().unwrap().to_str().unwrap().to_owned();
    let request = json!({ "name": name, "adapter": "scripted", "extra_args": ["--script", script] });
    let agent = text(&lab.post("/api/agents", request).await.ok()["id"]);
    let task = lab.task(project, "Two turns").await;
    let work = lab.begin_task(&task, &agent).await;
    assert_eq!(lab.settled(&work.attempt).await["state"], "review_ready");
    work
}

#[tokio::test]
async fn scopes_tell_turns_reviews_and_loose_work_apart() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let first = json!([write("one.txt", "1\n"), { "say": "One." }]);
    let work = two_turns(&lab, &project, first, json!([write("two.txt", "2\n"), { "say": "Two." }])).await;
    let attempt = &work.attempt;
    assert_eq!(shown(&lab, attempt, "?scope=all").await, ["one.txt"]);
    assert_eq!(shown(&lab, attempt, "?scope=last_turn").await, ["one.txt"]);
    assert!(shown(&lab, attempt, "?scope=uncommitted").await.is_empty());
    let refused = diff(&lab, attempt, "?scope=last_review").await;
    refused.refused(409, "conflict");
    assert_eq!(counts(&lab, attempt).await, [json!(1), Value::Null, json!(1), json!(0)]);
    go_on(&lab, &work).await;
    assert_eq!(shown(&lab, attempt, "").await, ["one.txt", "two.txt"]);
    assert_eq!(shown(&lab, attempt, "?scope=last_turn").await, ["two.txt"]);
    assert_eq!(shown(&lab, attempt, "?from=0&to=1").await, ["one.txt"]);
    assert_eq!(shown(&lab, attempt, "?from=1").await, ["two.txt"]);
    assert_eq!(shown(&lab, attempt, "?from=2&to=0").await, ["one.txt", "two.txt"]);
    let folder = text(&lab.find_attempt(attempt).await["worktree_path"]);
    fs::write(format!("{folder}/loose.txt"), "by hand\n").unwrap();
    assert_eq!(shown(&lab, attempt, "?scope=uncommitted").await, ["loose.txt"]);
    for (query, status, code) in [
        ("?scope=tomorrow", 400, "bad_request"),
        ("?from=9", 404, "not_found"),
        ("?to=1", 422, "validation_failed"),
        ("?scope=all&from=0", 422, "validation_failed"),
    ] {
        diff(&lab, attempt, query).await.refused(status, code);
    }
}

#[tokio::test]
async fn changes_since_the_last_review_stand_alone() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let first = json!([write("one.txt", "1\n"), { "say": "One." }]);
    let work = two_turns(&lab, &project, first, json!([write("two.txt", "2\n"), { "say": "Two." }])).await;
    let path = format!("/api/attempts/{}/request-changes", work.attempt);
    let next = lab.post(&path, json!({ "feedback": "More." })).await.ok();
    let next = text(&next["id"]);
    lab.settled(&next).await;
    assert_eq!(shown(&lab, &next, "?scope=last_review").await, ["two.txt"]);
    assert_eq!(shown(&lab, &next, "?scope=last_turn").await, ["two.txt"]);
    assert_eq!(shown(&lab, &next, "").await, ["one.txt", "two.txt"]);
    assert_eq!(shown(&lab, &next, "?from=0&to=1").await, ["two.txt"], "it begins where the other ended");
    assert_eq!(shown(&lab, &work.attempt, "").await, ["one.txt"], "the attempt before shows its own");
}

#[tokio::test]
async fn a_running_attempt_is_compared_as_it_is() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let steps = json!([write("live.txt", "1\n"), { "wait_for_file": lab.path("go") }, { "say": "Done." }]);
    let work = lab.begin(&project, steps).await;
    lab.running(&work.attempt).await;
    eventually("the file in the diff", || async {
        let answer = diff(&lab, &work.attempt, "?scope=last_turn").await;
        (answer.status == 200 && paths(&answer.body) == ["live.txt"]).then_some(())
    })
    .await;
    let live = diff(&lab, &work.attempt, "?scope=uncommitted").await.ok();
    assert_eq!((&live["is_live"], paths(&live)), (&json!(true), vec!["live.txt".to_owned()]));
    let key = live["files"][0]["content_key"].clone();
    fs::write(lab.path("go"), "").unwrap();
    lab.settled(&work.attempt).await;
    let ended = diff(&lab, &work.attempt, "").await.ok();
    assert_eq!((&ended["is_live"], &ended["files"][0]["content_key"]), (&json!(false), &key));
}

async fn mark(lab: &Lab, attempt: &str, body: Value) -> crate::lab::Answer {
    let path = format!("/api/attempts/{attempt}/viewed");
    lab.try_call(Method::PUT, &path, Some(&body)).await.unwrap()
}

#[tokio::test]
async fn a_mark_falls_with_the_content_it_was_given_to() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let first = json!([write("one.txt", "1\n"), write("two.txt", "2\n"), { "say": "One." }]);
    let work =
        two_turns(&lab, &project, first, json!([write("two.txt", "changed\n"), { "say": "Two." }])).await;
    let viewed = async || -> Vec<Value> {
        let diff = diff(&lab, &work.attempt, "").await.ok();
        diff["files"].as_array().unwrap().iter().map(|file| file["is_viewed"].clone()).collect()
    };
    let files = diff(&lab, &work.attempt, "").await.ok()["files"].clone();
    let seen = |index: usize, is_viewed: bool| {
        let file = &files[index];
        json!({ "path": file["path"], "content_key": file["content_key"], "is_viewed": is_viewed })
    };
    assert_eq!(viewed().await, [false, false]);
    assert_eq!(mark(&lab, &work.attempt, json!([seen(0, true), seen(1, true)])).await.status, 204);
    assert_eq!(viewed().await, [true, true]);
    let path = format!("/api/attempts/{}/diff/file?path=one.txt", work.attempt);
    assert_eq!(lab.get(&path).await.ok()["file"]["is_viewed"], true);
    go_on(&lab, &work).await;
    assert_eq!(viewed().await, [true, false], "the file that changed is to be looked at again");
    assert_eq!(mark(&lab, &work.attempt, json!([seen(0, false)])).await.status, 204);
    assert_eq!(viewed().await, [false, false]);
    mark(&lab, &work.attempt, json!([{ "path": "", "content_key": "x", "is_viewed": true }]))
        .await
        .refused(422, "validation_failed");
    mark(&lab, &work.attempt, json!({})).await.refused(422, "validation_failed");
}

#[tokio::test]
async fn contents_are_handed_out_harmless() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let steps = json!([
        write("page.html", "<script>alert(1)</script>\n"),
        write("drawing.svg", "<svg/>"),
        write("README.md", "# Changed\n"),
        { "say": "Done." }
    ]);
    let work = lab.complete(&project, steps).await;
    let read = async |query: &str| {
        let path = format!("/api/attempts/{}/diff/content?{query}", work.attempt);
        lab.request(Method::GET, &path).send().await.unwrap()
    };
    let page = read("path=page.html&side=new").await;
    let header = |name: &str| page.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-security-policy").contains("sandbox"));
    let drawing = read("path=drawing.svg&side=new").await;
    assert_eq!(drawing.headers()["content-type"], "image/svg+xml");
    assert!(drawing.headers()["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert_eq!(read("path=README.md&side=old").await.text().await.unwrap(), "# A repository\n");
    assert_eq!(read("path=README.md&side=new").await.text().await.unwrap(), "# Changed\n");
    assert_eq!(read("path=page.html&side=old").await.status(), 404);
    assert_eq!(read("path=../../etc/passwd&side=new").await.status(), 404);
    assert_eq!(read("path=README.md&side=middle").await.status(), 400);
}

#[tokio::test]
async fn blanks_can_be_left_out() {
    let lab = Lab::started().await;
    lab.commit_file("code.txt", "a\nb\n");
    let project = lab.project().await;
    let work = lab.complete(&project, json!([write("code.txt", "  a\n  b\n"), write("new", "x\n")])).await;
    assert_eq!(shown(&lab, &work.attempt, "?whitespace=show").await, ["code.txt", "new"]);
    assert_eq!(shown(&lab, &work.attempt, "?whitespace=hide").await, ["new"]);
}

#[tokio::test]
async fn two_thousand_files_and_one_of_a_hundred_thousand_lines_are_served() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let script = "for i in $(seq 2000); do mkdir -p d$((i % 40)); seq 50 > d$((i % 40))/f$i.txt; done; seq 100000 > long.txt";
    let work = lab.complete(&project, json!([{ "run": script }, { "say": "Done." }])).await;
    let started = Instant::now();
    let files = shown(&lab, &work.attempt, "").await;
    let listed = started.elapsed();
    let first = format!("/api/attempts/{}/diff/file?path={}", work.attempt, files[0]);
    assert_eq!(lab.get(&first).await.ok()["hunks"][0]["lines"].as_array().unwrap().len(), 50);
    println!("2,000 files: the list after {listed:?}, the first file after {:?}", started.elapsed());
    assert_eq!(files.len(), 2_001);
    let (mut offset, mut seen) = (json!(0), 0);
    while !offset.is_null() {
        let path = format!("/api/attempts/{}/diff/file?path=long.txt&offset={offset}", work.attempt);
        let page = lab.get(&path).await.ok();
        seen += page["hunks"][0]["lines"].as_array().unwrap().len();
        offset = page["next_offset"].clone();
    }
    assert_eq!(seen, 100_000);
    let path = format!("/api/attempts/{}/diff/file?path=long.txt&offset=99990&limit=5", work.attempt);
    let page = lab.get(&path).await.ok();
    assert_eq!((&page["hunks"][0]["new_start"], &page["next_offset"]), (&json!(99_991), &json!(99_995)));
}
