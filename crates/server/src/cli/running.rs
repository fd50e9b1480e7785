//! Commands for a server that runs already: found by the lock it holds and the id it answers with, never by a pid or a
//! port alone.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::http_call::HttpCall;
use super::{browser, landing, say};
use crate::home::{Home, HomeLock, Instance, Token, TokenFile};

/// A server that holds the lock may still be starting.
const START_TIME_MAX: Duration = Duration::from_secs(15);
const END_TIME_MAX: Duration = Duration::from_secs(30);
const POLL_EVERY: Duration = Duration::from_millis(50);

/// Takes the home, or finds that a server has it.
///
/// A server that was killed holds the lock a moment longer if it was just starting a child.
pub(super) fn take(home: &Home) -> anyhow::Result<Option<HomeLock>> {
    let settled = wait_until(START_TIME_MAX, || match home.lock() {
        Ok(None) => Instance::stored(home).filter(is_answering).map(|_| Ok(None)),
        taken => Some(taken),
    });
    Ok(settled.transpose()?.flatten())
}

/// A second start: opens the first one's board and ends well.
pub(super) fn join(home: &Home, repository: Option<&Path>, opens: bool) -> anyhow::Result<ExitCode> {
    let instance = wait_for_instance(home)?;
    let address = landing::address(&instance, token_of(home).as_ref(), repository);
    say(&format!("eval-kanban runs already (process {}):", instance.pid));
    say(&address);
    if opens {
        browser::open(&address);
    }
    Ok(ExitCode::SUCCESS)
}

/// `open`: prints the address and opens it.
pub(super) fn open(home: &Home, path: Option<&Path>) -> anyhow::Result<ExitCode> {
    must_run(home)?;
    let repository = landing::repository_of(home, path)?;
    join(home, repository.as_deref(), true)
}

/// `stop`: asks the server to end and waits until it has.
pub(super) fn stop(home: &Home) -> anyhow::Result<ExitCode> {
    must_run(home)?;
    let instance = wait_for_instance(home)?;
    let token = token_of(home);
    let call = HttpCall { method: "POST", path: "/api/shutdown", token: token.as_ref(), body: None };
    let answer = call.send(landing::server_of(&instance)).context("reach the server")?;
    if !(200..300).contains(&answer.status) {
        bail!("end the server: it answered {} to the request", answer.status);
    }
    let Some(_lock) = wait_until(END_TIME_MAX, || home.lock().transpose()).transpose()? else {
        bail!("end the server: process {} is still ending after {} s", instance.pid, END_TIME_MAX.as_secs());
    };
    say("The server has ended; agents go on.");
    Ok(ExitCode::SUCCESS)
}

fn must_run(home: &Home) -> anyhow::Result<()> {
    if home.lock()?.is_some() {
        bail!("find a running server of {}: start one with `eval-kanban`", home.path().display());
    }
    Ok(())
}

/// The instance that holds the lock, once it answers with the id that it stored.
fn wait_for_instance(home: &Home) -> anyhow::Result<Instance> {
    wait_until(START_TIME_MAX, || Instance::stored(home).filter(is_answering)).with_context(|| {
        let pid =
            Instance::stored(home).map_or_else(|| "unknown".to_owned(), |instance| instance.pid.to_string());
        format!("reach the server that uses {} (process {pid}): it does not answer", home.path().display())
    })
}

fn is_answering(instance: &Instance) -> bool {
    let answer = HttpCall::get("/api/health", None).send(landing::server_of(instance));
    let id = instance.instance_id.to_string();
    answer.is_ok_and(|answer| answer.status == 200 && answer.body["instance_id"].as_str() == Some(&id))
}

fn token_of(home: &Home) -> Option<Token> {
    TokenFile::of(home).read().ok()
}

fn wait_until<T>(time_max: Duration, mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + time_max;
    loop {
        if let Some(value) = attempt() {
            return Some(value);
        }
        if Instant::now() >= deadline {
            return None;
        }
        pause();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process's state has nothing to wait on; the wait is bounded"
)]
fn pause() {
    std::thread::sleep(POLL_EVERY);
}
