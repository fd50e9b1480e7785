//! The closed list of names that the board answers to.

use std::net::IpAddr;

/// Host names with the port, as a browser writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    port: u16,
    names: Vec<String>,
}

impl Hosts {
    /// The loopback's names, and the address that the server is bound to if it is a certain one.
    #[must_use]
    pub fn new(bound: IpAddr, port: u16) -> Self {
        let mut hosts = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()];
        if !bound.is_unspecified() && !bound.is_loopback() {
            hosts.push(if bound.is_ipv6() { format!("[{bound}]") } else { bound.to_string() });
        }
        let mut names: Vec<String> = hosts.iter().map(|host| format!("{host}:{port}")).collect();
        if port == 80 {
            names.append(&mut hosts);
        }
        Self { port, names }
    }

    /// Whether a `Host` header names us.
    #[must_use]
    pub fn has(&self, host: &str) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(host))
    }

    /// The port in the names.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(bound: &str, port: u16) -> Hosts {
        Hosts::new(bound.parse().unwrap(), port)
    }

    #[test]
    fn only_our_names_with_our_port() {
        let ours = hosts("127.0.0.1", 9847);
        for good in ["localhost:9847", "LocalHost:9847", "127.0.0.1:9847", "[::1]:9847"] {
            assert!(ours.has(good), "{good}");
        }
        for bad in [
            "",
            "localhost",
            "localhost:80",
            "localhost:09847",
            "localhost.:9847",
            "localhost.evil.example:9847",
            "127.0.0.1.nip.io:9847",
            "localhost:9847@evil",
            "evil@localhost:9847",
            "evil.example.:9847",
            "0.0.0.0:9847",
            "127.1:9847",
            "2130706433:9847",
            "[::ffff:127.0.0.1]:9847",
            "localhost:9847, evil.example",
            "p1.localhost:9847",
        ] {
            assert!(!ours.has(bad), "{bad}");
        }
    }

    #[test]
    fn a_bound_address_counts_and_the_usual_port_may_be_left_out() {
        assert!(hosts("192.0.2.7", 80).has("192.0.2.7"));
        assert!(hosts("2001:db8::1", 9847).has("[2001:db8::1]:9847"));
        assert!(!hosts("0.0.0.0", 9847).has("0.0.0.0:9847"));
    }
}
