//! The calls of GitHub's REST API that a pull request needs. Answers are bounded and never repeated whole.

use std::time::Duration;

use domain::{ChecksState, PullRequestState};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header, redirect};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use utils::{ErrorChain, Secret, redact};

use crate::github::address::Address;

const CONNECT_MAX: Duration = Duration::from_secs(10);
const CALL_MAX: Duration = Duration::from_secs(30);
/// Connections that nobody uses are closed.
const IDLE_MAX: Duration = Duration::from_secs(30);
const ANSWER_BYTES_MAX: usize = 4 << 20;
const WORDS_CHARS_MAX: usize = 300;
/// How long GitHub is left alone where it does not say how long.
const PAUSE: Duration = Duration::from_secs(60);
const PAUSE_MAX: Duration = Duration::from_secs(3_600);
const CHECKS_PER_PAGE: usize = 100;
const CHECK_PAGES_MAX: usize = 5;

/// Why GitHub did not do what was asked. The words are for people and hold no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// It could not be reached.
    #[error("GitHub cannot be reached: {0}")]
    Unreachable(String),
    /// It does not take the token.
    #[error(
        "GitHub does not take the token: give another one in the settings, or log in again with `gh auth login`"
    )]
    Unauthorized,
    /// It wants to be left alone for a while.
    #[error("GitHub wants no more calls for {} s: try again after that", pause.as_secs())]
    RateLimited {
        /// How long.
        pause: Duration,
    },
    /// There is no such thing, or the token may not see it.
    #[error("GitHub knows no {0}, or the token may not see it")]
    NotFound(String),
    /// It refuses.
    #[error("GitHub refuses: {words}")]
    Refused {
        /// Its status.
        status: u16,
        /// Its words.
        words: String,
    },
    /// It said something that we do not understand.
    #[error("GitHub's answer cannot be understood: {0}")]
    Unexpected(String),
}

/// GitHub as it is reached now.
pub(crate) struct Client {
    http: reqwest::Client,
    api_url: String,
    token: Secret,
}

/// A pull request as GitHub tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pull {
    /// Its number.
    pub(crate) number: i32,
    /// Its page.
    pub(crate) url: String,
    /// Its state.
    pub(crate) state: PullRequestState,
    /// The commit that its branch stands at.
    pub(crate) head: String,
}

/// A pull request to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewPull {
    /// Its title.
    pub(crate) title: String,
    /// What it says.
    pub(crate) body: String,
    /// The branch with the work.
    pub(crate) head: String,
    /// The branch that it goes into.
    pub(crate) base: String,
}

