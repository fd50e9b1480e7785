//! Rules for addresses: one host, exactly, over https.
//!
//! The address is read by what it must be, not by what a lenient parser makes of it: anything that two readers could
//! understand in two ways (credentials before the host, a port, a backslash, a number as host) matches no rule.

use serde_json::Value;

use crate::Refusal;

/// Names that never leave this machine or network.
const LOCAL_ENDINGS: [&str; 5] = ["localhost", "local", "internal", "lan", "home"];

/// The host that a call fetches from, if a rule could name it.
pub(super) fn host_of(input: &Value) -> Option<&str> {
    let url = input.get("url")?.as_str()?;
    let rest = url.strip_prefix("https://")?;
    let is_clean = url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let host = rest.split(['/', '?', '#']).next()?;
    (is_clean && is_public_name(host)).then_some(host)
}

pub(super) fn parse(pattern: &str) -> Result<&str, Refusal> {
    if is_public_name(pattern) {
        return Ok(pattern);
    }
    Err(Refusal("a rule for addresses is one host in small letters, as `docs.example.com`".to_owned()))
}

fn is_public_name(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let Some((_, last)) = host.rsplit_once('.') else { return false };
    host.len() <= 253
        && host.split('.').all(is_label)
        && last.starts_with(|first: char| first.is_ascii_lowercase())
        && !LOCAL_ENDINGS.contains(&last)
}
