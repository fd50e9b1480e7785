//! What agents ask of people: tool calls, plans, questions; the answers, and what is remembered of them.

use std::fs;

use serde_json::{Value, json};

use crate::lab::socket::Socket;
use crate::lab::{Answer, Lab, Work, eventually, items, text};

/// An agent that wants to run this command.
fn wants(command: &str) -> Value {
    json!({ "ask": { "tool": "Bash", "input": { "command": command }, "description": "Because." } })
}

async fn answer(lab: &Lab, approval: &Value, body: Value) -> Answer {
    lab.post(&format!("/api/approvals/{}", text(&approval["id"])), body).await
}

/// A file of the attempt's worktree.
async fn worktree_file(lab: &Lab, work: &Work, name: &str) -> Option<String> {
    let attempt = lab.find_attempt(&work.attempt).await;
    fs::read_to_string(format!("{}/{name}", text(&attempt["worktree_path"]))).ok()
}

/// The states of the attempt's approvals in its log, in order.
async fn logged(lab: &Lab, work: &Work, kind: &str) -> Vec<String> {
    let events = lab.events(&work.attempt).await;
    let those = events.iter().filter(|event| event["kind"] == kind);
    those.map(|event| text(&event["payload"]["state"])).collect()
}

#[tokio::test]
async fn a_tool_call_waits_until_it_is_allowed() {
    let lab = Lab::started().await;
    let project = lab.project_with(json!({ "max_parallel": 1 })).await;
    let work = lab.begin(&project, json!([wants("echo ran >> ran.txt"), { "say": "Done." }])).await;
    let other = lab.begin(&project, json!([{ "say": "I had room." }])).await;
    let approval = lab.pending("approvals", &work.attempt).await;
    assert_eq!(approval["tool_input"]["command"], "echo ran >> ran.txt");
    assert_eq!((&approval["kind"], &approval["state"]), (&json!("tool"), &json!("pending")));
    assert_eq!((&approval["description"], &approval["project_id"]), (&json!("Because."), &json!(project)));
    let task = lab.find_task(&work.task).await;
    assert_eq!((&task["status"], &task["pending_approvals"]), (&json!("in_progress"), &json!(1)));
    assert_eq!(task["live_attempt"]["state"], "waiting");
    assert_eq!(task["live_attempt"]["activity"]["verb"], "wants to run");
    assert_eq!(task["live_attempt"]["activity"]["object"], "echo ran >> ran.txt");
    assert_eq!(lab.settled(&other.attempt).await["state"], "review_ready", "a waiting one frees its slot");
    assert_eq!(worktree_file(&lab, &work, "ran.txt").await, None);
    let allowed = answer(&lab, &approval, json!({ "decision": "allow" })).await.ok();
    assert_eq!((&allowed["state"], &allowed["is_edited"]), (&json!("allowed"), &json!(false)));
    lab.settled(&work.attempt).await;
    assert_eq!(worktree_file(&lab, &work, "ran.txt").await.as_deref(), Some("ran\n"));
    assert_eq!(logged(&lab, &work, "APPROVAL").await, ["pending", "allowed"]);
    let states = lab.events(&work.attempt).await;
    let states = states.iter().filter(|event| event["kind"] == "STATUS");
    let states: Vec<_> = states.map(|event| text(&event["payload"]["to"])).collect();
    assert_eq!(states, ["queued", "preparing", "running", "waiting", "running", "review_ready"]);
}

#[tokio::test]
async fn the_second_answer_is_told_who_was_first() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!([wants("echo ran >> ran.txt")])).await;
    let approval = lab.pending("approvals", &work.attempt).await;
    let path = format!("/api/approvals/{}", text(&approval["id"]));
    let firefox = lab.request(reqwest::Method::POST, &path).json(&json!({ "decision": "allow" }));
    let firefox = firefox.header("user-agent", "Mozilla/5.0 (X11; Linux) Gecko Firefox/140.0");
    assert_eq!(firefox.send().await.unwrap().status(), 200);
    let second = answer(&lab, &approval, json!({ "decision": "deny" })).await;
    let error = second.refused(409, "conflict");
    assert_eq!(error["details"]["resolved_by"], "Firefox on Linux");
    assert_eq!(error["details"]["state"], "allowed");
    assert!(text(&error["message"]).starts_with("Firefox on Linux allowed it"), "{error}");
    lab.settled(&work.attempt).await;
    assert_eq!(worktree_file(&lab, &work, "ran.txt").await.as_deref(), Some("ran\n"));
    let third = answer(&lab, &approval, json!({ "decision": "allow" })).await;
    third.refused(409, "conflict");
}