/// Makes the one client of the program. Its encryption is *ring*, put in place only now.
///
/// # Errors
/// When the system's certificates cannot be used.
pub(super) fn make_http() -> reqwest::Result<reqwest::Client> {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("encryption is in place already");
    }
    reqwest::Client::builder()
        .user_agent(concat!("eval-kanban/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_MAX)
        .timeout(CALL_MAX)
        .pool_idle_timeout(IDLE_MAX)
        .pool_max_idle_per_host(1)
        .referer(false)
        .redirect(redirect::Policy::custom(follow_at_home))
        .build()
}

/// A repository that was renamed answers from its new address; a token goes nowhere else.
fn follow_at_home(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let first = attempt.previous().first();
    let is_home = first.is_some_and(|first| first.origin() == attempt.url().origin());
    if is_home && attempt.previous().len() <= 3 { attempt.follow() } else { attempt.stop() }
}

impl Client {
    pub(super) const fn new(http: reqwest::Client, api_url: String, token: Secret) -> Self {
        Self { http, api_url, token }
    }

    /// Opens a pull request; the one that is there already for the same branches counts as opened.
    ///
    /// # Errors
    /// When GitHub does not do it.
    pub(crate) async fn open_pull(&self, address: &Address, new: &NewPull) -> Result<Pull, Failure> {
        let NewPull { title, body, head, base } = new;
        let path = format!("repos/{}/pulls", address.full_name());
        let request = json!({ "title": title, "body": body, "head": head, "base": base });
        let what = format!("repository {}", address.full_name());
        match self.ask::<RawPull>(self.request(Method::POST, &path).json(&request), &what).await {
            Ok(pull) => pull.into_pull(),
            Err(refused @ Failure::Refused { status: 422, .. }) => {
                self.find_open_pull(address, new).await?.ok_or(refused)
            }
            Err(error) => Err(error),
        }
    }

    async fn find_open_pull(&self, address: &Address, new: &NewPull) -> Result<Option<Pull>, Failure> {
        let path = format!("repos/{}/pulls", address.full_name());
        let head = format!("{}:{}", address.owner, new.head);
        let query = [("state", "open"), ("head", head.as_str()), ("base", new.base.as_str())];
        let call = self.request(Method::GET, &path).query(&query);
        let found: Vec<RawPull> = self.ask(call, "pull request").await?;
        let is_ours = |pull: &RawPull| pull.head.branch == new.head;
        found.into_iter().find(is_ours).map(RawPull::into_pull).transpose()
    }

    /// A pull request as it stands.
    ///
    /// # Errors
    /// When GitHub does not say.
    pub(crate) async fn find_pull(&self, address: &Address, number: i32) -> Result<Pull, Failure> {
        let path = format!("repos/{}/pulls/{number}", address.full_name());
        let what = format!("pull request {}#{number}", address.full_name());
        self.ask::<RawPull>(self.request(Method::GET, &path), &what).await?.into_pull()
    }

    /// What the checks of a commit say, of both kinds that GitHub knows.
    ///
    /// # Errors
    /// When GitHub does not say.
    pub(crate) async fn find_checks(&self, address: &Address, commit: &str) -> Result<ChecksState, Failure> {
        let mut states = self.list_check_runs(address, commit).await?;
        let path = format!("repos/{}/commits/{commit}/status", address.full_name());
        let statuses: Statuses = self.ask(self.request(Method::GET, &path), "commit").await?;
        states.extend(statuses.statuses.iter().map(|status| state_of_status(&status.state)));
        Ok(sum_up(&states))
    }

    async fn list_check_runs(&self, address: &Address, commit: &str) -> Result<Vec<ChecksState>, Failure> {
        let path = format!("repos/{}/commits/{commit}/check-runs", address.full_name());
        let mut states = Vec::new();
        for page in 1..=CHECK_PAGES_MAX {
            let (size, page) = (CHECKS_PER_PAGE.to_string(), page.to_string());
            let query = [("per_page", size.as_str()), ("page", page.as_str())];
            let call = self.request(Method::GET, &path).query(&query);
            let runs: CheckRuns = self.ask(call, "commit").await?;
            let is_last = runs.check_runs.len() < CHECKS_PER_PAGE;
            states.extend(runs.check_runs.iter().map(state_of_run));
            if is_last {
                return Ok(states);
            }
        }
        // What comes behind so many is not known, and must not look passed.
        states.push(ChecksState::Pending);
        Ok(states)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut bearer = header::HeaderValue::from_str(&format!("Bearer {}", self.token.expose()))
            .unwrap_or_else(|_| header::HeaderValue::from_static(""));
        bearer.set_sensitive(true);
        self.http
            .request(method, format!("{}/{path}", self.api_url))
            .header(header::AUTHORIZATION, bearer)
            .header(header::ACCEPT, "application/vnd.github+json")
            .header("X-GitHub-Api-Version", "2022-11-28")
    }

    async fn ask<T: DeserializeOwned>(&self, call: RequestBuilder, what: &str) -> Result<T, Failure> {
        let response = call.send().await.map_err(|error| self.unreachable(error))?;
        let (status, pause) = (response.status(), pause_of(&response));
        let bytes = self.read(response).await?;
        if status.is_success() {
            return serde_json::from_slice(&bytes).map_err(|error| Failure::Unexpected(error.to_string()));
        }
        let words = redact(&words_of(&bytes, status), std::slice::from_ref(&self.token));
        Err(match (status, pause) {
            (StatusCode::UNAUTHORIZED, _) => Failure::Unauthorized,
            (StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS, Some(pause)) => {
                Failure::RateLimited { pause }
            }
            (StatusCode::TOO_MANY_REQUESTS, None) => Failure::RateLimited { pause: PAUSE },
            (StatusCode::NOT_FOUND | StatusCode::GONE, _) => Failure::NotFound(what.to_owned()),
            (status, _) if status.is_server_error() => {
                Failure::Unreachable(format!("it answers {}", status.as_u16()))
            }
            (status, _) => Failure::Refused { status: status.as_u16(), words },
        })
    }

    async fn read(&self, mut response: Response) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(error))? {
            if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(Failure::Unexpected("it is too long".to_owned()));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    fn unreachable(&self, error: reqwest::Error) -> Failure {
        let words = ErrorChain(&error.without_url()).to_string();
        Failure::Unreachable(redact(&words, std::slice::from_ref(&self.token)))
    }
}

/// How long GitHub wants to be left alone, if it does: `retry-after`, else until the limit is reset.
fn pause_of(response: &Response) -> Option<Duration> {
    let number = |name: &str| response.headers().get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    if let Some(seconds) = number("retry-after") {
        return Some(Duration::from_secs(seconds).min(PAUSE_MAX));
    }
    (number("x-ratelimit-remaining") == Some(0)).then(|| {
        let now = u64::try_from(crate::clock::now().as_micros() / 1_000_000).unwrap_or(0);
        let left = number("x-ratelimit-reset").map_or(PAUSE.as_secs(), |reset| reset.saturating_sub(now));
        Duration::from_secs(left).clamp(Duration::from_secs(1), PAUSE_MAX)
    })
}

/// GitHub's own words about what is wrong.
fn words_of(bytes: &[u8], status: StatusCode) -> String {
    let Ok(said) = serde_json::from_slice::<Refusal>(bytes) else { return format!("it answers {status}") };
    let details = said.errors.iter().filter_map(|error| match error {
        Value::String(text) => Some(text.as_str()),
        other => other.get("message").and_then(Value::as_str),
    });
    let parts: Vec<&str> = std::iter::once(said.message.as_str()).chain(details).collect();
    parts.join(": ").chars().filter(|c| !c.is_control()).take(WORDS_CHARS_MAX).collect()
}

/// Failing before pending before passing: what is not known to pass is not passing.
fn sum_up(states: &[ChecksState]) -> ChecksState {
    let has = |wanted| states.contains(&wanted);
    if has(ChecksState::Failing) {
        ChecksState::Failing
    } else if has(ChecksState::Pending) {
        ChecksState::Pending
    } else if has(ChecksState::Passing) {
        ChecksState::Passing
    } else {
        ChecksState::None
    }
}

fn state_of_run(run: &CheckRun) -> ChecksState {
    match (run.status.as_str(), run.conclusion.as_deref()) {
        ("completed", Some("success" | "neutral" | "skipped")) => ChecksState::Passing,
        ("completed", _) => ChecksState::Failing,
        _ => ChecksState::Pending,
    }
}

fn state_of_status(state: &str) -> ChecksState {
    match state {
        "success" => ChecksState::Passing,
        "failure" | "error" => ChecksState::Failing,
        _ => ChecksState::Pending,
    }
}

#[derive(Debug, Deserialize)]
struct RawPull {
    number: i32,
    html_url: String,
    state: String,
    #[serde(default)]
    merged_at: Option<String>,
    head: RawHead,
}

#[derive(Debug, Deserialize)]
struct RawHead {
    sha: String,
    #[serde(rename = "ref")]
    branch: String,
}

impl RawPull {
    fn into_pull(self) -> Result<Pull, Failure> {
        let is_page = ["https://", "http://"].iter().any(|scheme| self.html_url.starts_with(scheme));
        if !is_page || !self.head.sha.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Failure::Unexpected("it names no page or no commit".to_owned()));
        }
        let state = match (self.state.as_str(), self.merged_at.is_some()) {
            ("open", _) => PullRequestState::Open,
            (_, true) => PullRequestState::Merged,
            ("closed", false) => PullRequestState::Closed,
            (other, false) => return Err(Failure::Unexpected(format!("the state {other:.20}"))),
        };
        Ok(Pull { number: self.number, url: self.html_url, state, head: self.head.sha })
    }
}

