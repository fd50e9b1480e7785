//! What clients read while an agent works: events, the raw stream, server-sent events and the two WebSockets.

use std::fs;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::lab::socket::{Socket, events_of};
use crate::lab::{Lab, Work, eventually, items, text};

#[tokio::test]
async fn events_are_paged_both_ways() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.complete(&project, json!([{ "lines": { "count": 250 } }])).await;
    let all = lab.events(&work.attempt).await;
    let path = format!("/api/attempts/{}/events", work.attempt);
    let first = lab.get(&path).await.ok();
    assert_eq!(items(&first), &all[..all.len().min(500)]);
    assert_eq!(first["last_seq"], all.len());
    let page = lab.get(&format!("{path}?after=10&limit=5")).await.ok();
    assert_eq!((items(&page), &page["next_cursor"]), (&all[10..15].to_vec(), &json!(15)));
    let mut backwards = Vec::new();
    let mut before = json!(i32::MAX);
    while !before.is_null() {
        let page = lab.get(&format!("{path}?before={before}&limit=70")).await.ok();
        let mut events = items(&page).clone();
        events.append(&mut backwards);
        backwards = events;
        before = page["next_cursor"].clone();
    }
    assert_eq!(backwards, all);
    assert!(items(&lab.get(&format!("{path}?after={}", all.len())).await.ok()).is_empty());
    for query in ["limit=0", "limit=5001", "after=1&before=9"] {
        lab.get(&format!("{path}?{query}")).await.refused(422, "validation_failed");
    }
    lab.get(&format!("{path}?after=x")).await.refused(400, "bad_request");
    lab.get("/api/attempts/01900000-0000-7000-8000-000000000000/events").await.refused(404, "not_found");
}

#[tokio::test]
async fn the_raw_stream_is_what_the_agent_wrote() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let written = lab.path("written");
    let output = "printf '%s\\n' '{\"type\":\"nonsense\"}' 'no json \u{1f980}' ; printf '\\377\\376 bytes\\n'; \
        head -c 10000000 /dev/zero | tr '\\0' 'x'; printf '\\nno end of line'";
    let program = lab.program("noisy", &format!("( {output} ) | tee '{}'", written.display()));
    let agent = json!({ "name": "noisy", "adapter": "scripted", "command": program });
    let agent = text(&lab.post("/api/agents", agent).await.ok()["id"]);
    let task = lab.task(&project, "Noise").await;
    let work = lab.begin_task(&task, &agent).await;
    assert_eq!(lab.settled(&work.attempt).await["error"]["code"], "no_result");
    let written = fs::read(written).unwrap();
    assert!(written.len() > 10_000_000);
    let path = format!("/api/attempts/{}/raw", work.attempt);
    let read = async |range: Option<&str>| {
        let request = lab.request(Method::GET, &path);
        let request = range.map_or(request.try_clone().unwrap(), |range| request.header("Range", range));
        let answer = request.send().await.unwrap();
        let head = (answer.status().as_u16(), answer.headers().get("content-range").cloned());
        (head, answer.bytes().await.unwrap().to_vec())
    };
    let ((status, _), whole) = read(None).await;
    assert!(status == 200 && whole == written, "{status}, {} of {} bytes", whole.len(), written.len());
    let total = written.len();
    let cases = [(0, 9), (20, 60), (5_000_000, 5_300_000), (total - 10, total - 1), (total - 1, total - 1)];
    for (from, to) in cases {
        let ((status, range), part) = read(Some(&format!("bytes={from}-{to}"))).await;
        assert_eq!(status, 206);
        assert_eq!(range.unwrap(), format!("bytes {from}-{to}/{total}"));
        assert!(part == written[from..=to], "{from}-{to}");
    }
    assert!(read(Some("bytes=-14")).await.1 == b"no end of line");
    assert_eq!(read(Some(&format!("bytes={total}-"))).await.0.0, 416);
    // As events: what is no protocol is kept as it is, the long line cut.
    let events = lab.events(&work.attempt).await;
    assert!(
        events
            .iter()
            .any(|event| event["payload"]["message"].as_str().is_some_and(|line| line.contains('\u{1f980}')))
    );
}

#[tokio::test]
async fn a_line_of_ten_megabytes_passes_as_a_message() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work =
        lab.complete(&project, json!([{ "long_line": { "megabytes": 10 } }, { "say": "after" }])).await;
    let said = lab.said(&work.attempt).await;
    assert_eq!((said.len(), said[1].as_str()), (2, "after"));
    assert!(said[0].len() >= 256 * 1024 && said[0].bytes().all(|byte| byte == b'x'), "{}", said[0].len());
}

