//! What people say to agents that are at work, and to those that have ended.

use std::fs;

use serde_json::{Value, json};

use crate::lab::chance::Chance;
use crate::lab::{Lab, Work, eventually, items, text};

async fn say(lab: &Lab, work: &Work, body: &str) -> Value {
    lab.post(&format!("/api/attempts/{}/messages", work.attempt), json!({ "body": body })).await.ok()
}

async fn state_of(lab: &Lab, work: &Work, message: &Value) -> Value {
    let list = lab.get(&format!("/api/attempts/{}/messages", work.attempt)).await.ok();
    items(&list).iter().find(|item| item["id"] == message["id"]).unwrap().clone()
}

/// What people said that agents have taken up, in the order of the log.
async fn heard(lab: &Lab, work: &Work) -> Vec<String> {
    let events = lab.events(&work.attempt).await;
    let is_heard = |event: &&Value| event["kind"] == "MESSAGE" && event["payload"]["role"] == "user";
    events.iter().filter(is_heard).map(|event| text(&event["payload"]["text"])).collect()
}

#[tokio::test]
async fn a_message_reaches_the_running_turn() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let steps = json!([{ "wait_for_file": lab.path("go") }, { "run": "true" }, "echo", { "say": "Done." }]);
    let work = lab.begin(&project, steps).await;
    lab.running(&work.attempt).await;
    let message = say(&lab, &work, "Keep the currency.").await;
    assert!(["queued", "sent"].contains(&text(&message["state"]).as_str()), "{message}");
    fs::write(lab.path("go"), "").unwrap();
    lab.settled(&work.attempt).await;
    assert_eq!(state_of(&lab, &work, &message).await["state"], "taken");
    assert!(heard(&lab, &work).await.contains(&"Keep the currency.".to_owned()));
    assert_eq!(items(&lab.get(&format!("/api/tasks/{}/attempts", work.task)).await.ok()).len(), 1);
}

#[tokio::test]
async fn a_message_that_was_not_taken_up_can_be_changed_moved_and_withdrawn() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let steps = json!([{ "wait_for_file": lab.path("go") }, { "run": "true" }, { "say": "Done." }]);
    let work = lab.begin(&project, steps).await;
    lab.running(&work.attempt).await;
    let (one, two, three) =
        (say(&lab, &work, "one").await, say(&lab, &work, "two").await, say(&lab, &work, "three").await);
    let path = |message: &Value| format!("/api/messages/{}", text(&message["id"]));
    let changed = lab.patch(&path(&one), json!({ "body": "one, but better" })).await.ok();
    assert_eq!(changed["body"], "one, but better");
    lab.patch(&path(&three), json!({ "position": 0 })).await.ok();
    assert_eq!(lab.delete(&path(&two)).await.ok()["state"], "withdrawn");
    lab.patch(&path(&two), json!({ "body": "again" })).await.refused(409, "conflict");
    lab.patch(&path(&one), json!({ "body": " " })).await.refused(422, "validation_failed");
    fs::write(lab.path("go"), "").unwrap();
    lab.settled(&work.attempt).await;
    let heard = heard(&lab, &work).await;
    assert_eq!(heard[1..], ["three", "one, but better"], "{heard:?}");
    lab.delete(&path(&one)).await.refused(409, "conflict");
}

#[tokio::test]
async fn a_message_after_the_last_word_is_the_next_turn() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!([{ "wait_for_file": lab.path("go") }, { "say": "First." }])).await;
    lab.running(&work.attempt).await;
    say(&lab, &work, "One more thing.").await;
    fs::write(lab.path("go"), "").unwrap();
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!(attempt["state"], "review_ready", "{attempt:#}");
    assert!(heard(&lab, &work).await.contains(&"One more thing.".to_owned()));
}

#[tokio::test]
async fn a_stopped_turn_waits_for_a_message() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!(["hang"])).await;
    lab.running(&work.attempt).await;
    let held = say(&lab, &work, "Later, perhaps.").await;
    let stop = format!("/api/attempts/{}/interrupt", work.attempt);
    lab.post(&stop, json!({})).await.ok();
    let attempt = lab.attempt_when(&work.attempt, "a stopped turn", |it| it["is_stopped"] == true).await;
    assert_eq!((&attempt["state"], &attempt["activity"]["verb"]), (&json!("waiting"), &json!("stopped")));
    lab.post(&stop, json!({})).await.refused(409, "conflict");
    assert_eq!(state_of(&lab, &work, &held).await["state"], "queued", "what waits stays");
    assert_eq!(lab.find_task(&work.task).await["status"], "in_progress");
    say(&lab, &work, "Go on now.").await;
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!((&attempt["state"], &attempt["is_stopped"]), (&json!("review_ready"), &json!(false)));
    assert_eq!(heard(&lab, &work).await[1..], ["Later, perhaps.", "Go on now."]);
}

