//! Gates and the setup command: real commands, each run on its own, with what they said and how they ended.

use std::fs;

use reqwest::Method;
use serde_json::{Value, json};

use crate::lab::socket::Socket;
use crate::lab::{Lab, Work, eventually, items, text};

fn gate(name: &str, command: &str) -> Value {
    json!({ "name": name, "command": command, "timeout_s": 60 })
}

/// A project with these gates.
async fn project(lab: &Lab, gates: &[Value]) -> String {
    lab.project_with(json!({ "gates": gates })).await
}

/// A task whose agent writes a file, until its gates have run.
async fn reviewed(lab: &Lab, project: &str) -> Work {
    lab.complete(project, json!([{ "write": { "path": "work.txt", "content": "done\n" } }])).await
}

async fn gates(lab: &Lab, attempt: &str) -> Vec<Value> {
    items(&lab.get(&format!("/api/attempts/{attempt}/gates")).await.ok()).clone()
}

/// A gate of an attempt, once it stands like this.
async fn gate_when(lab: &Lab, attempt: &str, name: &str, state: &str) -> Value {
    eventually(&format!("gate {name} {state}"), || async {
        let gates = gates(lab, attempt).await;
        gates.into_iter().find(|gate| gate["name"] == name && gate["state"] == state)
    })
    .await
}

async fn output(lab: &Lab, gate: &Value) -> Vec<u8> {
    let path = format!("/api/gate-runs/{}/output", text(&gate["id"]));
    let response = lab.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.bytes().await.unwrap().to_vec()
}

