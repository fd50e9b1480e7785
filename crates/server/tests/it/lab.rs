//! The product at work: a home, a repository, the real server, scripted agents, and those who use them.
//!
//! Whatever a lab starts bears its mark in the environment, and is gone when the lab is.

#![expect(clippy::disallowed_methods, reason = "tests start the product and git themselves")]

pub(crate) mod chance;
pub(crate) mod processes;
pub(crate) mod socket;

use std::cell::Cell;
use std::fs::{self, OpenOptions};
use std::future::Future;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use self::processes::{Mark, RunProcesses};

/// Longest wait for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// States in which an attempt is over or waits for a person.
const SETTLED: [&str; 5] = ["review_ready", "failed", "cancelled", "merged", "discarded"];

/// The first value that `attempt` gives, within [`PATIENCE`].
#[track_caller]
pub(crate) fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut attempt: impl FnMut() -> F,
) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(value) = attempt().await {
                return value;
            }
            assert!(Instant::now() < deadline, "waited in vain for {what}, at {caller}");
            tokio::time::sleep(Duration::from_millis(8)).await;
        }
    }
}

/// What the server said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "refused: {self:?}");
        self.body
    }

    /// The error of a refusal with this status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> &Value {
        assert_eq!(self.status, status, "{self:?}");
        let error = &self.body["error"];
        assert_eq!(error["code"], code, "{self:?}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{self:?}");
        error
    }

    /// The field that a failed validation names.
    #[track_caller]
    pub(crate) fn invalid_field(&self) -> String {
        text(&self.refused(422, "validation_failed")["details"]["field"])
    }
}

/// A JSON string.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The ids of a list's items.
#[track_caller]
pub(crate) fn ids(list: &Value) -> Vec<String> {
    items(list).iter().map(|item| text(&item["id"])).collect()
}

/// The items of a list.
#[track_caller]
pub(crate) fn items(list: &Value) -> &Vec<Value> {
    list["items"].as_array().unwrap_or_else(|| panic!("no list: {list}"))
}

/// A task that was started.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) task: String,
    pub(crate) attempt: String,
}

/// See the module.
pub(crate) struct Lab {
    folder: TempDir,
    mark: Mark,
    server: Option<Child>,
    client: reqwest::Client,
    address: String,
    token: String,
    counter: Cell<u32>,
}

impl Lab {
    /// A home without a server, and a repository with one commit.
    pub(crate) fn new() -> Self {
        // A client wants to know whose cryptography it uses, although nothing here is encrypted.
        drop(rustls::crypto::ring::default_provider().install_default());
        let folder = tempfile::tempdir().unwrap();
        let lab = Self {
            mark: Mark::new(),
            folder,
            server: None,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            address: String::new(),
            token: String::new(),
            counter: Cell::new(0),
        };
        fs::write(lab.path(".gitconfig"), "[user]\n\tname = Lab\n\temail = lab@example.invalid\n").unwrap();
        lab.make_repository(&lab.repository());
        lab
    }

    /// One whose server answers.
    pub(crate) async fn started() -> Self {
        let mut lab = Self::new();
        lab.start().await;
        lab
    }