#[tokio::test]
async fn of_many_answers_at_once_one_counts() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!([wants("echo ran >> ran.txt")])).await;
    let approval = lab.pending("approvals", &work.attempt).await;
    let answers = (0..8).map(|number| {
        let decision = if number % 2 == 0 { "allow" } else { "deny" };
        answer(&lab, &approval, json!({ "decision": decision }))
    });
    let answers = futures_util::future::join_all(answers).await;
    let winners: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(winners.len(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 409)), "{answers:?}");
    lab.settled(&work.attempt).await;
    let has_run = worktree_file(&lab, &work, "ran.txt").await.is_some();
    assert_eq!(has_run, winners[0].body["state"] == "allowed");
}

#[tokio::test]
async fn a_call_can_be_changed_denied_and_stopped() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let steps =
        json!([wants("echo one >> ran.txt"), wants("echo two >> ran.txt"), wants("echo three"), "hang"]);
    let work = lab.begin(&project, steps).await;
    let first = lab.pending("approvals", &work.attempt).await;
    answer(&lab, &first, json!({ "decision": "allow", "updated_input": "text" }))
        .await
        .refused(422, "validation_failed");
    let edited = json!({ "decision": "allow", "updated_input": { "command": "echo other >> ran.txt" } });
    assert_eq!(answer(&lab, &first, edited).await.ok()["is_edited"], true);
    let second = eventually("the second call", || async {
        let next = lab.pending("approvals", &work.attempt).await;
        (next["id"] != first["id"]).then_some(next)
    })
    .await;
    answer(&lab, &second, json!({ "decision": "deny", "message": "not this way" })).await.ok();
    let third = eventually("the third call", || async {
        let next = lab.pending("approvals", &work.attempt).await;
        (next["id"] != second["id"]).then_some(next)
    })
    .await;
    answer(&lab, &third, json!({ "decision": "deny", "stop": true })).await.ok();
    let attempt = lab.attempt_when(&work.attempt, "a stopped turn", |it| it["is_stopped"] == true).await;
    assert_eq!(attempt["state"], "waiting");
    assert_eq!(worktree_file(&lab, &work, "ran.txt").await.as_deref(), Some("other\n"));
    let events = lab.events(&work.attempt).await;
    let results = events.iter().filter(|event| event["kind"] == "TOOL_RESULT");
    let results: Vec<_> = results.map(|event| text(&event["payload"]["content"])).collect();
    assert!(results[1].contains("not this way"), "{results:?}");
}

#[tokio::test]
async fn a_rule_answers_what_it_allows_and_nothing_else() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let steps = json!([wants("npm install zod"), wants("npm install zod; rm -rf ."), { "say": "Done." }]);
    let work = lab.begin(&project, steps).await;
    let first = lab.pending("approvals", &work.attempt).await;
    let suggestions = first["suggestions"].as_array().unwrap();
    assert_eq!(suggestions[0]["pattern"], "npm install zod");
    assert_eq!(suggestions[1]["pattern"], "npm install *");
    let wide = json!({ "tool_name": "Bash", "pattern": "npm install *" });
    let foreign = json!({ "tool_name": "Write", "pattern": "**" });
    let body = |rule: &Value| json!({ "decision": "allow", "remember": "project", "rule": rule });
    answer(&lab, &first, body(&foreign)).await.refused(422, "validation_failed");
    let changed = json!({ "command": "npm run build" });
    let other = json!({ "decision": "allow", "remember": "project", "updated_input": changed });
    assert_eq!(answer(&lab, &first, other).await.invalid_field(), "rule");
    let refused = json!({ "decision": "deny", "remember": "project" });
    answer(&lab, &first, refused).await.refused(422, "validation_failed");
    answer(&lab, &first, body(&wide)).await.ok();
    let second = lab.pending("approvals", &work.attempt).await;
    assert_eq!(second["tool_input"]["command"], "npm install zod; rm -rf .", "no rule covers it");
    answer(&lab, &second, json!({ "decision": "deny" })).await.ok();
    lab.settled(&work.attempt).await;
    let next = lab.complete(&project, json!([wants("npm install left-pad"), { "say": "Done." }])).await;
    assert_eq!(logged(&lab, &next, "APPROVAL").await, ["allowed"], "never asked");
    let rules = lab.get(&format!("/api/projects/{project}/rules")).await.ok();
    assert_eq!(
        (&items(&rules)[0]["pattern"], &items(&rules)[0]["hit_count"]),
        (&json!("npm install *"), &json!(1))
    );
    assert!(!text(&items(&rules)[0]["text"]).is_empty());
    let id = text(&items(&rules)[0]["id"]);
    assert_eq!(lab.delete(&format!("/api/projects/{project}/rules/{id}")).await.status, 204);
    lab.delete(&format!("/api/projects/{project}/rules/{id}")).await.refused(404, "not_found");
    let again = lab.begin(&project, json!([wants("npm install zod")])).await;
    let asked = lab.pending("approvals", &again.attempt).await;
    let attempt_only = json!({ "decision": "allow", "remember": "attempt" });
    answer(&lab, &asked, attempt_only).await.ok();
    lab.settled(&again.attempt).await;
    let rules = lab.get(&format!("/api/projects/{project}/rules")).await.ok();
    assert_eq!(items(&rules)[0]["attempt_id"], json!(again.attempt));
    assert_eq!(lab.delete(&format!("/api/projects/{project}/rules")).await.status, 204);
    assert_eq!(items(&lab.get(&format!("/api/projects/{project}/rules")).await.ok()).len(), 0);
    assert_eq!(lab.git(&["status", "--porcelain"]), "", "nothing is written into the repository");
}

