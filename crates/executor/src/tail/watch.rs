//! Waiting until a journal has grown: told by the shim, or, where it cannot be asked, by looking again.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{connection::Connection, protocol::Request};

/// How long a silent shim is believed before the journal is looked at anyway.
const SILENCE_BOUND: Duration = Duration::from_secs(2);
/// Between two looks where no shim can be asked; doubled each time up to the longest.
const LOOK_SHORTEST: Duration = Duration::from_millis(5);
const LOOK_LONGEST: Duration = Duration::from_millis(250);

/// Waits for one journal.
#[derive(Debug)]
pub(crate) struct Watch {
    dir: PathBuf,
    connection: Option<Connection>,
    next_look: Duration,
}

impl Watch {
    pub(crate) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), connection: None, next_look: LOOK_SHORTEST }
    }

    /// Until the journal may have grown. Cancel-safe.
    pub(crate) async fn grown(&mut self) {
        if self.connection.is_none() {
            self.connection = subscribe(&self.dir).await.ok();
        }
        let Some(connection) = &mut self.connection else {
            tokio::time::sleep(self.next_look).await;
            self.next_look = LOOK_LONGEST.min(self.next_look * 2);
            return;
        };
        self.next_look = LOOK_SHORTEST;
        if let Ok(Err(_)) = tokio::time::timeout(SILENCE_BOUND, connection.skip_words()).await {
            self.connection = None;
        }
    }
}

async fn subscribe(dir: &Path) -> std::io::Result<Connection> {
    let mut connection = Connection::open(dir).await?;
    connection.send(&Request::Subscribe, &[]).await?;
    Ok(connection)
}