/// A task whose agent says two things, waits for a file, and says two more.
async fn interrupted(lab: &Lab, project: &str) -> Work {
    let steps = json!([
        { "say": "one" }, { "say": "two" }, { "wait_for_file": lab.path("go") }, { "say": "three" }, { "say": "four" },
    ]);
    let work = lab.begin(project, steps).await;
    eventually("two messages", || async { (lab.said(&work.attempt).await.len() == 2).then_some(()) }).await;
    work
}

#[tokio::test]
async fn server_sent_events_go_on_where_the_client_was() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let task = lab.task(&project, "Never run").await;
    lab.get(&format!("/api/tasks/{task}/logs")).await.refused(409, "conflict");
    let work = interrupted(&lab, &project).await;
    let mut stream = open_log(&lab, &work, None).await;
    let stored =
        stream.until(|events| events.iter().any(|(_, event)| event["payload"]["text"] == "two")).await;
    let last = stored.last().unwrap().0;
    drop(stream);
    let mut again = open_log(&lab, &work, Some(last)).await;
    fs::write(lab.path("go"), "").unwrap();
    let rest = again.rest().await;
    let seqs: Vec<_> = stored.iter().chain(&rest).map(|(seq, _)| *seq).collect();
    assert_eq!(seqs, (1..=i64::try_from(seqs.len()).unwrap()).collect::<Vec<_>>());
    let events: Vec<_> = stored.iter().chain(&rest).map(|(_, event)| event.clone()).collect();
    assert_eq!(events, lab.events(&work.attempt).await);
}

struct Log {
    stream: std::pin::Pin<Box<dyn futures_util::Stream<Item = reqwest::Result<bytes::Bytes>>>>,
    text: String,
}

async fn open_log(lab: &Lab, work: &Work, last: Option<i64>) -> Log {
    let request = lab.request(Method::GET, &format!("/api/tasks/{}/logs", work.task));
    let request = match last {
        Some(last) => request.header("Last-Event-ID", last.to_string()),
        None => request,
    };
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    Log { stream: Box::pin(answer.bytes_stream()), text: String::new() }
}

impl Log {
    async fn more(&mut self) -> bool {
        let next = tokio::time::timeout(crate::lab::PATIENCE, self.stream.next()).await.unwrap();
        let Some(bytes) = next else { return false };
        self.text.push_str(std::str::from_utf8(&bytes.unwrap()).unwrap());
        true
    }

    /// The events so far, each as its id and its data.
    fn events(&self) -> Vec<(i64, Value)> {
        let whole = self.text.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
        whole
            .split("\n\n")
            .filter_map(|block| {
                let field =
                    |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                Some((field("id:")?.parse().unwrap(), serde_json::from_str(field("data:")?).unwrap()))
            })
            .collect()
    }

    async fn until(&mut self, is_enough: impl Fn(&[(i64, Value)]) -> bool) -> Vec<(i64, Value)> {
        while !is_enough(&self.events()) {
            assert!(self.more().await, "the stream ended");
        }
        self.events()
    }

    async fn rest(&mut self) -> Vec<(i64, Value)> {
        while self.more().await {}
        self.events()
    }
}

#[tokio::test]
async fn the_board_hears_every_change_as_a_whole() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let mut socket = Socket::open(&lab, "/ws").await;
    let hello = socket.next().await;
    assert_eq!((&hello["type"], &hello["n"]), (&json!("hello"), &json!(0)));
    assert_eq!(hello["instance_id"], lab.get("/api/health").await.ok()["instance_id"]);
    let work = lab.complete(&project, json!([{ "write": { "path": "a", "content": "b\n" } }])).await;
    lab.post(&format!("/api/tasks/{}/approve", work.task), json!({ "merge": true })).await.ok();
    lab.patch(&format!("/api/projects/{project}"), json!({ "name": "Renamed" })).await.ok();
    let expected = (lab.find_task(&work.task).await, lab.find_attempt(&work.attempt).await);
    assert_eq!(lab.delete(&format!("/api/tasks/{}", work.task)).await.status, 204);
    let mut frames = Vec::new();
    while frames.last().is_none_or(|frame: &Value| frame["type"] != "task_deleted") {
        frames.push(socket.next().await);
    }
    for (index, frame) in frames.iter().enumerate() {
        assert_eq!(frame["n"], index + 1, "{frame}");
    }
    let last = |kind: &str| frames.iter().rfind(|frame| frame["type"] == kind).unwrap()[kind].clone();
    assert_eq!(last("task"), expected.0);
    let attempt = last("attempt");
    assert_eq!((&attempt["id"], &attempt["state"]), (&expected.1["id"], &json!("merged")));
    assert_eq!(last("project")["name"], "Renamed");
    assert_eq!(frames.last().unwrap()["task_id"], work.task.as_str());
    let statuses: Vec<_> = frames
        .iter()
        .filter(|frame| frame["type"] == "task")
        .map(|frame| text(&frame["task"]["status"]))
        .collect();
    let mut distinct = statuses.clone();
    distinct.dedup();
    assert_eq!(distinct, ["todo", "in_progress", "review", "done"]);
}

