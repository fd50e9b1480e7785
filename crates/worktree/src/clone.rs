//! Cloning a repository that a person names by its address.
//!
//! Only transports that run no program of the address's choosing: https, http, ssh, files. The person's own ssh and
//! credential helpers are used, and nothing ever asks at a terminal. The clone brings no hook, and none runs; programs
//! that the cloned files name (filters, drivers) are no configuration until the person makes them one.

use std::{path::Path, time::Duration};

use crate::{
    Error,
    git::{Git, GitEnvironment},
    hardening::Overrides,
};

const TIME_LIMIT: Duration = Duration::from_secs(15 * 60);
const URL_BYTES_MAX: usize = 2_000;

/// Keys that hold for every other call, which never reaches a network.
const LIFTED: [&str; 3] = ["core.sshCommand", "credential.helper", "core.gitProxy"];

/// Clones into a folder that does not exist yet. What a failed or a stopped call leaves there is the caller's to remove.
///
/// # Errors
/// When the address is none that we use, or git refuses; its words are in the error.
pub async fn clone_repository(url: &str, target: &Path, environment: GitEnvironment) -> Result<(), Error> {
    let transport = transport_of(url)?;
    let git = Git::bare(Path::new("/"), environment).hardened(Overrides::lifting(&LIFTED));
    let call = git
        .call("clone")
        .config(&format!("protocol.{transport}.allow"), "always")
        .config("http.lowSpeedLimit", "1000")
        .config("http.lowSpeedTime", "60")
        // An ssh that asks at the terminal would wait for ever: it asks a program that knows nothing.
        .variable("SSH_ASKPASS_REQUIRE", "force")
        .variable("SSH_ASKPASS", "false")
        .args(["--quiet", "--no-hardlinks", "--end-of-options", url])
        .arg(target);
    call.time_limit(TIME_LIMIT).run().await.map(drop)
}

/// The name of a clone's folder: the last part of its address, in plain characters.
#[must_use]
pub fn clone_name(url: &str) -> String {
    let last = url.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
    let last = last.strip_suffix(".git").unwrap_or(last);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let plain: String = last.chars().map(|c| if is_plain(c) { c } else { '-' }).take(60).collect();
    let plain = plain.trim_matches(['-', '.']);
    if plain.is_empty() { "repository".to_owned() } else { plain.to_owned() }
}

/// Whether an address that the person gave to git is plainly one of ours. It may hold a name and a password.
pub(crate) fn check_transport(url: &str) -> Result<(), Error> {
    let bare = match url.split_once("://") {
        Some((scheme @ ("http" | "https"), rest)) => {
            let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = place.rsplit_once('@').map_or(place, |(_, host)| host);
            format!("{scheme}://{host}/{path}")
        }
        _ => url.to_owned(),
    };
    transport_of(&bare).map(drop)
}

/// git's own name of the transport; an error for every address that is not plainly one of ours.
fn transport_of(url: &str) -> Result<&'static str, Error> {
    let refuse = |reason: &'static str| Err(Error::InvalidName { name: shown(url), what: "address", reason });
    if url.len() > URL_BYTES_MAX || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refuse("it is too long, or has characters that no address has");
    }
    let (transport, rest) = match url.split_once("://") {
        Some(("https", rest)) => ("https", rest),
        Some(("http", rest)) => ("http", rest),
        Some(("ssh", rest)) => ("ssh", rest),
        Some(("file", rest)) if rest.starts_with('/') => return Ok("file"),
        Some(_) => return refuse("only https, http, ssh and file addresses are cloned"),
        None => match url.split_once(':') {
            // `::` names a program to run.
            Some((place, path)) if is_host(place) && !path.is_empty() && !path.starts_with(':') => {
                return Ok("ssh");
            }
            _ => return refuse("it is no address: give one as https://host/path.git or user@host:path.git"),
        },
    };
    let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
    let user = place.rsplit_once('@').map_or("", |(user, _)| user);
    if transport != "ssh" && !user.is_empty() {
        return refuse(
            "a name or password in the address would be stored in the clone: use a credential helper",
        );
    }
    if path.is_empty() || !is_host(place) || user.contains(':') {
        return refuse("it names no host and path, or holds a password");
    }
    Ok(transport)
}

/// `host`, `user@host`, `host:port`; nothing that ssh could read as an option.
fn is_host(place: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
    let parts: Vec<&str> = place.split('@').collect();
    parts.len() <= 2
        && parts.iter().all(|part| !part.is_empty() && !part.starts_with('-') && part.bytes().all(is_plain))
}

/// The address without what could be a password.
fn shown(url: &str) -> String {
    let start: String = url.chars().filter(|c| !c.is_control()).take(200).collect();
    match (start.split_once("://"), start.split_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_are_cloned() {
        let check = |url: &str, expected: Option<&str>| {
            assert_eq!(transport_of(url).ok(), expected, "{url}");
        };
        check("https://host.example/a/b.git", Some("https"));
        check("http://localhost:3000/a.git", Some("http"));
        check("ssh://git@host.example:22/a.git", Some("ssh"));
        check("git@host.example:a/b.git", Some("ssh"));
        check("host:a", Some("ssh"));
        check("file:///srv/git/a.git", Some("file"));
        for bad in [
            "",
            "a",
            "/srv/a",
            "../a",
            "-uexample",
            "--upload-pack=touch /tmp/p",
            "ext::sh -c id",
            "ext::x",
            "fd::17",
            "git://host/a",
            "ftp://host/a",
            "HTTPS://host/a",
            "https://",
            "https://host",
            "https:///a",
            "https://-oProxyCommand=x/a",
            "ssh://-oProxyCommand=x/a",
            "-oProxyCommand=x:a",
            "ssh://a@-oX/b",
            "https://user:secret@host/a",
            "https://token@host/a",
            "ssh://a:b@host/c",
            "https://host/a b",
            "https://host/a\nb",
            "file://host/a",
            "a:",
            "a::b",
            "git@host@x:a",
            "transport::https://host/a",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn a_remote_may_have_a_password_in_its_address() {
        let check = |url: &str, is_good: bool| assert_eq!(check_transport(url).is_ok(), is_good, "{url}");
        check("https://user:secret@host/a", true);
        check("https://host.example/a/b.git", true);
        check("git@host:a/b", true);
        check("file:///srv/a.git", true);
        for bad in ["ext::sh -c id", "https://-oX/a", "git://host/a", "https://x@-oX/a", "../a", ""] {
            check(bad, false);
        }
    }

    #[test]
    fn no_password_is_told() {
        let error = transport_of("https://user:secret@host/a").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn a_clone_is_named_by_its_address() {
        let check = |url: &str, expected: &str| assert_eq!(clone_name(url), expected, "{url}");
        check("https://host/a/board.git", "board");
        check("git@host:board.git", "board");
        check("file:///srv/my%20repo/", "my-20repo");
        check("https://host/..", "repository");
        check("https://host/.git", "repository");
    }
}
