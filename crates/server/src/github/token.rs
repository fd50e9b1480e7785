//! The token for GitHub: of the settings, else of the environment, else of the `gh` program.

use std::{process::Stdio, time::Duration};

use domain::GithubTokenSource;
use tokio::{process::Command, time::timeout};
use utils::Secret;

/// Variables that are asked in this order. The first is ours: no agent inherits it.
const VARIABLES: [&str; 3] = ["EVAL_KANBAN_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"];
/// How long `gh` may take: it asks a keyring.
const GH_MAX: Duration = Duration::from_secs(5);
const OWN_HOST: &str = "github.com";

/// The first token that there is, with where it comes from.
pub(super) async fn find(stored: Option<Secret>, api_url: &str) -> Option<(GithubTokenSource, Secret)> {
    if let Some(token) = stored {
        return Some((GithubTokenSource::Settings, token));
    }
    let from_environment = VARIABLES.iter().filter_map(|name| std::env::var(name).ok()).find_map(usable);
    if let Some(token) = from_environment {
        return Some((GithubTokenSource::Environment, token));
    }
    ask_gh(&super::address::host_of_api(api_url)?).await.map(|token| (GithubTokenSource::Gh, token))
}

fn usable(text: String) -> Option<Secret> {
    let token = text.trim();
    let is_good =
        !token.is_empty() && token.len() <= 512 && token.bytes().all(|byte| byte.is_ascii_graphic());
    is_good.then(|| Secret::new(token.to_owned()))
}

/// What `gh` says, where it is installed and logged in.
async fn ask_gh(host: &str) -> Option<Secret> {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks gh for its token")]
    let mut command = Command::new("gh");
    command.args(["auth", "token", "--hostname", if host.is_empty() { OWN_HOST } else { host }]);
    command.current_dir("/").stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    // One that is not there, not logged in or too slow has no token: the person is told how to give one.
    let output = timeout(GH_MAX, command.output()).await.ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    usable(text).filter(|_| output.status.success())
}