fn states(gates: &[Value]) -> Vec<(String, String)> {
    gates.iter().map(|gate| (text(&gate["name"]), text(&gate["state"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, state)| ((*name).to_owned(), (*state).to_owned())).collect()
}

async fn gate_results(lab: &Lab, attempt: &str) -> Vec<Value> {
    let events = lab.events(attempt).await;
    events
        .into_iter()
        .filter(|event| event["kind"] == "GATE_RESULT")
        .map(|event| event["payload"].clone())
        .collect()
}

#[tokio::test]
async fn they_run_in_order_and_mark_the_review() {
    let lab = Lab::started().await;
    let log = lab.path("order");
    let gates_of = [
        gate("lint", &format!("echo lint >> {}; echo odd >&2; exit 3", log.display())),
        gate(
            "test",
            &format!(
                "echo test >> {}; echo $EVAL_KANBAN_ATTEMPT $COMPOSE_PROJECT_NAME; cat work.txt; env | grep ^EVAL_KANBAN_HOME || echo clean",
                log.display()
            ),
        ),
        gate("slow", "kill -s SEGV $$"),
    ];
    let project = project(&lab, &gates_of).await;
    let work = reviewed(&lab, &project).await;
    assert_eq!(fs::read_to_string(&log).unwrap(), "lint\ntest\n");
    let attempt = lab.find_attempt(&work.attempt).await;
    let shown = gates(&lab, &work.attempt).await;
    assert_eq!(states(&shown), pairs(&[("lint", "failed"), ("test", "passed"), ("slow", "failed")]));
    assert_eq!((&shown[0]["exit_code"], &shown[0]["output_tail"]), (&json!(3), &json!("odd\n")));
    assert_eq!(text(&shown[2]["message"]), "ended by signal 11");
    let said = format!("{} ek-1-1\ndone\nclean\n", work.attempt);
    assert_eq!(String::from_utf8(output(&lab, &shown[1]).await).unwrap(), said);
    assert_eq!(shown[1]["output_bytes"], said.len());
    assert_eq!((&shown[1]["commit"], &shown[1]["is_stale"]), (&attempt["head_commit"], &json!(false)));
    assert_eq!(attempt["gates"][0], json!({ "name": "lint", "state": "failed", "is_stale": false }));
    let task = lab.find_task(&work.task).await;
    assert_eq!((&task["status"], &task["last_outcome"]), (&json!("review"), &json!("ok")));
    let results = gate_results(&lab, &work.attempt).await;
    let ends: Vec<_> = results.iter().map(|result| (&result["gate"], &result["exit_code"])).collect();
    assert_eq!(
        ends,
        [(&json!("lint"), &json!(3)), (&json!("test"), &json!(0)), (&json!("slow"), &Value::Null)]
    );
    assert_eq!(results[0]["output_ref"], shown[0]["id"]);
    assert!(results[0]["duration_ms"].as_i64().is_some_and(|millis| (0..60_000).contains(&millis)));
}

#[tokio::test]
async fn nothing_runs_after_a_failed_install() {
    let lab = Lab::started().await;
    let made = lab.path("made");
    let project =
        project(&lab, &[gate("install", "exit 1"), gate("test", &format!("touch {}", made.display()))]).await;
    let work = reviewed(&lab, &project).await;
    let shown = gates(&lab, &work.attempt).await;
    assert_eq!(states(&shown), pairs(&[("install", "failed"), ("test", "cancelled")]));
    assert_eq!(text(&shown[1]["message"]), "was not run, because install did not pass");
    assert!(!made.exists());
}

#[tokio::test]
async fn an_attempt_waits_in_progress_and_keeps_its_slot() {
    let lab = Lab::started().await;
    let go = lab.path("go");
    let gates_of =
        [gate("wait", &format!("echo begun; while [ ! -e {} ]; do sleep 0.05; done", go.display()))];
    let project = project(&lab, &gates_of).await;
    lab.allow_parallel(1).await;
    let mut board = Socket::open(&lab, "/ws").await;
    let work = lab.begin(&project, json!([{ "say": "done" }])).await;
    let running = gate_when(&lab, &work.attempt, "wait", "running").await;
    eventually("its output", || async { (output(&lab, &running).await == b"begun\n").then_some(()) }).await;
    let attempt = lab.find_attempt(&work.attempt).await;
    assert_eq!((&attempt["state"], &attempt["activity"]["verb"]), (&json!("gates"), &json!("running")));
    assert_eq!(lab.find_task(&work.task).await["status"], "in_progress");
    lab.post(&format!("/api/attempts/{}/gates/wait/run", work.attempt), json!({}))
        .await
        .refused(409, "conflict");
    let other = lab.begin(&project, json!([{ "say": "second" }])).await;
    assert_eq!(lab.find_attempt(&other.attempt).await["state"], "queued");
    fs::write(&go, "").unwrap();
    assert_eq!(lab.settled(&work.attempt).await["state"], "review_ready");
    assert_eq!(lab.settled(&other.attempt).await["state"], "review_ready");
    let mut seen = Vec::new();
    while seen.last().is_none_or(|state| state != "passed") {
        let frame = board.next().await;
        if frame["type"] == "gate_run" && frame["gate_run"]["attempt_id"] == work.attempt {
            seen.push(text(&frame["gate_run"]["state"]));
        }
    }
    seen.dedup();
    assert_eq!(seen, ["queued", "running", "passed"]);
}

#[tokio::test]
async fn a_time_limit_ends_the_whole_tree() {
    let lab = Lab::started().await;
    let pid = lab.path("pid");
    let stubborn = format!("trap \"\" TERM; echo $$ > {}; while :; do sleep 0.1; done", pid.display());
    let command =
        format!("echo before; setsid sh -c '{stubborn}' & trap '' TERM; while :; do sleep 0.1; done");
    let gates_of = [json!({ "name": "hangs", "command": command, "timeout_s": 1 }), gate("after", "true")];
    let project = project(&lab, &gates_of).await;
    let work = reviewed(&lab, &project).await;
    let shown = gates(&lab, &work.attempt).await;
    assert_eq!(states(&shown), pairs(&[("hangs", "timed_out"), ("after", "passed")]));
    assert_eq!((&shown[0]["output_tail"], &shown[0]["exit_code"]), (&json!("before\n"), &Value::Null));
    assert!(text(&shown[0]["message"]).contains("after 1 s"), "{shown:#?}");
    let pid = fs::read_to_string(&pid).unwrap();
    assert!(!std::path::Path::new("/proc").join(pid.trim()).exists(), "process {pid} is left");
}

#[tokio::test]
async fn any_bytes_and_much_of_them_come_back_as_they_are() {
    let lab = Lab::started().await;
    let command = "head -c 10000000 /dev/zero | tr '\\0' 'x'; printf '\\377\\n\\000end'";
    let project = project(&lab, &[gate("much", command)]).await;
    let work = reviewed(&lab, &project).await;
    let shown = gates(&lab, &work.attempt).await.remove(0);
    assert_eq!((&shown["state"], &shown["output_bytes"]), (&json!("passed"), &json!(10_000_006)));
    let mut expected = vec![b'x'; 10_000_000];
    expected.extend_from_slice(b"\xff\n\0end");
    assert!(output(&lab, &shown).await == expected, "other bytes");
    let path = format!("/api/gate-runs/{}/output", text(&shown["id"]));
    let part =
        lab.request(Method::GET, &path).header("range", "bytes=9999998-10000002").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], "bytes 9999998-10000002/10000006");
    assert_eq!(part.bytes().await.unwrap().as_ref(), b"xx\xff\n\0");
    let tail = text(&shown["output_tail"]);
    assert!(tail.len() <= 4096 && tail.ends_with("\u{fffd}end"), "{tail:?}");
}

