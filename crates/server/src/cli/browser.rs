//! Opens the user's browser.

use super::{complain, say};

/// Opens `address` in the browser, or says what to do where there is none.
pub(super) fn open(address: &str) {
    if let Err(error) = open::that_detached(address) {
        complain(&format!("No browser could be opened ({error}). Open this address:"));
        say(address);
    }
}
