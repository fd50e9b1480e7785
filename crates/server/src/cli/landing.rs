//! Where the browser lands: the board of the repository one stands in, registered if it is new, else the start page.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::complain;
use super::http_call::HttpCall;
use crate::home::{Home, Instance, Token};

/// The address to open for someone in `path`, with the token in the fragment, which no browser sends anywhere.
pub(super) fn address(instance: &Instance, token: Option<&Token>, repository: Option<&Path>) -> String {
    let project_id = repository.and_then(|path| find_or_register(instance, token, path));
    let page = project_id.map(|id| format!("p/{id}")).unwrap_or_default();
    let fragment = token.map(|token| format!("#t={}", token.expose())).unwrap_or_default();
    format!("http://{}:{}/{page}{fragment}", shown_host(instance), instance.port)
}

/// Where a program on this machine reaches the server.
pub(super) fn server_of(instance: &Instance) -> SocketAddr {
    let bound: IpAddr = instance.host.parse().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let host = match bound {
        IpAddr::V4(address) if address.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(address) if address.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        bound => bound,
    };
    SocketAddr::new(host, instance.port)
}

/// The git repository that `path` (the current folder if left out) is in, as the user sees it; not our own worktrees.
///
/// # Errors
/// When there is no such folder.
pub(super) fn repository_of(home: &Home, path: Option<&Path>) -> anyhow::Result<Option<PathBuf>> {
    let start = path.unwrap_or(Path::new("."));
    let start =
        std::fs::canonicalize(start).map_err(|error| anyhow::anyhow!("open {}: {error}", start.display()))?;
    let is_ours = std::fs::canonicalize(home.path()).is_ok_and(|home| start.starts_with(home));
    let root = start.ancestors().find(|folder| folder.join(".git").exists()).filter(|_| !is_ours);
    if root.is_none() && path.is_some() {
        complain(&format!("{} is in no git repository; opening the start page.", start.display()));
    }
    Ok(root.map(Path::to_owned))
}

fn shown_host(instance: &Instance) -> String {
    let server = server_of(instance).ip();
    match server {
        IpAddr::V4(address) if address.is_loopback() => "localhost".to_owned(),
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

fn find_or_register(instance: &Instance, token: Option<&Token>, path: &Path) -> Option<String> {
    let path = path.to_str().or_else(|| {
        complain("The repository's path is not UTF-8, so it cannot be opened; rename the folder.");
        None
    })?;
    let server = server_of(instance);
    let listed = HttpCall::get("/api/projects", token).send(server).ok()?;
    if let Some(id) = id_of_path(&listed.body, path) {
        return Some(id);
    }
    let body = json!({ "path": path });
    let call = HttpCall { method: "POST", path: "/api/projects", token, body: Some(&body) };
    let registered = call.send(server).ok()?;
    let id = registered.body["id"].as_str().map(str::to_owned);
    if id.is_none() {
        let reason = registered.body["error"]["message"].as_str().unwrap_or("the server did not say why");
        complain(&format!("{path} could not be opened as a project: {reason}"));
    }
    id
}

fn id_of_path(list: &Value, path: &str) -> Option<String> {
    let items = list["items"].as_array()?;
    let found = items.iter().find(|project| project["path"].as_str() == Some(path))?;
    found["id"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(host: &str) -> Instance {
        Instance::of_this_process(host.to_owned(), 9847)
    }

    #[test]
    fn the_token_stands_in_the_fragment_and_nowhere_else() {
        let token = Token::random().unwrap();
        let expected = format!("http://localhost:9847/#t={}", token.expose());
        assert_eq!(address(&instance("127.0.0.1"), Some(&token), None), expected);
        assert_eq!(address(&instance("0.0.0.0"), None, None), "http://localhost:9847/");
        assert_eq!(address(&instance("::1"), None, None), "http://[::1]:9847/");
        assert_eq!(address(&instance("192.0.2.7"), None, None), "http://192.0.2.7:9847/");
    }

    #[test]
    fn a_known_repository_is_found_by_its_path() {
        let list = json!({"items": [{"id": "1", "path": "/a"}, {"id": "2", "path": "/b"}]});
        assert_eq!(id_of_path(&list, "/b").as_deref(), Some("2"));
        assert_eq!(id_of_path(&list, "/c"), None);
        assert_eq!(id_of_path(&Value::Null, "/c"), None);
    }

    #[test]
    fn the_repository_is_the_nearest_above() {
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(folder.path()).unwrap();
        let (home, _) = Home::open(&root.join("home")).unwrap();
        std::fs::create_dir_all(root.join("repository/.git")).unwrap();
        std::fs::create_dir_all(root.join("repository/a/b")).unwrap();
        let found = repository_of(&home, Some(&root.join("repository/a/b"))).unwrap();
        assert_eq!(found, Some(root.join("repository")));
        std::fs::create_dir_all(home.join("workspaces/.git")).unwrap();
        assert_eq!(repository_of(&home, Some(&home.join("workspaces"))).unwrap(), None);
        assert!(repository_of(&home, Some(&root.join("missing"))).is_err());
    }
}