#[tokio::test]
async fn a_cancelled_attempt_ends_its_gate_and_goes_back() {
    let lab = Lab::started().await;
    let project = project(&lab, &[gate("hangs", "sleep 600"), gate("next", "true")]).await;
    let work = lab.begin(&project, json!([{ "say": "done" }])).await;
    gate_when(&lab, &work.attempt, "hangs", "running").await;
    let run = lab.run_of(&work.attempt).await;
    let cancelled = lab.post(&format!("/api/attempts/{}/cancel", work.attempt), json!({})).await.ok();
    assert_eq!(cancelled["state"], "cancelled");
    assert_eq!(run.tree(), Vec::<i32>::new());
    let shown = gates(&lab, &work.attempt).await;
    assert_eq!(states(&shown), pairs(&[("hangs", "cancelled"), ("next", "cancelled")]));
    assert_eq!(lab.find_task(&work.task).await["status"], "todo");
    // Its gates can run all the same: the wish to cancel was about the attempt.
    let run = format!("/api/attempts/{}/gates/next/run", work.attempt);
    assert_eq!(lab.post(&run, json!({})).await.status, 202);
    gate_when(&lab, &work.attempt, "next", "passed").await;
}

#[tokio::test]
async fn one_gate_can_be_stopped_and_run_again() {
    let lab = Lab::started().await;
    let flag = lab.path("flag");
    let gates_of =
        [gate("flaky", &format!("test -e {} || sleep 600", flag.display())), gate("other", "true")];
    let project = project(&lab, &gates_of).await;
    let work = lab.begin(&project, json!([{ "say": "done" }])).await;
    gate_when(&lab, &work.attempt, "flaky", "running").await;
    let base = format!("/api/attempts/{}/gates", work.attempt);
    let stopped = lab.post(&format!("{base}/flaky/cancel"), json!({})).await.ok();
    assert_eq!(stopped["state"], "cancelled");
    lab.settled(&work.attempt).await;
    lab.post(&format!("{base}/flaky/cancel"), json!({})).await.refused(409, "conflict");
    lab.post(&format!("{base}/unknown/run"), json!({})).await.refused(404, "not_found");
    fs::write(&flag, "").unwrap();
    let answer = lab.post(&format!("{base}/flaky/run"), json!({})).await;
    assert_eq!((answer.status, &answer.body["name"]), (202, &json!("flaky")));
    let again = gate_when(&lab, &work.attempt, "flaky", "passed").await;
    assert_ne!(again["id"], stopped["id"]);
    assert_eq!(output(&lab, &stopped).await, b"");
    assert_eq!(lab.find_attempt(&work.attempt).await["state"], "review_ready");
    let all = lab.post(&format!("{base}/run"), json!({})).await;
    assert_eq!((all.status, items(&all.body).len()), (202, 2));
    gate_when(&lab, &work.attempt, "other", "passed").await;
}