fn question() -> Value {
    json!({ "ask": { "tool": "AskUserQuestion", "input": { "questions": [
        { "question": "Which database?", "header": "DB", "multiSelect": false,
          "options": [{ "label": "SQLite", "description": "one file" }, { "label": "Postgres" }] },
        { "question": "Extras?", "multiSelect": true, "options": [{ "label": "X" }, { "label": "Y" }] },
    ] } } })
}

#[tokio::test]
async fn a_question_blocks_its_task_until_it_is_answered() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!([question(), { "say": "Done." }])).await;
    let asked = lab.pending("questions", &work.attempt).await;
    assert_eq!(asked["questions"][0]["options"][0], json!({ "label": "SQLite", "description": "one file" }));
    assert_eq!(asked["questions"][1]["multi_select"], true);
    let task = lab.find_task(&work.task).await;
    assert_eq!((&task["status"], &task["pending_questions"]), (&json!("blocked"), &json!(1)));
    assert_eq!(task["live_attempt"]["activity"]["verb"], "asks: Which database?");
    let path = format!("/api/questions/{}", text(&asked["id"]));
    let stray = lab.post(&path, json!({ "answers": { "Which colour?": "red" } })).await;
    assert_eq!(stray.invalid_field(), "answers");
    let answers = json!({ "Which database?": "SQLite", "Extras?": "X, Y" });
    assert_eq!(lab.post(&path, json!({ "answers": answers })).await.ok()["state"], "answered");
    lab.post(&path, json!({ "answers": answers })).await.refused(409, "conflict");
    lab.settled(&work.attempt).await;
    assert_eq!(lab.find_task(&work.task).await["status"], "review");
    assert_eq!(logged(&lab, &work, "QUESTION").await, ["pending", "answered"]);
    let events = lab.events(&work.attempt).await;
    let result = events.iter().find(|event| event["kind"] == "TOOL_RESULT").unwrap();
    assert!(result.to_string().contains("SQLite"), "{result}");
}

#[tokio::test]
async fn a_question_can_be_left_to_the_agent_or_to_the_clock() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!([question()])).await;
    let asked = lab.pending("questions", &work.attempt).await;
    assert_eq!(asked["default_at"], Value::Null);
    let declined = lab.post(&format!("/api/questions/{}", text(&asked["id"])), json!({})).await.ok();
    assert_eq!(declined["state"], "declined");
    lab.settled(&work.attempt).await;
    let settings = json!({ "question_default_after_s": 1, "question_default_answer": "the smaller one" });
    lab.patch(&format!("/api/projects/{project}"), json!({ "settings": settings })).await.ok();
    let work = lab.complete(&project, json!([question()])).await;
    let events = lab.events(&work.attempt).await;
    let answered = events.iter().rfind(|event| event["kind"] == "QUESTION").unwrap();
    assert_eq!(answered["payload"]["resolved_by"], "the project's default answer");
    assert_eq!(answered["payload"]["answers"]["Which database?"], "the smaller one");
}

#[tokio::test]
async fn a_plan_is_sent_back_and_then_approved() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let plan = |text: &str| json!({ "ask": { "tool": "ExitPlanMode", "input": { "plan": text } } });
    let work = lab.begin(&project, json!([plan("# First"), plan("# Second"), { "say": "Done." }])).await;
    let first = lab.pending("approvals", &work.attempt).await;
    assert_eq!((&first["kind"], &first["tool_input"]["plan"]), (&json!("plan"), &json!("# First")));
    assert_eq!(first["suggestions"], json!([]));
    answer(&lab, &first, json!({ "decision": "deny", "message": "smaller steps" })).await.ok();
    let second = eventually("the second plan", || async {
        let next = lab.pending("approvals", &work.attempt).await;
        (next["id"] != first["id"]).then_some(next)
    })
    .await;
    answer(&lab, &second, json!({ "decision": "allow", "mode": "accept_edits" })).await.ok();
    assert_eq!(lab.settled(&work.attempt).await["mode"], "accept_edits");
}

