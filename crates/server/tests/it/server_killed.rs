//! The server is killed with SIGKILL at random moments, again and again. No agent notices, and no line is lost or told
//! twice.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use futures_util::future::{join_all, select};
use serde_json::{Value, json};

use crate::lab::chance::{Chance, kills};
use crate::lab::socket::Socket;
use crate::lab::{Lab, PATIENCE, Work, eventually, ids, items, text};

const LINES: u64 = 20_000;
/// Kills that a start-up test makes at most before it lets the server work.
const STARTS_MAX: u64 = 40;

/// The lines that the scripted agent's flood prints, each at least `bytes` long.
fn flood(bytes: usize) -> Vec<String> {
    let line = |index| {
        let mut line = format!("line {index}");
        while line.len() < bytes {
            line.push_str(" .");
        }
        line
    };
    (0..LINES).map(line).collect()
}

/// An agent whose own output is kept beside, before any shim sees it.
async fn overheard_agent(lab: &Lab, steps: Value) -> (String, PathBuf) {
    let (script, overheard) = (lab.path("overheard.json"), lab.path("overheard"));
    fs::write(&script, json!({ "steps": steps }).to_string()).unwrap();
    let product = env!("CARGO_BIN_EXE_eval-kanban");
    let command = lab.program(
        "overheard-agent",
        &format!("'{product}' scripted-agent \"$@\" | tee '{}'", overheard.display()),
    );
    let args = json!(["--script", script]);
    let agent = json!({ "name": "overheard", "adapter": "scripted", "command": command, "extra_args": args });
    (text(&lab.post("/api/agents", agent).await.ok()["id"]), overheard)
}

/// Everything that must be so after an agent has printed its lines, however often the server died.
async fn check_whole(lab: &Lab, work: &Work, lines: &[String], overheard: &PathBuf) {
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!(attempt["state"], "review_ready", "{attempt:#}");
    let said = lab.said(&work.attempt).await;
    let wrong = said.iter().zip(lines).position(|(said, line)| said != line);
    assert_eq!((wrong, said.len()), (None, lines.len()), "at {wrong:?}");
    assert_eq!(attempt["last_seq"], lab.events(&work.attempt).await.len());
    let raw = lab.request(reqwest::Method::GET, &format!("/api/attempts/{}/raw", work.attempt));
    let raw = raw.send().await.unwrap().bytes().await.unwrap();
    assert!(raw == fs::read(overheard).unwrap(), "the raw stream is not what the agent wrote");
}

/// Kills and starts the server until the agent's log is whole and it was killed often enough.
async fn kill_while_it_prints(what: &str, steps: Value, bytes: usize) {
    let mut chance = Chance::new(what);
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let (agent, overheard) = overheard_agent(&lab, steps).await;
    let task = lab.task(&project, "Print").await;
    let work = lab.begin_task(&task, &agent).await;
    let run = lab.run_of(&work.attempt).await;
    let mut seen = Vec::new();
    for kill in 0..kills(30) {
        lab.kill();
        lab.spawn();
        // Every other one dies before or while it starts.
        if kill % 2 == 0 {
            chance.moment(0, 150).await;
            continue;
        }
        lab.ready().await;
        let last = lab.find_attempt(&work.attempt).await["last_seq"].as_i64().unwrap();
        seen.push(last);
        // The log's end may be nearer than that.
        let more = i64::try_from(chance.between(1, LINES / 15)).unwrap();
        drop(tokio::time::timeout(chance.time(1, 300), lab.logged(&work.attempt, last + more)).await);
    }
    lab.restart().await;
    eprintln!("{what}: the log's length when the server was up: {seen:?}");
    if run.agent.lives() {
        assert_eq!(lab.run_of(&work.attempt).await, run, "another agent");
    }
    check_whole(&lab, &work, &flood(bytes), &overheard).await;
    assert_eq!(lab.run_of(&work.attempt).await, run, "another agent");
    eventually("the end of its processes", || async { run.tree().is_empty().then_some(()) }).await;
}

#[tokio::test]
async fn an_agent_in_full_flood_loses_no_line() {
    let steps = json!([{ "lines": { "count": LINES, "bytes": 300 } }]);
    kill_while_it_prints("full flood", steps, 300).await;
}

#[tokio::test]
async fn an_agent_that_prints_steadily_is_never_interrupted() {
    let steps = json!([{ "lines": { "count": LINES, "per_second": 2_000 } }]);
    kill_while_it_prints("steady", steps, 0).await;
}

