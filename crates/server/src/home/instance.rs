//! `instance.json`: which server has the home, so that a second start finds the first.

use serde::{Deserialize, Serialize};
use utils::{read_private, write_private};
use uuid::Uuid;

use super::{Home, HomeError, identity};

const FILE_NAME: &str = "instance.json";
const BYTES_MAX: u64 = 64 * 1024;

/// A server and where it listens. Written after it listens; only believed when its health answer has the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The server's process.
    pub pid: u32,
    /// When that process started, in ticks since boot, where the system says.
    pub start_time: Option<u64>,
    /// The boot it started in, where the system says.
    pub boot_id: Option<String>,
    /// The port it listens on.
    pub port: u16,
    /// The address it is bound to.
    pub host: String,
    /// Made anew by each start.
    pub instance_id: Uuid,
    /// The program's version.
    pub version: String,
}

impl Instance {
    /// This process, listening on `host` and `port`.
    #[must_use]
    pub fn of_this_process(host: String, port: u16) -> Self {
        let pid = std::process::id();
        Self {
            pid,
            start_time: identity::start_time(pid),
            boot_id: identity::boot_id(),
            port,
            host,
            instance_id: Uuid::new_v4(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// Stores it in the home.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn store(&self, home: &Home) -> Result<(), HomeError> {
        let json = serde_json::to_vec_pretty(self)
            .map_err(|error| super::io_error("write", &home.join(FILE_NAME))(error.into()))?;
        Ok(write_private(&home.join(FILE_NAME), &json)?)
    }

    /// The instance that the home names, alive or not. `None` if it names none that can be read.
    #[must_use]
    pub fn stored(home: &Home) -> Option<Self> {
        let bytes = read_private(&home.join(FILE_NAME), BYTES_MAX).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Takes the file away at a clean end.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn remove(home: &Home) -> std::io::Result<()> {
        std::fs::remove_file(home.join(FILE_NAME))
    }
}