#[derive(Debug, Deserialize)]
struct CheckRuns {
    check_runs: Vec<CheckRun>,
}

#[derive(Debug, Deserialize)]
struct CheckRun {
    status: String,
    #[serde(default)]
    conclusion: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Statuses {
    statuses: Vec<Status>,
}

#[derive(Debug, Deserialize)]
struct Status {
    state: String,
}

#[derive(Debug, Deserialize)]
struct Refusal {
    message: String,
    #[serde(default)]
    errors: Vec<Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_as_bad_as_the_worst_of_them() {
        use ChecksState as S;
        let check = |states: &[S], expected: S| assert_eq!(sum_up(states), expected, "{states:?}");
        check(&[], S::None);
        check(&[S::Passing, S::Passing], S::Passing);
        check(&[S::Passing, S::Pending], S::Pending);
        check(&[S::Pending, S::Failing, S::Passing], S::Failing);
        let run = |status: &str, conclusion: Option<&str>| {
            state_of_run(&CheckRun { status: status.into(), conclusion: conclusion.map(str::to_owned) })
        };
        assert_eq!(run("completed", Some("skipped")), S::Passing);
        assert_eq!(run("completed", Some("action_required")), S::Failing);
        assert_eq!(run("completed", None), S::Failing);
        assert_eq!(run("in_progress", None), S::Pending);
        assert_eq!(run("something new", Some("success")), S::Pending);
    }

    #[test]
    fn refusals_are_told_in_githubs_words() {
        let check = |body: &str, expected: &str| {
            assert_eq!(words_of(body.as_bytes(), StatusCode::UNPROCESSABLE_ENTITY), expected);
        };
        check(
            r#"{"message":"Validation Failed","errors":[{"message":"No commits between main and x"}]}"#,
            "Validation Failed: No commits between main and x",
        );
        check(r#"{"message":"Bad","errors":["one"]}"#, "Bad: one");
        check("<html>", "it answers 422 Unprocessable Entity");
    }

    #[test]
    fn a_merged_one_is_told_from_a_closed_one() {
        let pull = |state: &str, merged_at: Option<&str>| {
            let head = RawHead { sha: "ab12".into(), branch: "x".into() };
            let html_url = "https://h/p".to_owned();
            let merged_at = merged_at.map(str::to_owned);
            RawPull { number: 1, html_url, state: state.into(), merged_at, head }.into_pull()
        };
        assert_eq!(pull("open", None).unwrap().state, PullRequestState::Open);
        assert_eq!(pull("closed", None).unwrap().state, PullRequestState::Closed);
        assert_eq!(pull("closed", Some("2026-01-01")).unwrap().state, PullRequestState::Merged);
        assert!(pull("frozen", None).is_err());
    }
}
