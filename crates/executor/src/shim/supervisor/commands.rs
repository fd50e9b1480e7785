//! What clients ask for: each command once, and its answer only when the journal has it.

use std::time::Duration;

use super::{Supervisor, release_reserve};
use crate::{
    journal::RecordKind,
    protocol::{Reply, Request, Stat, Verdict},
    shim::{clearing::Clearing, control::Incoming, start::accepted},
};

impl Supervisor {
    pub(super) fn serve(&mut self, incoming: Incoming) {
        let Incoming { client_id, request, bytes } = incoming;
        match request {
            Request::Stat => self.control.say(client_id, &Reply::Stat(self.stat())),
            Request::Subscribe => self.control.subscribe(client_id),
            Request::WriteStdin { id, .. } => {
                self.answer(client_id, id, |shim, id| shim.write_stdin(id, bytes))
            }
            Request::CloseStdin { id, .. } => {
                self.answer(client_id, id, |shim, id| shim.close_stdin(id, bytes))
            }
            Request::Stop { id, grace_ms } => self.answer(client_id, id, |shim, id| {
                shim.accept(id, "stop");
                shim.stop(Duration::from_millis(u64::from(grace_ms)));
                Verdict::Applied
            }),
        }
    }

    /// Applies a command unless it was, and owes the answer until the journal has it.
    fn answer(&mut self, client_id: u64, id: String, apply: impl FnOnce(&mut Self, &str) -> Verdict) {
        let ack = if self.applied.contains(&id) { Verdict::Duplicate } else { apply(self, &id) };
        self.owed.push((client_id, Reply::Ack { id, ack }));
    }

    fn write_stdin(&mut self, id: &str, bytes: Vec<u8>) -> Verdict {
        if self.input.is_closed() {
            return Verdict::Closed;
        }
        if !self.input.has_room_for(bytes.len()) {
            return Verdict::Busy;
        }
        self.accept(id, "write_stdin");
        self.input.push(id.to_owned(), bytes);
        Verdict::Applied
    }

    fn close_stdin(&mut self, id: &str, last_words: Vec<u8>) -> Verdict {
        let verdict = self.write_stdin(id, last_words);
        if verdict == Verdict::Applied {
            self.input.close_after_queue();
        }
        verdict
    }

    fn accept(&mut self, id: &str, command: &str) {
        self.journal.append_durable(RecordKind::Accepted, &accepted(id, command));
        self.applied.insert(id.to_owned());
    }

    /// Ends the tree; a second stop skips the grace.
    pub(super) fn stop(&mut self, grace: Duration) {
        self.was_stopped |= self.outcome.is_none();
        match &mut self.clearing {
            None => self.clearing = Some(Clearing::begin(&self.tree, grace)),
            Some(clearing) => clearing.hurry(),
        }
        // The stop has to be recorded however full the disk is.
        if self.is_stuck {
            release_reserve();
        }
    }

    fn stat(&self) -> Stat {
        Stat {
            journal_bytes: self.journal.written(),
            backlog_bytes: self.journal.backlog() as u64,
            is_disk_full: self.is_stuck,
            input_bytes: self.input.queued_bytes() as u64,
            output_bytes: self.journal.raw_offset(),
        }
    }
}
