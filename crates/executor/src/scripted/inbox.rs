//! The messages of the scripted agent: which wait, which the turn has taken up.

use std::collections::BTreeSet;

use super::ears::Message;

/// Messages, by what became of them.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    queued: Vec<Message>,
    /// Ids of those that the running turn has taken up.
    taken: Vec<String>,
    /// Every id that there was.
    seen: BTreeSet<String>,
}

impl Inbox {
    /// Keeps a message until it can be taken up. False if there was one with its id: the real one says nothing then.
    pub(super) fn queue(&mut self, message: Message) -> bool {
        let is_new = message.id.clone().is_none_or(|id| self.seen.insert(id));
        if is_new {
            self.queued.push(message);
        }
        is_new
    }

    /// Whether a message waits.
    pub(super) fn is_waiting(&self) -> bool {
        !self.queued.is_empty()
    }

    /// Ids of those that wait.
    pub(super) fn queued_ids(&self) -> Vec<String> {
        self.queued.iter().filter_map(|message| message.id.clone()).collect()
    }

    /// Gives a message back that waits. False if it does not.
    pub(super) fn recall(&mut self, id: &str) -> bool {
        let count = self.queued.len();
        self.queued.retain(|message| message.id.as_deref() != Some(id));
        self.queued.len() < count
    }

    /// Gives all back that wait, and their ids.
    pub(super) fn recall_all(&mut self) -> Vec<String> {
        self.queued.drain(..).filter_map(|message| message.id).collect()
    }

    /// Takes up all that wait: their ids, and what they say.
    pub(super) fn take(&mut self) -> (Vec<String>, String) {
        let ids = self.queued_ids();
        let texts: Vec<String> = self.queued.drain(..).map(|message| message.text).collect();
        self.taken.extend(ids.iter().cloned());
        (ids, texts.join("\n"))
    }

    /// Ends the turn: ids of the messages that it had taken up.
    pub(super) fn end_turn(&mut self) -> Vec<String> {
        std::mem::take(&mut self.taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str) -> Message {
        Message { id: Some(id.to_owned()), text: format!("text of {id}") }
    }

    #[test]
    fn a_message_is_taken_or_given_back() {
        let mut inbox = Inbox::default();
        assert!(inbox.queue(message("a")) && inbox.queue(message("b")) && inbox.queue(message("c")));
        assert!(inbox.recall("b") && !inbox.recall("b"));
        assert!(!inbox.queue(message("b")), "an id serves once");
        assert_eq!(inbox.take(), (vec!["a".into(), "c".into()], "text of a\ntext of c".into()));
        assert!(!inbox.recall("a") && !inbox.is_waiting());
        assert!(inbox.queue(message("d")));
        assert_eq!(inbox.recall_all(), ["d"]);
        assert_eq!(inbox.end_turn(), ["a", "c"]);
        assert!(inbox.end_turn().is_empty());
    }
}