#[tokio::test]
async fn a_result_belongs_to_the_tree_that_it_ran_on() {
    let lab = Lab::started().await;
    let project = project(&lab, &[gate("test", "cat work.txt")]).await;
    let agent = lab.agent(json!([{ "write": { "path": "work.txt", "content": "one\n" } }])).await;
    let task = lab.task(&project, "Trees").await;
    let work = lab.begin_task(&task, &agent).await;
    let first = lab.settled(&work.attempt).await;
    assert_eq!(first["gates"][0]["is_stale"], false);
    let run = format!("/api/attempts/{}/gates/test/run", work.attempt);
    // What nobody has committed is not what is reviewed.
    let file = std::path::Path::new(&text(&first["worktree_path"])).join("work.txt");
    fs::write(&file, "two\n").unwrap();
    let before = gates(&lab, &work.attempt).await.remove(0);
    assert_eq!(lab.post(&run, json!({})).await.status, 202);
    let dirty = eventually("the second run", || async {
        let gate = gates(&lab, &work.attempt).await.remove(0);
        (gate["id"] != before["id"] && gate["state"] == "passed").then_some(gate)
    })
    .await;
    assert_eq!((&dirty["is_stale"], &dirty["output_tail"]), (&json!(true), &json!("two\n")));
    assert_eq!(lab.find_attempt(&work.attempt).await["gates"][0]["is_stale"], true);
    fs::write(&file, "one\n").unwrap();
    assert_eq!(lab.post(&run, json!({})).await.status, 202);
    let clean = eventually("the third run", || async {
        let gate = gates(&lab, &work.attempt).await.remove(0);
        (gate["id"] != dirty["id"] && gate["state"] == "passed").then_some(gate)
    })
    .await;
    assert_eq!(clean["is_stale"], false);
}

#[tokio::test]
async fn a_message_makes_the_agent_go_on_after_the_gates() {
    let lab = Lab::started().await;
    let (go, runs) = (lab.path("go"), lab.path("runs"));
    let command =
        format!("echo run >> {}; while [ ! -e {} ]; do sleep 0.05; done", runs.display(), go.display());
    let project = project(&lab, &[gate("wait", &command)]).await;
    let work =
        lab.begin(&project, json!(["echo", { "write": { "path": "again.txt", "content": "x" } }])).await;
    let first = gate_when(&lab, &work.attempt, "wait", "running").await;
    let message = json!({ "body": "One more thing" });
    lab.post(&format!("/api/attempts/{}/messages", work.attempt), message).await.ok();
    fs::write(&go, "").unwrap();
    eventually("its second answer", || async {
        lab.said(&work.attempt).await.iter().any(|said| said.contains("One more thing")).then_some(())
    })
    .await;
    assert_eq!(lab.settled(&work.attempt).await["state"], "review_ready");
    let last = gates(&lab, &work.attempt).await.remove(0);
    assert_ne!(last["id"], first["id"], "the gates ran on the new work");
    assert_eq!(fs::read_to_string(&runs).unwrap(), "run\nrun\n");
}

