//! Asking the server to end: by signal or by `POST /api/shutdown`. Agents go on either way; their shims own them.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use utils::tasks::{CancellationToken, Tasks};

/// The wish to end, shared by all who may have it.
#[derive(Debug, Clone, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// Nobody has asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the end; returns at once. Asking twice changes nothing.
    pub fn request(&self) {
        self.0.cancel();
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Resolves when somebody asks.
    pub async fn requested(&self) {
        self.0.cancelled().await;
    }
}

/// SIGTERM and SIGINT ask for the end, a second one ends at once; SIGHUP (the terminal closed) is not heeded.
///
/// SIGHUP is caught, not ignored: children would inherit "ignored" and outlive what they should not.
///
/// # Errors
/// When the system refuses to install a handler.
pub fn heed_signals(tasks: &Tasks, shutdown: Shutdown) -> io::Result<()> {
    let mut signals = Signals {
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
        hang_up: signal(SignalKind::hangup())?,
    };
    tasks.spawn_until_cancelled("signals", async move {
        loop {
            match signals.next().await {
                Heard::HangUp => tracing::info!("the terminal closed; the server goes on"),
                Heard::End(code) if shutdown.is_requested() => std::process::exit(code),
                Heard::End(_) => shutdown.request(),
            }
        }
    });
    Ok(())
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

enum Heard {
    /// The server should end; the exit code if it has to be at once.
    End(i32),
    HangUp,
}

impl Signals {
    async fn next(&mut self) -> Heard {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => Heard::End(143),
            _ = self.interrupt.recv() => Heard::End(130),
            _ = self.hang_up.recv() => Heard::HangUp,
        }
    }
}