/// Row 39: one that does not read is told to fetch again or let go, costs no memory, and holds nobody up.
#[tokio::test]
async fn a_reader_that_stands_still_is_told_to_fetch_again() {
    const ROUNDS: usize = 50;
    let lab = Lab::started().await;
    let project = lab.project().await;
    let mut tasks = Vec::new();
    for number in 0..8 {
        tasks.push(lab.task(&project, &format!("Often changed {number}")).await);
    }
    let (lazy, mut quick) = (lazy_reader(&lab, "/ws").await, Socket::open(&lab, "/ws").await);
    quick.next().await;
    let before = lab.memory();
    let description = "x".repeat(120_000);
    for round in 0..ROUNDS {
        let patch = json!({ "description": format!("{round} {description}") });
        let paths: Vec<_> = tasks.iter().map(|task| format!("/api/tasks/{task}")).collect();
        let answers = join_all(paths.iter().map(|path| lab.patch(path, patch.clone()))).await;
        answers.into_iter().for_each(|answer| drop(answer.ok()));
        for index in 1..=tasks.len() {
            assert_eq!(quick.next().await["n"], round * tasks.len() + index);
        }
    }
    let grown = lab.memory().saturating_sub(before) / 1_000_000;
    eprintln!("memory grew by {grown} MB while 48 MB were announced");
    assert!(grown < 80, "grew by {grown} MB");
    let frames = read_frames(lazy, |frame| frame["type"] == "resync").await;
    for (index, frame) in frames.iter().enumerate() {
        assert_eq!(frame["n"], index);
    }
}

/// Row 39, for the log of an attempt: what was not read in time is read from the database later.
#[tokio::test]
async fn a_viewer_that_stands_still_misses_nothing_and_costs_no_memory() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let flood = json!({ "lines": { "count": 20_000, "bytes": 2_000 } });
    let work = lab.begin(&project, json!([{ "wait_for_file": lab.path("go") }, flood])).await;
    lab.running(&work.attempt).await;
    let lazy = lazy_reader(&lab, &format!("/ws/attempts/{}", work.attempt)).await;
    let before = lab.memory();
    fs::write(lab.path("go"), "").unwrap();
    let attempt = lab.settled(&work.attempt).await;
    let grown = lab.memory().saturating_sub(before) / 1_000_000;
    eprintln!("memory grew by {grown} MB while 40 MB were logged");
    assert!(grown < 80, "grew by {grown} MB");
    let last = attempt["last_seq"].as_i64().unwrap();
    let is_last = |frame: &Value| events_of(frame).last().is_some_and(|(seq, ..)| *seq == last);
    let mut seqs: Vec<_> =
        read_frames(lazy, is_last).await.iter().flat_map(events_of).map(|(seq, ..)| seq).collect();
    // The server lets go of one that stands still for too long: it comes back and goes on.
    let had = seqs.last().copied().unwrap_or(0);
    if had < last {
        let mut back = Socket::open(&lab, &format!("/ws/attempts/{}?after={had}", work.attempt)).await;
        while seqs.last().is_none_or(|seq| *seq < last) {
            seqs.extend(events_of(&back.next().await).into_iter().map(|(seq, ..)| seq));
        }
    }
    assert!(seqs == (1..=last).collect::<Vec<_>>(), "a gap or a repeat among {} of {last}", seqs.len());
}

/// A browser that opened a socket and reads nothing.
async fn lazy_reader(lab: &Lab, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(lab.address()).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: eval-kanban, t.{}\r\n\r\n",
        lab.address(),
        lab.token()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    stream
}

