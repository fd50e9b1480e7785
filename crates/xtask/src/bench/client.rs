//! The product's public API, as the measurements use it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use domain::{Agent, Attempt, AttemptId, CreateTask, EventPage, Project, Task, TaskId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::lab::Lab;
use super::samples::Samples;

const WAIT_MAX: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(2);

/// A user of one server.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    port: u16,
    token: String,
    /// Path of the project that the server was started in.
    project: String,
}

impl Client {
    /// Connects to the lab's server, for the project that it was started in.
    pub(crate) async fn connect(lab: &Lab) -> anyhow::Result<Self> {
        let http = reqwest::Client::new();
        let mut client = Self { http, port: lab.port(), token: lab.token()?, project: String::new() };
        client.project = client.wait_for_project().await?;
        Ok(client)
    }

    /// The server answers before it has taken its first project up.
    async fn wait_for_project(&self) -> anyhow::Result<String> {
        let deadline = Instant::now() + WAIT_MAX;
        loop {
            let projects: Vec<Project> = self.get_items("/api/projects").await?;
            if let Some(project) = projects.first() {
                return Ok(format!("/api/projects/{}", project.id));
            }
            anyhow::ensure!(Instant::now() < deadline, "the server knows no project");
            tokio::time::sleep(POLL).await;
        }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn socket_url(&self, path: &str) -> String {
        format!("ws://127.0.0.1:{}{path}", self.port)
    }

    /// The path of the board's list.
    pub(crate) fn tasks_path(&self) -> String {
        format!("{}/tasks", self.project)
    }

    pub(crate) async fn get<Answer: DeserializeOwned>(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(reqwest::Method::GET, path, None::<()>).await
    }

    pub(crate) async fn post<Answer: DeserializeOwned>(
        &self,
        path: &str,
        body: impl Serialize,
    ) -> anyhow::Result<Answer> {
        self.send(reqwest::Method::POST, path, Some(body)).await
    }

    /// How many bytes an answer has.
    pub(crate) async fn get_bytes(&self, path: &str) -> anyhow::Result<usize> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let response = self.http.get(url).bearer_auth(&self.token).send().await?.error_for_status()?;
        Ok(response.bytes().await?.len())
    }

    /// The board's tasks.
    pub(crate) async fn tasks(&self) -> anyhow::Result<Vec<Task>> {
        self.get_items(&self.tasks_path()).await
    }

    /// The items of a list, whether it comes in pages or whole.
    pub(crate) async fn get_items<Item: DeserializeOwned>(&self, path: &str) -> anyhow::Result<Vec<Item>> {
        let answer: Value = self.get(path).await?;
        let items = match answer {
            Value::Object(mut page) => page.remove("items").unwrap_or_default(),
            whole => whole,
        };
        serde_json::from_value(items).with_context(|| format!("failed to read the items of {path}"))
    }

    /// Lets this many attempts run at once.
    pub(crate) async fn allow_parallel(&self, count: i32) -> anyhow::Result<()> {
        let limits = json!({"limits": {"max_parallel": count}});
        self.send::<Value>(reqwest::Method::PATCH, "/api/config", Some(limits)).await?;
        let settings = json!({"settings": {"max_parallel": count}});
        self.send::<Value>(reqwest::Method::PATCH, &self.project, Some(settings)).await.map(drop)
    }

    pub(crate) async fn create_agent(&self, profile: Value) -> anyhow::Result<Agent> {
        self.post("/api/agents", profile).await
    }

    pub(crate) async fn create_task(&self, title: String) -> anyhow::Result<Task> {
        let task: CreateTask = serde_json::from_value(json!({"title": title}))?;
        self.post(&self.tasks_path(), task).await
    }

    /// Starts a new task with this agent.
    pub(crate) async fn start(&self, title: &str, agent: &Agent) -> anyhow::Result<Attempt> {
        let task = self.create_task(title.to_owned()).await?;
        self.start_task(task.id, agent).await
    }

    pub(crate) async fn start_task(&self, task: TaskId, agent: &Agent) -> anyhow::Result<Attempt> {
        self.post(&format!("/api/tasks/{task}/start"), json!({"agent_id": agent.id})).await
    }

    pub(crate) async fn attempt(&self, id: AttemptId) -> anyhow::Result<Attempt> {
        self.get(&format!("/api/attempts/{id}")).await
    }

    pub(crate) async fn cancel(&self, id: AttemptId) -> anyhow::Result<()> {
        self.post::<Value>(&format!("/api/attempts/{id}/cancel"), json!({})).await.map(drop)
    }

    /// All events of an attempt, in pages of 5,000.
    pub(crate) async fn events(&self, id: AttemptId) -> anyhow::Result<Vec<domain::Event>> {
        let mut events = Vec::new();
        loop {
            let after = events.last().map_or(0, |event: &domain::Event| event.seq);
            let path = format!("/api/attempts/{id}/events?after={after}&limit=5000");
            let page: EventPage = self.get(&path).await?;
            if page.items.is_empty() {
                return Ok(events);
            }
            events.extend(page.items);
        }
    }

    /// The attempt, as soon as it fits.
    pub(crate) async fn wait_for_attempt(
        &self,
        id: AttemptId,
        fits: impl Fn(&Attempt) -> bool,
    ) -> anyhow::Result<Attempt> {
        let deadline = Instant::now() + WAIT_MAX;
        loop {
            let attempt = self.attempt(id).await?;
            if fits(&attempt) {
                return Ok(attempt);
            }
            if Instant::now() > deadline {
                bail!("attempt {id} stays {:?}: {:?}", attempt.state, attempt.error);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// How long the board's list takes, asked again and again until `stop`.
    pub(crate) async fn probe(
        self,
        every: Duration,
        stop: tokio::sync::watch::Receiver<bool>,
    ) -> anyhow::Result<Samples> {
        let mut samples = Samples::default();
        while !*stop.borrow() {
            let asked = Instant::now();
            self.tasks().await?;
            samples.push(asked.elapsed());
            tokio::time::sleep(every).await;
        }
        Ok(samples)
    }

    async fn send<Answer: DeserializeOwned>(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<impl Serialize>,
    ) -> anyhow::Result<Answer> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let request = self.http.request(method.clone(), url).bearer_auth(&self.token);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let response = request.send().await.with_context(|| format!("failed to ask {method} {path}"))?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() {
            bail!("{method} {path}: {status} {text}");
        }
        serde_json::from_str(&text)
            .with_context(|| format!("failed to read the answer to {method} {path}: {text:.200}"))
    }
}

/// Whether a plain request is answered with 200 now; a server that does not listen yet is a no.
pub(crate) fn is_ok(port: u16, path: &str, token: &str) -> bool {
    ask(port, path, token).is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 200"))
}

/// One request on a connection of its own.
fn ask(port: u16, path: &str, token: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let head = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n");
    stream.write_all(format!("{head}Accept-Encoding: br\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}