/// Makes tasks until the server is gone; the ids of those that it said it has.
async fn make_tasks(lab: &Lab, project: &str, made: &std::cell::RefCell<Vec<String>>) {
    let request = json!({ "project_id": project, "title": "Kept", "labels": ["kept"] });
    while let Ok(answer) = lab.try_call(reqwest::Method::POST, "/api/tasks", Some(&request)).await {
        made.borrow_mut().push(text(&answer.ok()["id"]));
    }
}

#[tokio::test]
async fn what_was_answered_is_stored() {
    let mut chance = Chance::new("answers");
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let made = std::cell::RefCell::new(Vec::new());
    for _ in 0..kills(12) {
        let makers = join_all((0..4).map(|_| make_tasks(&lab, &project, &made)));
        drop(select(Box::pin(makers), Box::pin(chance.moment(5, 120))).await);
        lab.restart().await;
    }
    let list = lab.get(&format!("/api/projects/{project}/tasks")).await.ok();
    let mut numbers: Vec<_> = items(&list).iter().map(|task| task["number"].as_u64().unwrap()).collect();
    let stored = ids(&list);
    let missing: Vec<_> = made.take().into_iter().filter(|task| !stored.contains(task)).collect();
    eprintln!("answers: {} tasks", stored.len());
    assert!(missing.is_empty(), "lost: {missing:?}");
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=stored.len() as u64).collect::<Vec<_>>(), "each number once");
}

/// How often each attempt's agent was started, as the agents themselves wrote it down.
fn starts(lab: &Lab) -> BTreeMap<String, usize> {
    let starts = fs::read_to_string(lab.path("starts")).unwrap_or_default();
    starts.lines().fold(BTreeMap::new(), |mut starts, attempt| {
        *starts.entry(attempt.to_owned()).or_default() += 1;
        starts
    })
}

async fn is_all_in_review(lab: &mut Lab, project: &str, count: usize) -> bool {
    lab.ready().await;
    let list = lab.get(&format!("/api/projects/{project}/tasks?status=review")).await.ok();
    items(&list).len() == count
}

#[tokio::test]
async fn killed_while_it_starts_attempts_it_starts_each_exactly_once() {
    let mut chance = Chance::new("starts");
    let mut lab = Lab::started().await;
    let project = lab.project_with(json!({ "max_parallel": 5 })).await;
    lab.allow_parallel(5).await;
    let steps = json!([
        { "run": format!("echo $EVAL_KANBAN_ATTEMPT >> '{}'", lab.path("starts").display()) },
        { "write": { "path": "done.txt", "content": "done\n" } },
    ]);
    let agent = lab.agent(steps).await;
    let mut works = Vec::new();
    for number in 0..12 {
        let task = lab.task(&project, &format!("Quick {number}")).await;
        works.push(lab.begin_task(&task, &agent).await);
    }
    let mut kill_count = 0;
    while kill_count < STARTS_MAX.max(kills(0)) {
        // Every other server gets as far as answering.
        if kill_count % 2 == 0 && is_all_in_review(&mut lab, &project, works.len()).await {
            break;
        }
        chance.moment(0, 90).await;
        lab.kill();
        lab.spawn();
        kill_count += 1;
    }
    eprintln!("starts: killed {kill_count} times, {} agents begun by then", starts(&lab).len());
    lab.ready().await;
    for work in &works {
        let attempt = lab.settled(&work.attempt).await;
        assert_eq!(attempt["state"], "review_ready", "{attempt:#}");
        assert_eq!(items(&lab.get(&format!("/api/tasks/{}/attempts", work.task)).await.ok()).len(), 1);
        assert_eq!(lab.find_task(&work.task).await["status"], "review");
        lab.events(&work.attempt).await;
    }
    let expected: BTreeMap<_, _> = works.iter().map(|work| (work.attempt.clone(), 1)).collect();
    assert_eq!(starts(&lab), expected);
}