/// The frames until the wanted one, that one included, or until the server lets go.
async fn read_frames(stream: TcpStream, is_wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
    use tokio_tungstenite::tungstenite::protocol::Role;
    let socket = tokio_tungstenite::WebSocketStream::from_raw_socket(stream, Role::Client, None).await;
    let mut socket = Box::pin(socket);
    let mut frames: Vec<Value> = Vec::new();
    while !frames.last().is_some_and(&is_wanted) {
        let message = tokio::time::timeout(crate::lab::PATIENCE, socket.next()).await.unwrap();
        match message {
            Some(Ok(tokio_tungstenite::tungstenite::Message::Text(frame))) => {
                frames.push(serde_json::from_str(&frame).unwrap());
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => break,
        }
    }
    frames
}

#[tokio::test]
async fn a_viewer_gets_stored_and_live_events_without_gap_or_repeat() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!([{ "lines": { "count": 6_000, "per_second": 4_000 } }])).await;
    lab.logged(&work.attempt, 1_500).await;
    let path = format!("/ws/attempts/{}", work.attempt);
    let mut viewers =
        [Socket::open(&lab, &path).await, Socket::open(&lab, &format!("{path}?after=1000")).await];
    lab.settled(&work.attempt).await;
    let expected = lab.events(&work.attempt).await;
    for (viewer, from) in viewers.iter_mut().zip([0, 1_000]) {
        let mut seen = Vec::new();
        while seen.len() + from < expected.len() {
            seen.extend(events_of(&viewer.next().await));
        }
        let same =
            |event: &Value| (event["seq"].as_i64().unwrap(), text(&event["kind"]), event["payload"].clone());
        assert!(
            seen == expected[from..].iter().map(same).collect::<Vec<_>>(),
            "a gap, a repeat or another event"
        );
        assert!(viewer.next_within(Duration::from_millis(100)).await.is_none(), "more than there is");
    }
}

#[tokio::test]
async fn text_is_shown_while_it_is_written() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let stream = json!({ "text": "Let me look at the cart.", "chars_per_delta": 4, "delay_ms": 30 });
    let steps = json!([{ "wait_for_file": lab.path("go") }, { "stream": stream }]);
    let work = lab.begin(&project, steps).await;
    lab.running(&work.attempt).await;
    let mut viewer = Socket::open(&lab, &format!("/ws/attempts/{}", work.attempt)).await;
    fs::write(lab.path("go"), "").unwrap();
    let mut frames: Vec<Value> = Vec::new();
    let is_said =
        |frame: &Value| events_of(frame).iter().any(|(_, _, payload)| payload["role"] == "assistant");
    while !frames.last().is_some_and(is_said) {
        frames.push(viewer.next().await);
    }
    let partials = frames.iter().filter(|frame| frame["type"] == "partial");
    let shown = partials.fold(String::new(), |shown, frame| {
        assert!(frame.get("seq").is_none());
        let kept = if frame["is_reset"] == true { "" } else { &shown };
        format!("{kept}{}", text(&frame["text"]))
    });
    assert!(!shown.is_empty() && "Let me look at the cart.".starts_with(&shown), "{shown:?}");
}

#[tokio::test]
async fn who_opens_a_log_in_the_middle_of_a_text_sees_its_beginning() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let text_written = "Let me look at the cart. ".repeat(40);
    let stream = json!({ "text": text_written, "chars_per_delta": 5, "delay_ms": 40 });
    let steps = json!([{ "wait_for_file": lab.path("go") }, { "stream": stream }]);
    let work = lab.begin(&project, steps).await;
    lab.running(&work.attempt).await;
    let path = format!("/ws/attempts/{}", work.attempt);
    let is_partial = |frame: &Value| frame["type"] == "partial" && frame["text"] != "";
    let mut early = Socket::open(&lab, &path).await;
    fs::write(lab.path("go"), "").unwrap();
    early.next_where(is_partial).await;
    early.next_where(is_partial).await;
    let mut late = Socket::open(&lab, &path).await;
    let first = late.next_where(is_partial).await;
    assert_eq!(first["is_reset"], true, "{first}");
    let mut shown = text(&first["text"]);
    assert!(shown.len() > 4 && text_written.starts_with(&shown), "{shown:?}");
    let next = late.next_where(is_partial).await;
    shown.push_str(&text(&next["text"]));
    assert!(text_written.starts_with(&shown), "nothing twice, nothing missing: {shown:?}");
}

/// Row 38.
#[tokio::test]
async fn a_socket_that_floods_is_closed() {
    use futures_util::SinkExt;
    use tokio_tungstenite::tungstenite::{Message, protocol::Role};
    let lab = Lab::started().await;
    for message in
        [Message::text("x"), Message::Ping(bytes::Bytes::new()), Message::text("x".repeat(100_000))]
    {
        let stream = lazy_reader(&lab, "/ws").await;
        let mut socket =
            tokio_tungstenite::WebSocketStream::from_raw_socket(stream, Role::Client, None).await;
        let mut sent = 0;
        while socket.send(message.clone()).await.is_ok() && sent < 100_000 {
            sent += 1;
        }
        assert!(sent < 100_000, "took {sent} messages");
    }
    assert_eq!(lab.get("/api/health").await.status, 200);
}
