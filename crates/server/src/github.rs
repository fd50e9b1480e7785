//! Reaching GitHub: where its token and address come from, and the one client that speaks to it.
//!
//! Nothing here exists before the first use: a board without pull requests pays nothing. The token is in no log, answer,
//! argument or error; it only leaves as a header to the address that the person set.

pub(crate) mod address;
pub(crate) mod client;
pub(crate) mod poll;
mod token;

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::{Github, GithubTokenSource, UpdateGithub};
use utils::{FileError, Secret, read_private, write_private};

use crate::{api::failure::invalid, error::ApiError, github::client::Client, state::AppState};

/// GitHub's own address.
const OWN_API: &str = "https://api.github.com";
const TOKEN_FILE: &str = "github-token";
const API_FILE: &str = "github-api-url";
const FILE_BYTES_MAX: u64 = 4 * 1024;
/// What to do where there is no token.
pub(crate) const NO_TOKEN: &str = "there is no token for GitHub: put one into the settings, set GITHUB_TOKEN before the \
                                   board starts, or log in with `gh auth login`";

/// What is kept between calls: the connections, and until when GitHub wants to be left alone.
#[derive(Debug, Default)]
pub(crate) struct GithubAccess {
    http: Mutex<Option<reqwest::Client>>,
    paused_until: Mutex<Option<Instant>>,
}

impl GithubAccess {
    fn http(&self) -> Result<reqwest::Client, ApiError> {
        let mut http = self.http.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(http) = &*http {
            return Ok(http.clone());
        }
        let made = client::make_http().map_err(ApiError::internal)?;
        *http = Some(made.clone());
        Ok(made)
    }

    fn is_paused(&self) -> bool {
        let until = *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| until > Instant::now())
    }

    /// Leaves GitHub alone for a while, but for what a person asks for.
    pub(crate) fn pause(&self, pause: Duration) {
        *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + pause);
    }
}

/// How the board reaches GitHub.
///
/// # Errors
/// When the home cannot be read.
pub(crate) async fn find_github(state: &AppState) -> Result<Github, ApiError> {
    let api_url = read_api_url(state).await?;
    let found = token::find(read_file(state, TOKEN_FILE).await?, &api_url).await;
    let token_source = found.map_or(GithubTokenSource::None, |(source, _)| source);
    Ok(Github { token_source, api_url })
}

/// Changes how the board reaches GitHub.
///
/// # Errors
/// When the token or the address cannot be used, or the home cannot be written.
pub(crate) async fn update_github(state: &AppState, request: UpdateGithub) -> Result<Github, ApiError> {
    let token = request.token.map(|token| checked_token(&token)).transpose()?;
    let api_url = request.api_url.map(|api_url| checked_api_url(&api_url)).transpose()?;
    if let Some(token) = token {
        write_file(state, TOKEN_FILE, token).await?;
    }
    if let Some(api_url) = api_url {
        write_file(state, API_FILE, api_url).await?;
    }
    find_github(state).await
}

/// A client with the token that is there now; none where there is no token.
///
/// # Errors
/// When the home cannot be read, or no client can be made.
pub(crate) async fn open_client(state: &AppState) -> Result<Option<Client>, ApiError> {
    let api_url = read_api_url(state).await?;
    let found = token::find(read_file(state, TOKEN_FILE).await?, &api_url).await;
    let Some((_, token)) = found else { return Ok(None) };
    Ok(Some(Client::new(state.github.http()?, api_url, token)))
}

/// Address of the API.
///
/// # Errors
/// When the home cannot be read.
pub(crate) async fn read_api_url(state: &AppState) -> Result<String, ApiError> {
    let stored = read_file(state, API_FILE).await?;
    Ok(stored.map_or_else(|| OWN_API.to_owned(), |url| url.expose().to_owned()))
}

fn checked_token(token: &str) -> Result<String, ApiError> {
    let token = token.trim();
    let is_good = token.len() <= 512 && token.bytes().all(|byte| byte.is_ascii_graphic());
    if is_good { Ok(token.to_owned()) } else { Err(invalid("token", "this is no token of GitHub")) }
}

/// Only loopback is spoken to without encryption: a token would be read by everybody on the way.
fn checked_api_url(text: &str) -> Result<String, ApiError> {
    let text = text.trim().trim_end_matches('/');
    if text.is_empty() {
        return Ok(String::new());
    }
    let refuse = |message: &str| Err(invalid("api_url", message));
    let Ok(url) = text.parse::<reqwest::Url>() else {
        return refuse("give the address of the API, as https://api.github.com");
    };
    let has_more = !url.username().is_empty() || url.password().is_some() || url.query().is_some();
    if has_more || url.fragment().is_some() {
        return refuse("the address may have a host and a path, and nothing else");
    }
    let is_loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match (url.scheme(), url.host_str()) {
        ("https", Some(_)) => Ok(text.to_owned()),
        ("http", Some(_)) if is_loopback => Ok(text.to_owned()),
        _ => refuse("only https addresses are used: the token would be read by others on the way"),
    }
}

async fn read_file(state: &AppState, name: &str) -> Result<Option<Secret>, ApiError> {
    let path = state.home().join(name);
    let read = state.tasks.spawn_blocking(move || read_private(&path, FILE_BYTES_MAX)).await;
    match read.map_err(ApiError::internal)? {
        Ok(bytes) => {
            let text = String::from_utf8(bytes).map_err(|error| ApiError::internal(error.utf8_error()))?;
            let text = text.trim().to_owned();
            Ok((!text.is_empty()).then(|| Secret::new(text)))
        }
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(ApiError::internal(error)),
    }
}

/// An empty text is the same as none.
async fn write_file(state: &AppState, name: &str, text: String) -> Result<(), ApiError> {
    let path = state.home().join(name);
    let written = state.tasks.spawn_blocking(move || write_private(&path, text.as_bytes())).await;
    let written: Result<(), FileError> = written.map_err(ApiError::internal)?;
    written.map_err(ApiError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_sent_where_others_read_it() {
        let check = |url: &str, expected: Option<&str>| {
            assert_eq!(checked_api_url(url).ok().as_deref(), expected, "{url}");
        };
        check("https://api.github.com/", Some("https://api.github.com"));
        check("https://github.example/api/v3", Some("https://github.example/api/v3"));
        check("http://127.0.0.1:8080", Some("http://127.0.0.1:8080"));
        check(" ", Some(""));
        for bad in
            ["http://github.example", "ftp://a", "api.github.com", "https://", "https://a:b@c", "https://a?b"]
        {
            check(bad, None);
        }
    }

    #[test]
    fn a_token_fits_a_header() {
        assert_eq!(checked_token(" ghp_x \n").unwrap(), "ghp_x");
        assert_eq!(checked_token("").unwrap(), "", "an empty one forgets it");
        assert!(checked_token("a\nb").is_err() && checked_token(&"x".repeat(600)).is_err());
    }
}