#[tokio::test]
async fn thirty_live_agents_are_taken_up_again_at_once() {
    let mut lab = Lab::started().await;
    let project = lab.project_with(json!({ "max_parallel": 30 })).await;
    lab.allow_parallel(30).await;
    let steps = json!([{ "say": "waiting" }, { "wait_for_file": lab.path("go") }, { "say": "gone on" }]);
    let agent = lab.agent(steps).await;
    let mut works = Vec::new();
    for number in 0..30 {
        let task = lab.task(&project, &format!("Long {number}")).await;
        works.push(lab.begin_task(&task, &agent).await);
    }
    for work in &works {
        lab.running(&work.attempt).await;
    }
    lab.kill();
    let began = Instant::now();
    lab.spawn();
    lab.ready().await;
    let answered = began.elapsed();
    fs::write(lab.path("go"), "").unwrap();
    let ended = join_all(works.iter().map(|work| lab.settled(&work.attempt))).await;
    eprintln!("thirty live agents: answers after {answered:?}, all settled after {:?}", began.elapsed());
    assert!(answered < PATIENCE / 12, "{answered:?}");
    assert!(ended.iter().all(|attempt| attempt["state"] == "review_ready"), "{ended:#?}");
    for work in &works {
        assert_eq!(lab.said(&work.attempt).await, ["waiting", "gone on"]);
    }
}

/// Open sockets and streams do not hold up the end, and are told of it.
#[tokio::test]
async fn asked_to_end_it_lets_go_of_its_viewers() {
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!([{ "say": "one" }, "hang"])).await;
    eventually("its message", || async { (!lab.said(&work.attempt).await.is_empty()).then_some(()) }).await;
    let mut board = Socket::open(&lab, "/ws").await;
    let mut log = Socket::open(&lab, &format!("/ws/attempts/{}", work.attempt)).await;
    let events =
        lab.request(reqwest::Method::GET, &format!("/api/tasks/{}/logs", work.task)).send().await.unwrap();
    let began = Instant::now();
    assert_eq!(lab.terminate().await, Some(0));
    assert!(began.elapsed() < PATIENCE / 12, "{:?}", began.elapsed());
    while board.try_next().await.is_some() {}
    while log.try_next().await.is_some() {}
    assert!(events.text().await.unwrap().contains("one"));
    lab.start().await;
}

#[tokio::test]
async fn asked_to_end_it_leaves_the_agents_at_work() {
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let steps = json!([{ "say": "one" }, { "wait_for_file": lab.path("go") }, { "say": "two" }]);
    let work = lab.begin(&project, steps).await;
    lab.running(&work.attempt).await;
    let run = lab.run_of(&work.attempt).await;
    for way in ["signal", "call"] {
        if way == "call" {
            assert_eq!(lab.post("/api/shutdown", json!({})).await.status, 202);
            assert_eq!(lab.ended().await, Some(0));
        } else {
            assert_eq!(lab.terminate().await, Some(0));
        }
        assert!(run.agent.lives() && run.shim.lives(), "{way}");
        lab.start().await;
        assert_eq!(lab.find_attempt(&work.attempt).await["state"], "running", "{way}");
    }
    lab.terminate().await;
    fs::write(lab.path("go"), "").unwrap();
    lab.start().await;
    assert_eq!(lab.settled(&work.attempt).await["state"], "review_ready");
    assert_eq!(lab.said(&work.attempt).await, ["one", "two"]);
    // Nothing that the product made itself has to be repaired.
    assert!(!lab.log().contains("open to other users"), "{}", lab.log());
}

/// A server that is killed while it starts a child leaves its lock with the child for a moment.
#[tokio::test]
async fn a_lock_that_outlives_its_server_is_waited_for() {
    let mut lab = Lab::started().await;
    lab.kill();
    let lock = fs::File::open(lab.home().join("lock")).unwrap();
    lock.lock().unwrap();
    lab.spawn();
    Chance::new("lock").moment(100, 400).await;
    drop(lock);
    lab.ready().await;
}

#[tokio::test]
async fn what_ended_while_no_server_ran_is_settled_before_the_first_answer() {
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!([{ "wait_for_file": lab.path("go") }, { "exit": 3 }])).await;
    lab.running(&work.attempt).await;
    let run = lab.run_of(&work.attempt).await;
    lab.kill();
    fs::write(lab.path("go"), "").unwrap();
    eventually("the agent's end without a server", || async { (!run.shim.lives()).then_some(()) }).await;
    lab.start().await;
    let attempt = lab.find_attempt(&work.attempt).await;
    assert_eq!((&attempt["state"], &attempt["error"]["code"]), (&json!("failed"), &json!("no_result")));
    assert!(text(&attempt["error"]["message"]).contains("code 3"), "{attempt:#}");
}