#[tokio::test]
async fn a_gate_makes_way_for_the_agent_and_for_the_removal() {
    let lab = Lab::started().await;
    let flag = lab.path("flag");
    let project = project(
        &lab,
        &[gate("slow", &format!("test ! -e {} || {{ echo waits; sleep 600; }}", flag.display()))],
    )
    .await;
    let work = lab.complete(&project, json!(["echo"])).await;
    fs::write(&flag, "").unwrap();
    let base = format!("/api/attempts/{}", work.attempt);
    assert_eq!(lab.post(&format!("{base}/gates/run"), json!({})).await.status, 202);
    let running = gate_when(&lab, &work.attempt, "slow", "running").await;
    eventually("its words", || async { (output(&lab, &running).await == b"waits\n").then_some(()) }).await;
    let run = lab.run_of(&work.attempt).await;
    fs::remove_file(&flag).unwrap();
    lab.post(&format!("{base}/messages"), json!({ "body": "Go on" })).await.ok();
    let again = gate_when(&lab, &work.attempt, "slow", "passed").await;
    assert_ne!(again["id"], running["id"], "the gates of the new turn");
    assert_eq!(run.tree(), Vec::<i32>::new());
    lab.settled(&work.attempt).await;
    fs::write(&flag, "").unwrap();
    assert_eq!(lab.post(&format!("{base}/gates/slow/run"), json!({})).await.status, 202);
    gate_when(&lab, &work.attempt, "slow", "running").await;
    let discarded = lab.post(&format!("{base}/discard"), json!({})).await.ok();
    assert_eq!((&discarded["state"], &discarded["worktree_path"]), (&json!("discarded"), &Value::Null));
    gate_when(&lab, &work.attempt, "slow", "cancelled").await;
    lab.post(&format!("{base}/gates/run"), json!({})).await.refused(409, "conflict");
}

#[tokio::test]
async fn failed_gates_go_to_the_agent_as_a_new_attempt() {
    let lab = Lab::started().await;
    let project =
        project(&lab, &[gate("lint", "true"), gate("test", "echo 'assertion ``` broke'; exit 7")]).await;
    let work = lab.complete(&project, json!(["echo"])).await;
    let send = format!("/api/attempts/{}/gates/send", work.attempt);
    let answer = lab.post(&send, json!({})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let next = text(&answer.body["id"]);
    assert_eq!(answer.body["continues_id"], work.attempt);
    assert_eq!(lab.find_attempt(&work.attempt).await["state"], "changes_requested");
    assert_eq!(lab.settled(&next).await["state"], "review_ready");
    let said = lab.said(&next).await.join("\n");
    for part in ["## test", "exit code 7", "assertion ``` broke", "````", "echo 'assertion"] {
        assert!(said.contains(part), "no {part} in {said}");
    }
    assert!(!said.contains("## lint"), "{said}");
    lab.post(&send, json!({})).await.refused(409, "conflict");
}

#[tokio::test]
async fn nothing_is_sent_where_nothing_failed() {
    let lab = Lab::started().await;
    let project = project(&lab, &[gate("lint", "true")]).await;
    let work = reviewed(&lab, &project).await;
    let answer = lab.post(&format!("/api/attempts/{}/gates/send", work.attempt), json!({})).await;
    answer.refused(409, "conflict");
    assert_eq!(lab.find_attempt(&work.attempt).await["state"], "review_ready");
}

#[tokio::test]
async fn gates_that_were_never_run_are_shown_so() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = reviewed(&lab, &project).await;
    let base = format!("/api/attempts/{}/gates", work.attempt);
    assert!(gates(&lab, &work.attempt).await.is_empty());
    lab.post(&format!("{base}/run"), json!({})).await.refused(409, "conflict");
    let settings = json!({ "settings": { "gates": [gate("new", "true")] } });
    lab.patch(&format!("/api/projects/{project}"), settings).await.ok();
    let shown = gates(&lab, &work.attempt).await.remove(0);
    assert_eq!((&shown["state"], &shown["id"]), (&json!("not_run"), &Value::Null));
    lab.get("/api/gate-runs/00000000-0000-7000-8000-000000000000/output").await.refused(404, "not_found");
    for bad in [
        json!([{ "name": "", "command": "true", "timeout_s": 1 }]),
        json!([{ "name": "a", "command": " ", "timeout_s": 1 }]),
        json!([{ "name": "a", "command": "true", "timeout_s": 0 }]),
        json!([gate("a", "true"), gate("a", "false")]),
    ] {
        let settings = json!({ "settings": { "gates": bad } });
        let answer = lab.patch(&format!("/api/projects/{project}"), settings).await;
        answer.refused(422, "validation_failed");
    }
}