    /// A path in the lab's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.path("repository")
    }

    pub(crate) fn mark(&self) -> &Mark {
        &self.mark
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Different at every call.
    pub(crate) fn count(&self) -> u32 {
        self.counter.set(self.counter.get() + 1);
        self.counter.get()
    }

    // The server's process.

    /// A program in this lab: nothing of the caller's environment but the path.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.folder.path()).env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C.UTF-8");
        command.env(Mark::NAME, self.mark.value());
        command
    }

    /// Starts the server and does not wait for it.
    pub(crate) fn spawn(&mut self) {
        assert!(self.server.is_none(), "a server runs already");
        let words = OpenOptions::new().append(true).create(true).open(self.path("words")).unwrap();
        let mut command = self.command(env!("CARGO_BIN_EXE_eval-kanban"));
        command.args(["--port", "0", "--no-open"]).env("EVAL_KANBAN_HOME", self.home());
        command.stdout(words.try_clone().unwrap()).stderr(words);
        self.server = Some(command.spawn().unwrap());
    }

    /// Waits until the server that was spawned answers.
    pub(crate) async fn ready(&mut self) {
        let pid = self.server_pid();
        self.address = eventually("the server's address", || async {
            let instance = self.instance()?;
            (instance["pid"] == pid).then(|| format!("127.0.0.1:{}", instance["port"]))
        })
        .await;
        self.token = fs::read_to_string(self.home().join("token")).unwrap();
        eventually("the server's health", || async {
            let answer = self.try_call(Method::GET, "/api/health", None).await.ok()?;
            (answer.body["pid"] == pid).then_some(())
        })
        .await;
    }

    fn instance(&self) -> Option<Value> {
        serde_json::from_slice(&fs::read(self.home().join("instance.json")).ok()?).ok()
    }

    fn server_pid(&self) -> u32 {
        self.server.as_ref().unwrap().id()
    }

    pub(crate) async fn start(&mut self) {
        self.spawn();
        self.ready().await;
    }

    /// SIGKILL, and nothing else.
    pub(crate) fn kill(&mut self) {
        let mut server = self.server.take().unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
    }

    /// Kills the server and starts another on the same home.
    pub(crate) async fn restart(&mut self) {
        self.kill();
        self.start().await;
    }

    /// Asks the server to end by a signal; its exit code.
    pub(crate) async fn terminate(&mut self) -> Option<i32> {
        let pid = i32::try_from(self.server_pid()).unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), Signal::SIGTERM).unwrap();
        self.ended().await
    }

    /// Waits for the server's end; its exit code.
    pub(crate) async fn ended(&mut self) -> Option<i32> {
        let mut server = self.server.take().unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = server.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "the server does not end");
            tokio::time::sleep(Duration::from_millis(8)).await;
        }
    }

    /// The server's resident memory, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        processes::memory_of(self.server_pid())
    }

    /// The server's own log.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.home().join("logs/server.log")).unwrap_or_default()
    }

    // Calls.

    pub(crate) async fn try_call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<Answer> {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let response = request.timeout(PATIENCE).send().await?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await?;
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Ok(Answer { status, body })
    }

    /// A request that bears the token.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address)).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.try_call(Method::GET, path, None).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.try_call(Method::POST, path, Some(&body)).await.unwrap()
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.try_call(Method::PATCH, path, Some(&body)).await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.try_call(Method::DELETE, path, None).await.unwrap()
    }

    /// Puts a shell program into the lab's folder.
    pub(crate) fn program(&self, name: &str, script: &str) -> PathBuf {
        use std::os::unix::fs::OpenOptionsExt;
        let path = self.path(name);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o755).open(&path).unwrap();
        file.write_all(format!("#!/bin/sh\n{script}\n").as_bytes()).unwrap();
        path
    }

    // What people do.

    /// Puts the lab's repository on the board.
    pub(crate) async fn project(&self) -> String {
        self.project_with(json!({})).await
    }

    pub(crate) async fn project_with(&self, settings: Value) -> String {
        let request = json!({ "path": self.repository(), "settings": settings });
        text(&self.post("/api/projects", request).await.ok()["id"])
    }

    /// Lets so many attempts run at once, in all.
    pub(crate) async fn allow_parallel(&self, count: u32) {
        self.patch("/api/config", json!({ "limits": { "max_parallel": count } })).await.ok();
    }

    /// A profile whose agent plays these steps.
    pub(crate) async fn agent(&self, steps: Value) -> String {
        let script = self.path(&format!("script-{}.json", self.count()));
        fs::write(&script, json!({ "steps": steps }).to_string()).unwrap();
        let name = script.file_stem().unwrap().to_str().unwrap().to_owned();
        let request = json!({ "name": name, "adapter": "scripted", "extra_args": ["--script", script] });
        text(&self.post("/api/agents", request).await.ok()["id"])
    }

    pub(crate) async fn task(&self, project: &str, title: &str) -> String {
        let request = json!({ "project_id": project, "title": title });
        text(&self.post("/api/tasks", request).await.ok()["id"])
    }

    /// A new task at which an agent plays these steps.
    pub(crate) async fn begin(&self, project: &str, steps: Value) -> Work {
        let agent = self.agent(steps).await;
        let task = self.task(project, &format!("Task {}", self.count())).await;
        self.begin_task(&task, &agent).await
    }

    pub(crate) async fn begin_task(&self, task: &str, agent: &str) -> Work {
        let started = self.post(&format!("/api/tasks/{task}/start"), json!({ "agent_id": agent })).await;
        Work { task: task.to_owned(), attempt: text(&started.ok()["id"]) }
    }

    /// The same, until it is ready for review.
    pub(crate) async fn complete(&self, project: &str, steps: Value) -> Work {
        let work = self.begin(project, steps).await;
        let attempt = self.settled(&work.attempt).await;
        assert_eq!(attempt["state"], "review_ready", "{attempt:#}");
        work
    }

    pub(crate) async fn find_task(&self, task: &str) -> Value {
        self.get(&format!("/api/tasks/{task}")).await.ok()
    }

    pub(crate) async fn find_attempt(&self, attempt: &str) -> Value {
        self.get(&format!("/api/attempts/{attempt}")).await.ok()
    }

    /// The attempt once `is_so` holds for it.
    #[track_caller]
    pub(crate) fn attempt_when<'l>(
        &'l self,
        attempt: &'l str,
        what: &'l str,
        is_so: impl Fn(&Value) -> bool + 'l,
    ) -> impl Future<Output = Value> + 'l {
        let is_so = std::rc::Rc::new(is_so);
        eventually(what, move || {
            let is_so = std::rc::Rc::clone(&is_so);
            async move {
                let attempt = self.find_attempt(attempt).await;
                is_so(&attempt).then_some(attempt)
            }
        })
    }

    #[track_caller]
    pub(crate) fn running<'l>(&'l self, attempt: &'l str) -> impl Future<Output = Value> + 'l {
        self.attempt_when(attempt, "a running agent", |attempt| attempt["state"] == "running")
    }

    #[track_caller]
    pub(crate) fn settled<'l>(&'l self, attempt: &'l str) -> impl Future<Output = Value> + 'l {
        self.attempt_when(attempt, "an attempt's end", |attempt| {
            SETTLED.iter().any(|state| attempt["state"] == *state)
        })
    }

    /// The attempt's log has so many events, or more.
    #[track_caller]
    pub(crate) fn logged<'l>(&'l self, attempt: &'l str, seq: i64) -> impl Future<Output = Value> + 'l {
        self.attempt_when(attempt, "a longer log", move |attempt| {
            attempt["last_seq"].as_i64().is_some_and(|last| last >= seq)
        })
    }

    /// The one approval or question of an attempt that waits; `kind` is `approvals` or `questions`.
    #[track_caller]
    pub(crate) fn pending<'l>(&'l self, kind: &'l str, attempt: &'l str) -> impl Future<Output = Value> + 'l {
        eventually("something that waits for a person", move || async move {
            let list = self.get(&format!("/api/{kind}/pending")).await.ok();
            items(&list).iter().find(|item| item["attempt_id"] == attempt).cloned()
        })
    }

    /// All events of an attempt, page by page, numbered from 1 without a gap.
    pub(crate) async fn events(&self, attempt: &str) -> Vec<Value> {
        let mut events: Vec<Value> = Vec::new();
        loop {
            let path = format!("/api/attempts/{attempt}/events?after={}&limit=5000", events.len());
            let page = self.get(&path).await.ok();
            events.extend(items(&page).iter().cloned());
            if page["next_cursor"].is_null() {
                break;
            }
        }
        for (index, event) in events.iter().enumerate() {
            assert_eq!(event["seq"], index + 1, "a gap or a repeat: {event}");
        }
        events
    }

    /// What the agent said, in order.
    pub(crate) async fn said(&self, attempt: &str) -> Vec<String> {
        let events = self.events(attempt).await;
        let is_said = |event: &&Value| event["kind"] == "MESSAGE" && event["payload"]["role"] == "assistant";
        events.iter().filter(is_said).map(|event| text(&event["payload"]["text"])).collect()
    }

    /// The processes of an attempt's newest run.
    pub(crate) async fn run_of(&self, attempt: &str) -> RunProcesses {
        eventually("the shim's card", || async { RunProcesses::find(&self.home(), attempt) }).await
    }

    // The repository.

    pub(crate) fn make_repository(&self, path: &Path) {
        fs::create_dir_all(path).unwrap();
        self.git_in(path, &["init", "-q", "-b", "main"]);
        fs::write(path.join("README.md"), "# A repository\n").unwrap();
        self.git_in(path, &["add", "."]);
        self.git_in(path, &["commit", "-q", "-m", "Begin"]);
    }

    /// What git answers in the repository.
    #[track_caller]
    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.repository(), args)
    }

    #[track_caller]
    pub(crate) fn git_in(&self, path: &Path, args: &[&str]) -> String {
        let output = self.command("git").current_dir(path).args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Writes a file into the repository and commits it.
    pub(crate) fn commit_file(&self, name: &str, content: &str) {
        fs::write(self.repository().join(name), content).unwrap();
        self.git(&["add", name]);
        self.git(&["commit", "-q", "-m", name]);
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
        processes::end_all(&self.home(), &self.mark);
        if std::thread::panicking() {
            let log = self.log();
            let from = log.lines().count().saturating_sub(30);
            let words = fs::read_to_string(self.path("words")).unwrap_or_default();
            eprintln!("the server's last words:\n{}", log.lines().skip(from).collect::<Vec<_>>().join("\n"));
            eprintln!("on its terminal:\n{words}");
        }
    }
}