#[tokio::test]
async fn a_stopped_attempt_can_be_finished_as_it_is() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab
        .begin(
            &project,
            json!([{ "write": { "path": "half.txt", "content": "half\n" } }, { "say": "x" }, "hang"]),
        )
        .await;
    eventually("its message", || async { (!lab.said(&work.attempt).await.is_empty()).then_some(()) }).await;
    let finish = format!("/api/attempts/{}/finish", work.attempt);
    lab.post(&finish, json!({})).await.refused(409, "conflict");
    lab.post(&format!("/api/attempts/{}/interrupt", work.attempt), json!({})).await.ok();
    lab.attempt_when(&work.attempt, "a stopped turn", |it| it["is_stopped"] == true).await;
    lab.post(&finish, json!({})).await.ok();
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!((&attempt["state"], &attempt["files_changed"]), (&json!("review_ready"), &json!(1)));
}

#[tokio::test]
async fn a_message_that_cannot_wait_cuts_the_turn() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!(["hang", { "say": "never" }])).await;
    lab.running(&work.attempt).await;
    let path = format!("/api/attempts/{}/messages", work.attempt);
    lab.post(&path, json!({ "body": "Stop that.", "delivery": "now" })).await.ok();
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!(attempt["state"], "review_ready", "{attempt:#}");
    assert!(heard(&lab, &work).await.contains(&"Stop that.".to_owned()));
}

#[tokio::test]
async fn an_ended_attempt_goes_on_in_its_session_and_worktree() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.complete(&project, json!([{ "write": { "path": "a.txt", "content": "a\n" } }])).await;
    let first = lab.find_attempt(&work.attempt).await;
    let first_run = lab.run_of(&work.attempt).await;
    say(&lab, &work, "And now the tests.").await;
    let attempt = lab
        .attempt_when(&work.attempt, "its second end", |it| {
            it["state"] == "review_ready" && it["ended_at"] != first["ended_at"]
        })
        .await;
    assert_eq!(attempt["session_id"], first["session_id"]);
    assert_eq!(attempt["worktree_path"], first["worktree_path"]);
    assert_ne!(lab.run_of(&work.attempt).await, first_run, "another run");
    assert_eq!(heard(&lab, &work).await[1..], ["And now the tests."]);
    assert_eq!(items(&lab.get(&format!("/api/tasks/{}/attempts", work.task)).await.ok()).len(), 1);
    lab.post(&format!("/api/tasks/{}/approve", work.task), json!({ "merge": true })).await.ok();
    let path = format!("/api/attempts/{}/messages", work.attempt);
    lab.post(&path, json!({ "body": "Once more." })).await.refused(409, "conflict");
}

#[tokio::test]
async fn a_lost_agent_is_resumed_and_told_so() {
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!([{ "say": "working" }, "hang"])).await;
    eventually("its message", || async { (!lab.said(&work.attempt).await.is_empty()).then_some(()) }).await;
    let run = lab.run_of(&work.attempt).await;
    lab.kill();
    run.shim.kill();
    eventually("the end of it all", || async { run.tree().is_empty().then_some(()) }).await;
    lab.start().await;
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!((&attempt["state"], &attempt["error"]["code"]), (&json!("failed"), &json!("lost")));
    assert!(attempt["allowed_actions"].as_array().unwrap().contains(&json!("resume")), "{attempt:#}");
    let path = format!("/api/attempts/{}/resume", work.attempt);
    let resumed = lab.post(&path, json!({ "message": "Hurry." })).await.ok();
    assert_eq!(resumed["error"], Value::Null);
    lab.post(&path, json!({})).await.refused(409, "conflict");
    lab.running(&work.attempt).await;
    assert_eq!(lab.find_attempt(&work.attempt).await["session_id"], attempt["session_id"]);
    let heard = heard(&lab, &work).await;
    let note = heard.last().unwrap();
    assert!(note.starts_with("You were interrupted:") && note.ends_with("Hurry."), "{note}");
    lab.post(&format!("/api/attempts/{}/cancel", work.attempt), json!({})).await.ok();
    assert_eq!(lab.find_task(&work.task).await["status"], "todo");
    say(&lab, &work, "Go on after all.").await;
    lab.running(&work.attempt).await;
}

#[tokio::test]
async fn messages_before_the_start_are_what_it_begins_with() {
    let lab = Lab::started().await;
    let project = lab.project_with(json!({ "max_parallel": 1 })).await;
    let busy = lab.begin(&project, json!([{ "wait_for_file": lab.path("go") }])).await;
    lab.running(&busy.attempt).await;
    let work = lab.begin(&project, json!(["echo"])).await;
    let message = say(&lab, &work, "Mind the gap.").await;
    assert_eq!(message["state"], "queued");
    fs::write(lab.path("go"), "").unwrap();
    lab.settled(&work.attempt).await;
    assert!(lab.said(&work.attempt).await[0].ends_with("Mind the gap."));
    assert_eq!(state_of(&lab, &work, &message).await["state"], "taken");
}