/// A project whose setup command writes down that it ran.
async fn project_with_setup(lab: &Lab, end: &str) -> String {
    let command =
        format!("echo $PWD >> {}; touch installed; echo installing; {end}", lab.path("setups").display());
    lab.project_with(json!({ "setup_command": command })).await
}

#[tokio::test]
async fn the_setup_runs_once_per_worktree_before_the_agent() {
    let lab = Lab::started().await;
    let project = project_with_setup(&lab, "true").await;
    let agent = lab.agent(json!([{ "run": "ls installed > listing" }, "echo"])).await;
    let task = lab.task(&project, "Set up").await;
    let work = lab.begin_task(&task, &agent).await;
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!(attempt["state"], "review_ready", "{attempt:#}");
    let shown = gates(&lab, &work.attempt).await;
    assert_eq!((&shown[0]["kind"], &shown[0]["state"]), (&json!("setup"), &json!("passed")));
    assert_eq!(shown[0]["output_tail"], "installing\n");
    assert!(attempt["gates"].as_array().unwrap().is_empty(), "the setup is no gate");
    let kinds: Vec<_> = lab.events(&work.attempt).await.iter().map(|event| text(&event["kind"])).collect();
    let place = |kind: &str| kinds.iter().position(|found| found == kind).unwrap();
    assert!(place("COMMAND") < place("GATE_RESULT") && place("GATE_RESULT") < place("MESSAGE"), "{kinds:?}");
    lab.post(&format!("/api/attempts/{}/messages", work.attempt), json!({ "body": "on" })).await.ok();
    eventually("a second turn", || async { (lab.said(&work.attempt).await.len() > 1).then_some(()) }).await;
    let listing = std::path::Path::new(&text(&attempt["worktree_path"])).join("listing");
    assert_eq!(fs::read_to_string(listing).unwrap(), "installed\n");
    lab.settled(&work.attempt).await;
    assert_eq!(fs::read_to_string(lab.path("setups")).unwrap(), text(&attempt["worktree_path"]) + "\n");
}

#[tokio::test]
async fn a_failed_setup_fails_the_attempt_and_is_tried_again() {
    let lab = Lab::started().await;
    let good = lab.path("good");
    let project =
        project_with_setup(&lab, &format!("test -e {} || {{ echo no network; exit 9; }}", good.display()))
            .await;
    let work = lab.begin(&project, json!([{ "say": "at work" }])).await;
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!((&attempt["state"], &attempt["error"]["code"]), (&json!("failed"), &json!("worktree_failed")));
    let message = text(&attempt["error"]["message"]);
    assert!(message.contains("exit code 9") && message.contains("no network"), "{message}");
    assert!(lab.said(&work.attempt).await.is_empty());
    fs::write(&good, "").unwrap();
    lab.post(&format!("/api/attempts/{}/resume", work.attempt), json!({})).await.ok();
    assert_eq!(lab.settled(&work.attempt).await["state"], "review_ready");
    assert_eq!(fs::read_to_string(lab.path("setups")).unwrap().lines().count(), 2);
}

