//! A script: the steps, as they stand in a JSON file.

use std::{collections::VecDeque, fs, io, path::PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// What is played where nothing else was asked for.
const OWN_SCRIPT: &str = include_str!("demo.json");
/// How a script begins inside a message.
const FENCE: &str = "```script";

/// Steps in order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    steps: VecDeque<Step>,
    /// Steps for a conversation that is taken up again, instead of the others.
    #[serde(default)]
    resumed: Option<VecDeque<Step>>,
    /// Whether no conversation can be taken up again.
    #[serde(default)]
    forgets: bool,
}

/// One step: `{"say": "text"}`, or a bare word where there is nothing to say about it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// Says something.
    Say(String),
    /// Thinks something.
    Think(String),
    /// Says something piece by piece.
    Stream(Stream),
    /// Says the message that the turn answers.
    Echo,
    /// Writes a file.
    Write(Write),
    /// Replaces a text in a file.
    Edit(Edit),
    /// Removes a file.
    Delete(Delete),
    /// Runs a shell command.
    Run(Run),
    /// Waits.
    WaitMs(u64),
    /// Waits until a file is there.
    WaitForFile(PathBuf),
    /// Asks for permission to use a tool, and uses it.
    Ask(Ask),
    /// Calls one of the board's tools.
    CallBoard(CallBoard),
    /// From now on this mode is refused.
    RefuseMode(String),
    /// Ends the turn with an error, and waits for the next message.
    Fail(Fail),
    /// Ends the turn, and waits for the next message.
    NextMessage,
    /// Ends the process at once, without a result.
    Exit(u8),
    /// Says many things.
    Lines(Flood),
    /// Says something very long, in one line.
    LongLine {
        /// How long.
        megabytes: usize,
    },
    /// Prints a line as it stands.
    Raw(String),
    /// Prints on standard error.
    Stderr(String),
    /// Starts a process in a session of its own that outlives us.
    Detach(Detach),
    /// From now on SIGTERM does nothing.
    IgnoreSigterm,
    /// Does nothing for ever.
    Hang,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stream {
    pub(super) text: String,
    #[serde(default = "default_chars_per_delta")]
    pub(super) chars_per_delta: usize,
    #[serde(default)]
    pub(super) delay_ms: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Write {
    pub(super) path: PathBuf,
    pub(super) content: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Edit {
    pub(super) path: PathBuf,
    pub(super) old: String,
    pub(super) new: String,
}

#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Delete {
    pub(super) path: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Run {
    pub(super) command: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    pub(super) tool: String,
    #[serde(default)]
    pub(super) input: Value,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) is_subagent: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallBoard {
    pub(super) tool: String,
    #[serde(default)]
    pub(super) input: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fail {
    pub(super) message: String,
    #[serde(default = "default_reason")]
    pub(super) reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flood {
    pub(super) count: u64,
    /// 0 is as fast as it goes.
    #[serde(default)]
    pub(super) per_second: u64,
    /// Shortest text.
    #[serde(default)]
    pub(super) bytes: usize,
    /// Whether each text ends with the time, in microseconds since the Unix epoch.
    #[serde(default)]
    pub(super) stamp: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Detach {
    pub(super) seconds: u32,
    /// Where its process id is written.
    #[serde(default)]
    pub(super) pid_file: Option<PathBuf>,
    /// Whether SIGTERM and SIGHUP do nothing to it.
    #[serde(default)]
    pub(super) is_stubborn: bool,
}

impl Script {
    /// From a file, else from the message, else our own.
    pub(super) fn load(path: Option<&str>, message: &str, is_resumed: bool) -> io::Result<VecDeque<Step>> {
        let from_file = path.map(fs::read_to_string).transpose()?;
        match from_file.as_deref().or_else(|| fenced(message)) {
            Some(text) => Ok(parse(text)?.into_steps(is_resumed)),
            None if is_resumed => Ok(VecDeque::from([Step::Say("I went on where I was.".to_owned())])),
            None => Ok(parse(OWN_SCRIPT)?.steps),
        }
    }

    /// From a later message, when everything was played.
    pub(super) fn next(message: &str) -> io::Result<VecDeque<Step>> {
        match fenced(message) {
            Some(text) => Ok(parse(text)?.steps),
            None => Ok(VecDeque::from([Step::Say("The script has ended.".to_owned())])),
        }
    }

    /// Whether the script in this file has no memory.
    pub(super) fn forgets(path: Option<&str>) -> io::Result<bool> {
        let text = path.map(fs::read_to_string).transpose()?;
        text.map_or(Ok(false), |text| Ok(parse(&text)?.forgets))
    }

    fn into_steps(self, is_resumed: bool) -> VecDeque<Step> {
        match self.resumed {
            Some(steps) if is_resumed => steps,
            Some(_) | None => self.steps,
        }
    }
}

fn parse(text: &str) -> io::Result<Script> {
    serde_json::from_str(text).map_err(|error| io::Error::other(format!("the script is not valid: {error}")))
}

impl Flood {
    /// The text with this index.
    pub(super) fn text_of(&self, index: u64) -> String {
        let mut text = format!("line {index}");
        while text.len() < self.bytes {
            text.push_str(" .");
        }
        if self.stamp {
            text.push_str(&format!(" at {}", crate::journal::now_micros()));
        }
        text
    }
}

/// What stands between the fences in a message.
fn fenced(message: &str) -> Option<&str> {
    let (_, after) = message.split_once(FENCE)?;
    let (inside, _) = after.split_once("```")?;
    Some(inside)
}

const fn default_chars_per_delta() -> usize {
    8
}

fn default_reason() -> String {
    "api_error".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_comes_from_the_message_if_there_is_one() {
        let message = "Do it.\n```script\n{\"steps\": [{\"say\": \"hi\"}, \"hang\"]}\n```\nThanks.";
        for steps in [Script::load(None, message, false).unwrap(), Script::next(message).unwrap()] {
            assert!(matches!(steps.front(), Some(Step::Say(text)) if text == "hi"));
            assert!(matches!(steps.back(), Some(Step::Hang)));
        }
        assert!(Script::load(None, "no script", false).unwrap().len() > 1);
        assert!(Script::load(None, "```script\n{\"steps\": [{\"sya\": \"hi\"}]}\n```", false).is_err());
        assert!(Script::load(Some("/nonexistent/script.json"), "", false).is_err());
    }

    #[test]
    fn what_is_taken_up_again_has_steps_of_its_own() {
        let said = |message: &str| match Script::load(None, message, true).unwrap().pop_front() {
            Some(Step::Say(text)) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(said("```script\n{\"steps\": [{\"say\": \"a\"}]}```"), "a");
        assert_eq!(said("```script\n{\"steps\": [\"hang\"], \"resumed\": [{\"say\": \"b\"}]}```"), "b");
        assert_eq!(said("Go on."), "I went on where I was.");
    }

    #[test]
    fn the_readme_shows_every_step() {
        let (_, about) = include_str!("../../README.md").split_once("## The scripted agent").unwrap();
        let (_, after) = about.split_once("```json").unwrap();
        let script = parse(after.split_once("```").unwrap().0).unwrap();
        assert!(script.resumed.is_some() && !script.forgets);
        let kind = |step: &Step| format!("{step:?}").split(['(', ' ']).next().unwrap().to_owned();
        let shown: std::collections::BTreeSet<String> = script.steps.iter().map(kind).collect();
        // What `Step` has, in the words of a refusal.
        let refusal = serde_json::from_str::<Step>("\"no such step\"").unwrap_err().to_string();
        assert_eq!(shown.len(), refusal.matches(", ").count(), "{refusal}");
    }

    #[test]
    fn a_text_has_its_index_and_length() {
        let flood = Flood { count: 1, per_second: 0, bytes: 40, stamp: false };
        let text = flood.text_of(7);
        assert!(text.starts_with("line 7 ") && text.len() >= 40 && text.len() < 42, "{text}");
    }
}
