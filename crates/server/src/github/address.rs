//! Which repository on GitHub a remote is. Pure.

/// A repository on GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// Whose it is.
    pub(crate) owner: String,
    /// Its name.
    pub(crate) name: String,
}

impl Address {
    /// `owner/name`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// From `owner/name`.
    pub(crate) fn parse(full_name: &str) -> Option<Self> {
        let (owner, name) = full_name.split_once('/')?;
        let name = name.strip_suffix(".git").unwrap_or(name);
        (is_name(owner) && is_name(name)).then(|| Self { owner: owner.to_owned(), name: name.to_owned() })
    }
}

/// The host that git speaks to where this is the address of the API.
pub(crate) fn host_of_api(api_url: &str) -> Option<String> {
    let url: reqwest::Url = api_url.parse().ok()?;
    let host = url.host_str()?;
    Some(host.strip_prefix("api.").filter(|host| *host == "github.com").unwrap_or(host).to_owned())
}

/// The repository that a remote is, if it is on the host of the API.
pub(crate) fn repository_of(remote_url: &str, api_url: &str) -> Option<Address> {
    let wanted = host_of_api(api_url)?;
    let (host, path) = split(remote_url)?;
    let host = host.to_lowercase();
    let host = host.strip_prefix("www.").or_else(|| host.strip_prefix("ssh.")).unwrap_or(&host);
    (host == wanted).then(|| Address::parse(path.trim_matches('/')))?
}

/// Host and path of `https://[user@]host[:port]/path`, `ssh://…` and `[user@]host:path`.
fn split(url: &str) -> Option<(&str, &str)> {
    let (place, path) = match url.split_once("://") {
        Some(("https" | "http" | "ssh", rest)) => rest.split_once('/')?,
        Some(_) => return None,
        None => url.split_once(':')?,
    };
    let host = place.rsplit_once('@').map_or(place, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    (!host.is_empty()).then_some((host, path))
}

/// What GitHub takes as a name; nothing that could be another part of an address.
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && name.len() <= 100 && name.bytes().all(is_plain) && !matches!(name, "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_repositories_on_the_host_of_the_api_are_found() {
        let github = "https://api.github.com";
        let check = |remote: &str, api: &str, expected: Option<&str>| {
            let found = repository_of(remote, api).map(|address| address.full_name());
            assert_eq!(found.as_deref(), expected, "{remote} at {api}");
        };
        check("https://github.com/ada/board.git", github, Some("ada/board"));
        check("https://token@github.com/ada/board", github, Some("ada/board"));
        check("git@github.com:ada/board.git", github, Some("ada/board"));
        check("ssh://git@ssh.github.com:443/ada/board.git", github, Some("ada/board"));
        check("https://GitHub.com/ada/board/", github, Some("ada/board"));
        check("https://git.example/ada/board.git", "https://git.example/api/v3", Some("ada/board"));
        check("http://127.0.0.1:9/ada/board.git", "http://127.0.0.1:8080", Some("ada/board"));
        for other in [
            "https://gitlab.com/ada/board.git",
            "https://github.com/ada",
            "https://github.com/ada/board/more",
            "https://github.com/../board",
            "https://github.com/a b/c",
            "file:///srv/github.com/ada/board",
            "ext::sh -c x",
            "/srv/board.git",
        ] {
            check(other, github, None);
        }
        check("https://github.com/ada/board.git", "https://git.example/api/v3", None);
    }
}
