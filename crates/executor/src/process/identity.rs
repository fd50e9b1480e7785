//! Who a process is: a number that is used again, the time it began, and the boot in which that time counts.

use std::fs;

use serde::{Deserialize, Serialize};

/// A process that can be told from a later one with the same number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProcessIdentity {
    /// Its number.
    pub(crate) pid: i32,
    /// When it began, in clock ticks since boot.
    pub(crate) start_time: u64,
    /// The boot it began in.
    pub(crate) boot_id: String,
}

impl ProcessIdentity {
    /// The living process with this number; none if there is none, or no way to tell.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        let start_time = ProcessStat::read(pid)?.start_time;
        let boot_id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?.trim().to_owned();
        Some(Self { pid, start_time, boot_id })
    }
}

/// What `/proc/<pid>/stat` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProcessStat {
    /// `R`, `S`, `Z`, …
    pub(super) state: u8,
    /// Its parent's number.
    pub(super) parent_pid: i32,
    /// When it began, in clock ticks since boot.
    pub(super) start_time: u64,
}

impl ProcessStat {
    pub(super) fn read(pid: i32) -> Option<Self> {
        Self::parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The name in parentheses may hold anything, so the fields count from the last closing one.
    fn parse(stat: &[u8]) -> Option<Self> {
        let fields = std::str::from_utf8(&stat[memchr::memrchr(b')', stat)? + 1..]).ok()?;
        let mut fields = fields.split_ascii_whitespace();
        let state = *fields.next()?.as_bytes().first()?;
        let parent_pid = fields.next()?.parse().ok()?;
        let start_time = fields.nth(17)?.parse().ok()?;
        Some(Self { state, parent_pid, start_time })
    }

    /// Whether the process has ended and only its exit status is left.
    pub(super) const fn is_dead(&self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_spaces_is_passed_over() {
        let stat = b"7 (a) b (c)) S 3 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 9 9";
        let expected = ProcessStat { state: b'S', parent_pid: 3, start_time: 12345 };
        assert_eq!(ProcessStat::parse(stat), Some(expected));
        assert_eq!(ProcessStat::parse(b"7 (a"), None);
    }
}
