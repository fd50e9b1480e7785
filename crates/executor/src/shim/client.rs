//! One connection to the control socket: lines in, lines out, never waited for.

use std::{
    io::{self, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
};

use serde::Serialize;

use super::output::is_passing;
use crate::protocol::{Greeting, INPUT_BYTES_MAX, LINE_BYTES_MAX, PROTOCOL, Reply, Request};

/// Most bytes that wait for a client to read them; beyond that it is hung up on.
const OUTBOX_BYTES_MAX: usize = 64 * 1024;

/// A connection.
#[derive(Debug)]
pub(super) struct Client {
    /// Tells it from later ones.
    pub(super) id: u64,
    stream: UnixStream,
    inbox: Vec<u8>,
    outbox: Vec<u8>,
    is_greeted: bool,
    is_subscribed: bool,
    owes_poke: bool,
}

impl Client {
    pub(super) const fn new(id: u64, stream: UnixStream) -> Self {
        Self {
            id,
            stream,
            inbox: Vec::new(),
            outbox: Vec::new(),
            is_greeted: false,
            is_subscribed: false,
            owes_poke: false,
        }
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// Whether something waits to be written to it.
    pub(super) const fn has_mail(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Reads what is there. An error when the client is gone.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        match self.stream.read(buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.inbox.extend_from_slice(&buffer[..count]);
                Ok(())
            }
            Err(error) if is_passing(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The next whole request and the bytes that belong to it. An error when the client breaks the rules.
    pub(super) fn next_request(&mut self, nonce: &str) -> io::Result<Option<(Request, Vec<u8>)>> {
        if !self.is_greeted && !self.greet(nonce)? {
            return Ok(None);
        }
        let Some(newline) = self.find_line()? else { return Ok(None) };
        let request: Request = serde_json::from_slice(&self.inbox[..newline])?;
        let end = newline + 1 + request.byte_count();
        if request.byte_count() > INPUT_BYTES_MAX {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if self.inbox.len() < end {
            return Ok(None);
        }
        let bytes = self.inbox[newline + 1..end].to_vec();
        self.inbox.drain(..end);
        self.inbox.shrink_to(LINE_BYTES_MAX);
        Ok(Some((request, bytes)))
    }

    /// Wants to be told when the journal has grown. Told at once, for what it may have missed.
    pub(super) fn subscribe(&mut self) -> io::Result<()> {
        self.is_subscribed = true;
        self.poke()
    }

    /// Says that the journal has grown. One such word at a time is enough.
    pub(super) fn poke(&mut self) -> io::Result<()> {
        self.owes_poke = self.is_subscribed;
        self.write()
    }

    /// Says something.
    pub(super) fn say(&mut self, words: &impl Serialize) -> io::Result<()> {
        if self.outbox.len() > OUTBOX_BYTES_MAX {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        serde_json::to_writer(&mut self.outbox, words)?;
        self.outbox.push(b'\n');
        self.write()
    }

    /// Writes what the client takes now. An error when it is gone.
    pub(super) fn write(&mut self) -> io::Result<()> {
        if self.outbox.is_empty() && std::mem::take(&mut self.owes_poke) {
            serde_json::to_writer(&mut self.outbox, &Reply::Grew)?;
            self.outbox.push(b'\n');
        }
        match self.stream.write(&self.outbox) {
            Ok(count) => {
                self.outbox.drain(..count);
                Ok(())
            }
            Err(error) if is_passing(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Answers the first line. False while it is not there.
    fn greet(&mut self, nonce: &str) -> io::Result<bool> {
        let Some(newline) = self.find_line()? else { return Ok(false) };
        let greeting: Greeting = serde_json::from_slice(&self.inbox[..newline])?;
        self.inbox.drain(..=newline);
        if greeting.nonce.as_deref() != Some(nonce) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.is_greeted = true;
        self.say(&Greeting { protocol: PROTOCOL, nonce: None })?;
        Ok(true)
    }

    fn find_line(&self) -> io::Result<Option<usize>> {
        let newline = memchr::memchr(b'\n', &self.inbox);
        if newline.unwrap_or(self.inbox.len()) > LINE_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(newline)
    }
}
