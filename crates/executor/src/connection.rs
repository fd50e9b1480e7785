//! A server's connection to a shim's control socket.

use std::{
    fs::{self, File},
    io,
    os::fd::AsRawFd,
    path::Path,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
};

use crate::protocol::{Greeting, PROTOCOL, Reply, Request, SHIM_FILE, SOCKET, ShimCard};

/// A connection that was let in.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufReader<UnixStream>,
    line: Vec<u8>,
}

impl Connection {
    /// Connects to the shim of the run in `dir`.
    pub(crate) async fn open(dir: &Path) -> io::Result<Self> {
        let card: ShimCard = serde_json::from_slice(&fs::read(dir.join(SHIM_FILE))?)?;
        let stream = connect(dir).await?;
        let mut connection = Self { stream: BufReader::new(stream), line: Vec::new() };
        let greeting = Greeting { protocol: PROTOCOL.min(card.protocol), nonce: Some(card.nonce) };
        connection.send_line(&greeting).await?;
        connection.next_line().await?;
        connection.line.clear();
        Ok(connection)
    }

    /// Sends a request and what belongs to it.
    pub(crate) async fn send(&mut self, request: &Request, bytes: &[u8]) -> io::Result<()> {
        self.send_line(request).await?;
        self.stream.write_all(bytes).await
    }

    /// The next thing that the shim says. Cancel-safe.
    pub(crate) async fn next_reply(&mut self) -> io::Result<Reply> {
        self.next_line().await?;
        let reply = serde_json::from_slice(&self.line);
        self.line.clear();
        Ok(reply?)
    }

    /// Waits for words and passes over all that are there: for a subscriber one is as good as many. Cancel-safe.
    pub(crate) async fn skip_words(&mut self) -> io::Result<()> {
        let count = self.stream.fill_buf().await?.len();
        self.stream.consume(count);
        if count == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    async fn send_line(&mut self, words: &impl serde::Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(words)?;
        line.push(b'\n');
        self.stream.write_all(&line).await
    }

    /// Reads a line into `self.line`, which keeps what came when this is dropped half-way.
    async fn next_line(&mut self) -> io::Result<()> {
        self.stream.read_until(b'\n', &mut self.line).await?;
        if self.line.last() == Some(&b'\n') { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// The path of a socket may have 107 bytes, that of a run's folder more; its descriptor has a short one.
#[cfg(target_os = "linux")]
async fn connect(dir: &Path) -> io::Result<UnixStream> {
    let dir = File::open(dir)?;
    UnixStream::connect(format!("/proc/self/fd/{}/{SOCKET}", dir.as_raw_fd())).await
}

#[cfg(not(target_os = "linux"))]
async fn connect(dir: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(dir.join(SOCKET)).await
}