#[tokio::test]
async fn the_mode_follows_the_nearest_word() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let agent = lab.agent(json!(["hang"])).await;
    let mode_of = async |task: Value, start: Value| {
        let task = text(&lab.post("/api/tasks", task).await.ok()["id"]);
        let started = lab.post(&format!("/api/tasks/{task}/start"), start).await.ok();
        lab.post(&format!("/api/tasks/{task}/cancel"), json!({})).await.ok();
        text(&started["mode"])
    };
    let plain = json!({ "project_id": project, "title": "t" });
    let own = json!({ "project_id": project, "title": "t", "mode": "plan" });
    let by = json!({ "agent_id": agent });
    assert_eq!(mode_of(plain.clone(), by.clone()).await, "bypass");
    lab.patch("/api/config", json!({ "approval_mode": "interactive" })).await.ok();
    assert_eq!(mode_of(plain.clone(), by.clone()).await, "interactive");
    assert_eq!(mode_of(own.clone(), by.clone()).await, "plan");
    assert_eq!(mode_of(own, json!({ "agent_id": agent, "mode": "accept_edits" })).await, "accept_edits");
    lab.patch("/api/config", json!({ "approval_mode": "profile" })).await.ok();
    assert_eq!(mode_of(plain, by).await, "bypass");
}

#[tokio::test]
async fn the_mode_changes_while_it_runs_and_for_the_next_run() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!([{ "wait_for_file": lab.path("go") }])).await;
    lab.running(&work.attempt).await;
    let path = format!("/api/attempts/{}/mode", work.attempt);
    lab.post(&path, json!({ "mode": "plan" })).await.ok();
    lab.attempt_when(&work.attempt, "the new mode", |attempt| attempt["mode"] == "plan").await;
    fs::write(lab.path("go"), "").unwrap();
    lab.settled(&work.attempt).await;
    assert_eq!(lab.post(&path, json!({ "mode": "accept_edits" })).await.ok()["mode"], "accept_edits");
    lab.post(&path, json!({ "mode": "free" })).await.refused(422, "validation_failed");
}

#[tokio::test]
async fn remarks_stay_on_the_task() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let task = lab.task(&project, "Talk").await;
    let path = format!("/api/tasks/{task}/messages");
    let noted = lab.post(&path, json!({ "body": "For the record.", "to": "task" })).await.ok();
    assert_eq!((&noted["state"], &noted["attempt_id"]), (&json!("noted"), &Value::Null));
    lab.post(&path, json!({ "body": "Hello?", "to": "agent" })).await.refused(409, "conflict");
    lab.post(&path, json!({ "body": "Hm.", "to": "prd" })).await.refused(422, "validation_failed");
    assert_eq!(items(&lab.get(&path).await.ok()).len(), 1);
}

#[tokio::test]
async fn a_conversation_that_was_never_saved_begins_anew() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let script = lab.path("forgetful.json");
    fs::write(&script, json!({ "steps": ["echo"], "forgets": true }).to_string()).unwrap();
    let agent = json!({ "name": "forgetful", "adapter": "scripted", "extra_args": ["--script", script] });
    let agent = text(&lab.post("/api/agents", agent).await.ok()["id"]);
    let task = lab.task(&project, "Remember").await;
    let work = lab.begin_task(&task, &agent).await;
    let first = lab.settled(&work.attempt).await;
    say(&lab, &work, "And the tests.").await;
    let attempt = lab
        .attempt_when(&work.attempt, "its second end", |it| {
            it["state"] == "review_ready" && it["ended_at"] != first["ended_at"]
        })
        .await;
    assert_ne!(attempt["session_id"], first["session_id"], "another conversation");
    let last = lab.said(&work.attempt).await.pop().unwrap();
    assert!(last.starts_with("# Remember") && last.ends_with("And the tests."), "{last}");
}

