//! The control socket: who may connect, and what came in.

use std::{
    fs::{self, Permissions},
    io,
    os::{
        fd::{AsFd, BorrowedFd},
        unix::{
            fs::PermissionsExt,
            net::{UnixListener, UnixStream},
        },
    },
};

use serde::Serialize;

use super::client::Client;
use crate::protocol::{Request, SOCKET};

/// Most connections at a time; more are hung up on.
const CLIENTS_MAX: usize = 32;

/// A request that came in whole.
#[derive(Debug)]
pub(super) struct Incoming {
    /// Who asks.
    pub(super) client_id: u64,
    /// What for.
    pub(super) request: Request,
    /// What belongs to it.
    pub(super) bytes: Vec<u8>,
}

/// The socket and its connections.
#[derive(Debug)]
pub(super) struct Control {
    listener: UnixListener,
    nonce: String,
    clients: Vec<Client>,
    next_id: u64,
}

impl Control {
    /// Opens the socket in the current folder; a path relative to it is always short enough.
    pub(super) fn open(nonce: String) -> io::Result<Self> {
        match fs::remove_file(SOCKET) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(SOCKET)?;
        fs::set_permissions(SOCKET, Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener, nonce, clients: Vec::new(), next_id: 0 })
    }

    pub(super) fn listener_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }

    /// The connections, and whether something waits to be written to each.
    pub(super) fn client_fds(&self) -> impl Iterator<Item = (BorrowedFd<'_>, bool)> {
        self.clients.iter().map(|client| (client.as_fd(), client.has_mail()))
    }

    /// Lets in who waits.
    pub(super) fn accept(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            if self.clients.len() < CLIENTS_MAX && is_ours(&stream) && stream.set_nonblocking(true).is_ok() {
                self.clients.push(Client::new(self.next_id, stream));
                self.next_id += 1;
            }
        }
    }

    /// Reads from the connections whose places are in `ready`, and writes what waits for them.
    pub(super) fn serve(&mut self, ready: &[usize], buffer: &mut [u8]) -> Vec<Incoming> {
        let (mut incoming, mut gone) = (Vec::new(), Vec::new());
        for place in ready {
            let client = &mut self.clients[*place];
            if serve_client(client, &self.nonce, buffer, &mut incoming).is_err() {
                gone.push(client.id);
            }
        }
        self.clients.retain(|client| !gone.contains(&client.id));
        incoming
    }

    /// Says something to one client, if it is still there.
    pub(super) fn say(&mut self, client_id: u64, words: &impl Serialize) {
        self.with(|client| if client.id == client_id { client.say(words) } else { Ok(()) });
    }

    /// Subscribes one client, if it is still there.
    pub(super) fn subscribe(&mut self, client_id: u64) {
        self.with(|client| if client.id == client_id { client.subscribe() } else { Ok(()) });
    }

    /// Tells all who want to know that the journal has grown.
    pub(super) fn poke(&mut self) {
        self.with(Client::poke);
    }

    /// Does something with every client and hangs up on those with whom it fails.
    fn with(&mut self, mut act: impl FnMut(&mut Client) -> io::Result<()>) {
        self.clients.retain_mut(|client| act(client).is_ok());
    }
}

fn serve_client(
    client: &mut Client,
    nonce: &str,
    buffer: &mut [u8],
    incoming: &mut Vec<Incoming>,
) -> io::Result<()> {
    client.write()?;
    // What came before the end of the connection still counts.
    let outcome = client.read(buffer);
    while let Some((request, bytes)) = client.next_request(nonce)? {
        incoming.push(Incoming { client_id: client.id, request, bytes });
    }
    outcome
}

#[cfg(target_os = "linux")]
fn is_ours(stream: &UnixStream) -> bool {
    use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
    getsockopt(stream, PeerCredentials).is_ok_and(|peer| peer.uid() == nix::unistd::geteuid().as_raw())
}

#[cfg(not(target_os = "linux"))]
fn is_ours(stream: &UnixStream) -> bool {
    nix::unistd::getpeereid(stream).is_ok_and(|(uid, _)| uid == nix::unistd::geteuid())
}
