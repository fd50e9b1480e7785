//! The scripted agent as the measurements use it: profiles over script files, and the same agent without the product.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};
use domain::Event;
use serde_json::{Value, json};

use super::lab::Lab;
use super::samples::Samples;

/// The agent's role in the product's binary.
pub(crate) const ROLE: &str = "scripted-agent";
/// Ends the turn of nobody: more lines than any measurement waits for.
const LINES_WITHOUT_END: usize = 100_000_000;

/// A profile whose agent makes an empty file and is done.
pub(crate) fn that_makes(lab: &Lab, name: &str, sign: &Path) -> anyhow::Result<Value> {
    profile(lab, name, &[write(sign)])
}

/// A profile whose agent prints a line so many times a second, without end.
pub(crate) fn that_ticks(lab: &Lab, per_second: usize) -> anyhow::Result<Value> {
    profile(lab, "ticker", &[lines(LINES_WITHOUT_END, per_second)])
}

/// A profile whose agent prints lines as fast as it can, then makes a file.
pub(crate) fn that_prints(lab: &Lab, count: usize, sign: &Path) -> anyhow::Result<Value> {
    profile(lab, "printer", &[lines(count, 0), write(sign)])
}

/// A profile whose agent prints so many lines a second.
pub(crate) fn that_prints_at(lab: &Lab, count: usize, per_second: usize) -> anyhow::Result<Value> {
    profile(lab, "speaker", &[lines(count, per_second)])
}

/// A profile whose agent asks so many times, and prints a line after each answer.
pub(crate) fn that_asks(lab: &Lab, count: usize) -> anyhow::Result<Value> {
    let ask = json!({"ask": {"tool": "Bash", "input": {"command": "true"}}});
    let steps: Vec<Value> = (0..count).flat_map(|_| [ask.clone(), lines(1, 0)]).collect();
    profile(lab, "asker", &steps)
}

/// A script that prints a line for each of so many messages.
pub(crate) fn script_that_answers(lab: &Lab, count: usize) -> anyhow::Result<PathBuf> {
    let steps: Vec<Value> = (0..count).flat_map(|_| [lines(1, 0), json!("next_message")]).collect();
    script(lab, "plain-answerer", &steps)
}

/// Each line is `line <number> at <microseconds since 1970>`.
fn lines(count: usize, per_second: usize) -> Value {
    json!({"lines": {"count": count, "per_second": per_second, "stamp": true}})
}

fn write(path: &Path) -> Value {
    json!({"write": {"path": path, "content": ""}})
}

fn profile(lab: &Lab, name: &str, steps: &[Value]) -> anyhow::Result<Value> {
    let script = script(lab, name, steps)?;
    Ok(json!({"name": name, "adapter": "scripted", "mode": "bypass", "extra_args": ["--script", script]}))
}

fn script(lab: &Lab, name: &str, steps: &[Value]) -> anyhow::Result<PathBuf> {
    let path = lab.path(&format!("{name}.json"));
    std::fs::write(&path, json!({"steps": steps}).to_string()).context("failed to write a script")?;
    Ok(path)
}

/// The number of a printed line; other events have none.
pub(crate) fn line_number(event: &Event) -> Option<usize> {
    number(event.payload["text"].as_str()?)
}

/// When the agent printed it.
pub(crate) fn line_clock(event: &Event) -> Option<Duration> {
    clock(event.payload["text"].as_str()?)
}

fn number(text: &str) -> Option<usize> {
    text.strip_prefix("line ")?.split(' ').next()?.parse().ok()
}

/// When the agent printed a line with this text.
pub(crate) fn clock(text: &str) -> Option<Duration> {
    let (_, micros) = text.rsplit_once(" at ")?;
    micros.parse().ok().map(Duration::from_micros)
}

/// How long the same lines take into a pipe that is read and no more.
pub(crate) fn print_into_pipe(lab: &Lab, count: usize) -> anyhow::Result<Duration> {
    let script = script(lab, "plain-printer", &[lines(count, 0)])?;
    let started = Instant::now();
    let mut seen = 0;
    read_lines(lab, &script, |line| seen += usize::from(line.contains("\"line ")))?;
    ensure!(seen >= count, "the pipe gave {seen} lines");
    Ok(started.elapsed())
}

/// How late five seconds of lines come out of a pipe that is read as they come.
pub(crate) fn delays_into_pipe(lab: &Lab, per_second: usize) -> anyhow::Result<Samples> {
    let script = script(lab, "plain-speaker", &[lines(5 * per_second, per_second)])?;
    let mut samples = Samples::default();
    read_lines(lab, &script, |line| {
        let read = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let message: Value = serde_json::from_str(line).unwrap_or_default();
        let printed = message["message"]["content"][0]["text"].as_str().and_then(clock);
        printed.into_iter().for_each(|printed| samples.push(read.saturating_sub(printed)));
    })?;
    Ok(samples)
}

/// Runs the agent alone and reads its output to the end.
fn read_lines(lab: &Lab, script: &Path, mut read: impl FnMut(&str)) -> anyhow::Result<()> {
    let mut command = Command::new(lab.binary());
    command.arg(ROLE).arg("--script").arg(script).current_dir(lab.repository());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("failed to start the agent")?;
    let prompt = json!({"type": "user", "message": {"role": "user", "content": "go"}});
    if let Some(mut stdin) = child.stdin.take() {
        writeln!(stdin, "{prompt}")?;
    }
    let stdout = child.stdout.take().context("the agent has no output")?;
    for line in BufReader::new(stdout).lines() {
        read(&line?);
    }
    let status = child.wait()?;
    ensure!(status.success(), "the agent ended with {status}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_its_number_and_its_time() {
        check("line 7 at 1500000", Some(7), Some(Duration::from_millis(1500)));
        check("line 8 . . at 1", Some(8), Some(Duration::from_micros(1)));
        check("line 9", Some(9), None);
        check("The line", None, None);
    }

    fn check(text: &str, expected_number: Option<usize>, expected_clock: Option<Duration>) {
        assert_eq!((number(text), clock(text)), (expected_number, expected_clock), "{text}");
    }
}