#[tokio::test]
async fn an_agent_that_would_refuse_is_told_before_it_starts() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let missing = json!({ "name": "missing", "adapter": "claude", "command": lab.path("no-such-program") });
    let missing = text(&lab.post("/api/agents", missing).await.ok()["id"]);
    let task = lab.task(&project, "Start").await;
    let path = format!("/api/tasks/{task}/start");
    let request = json!({ "agent_id": missing, "mode": "interactive" });
    let error = lab.post(&path, request).await;
    assert!(text(&error.refused(409, "conflict")["message"]).contains("Install Claude Code"));
    let logged_out = lab.program("logged-out", "case \"$1\" in --version) echo 2.1.328;; *) exit 1;; esac");
    let agent = json!({ "name": "out", "adapter": "claude", "command": logged_out });
    let agent = text(&lab.post("/api/agents", agent).await.ok()["id"]);
    let request = json!({ "agent_id": agent, "mode": "interactive" });
    let error = lab.post(&path, request).await;
    assert!(text(&error.refused(409, "conflict")["message"]).contains("not logged in"));
    assert_eq!(lab.find_task(&task).await["status"], "todo");
    if nix::unistd::getuid().is_root() {
        let able = lab.program("able", "exit 0");
        let agent = json!({ "name": "able", "adapter": "claude", "command": able });
        let agent = text(&lab.post("/api/agents", agent).await.ok()["id"]);
        let error = lab.post(&path, json!({ "agent_id": agent, "mode": "bypass" })).await;
        assert!(text(&error.refused(409, "conflict")["message"]).contains("IS_SANDBOX=1"));
    }
}

/// An agent that takes up a message after its last word, and is slow to say that it begins.
const SLOW_BEGINNER: &str = r#"
in="$0.in"
: > "$in"
exec 3<&0
cat <&3 >> "$in" &
until_heard() { until grep -q "$1" "$in"; do sleep 0.01; done; }
init='{"type":"system","subtype":"init"}'
result='{"type":"result","subtype":"success","is_error":false,"result":"x","num_turns":1,"terminal_reason":"completed"}'
echo "$init"
until_heard '"Again."'
uuid=$(grep '"Again."' "$in" | sed 's/.*"uuid":"\([^"]*\)".*/\1/')
printf '%s\n%s\n' "$result" '{"type":"command_lifecycle","command_uuid":"'$uuid'","state":"started"}'
until [ -e "$0.go" ]; do sleep 0.01; done
if grep -q end_session "$in"; then exit 7; fi
echo "$init"
echo '{"type":"assistant","message":{"content":[{"type":"text","text":"second"}]}}'
echo "$result"
until_heard end_session
"#;

#[tokio::test]
async fn a_turn_that_begins_slowly_is_not_the_end() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let program = lab.program("slow-beginner", SLOW_BEGINNER);
    let agent = json!({ "name": "slow", "adapter": "scripted", "command": program });
    let agent = text(&lab.post("/api/agents", agent).await.ok()["id"]);
    let task = lab.task(&project, "Slow").await;
    let work = lab.begin_task(&task, &agent).await;
    lab.running(&work.attempt).await;
    let message = say(&lab, &work, "Again.").await;
    eventually("the message taken up", || async {
        (state_of(&lab, &work, &message).await["state"] == "taken").then_some(())
    })
    .await;
    Chance::new("slow beginner").moment(100, 200).await;
    fs::write(lab.path("slow-beginner.go"), "").unwrap();
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!(attempt["state"], "review_ready", "{attempt:#}");
    assert_eq!(lab.said(&work.attempt).await, ["second"]);
}

#[tokio::test]
async fn a_finished_attempt_keeps_what_waits_and_does_not_go_on() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!([{ "say": "working" }, "hang"])).await;
    eventually("its message", || async { (!lab.said(&work.attempt).await.is_empty()).then_some(()) }).await;
    let message = say(&lab, &work, "Later.").await;
    lab.post(&format!("/api/attempts/{}/interrupt", work.attempt), json!({})).await.ok();
    lab.attempt_when(&work.attempt, "a stopped turn", |it| it["is_stopped"] == true).await;
    lab.post(&format!("/api/attempts/{}/finish", work.attempt), json!({})).await.ok();
    assert_eq!(lab.settled(&work.attempt).await["state"], "review_ready");
    assert_eq!(state_of(&lab, &work, &message).await["state"], "queued");
    assert_eq!(lab.find_attempt(&work.attempt).await["state"], "review_ready");
}

#[tokio::test]
async fn nobody_goes_on_in_a_worktree_that_is_removed() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    for _ in 0..6 {
        let work = lab
            .begin(&project, json!([{ "write": { "path": "a.txt", "content": "a" } }, { "exit": 3 }]))
            .await;
        lab.settled(&work.attempt).await;
        let discard = format!("/api/attempts/{}/discard", work.attempt);
        let resume = format!("/api/attempts/{}/resume", work.attempt);
        let (discarded, resumed) =
            futures_util::future::join(lab.post(&discard, json!({})), lab.post(&resume, json!({}))).await;
        assert!(discarded.status == 409 || resumed.status == 409, "{discarded:?} {resumed:?}");
        let attempt = lab.settled(&work.attempt).await;
        assert_eq!(attempt["worktree_path"].is_null(), discarded.status == 200, "{attempt:#}");
    }
}
