//! Remembers refused requests: each is logged unless there are too many, and guessing tokens gets slower.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::ErrorCode;
use http::HeaderName;
use http::header::{HOST, ORIGIN};
use http::request::Parts;

use super::Refusal;

/// Over this time refusals are counted together.
const WINDOW: Duration = Duration::from_secs(60);
/// Lines per window for one peer and one reason; wrong tokens get one.
const LINES_MAX: u32 = 20;
/// Peers that are counted apart; at the limit all counts start anew.
const PEERS_MAX: usize = 256;
/// Wrong tokens before an answer is delayed.
const FREE_GUESSES: u32 = 5;
const DELAY_STEP: Duration = Duration::from_millis(1);
/// A delay holds a connection: it stays short, since 256 bits need no help from it.
const DELAY_MAX: Duration = Duration::from_millis(50);
/// Characters of a foreign header or path in the log.
const SHOWN_CHARS_MAX: usize = 200;

/// The counts of one server.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    by_peer: Mutex<HashMap<(IpAddr, ErrorCode), Count>>,
}

#[derive(Debug)]
struct Count {
    since: Instant,
    refused: u32,
}

impl Refusals {
    /// Counts and logs a refused request; says how long its answer waits.
    pub(super) fn note(&self, refusal: Refusal, parts: &Parts, peer: SocketAddr) -> Duration {
        let (refused, left_out) = self.count(peer.ip(), refusal.code, Instant::now());
        if refused <= lines_max(refusal.code) {
            log(refusal, parts, peer, left_out);
        }
        delay_of(refusal.code, refused)
    }

    /// Which refusal of the window this is, and how many of the last window were not logged.
    fn count(&self, peer: IpAddr, code: ErrorCode, now: Instant) -> (u32, u32) {
        let mut by_peer = self.by_peer.lock().unwrap_or_else(PoisonError::into_inner);
        if by_peer.len() >= PEERS_MAX && !by_peer.contains_key(&(peer, code)) {
            by_peer.clear();
        }
        let count = by_peer.entry((peer, code)).or_insert(Count { since: now, refused: 0 });
        let mut left_out = 0;
        if now.duration_since(count.since) >= WINDOW {
            left_out = count.refused.saturating_sub(lines_max(code));
            *count = Count { since: now, refused: 0 };
        }
        count.refused = count.refused.saturating_add(1);
        (count.refused, left_out)
    }
}

fn lines_max(code: ErrorCode) -> u32 {
    if code == ErrorCode::Unauthorized { 1 } else { LINES_MAX }
}

fn delay_of(code: ErrorCode, refused: u32) -> Duration {
    if code != ErrorCode::Unauthorized {
        return Duration::ZERO;
    }
    DELAY_STEP.saturating_mul(refused.saturating_sub(FREE_GUESSES)).min(DELAY_MAX)
}

/// The path goes without its query, where somebody may have put a token.
fn log(refusal: Refusal, parts: &Parts, peer: SocketAddr, left_out: u32) {
    let (host, origin) = (shown(parts, &HOST), shown(parts, &ORIGIN));
    let path = printable(parts.uri.path());
    let (method, reason) = (&parts.method, refusal.message);
    tracing::warn!(
        %peer, %method, path, host, origin, left_out,
        "refused {method} {path} from {peer}: {reason}"
    );
}

fn shown(parts: &Parts, name: &HeaderName) -> String {
    let values = parts.headers.get_all(name).into_iter();
    let texts: Vec<_> = values.map(|value| printable(&String::from_utf8_lossy(value.as_bytes()))).collect();
    texts.join(" | ")
}

fn printable(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn guesses_get_slower_up_to_a_limit_and_other_refusals_do_not() {
        let delays: Vec<_> = (1..=60).map(|count| delay_of(ErrorCode::Unauthorized, count)).collect();
        assert!(delays.is_sorted());
        assert_eq!((delays[4], delays[59]), (Duration::ZERO, DELAY_MAX));
        assert_eq!(delay_of(ErrorCode::Forbidden, 1_000), Duration::ZERO);
    }

    #[test]
    fn counts_start_anew_after_a_window_and_tell_what_was_left_out() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        for expected in 1..=1_000 {
            assert_eq!(refusals.count(PEER, ErrorCode::Unauthorized, start), (expected, 0));
        }
        assert_eq!(refusals.count(PEER, ErrorCode::Forbidden, start), (1, 0));
        assert_eq!(refusals.count(PEER, ErrorCode::Unauthorized, start + WINDOW), (1, 999));
    }

    #[test]
    fn many_peers_do_not_fill_the_memory() {
        let (refusals, now) = (Refusals::default(), Instant::now());
        for peer in 0..10_000_u32 {
            refusals.count(IpAddr::from(peer.to_be_bytes()), ErrorCode::Forbidden, now);
        }
        assert!(refusals.by_peer.lock().unwrap().len() <= PEERS_MAX);
    }

    #[test]
    fn hostile_text_is_shown_on_one_short_line() {
        assert_eq!(printable("a\r\nb\u{1b}[2J\u{202e}"), "a\\r\\nb\\u{1b}[2J\\u{202e}");
        assert!(printable(&"x".repeat(10_000)).len() <= SHOWN_CHARS_MAX);
    }
}
