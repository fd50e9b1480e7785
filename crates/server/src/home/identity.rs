//! Who a process is: a pid alone is soon somebody else's.

use std::fs;

/// When process `pid` started, in the kernel's ticks since boot. `None` where the system does not say.
pub(super) fn start_time(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    start_time_of(&stat)
}

/// Which boot of the machine this is. `None` where the system does not say.
pub(super) fn boot_id() -> Option<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").ok().map(|id| id.trim().to_owned())
}

/// Field 22. The name before it may hold blanks and parentheses, hence the search for the last one.
fn start_time_of(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_time_is_found_behind_a_nasty_name() {
        let fields: Vec<String> = (4..=22).map(|field| field.to_string()).collect();
        assert_eq!(start_time_of(&format!("7 (a) b) S {} 23", fields.join(" "))), Some(22));
        assert_eq!(start_time_of("7 (a"), None);
    }
}
