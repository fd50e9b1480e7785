//! A connection whose requests pass [`Scan`] before hyper reads them.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::seats::Seat;
use super::strict_head::Scan;

const READ_BYTES: usize = 8 * 1024;

/// A stream of strictly formed requests. Holds the connection's seat, also after an upgrade.
#[derive(Debug)]
pub(super) struct StrictIo {
    stream: TcpStream,
    scan: Scan,
    ready: Vec<u8>,
    given: usize,
    _seat: Arc<Seat>,
}

impl StrictIo {
    pub(super) fn new(stream: TcpStream, seat: Arc<Seat>) -> Self {
        Self { stream, scan: Scan::default(), ready: Vec::new(), given: 0, _seat: seat }
    }

    /// Hands out what is ready; false if nothing is.
    fn give(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let ready = self.ready.get(self.given..).unwrap_or_default();
        let taken = ready.len().min(buffer.remaining());
        buffer.put_slice(ready.get(..taken).unwrap_or_default());
        self.given += taken;
        if self.given == self.ready.len() {
            self.ready.clear();
            self.given = 0;
        }
        taken > 0
    }

    /// Reads once; false at the end of the stream.
    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut bytes = [0_u8; READ_BYTES];
        let mut arrived = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut arrived))?;
        self.scan.feed(arrived.filled(), &mut self.ready)?;
        Poll::Ready(Ok(!arrived.filled().is_empty()))
    }
}

impl AsyncRead for StrictIo {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.give(buffer) {
                return Poll::Ready(Ok(()));
            }
            if this.scan.is_through() {
                return Pin::new(&mut this.stream).poll_read(context, buffer);
            }
            if this.scan.is_refused() {
                // The refused head ends the connection with its answer; an end of stream here would cut that off.
                return Poll::Pending;
            }
            if !ready!(this.poll_fill(context))? {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for StrictIo {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