#[tokio::test]
async fn an_agent_reports_and_ticks_off() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let task = json!({ "project_id": project, "title": "Ticks", "criteria": ["Totals are right", "Docs"] });
    let task = text(&lab.post("/api/tasks", task).await.ok()["id"]);
    let call = |tool: &str, input: Value| json!({ "call_board": { "tool": tool, "input": input } });
    let steps = json!([
        call("report_progress", json!({ "phase": "writing tests", "step": 2, "total": 5 })),
        call("set_criterion", json!({ "criterion": "2", "done": true, "evidence": "README" })),
        call("set_criterion", json!({ "criterion": "nonsense", "done": true })),
        call("ask_user", json!({ "question": "Blue or red?", "options": ["blue", "red"] })),
        { "say": "Done." },
    ]);
    let agent = lab.agent(steps).await;
    let work = lab.begin_task(&task, &agent).await;
    let asked = lab.pending("questions", &work.attempt).await;
    assert_eq!(asked["questions"][0]["question"], "Blue or red?");
    let attempt = lab.find_attempt(&work.attempt).await;
    assert_eq!(
        attempt["progress"],
        json!({"phase": "writing tests", "step": 2, "total": 5, "message": null})
    );
    let criteria = lab.find_task(&task).await["criteria"].clone();
    assert_eq!((&criteria[0]["done"], &criteria[1]["done"]), (&json!(false), &json!(true)));
    assert_eq!(criteria[1]["evidence"], "README");
    let path = format!("/api/questions/{}", text(&asked["id"]));
    lab.post(&path, json!({ "answers": { "Blue or red?": "red" } })).await.ok();
    lab.settled(&work.attempt).await;
    let events = lab.events(&work.attempt).await;
    let ticked: Vec<_> = events.iter().filter(|event| event["kind"] == "CRITERION").collect();
    assert_eq!(ticked.len(), 1);
    assert!(events.iter().any(|event| event.to_string().contains("there is no criterion")), "told so");
    assert!(events.iter().any(|event| event["kind"] == "TOOL_RESULT" && event.to_string().contains("red")));
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_disappears() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!([wants("echo ran >> ran.txt")])).await;
    let approval = lab.pending("approvals", &work.attempt).await;
    lab.post(&format!("/api/attempts/{}/cancel", work.attempt), json!({})).await.ok();
    assert_eq!(items(&lab.get("/api/approvals/pending").await.ok()).len(), 0);
    answer(&lab, &approval, json!({ "decision": "allow" })).await.refused(409, "conflict");
    let gone = lab.get(&format!("/api/approvals/{}", text(&approval["id"]))).await.ok();
    assert_eq!(gone["state"], "withdrawn");
    assert_eq!(lab.find_task(&work.task).await["pending_approvals"], 0);
    let unknown = "0198c0de-0000-7000-8000-000000000000";
    let stray = lab.post(&format!("/api/approvals/{unknown}"), json!({ "decision": "allow" })).await;
    stray.refused(404, "not_found");
}

#[tokio::test]
async fn open_browsers_hear_of_it() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let mut board = Socket::open(&lab, "/ws").await;
    let work = lab.begin(&project, json!([wants("true"), { "say": "Done." }])).await;
    let approval = lab.pending("approvals", &work.attempt).await;
    answer(&lab, &approval, json!({ "decision": "allow" })).await.ok();
    let mut states = Vec::new();
    while states.last().is_none_or(|state| state != "allowed") {
        let frame = board.next().await;
        if frame["type"] == "approval" {
            assert_eq!(frame["approval"]["id"], approval["id"]);
            states.push(text(&frame["approval"]["state"]));
        }
    }
    assert_eq!(states, ["pending", "allowed"]);
}

#[tokio::test]
async fn a_request_that_is_said_twice_is_one() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let line = json!({ "type": "control_request", "request_id": "twice", "request": {
        "subtype": "can_use_tool", "tool_name": "Bash", "input": { "command": "true" } } });
    let line = line.to_string();
    let steps =
        json!([{ "raw": line }, { "wait_ms": 50 }, { "raw": line }, { "say": "Still here." }, "hang"]);
    let work = lab.begin(&project, steps).await;
    eventually("what it says after it", || async {
        lab.said(&work.attempt).await.contains(&"Still here.".to_owned()).then_some(())
    })
    .await;
    let pending = lab.get("/api/approvals/pending").await.ok();
    assert_eq!(items(&pending).len(), 1);
    lab.post(&format!("/api/attempts/{}/cancel", work.attempt), json!({})).await.ok();
    assert_eq!(lab.find_attempt(&work.attempt).await["state"], "cancelled");
    assert!(!lab.log().contains("cannot be followed"), "{}", lab.log());
}
