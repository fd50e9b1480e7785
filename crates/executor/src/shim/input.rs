//! The agent's standard input: a bounded queue that never makes the shim wait.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Write},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use super::output::is_passing;
use crate::protocol::INPUT_BYTES_MAX;

#[derive(Debug)]
struct Queued {
    id: String,
    bytes: Vec<u8>,
    done: usize,
}

/// What became of what was queued.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// All bytes of this command were handed over.
    Done { id: String },
    /// The agent has closed its end; this many commands were not handed over.
    Broken { undelivered_count: usize },
}

/// Our end of the agent's standard input.
#[derive(Debug)]
pub(super) struct InputPipe {
    file: Option<File>,
    queue: VecDeque<Queued>,
    queued_bytes: usize,
    closes: bool,
}

impl InputPipe {
    pub(super) fn new(fd: OwnedFd) -> Self {
        Self { file: Some(File::from(fd)), queue: VecDeque::new(), queued_bytes: 0, closes: false }
    }

    /// What to poll for room; none while nothing waits.
    pub(super) fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        self.file.as_ref().filter(|_| !self.queue.is_empty()).map(AsFd::as_fd)
    }

    /// Whether no more is taken.
    pub(super) const fn is_closed(&self) -> bool {
        self.file.is_none() || self.closes
    }

    /// Whether `byte_count` more bytes may wait.
    pub(super) const fn has_room_for(&self, byte_count: usize) -> bool {
        self.queued_bytes + byte_count <= INPUT_BYTES_MAX
    }

    /// Bytes that wait for the agent.
    pub(super) const fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// Takes what a command has for the agent.
    pub(super) fn push(&mut self, id: String, bytes: Vec<u8>) {
        self.queued_bytes += bytes.len();
        self.queue.push_back(Queued { id, bytes, done: 0 });
    }

    /// Closes the stream as soon as everything is handed over.
    pub(super) fn close_after_queue(&mut self) {
        self.closes = true;
        self.close_if_done();
    }

    /// Gives the stream up.
    pub(super) fn close(&mut self) {
        self.file = None;
        self.queue = VecDeque::new();
        self.queued_bytes = 0;
    }

    /// Hands over what the agent takes now.
    pub(super) fn write(&mut self) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        while let Some(outcome) = self.write_some() {
            match outcome {
                Ok(done) => deliveries.extend(done.map(|id| Delivery::Done { id })),
                Err(error) if is_passing(&error) => break,
                Err(_) => {
                    deliveries.push(Delivery::Broken { undelivered_count: self.queue.len() });
                    self.close();
                }
            }
        }
        self.close_if_done();
        deliveries
    }

    /// One write. The id of the command that it completed.
    fn write_some(&mut self) -> Option<io::Result<Option<String>>> {
        let (file, first) = (self.file.as_mut()?, self.queue.front_mut()?);
        let count = match file.write(&first.bytes[first.done..]) {
            Ok(count) => count,
            Err(error) => return Some(Err(error)),
        };
        first.done += count;
        self.queued_bytes -= count;
        if first.done < first.bytes.len() {
            return Some(Ok(None));
        }
        Some(Ok(self.queue.pop_front().map(|done| done.id)))
    }

    fn close_if_done(&mut self) {
        if self.closes && self.queue.is_empty() {
            self.close();
        }
    }
}