#[tokio::test]
async fn an_attempt_can_be_cancelled_while_it_is_set_up() {
    let lab = Lab::started().await;
    let project = project_with_setup(&lab, "sleep 600").await;
    let work = lab.begin(&project, json!([{ "say": "at work" }])).await;
    gate_when(&lab, &work.attempt, "setup", "running").await;
    assert_eq!(lab.find_attempt(&work.attempt).await["state"], "preparing");
    let cancelled = lab.post(&format!("/api/attempts/{}/cancel", work.attempt), json!({})).await.ok();
    assert_eq!(cancelled["state"], "cancelled", "{cancelled:#}");
    gate_when(&lab, &work.attempt, "setup", "cancelled").await;
    assert!(lab.said(&work.attempt).await.is_empty());
}

#[tokio::test]
async fn a_worktree_that_was_made_again_is_set_up_again() {
    let lab = Lab::started().await;
    let project = project_with_setup(&lab, "true").await;
    let work = reviewed(&lab, &project).await;
    let base = format!("/api/attempts/{}", work.attempt);
    lab.post(&format!("{base}/discard"), json!({})).await.ok();
    let back = lab.post(&format!("{base}/restore"), json!({})).await.ok();
    let next = lab.post(&format!("{base}/request-changes"), json!({ "feedback": "More" })).await.ok();
    lab.settled(&text(&next["id"])).await;
    let line = text(&back["worktree_path"]) + "\n";
    assert_eq!(fs::read_to_string(lab.path("setups")).unwrap(), line.repeat(2));
}

#[tokio::test]
async fn what_moved_under_a_gate_makes_its_result_stale() {
    let lab = Lab::started().await;
    let flag = lab.path("flag");
    let slow =
        format!("test ! -e {0} || {{ echo waits; while test -e {0}; do sleep 0.05; done; }}", flag.display());
    let project = project(&lab, &[gate("slow", &slow)]).await;
    let work = reviewed(&lab, &project).await;
    fs::write(&flag, "").unwrap();
    let base = format!("/api/attempts/{}", work.attempt);
    let begin = async || {
        assert_eq!(lab.post(&format!("{base}/gates/run"), json!({})).await.status, 202);
        let running = gate_when(&lab, &work.attempt, "slow", "running").await;
        eventually("its words", || async { (output(&lab, &running).await == b"waits\n").then_some(()) })
            .await;
    };
    begin().await;
    let folder = text(&lab.find_attempt(&work.attempt).await["worktree_path"]);
    lab.git_in(std::path::Path::new(&folder), &["commit", "-q", "--allow-empty", "-m", "by hand"]);
    fs::remove_file(&flag).unwrap();
    let passed = gate_when(&lab, &work.attempt, "slow", "passed").await;
    assert_eq!((&passed["is_stale"], &passed["exit_code"]), (&json!(true), &json!(0)));
    fs::write(&flag, "").unwrap();
    begin().await;
    lab.post(&format!("{base}/checkpoints/0/restore"), json!({})).await.ok();
    gate_when(&lab, &work.attempt, "slow", "cancelled").await;
}

#[tokio::test]
async fn gates_of_a_deleted_project_end() {
    let mut lab = Lab::started().await;
    let flag = lab.path("flag");
    let slow = format!("test ! -e {} || {{ echo waits; sleep 600; }}", flag.display());
    let project = project(&lab, &[gate("slow", &slow), gate("next", "true")]).await;
    let work = reviewed(&lab, &project).await;
    fs::write(&flag, "").unwrap();
    let path = format!("/api/attempts/{}/gates/run", work.attempt);
    assert_eq!(lab.post(&path, json!({})).await.status, 202);
    let running = gate_when(&lab, &work.attempt, "slow", "running").await;
    eventually("its words", || async { (output(&lab, &running).await == b"waits\n").then_some(()) }).await;
    let run = lab.run_of(&work.attempt).await;
    assert_eq!(lab.delete(&format!("/api/projects/{project}")).await.status, 204);
    eventually("the end of its processes", || async { run.tree().is_empty().then_some(()) }).await;
    lab.restart().await;
    assert!(!lab.log().contains("trying again"), "{}", lab.log());
}
