//! Pushing an attempt's branch to the remote.
//!
//! The repository's own configuration takes no part, because an agent can write it: git runs in an empty repository of
//! ours that only borrows the objects, with what the person's own configuration says about credentials, ssh and
//! addresses. The network may be used, nothing ever asks at a terminal, no hook runs. A branch of the remote is only
//! ever made, or moved forward from where this very work was before: never forced.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use utils::{OrLog, create_private_dir, write_private};

use crate::{
    Error, clone,
    git::{Call, Git, Output},
    hardening::Overrides,
    name, own_dir, refs,
};

const TIME_LIMIT: Duration = Duration::from_secs(10 * 60);
/// Keys that hold for every other call, which never reaches a network.
const LIFTED: [&str; 3] = ["core.sshCommand", "credential.helper", "core.gitProxy"];
/// Transports that run no program of an address's choosing.
const TRANSPORTS: [&str; 4] = ["https", "http", "ssh", "file"];
/// What the remote is called in the empty repository.
const REMOTE: &str = "target";

/// A remote of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Its name.
    pub name: String,
    /// Where it is pushed to, as the repository says.
    pub url: String,
    /// The same as git understands it with the person's own abbreviations.
    pub full_url: String,
}

/// Asks for a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushBranch {
    /// Where to.
    pub remote: Remote,
    /// The branch's name, there as here.
    pub branch: String,
    /// The commit that it is to stand at.
    pub commit: String,
    /// The commit that the work started from: a branch of the remote that stands at the work's own commits is ours.
    pub base: String,
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushOutcome {
    /// The branch of the remote stands at the commit.
    Pushed,
    /// It stood there before.
    UpToDate,
    /// Nothing was changed.
    Refused {
        /// Why, for people; without passwords.
        reason: String,
    },
}

/// The remote that a branch follows, else `origin`, else the only one; none where that is not clear.
pub(crate) async fn find_remote(git: &Git, base_branch: &str) -> Result<Option<Remote>, Error> {
    let names = git.call("remote").text().await?;
    let names: Vec<&str> = names.lines().collect();
    let followed = read_key(git, &format!("branch.{base_branch}.remote")).await?;
    let is_known = |name: &&str| names.contains(name);
    let only = if let [only] = names.as_slice() { Some(*only) } else { None };
    let name = followed.as_deref().filter(is_known).or_else(|| Some("origin").filter(is_known)).or(only);
    let Some(name) = name else { return Ok(None) };
    let url = match read_key(git, &format!("remote.{name}.pushurl")).await? {
        Some(url) => Some(url),
        None => read_key(git, &format!("remote.{name}.url")).await?,
    };
    let Some(url) = url else { return Ok(None) };
    let url = absolute(git.root(), &url);
    let empty = EmptyRepository::new(git, &url).await?;
    let full_url = empty.call("ls-remote").args(["--get-url", REMOTE]).text().await?;
    Ok(Some(Remote { name: name.to_owned(), url, full_url }))
}

async fn read_key(git: &Git, key: &str) -> Result<Option<String>, Error> {
    let value = git.call("config").accept(&[0, 1]).args(["--get", "--end-of-options", key]).text().await?;
    Ok((!value.is_empty()).then_some(value))
}

/// A path of this machine as an address.
fn absolute(root: &Path, url: &str) -> String {
    let is_relative = url.starts_with("./") || url.starts_with("../");
    match (url.starts_with('/'), is_relative) {
        (true, _) => format!("file://{url}"),
        (false, true) => format!("file://{}", root.join(url).display()),
        (false, false) => url.to_owned(),
    }
}

/// Brings the remote's branch to the commit.
pub(crate) async fn push_branch(git: &Git, request: &PushBranch) -> Result<PushOutcome, Error> {
    let commit = refs::resolve_base(git, &request.commit).await?;
    if !name::is_branch_name(&request.branch) {
        let reason = "it is no name of a branch";
        return Err(Error::InvalidName { name: request.branch.clone(), what: "branch", reason });
    }
    if let Err(error) = clone::check_transport(&request.remote.full_url) {
        return refused(error.to_string());
    }
    let empty = EmptyRepository::new(git, &request.remote.url).await?;
    let there = match find_tip(&empty, &request.branch).await? {
        Ok(there) => there,
        Err(reason) => return refused(reason),
    };
    if there.as_deref() == Some(&commit) {
        return Ok(PushOutcome::UpToDate);
    }
    if let Some(there) = &there
        && !is_own(git, request, there).await?
    {
        return refused(format!(
            "the remote has a branch {} with other work: rename or remove it there first",
            request.branch
        ));
    }
    let outcome = push(&empty, request, &commit, there.as_deref().unwrap_or_default()).await?;
    Ok(outcome)
}

fn refused(reason: String) -> Result<PushOutcome, Error> {
    Ok(PushOutcome::Refused { reason })
}

/// Where the remote's branch stands, or why it does not say.
async fn find_tip(empty: &EmptyRepository, branch: &str) -> Result<Result<Option<String>, String>, Error> {
    let call = network(empty, "ls-remote").args(["--refs", "--end-of-options", REMOTE]);
    let output = call.arg(format!("refs/heads/{branch}")).accept(&[0, 1, 128]).run().await?;
    if output.code != 0 {
        return Ok(Err(empty.words(&output)));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let wanted = format!("refs/heads/{branch}");
    let found = text.lines().filter_map(|line| line.split_once('\t')).find(|(_, name)| *name == wanted);
    Ok(Ok(found.map(|(id, _)| id.to_owned())))
}

/// Whether the remote's branch stands at a commit of this very work, which the new commit goes on from.
async fn is_own(git: &Git, request: &PushBranch, there: &str) -> Result<bool, Error> {
    let Some(there) = (if name::is_object_id(there) { refs::resolve(git, there).await? } else { None })
    else {
        return Ok(false);
    };
    let goes_on = refs::merge_base(git, &there, &request.commit).await?.as_deref() == Some(there.as_str());
    let is_older = refs::merge_base(git, &there, &request.base).await?.as_deref() == Some(there.as_str());
    Ok(goes_on && !is_older)
}

async fn push(
    empty: &EmptyRepository,
    request: &PushBranch,
    commit: &str,
    there: &str,
) -> Result<PushOutcome, Error> {
    let branch = format!("refs/heads/{}", request.branch);
    let call = network(empty, "push").args(["--porcelain", "--no-verify", "--no-recurse-submodules"]);
    // The new commit goes on from `there`, so that nothing is lost; the lease is for what happens meanwhile.
    let call = call.arg(format!("--force-with-lease={branch}:{there}"));
    let call = call.args(["--end-of-options", REMOTE]).arg(format!("{commit}:{branch}"));
    let output = call.accept(&[0, 1, 128]).run().await?;
    if output.code == 0 {
        return Ok(PushOutcome::Pushed);
    }
    refused(
        rejection(&output)
            .map_or_else(|| empty.words(&output), |reason| format!("{reason}{}", remote_words(&output))),
    )
}

/// `!\t<from>:<to>\t[rejected] (why)`.
fn rejection(output: &Output) -> Option<String> {
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("!\t"))?;
    line.split_once('\t').map(|(_, why)| format!("the remote refused the branch: {why}"))
}

/// What the remote itself said.
fn remote_words(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("remote:"))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    if said.is_empty() { String::new() } else { format!(" ({})", said.join("; ")) }
}

fn network<'e>(empty: &'e EmptyRepository, subcommand: &'static str) -> Call<'e> {
    let mut call = empty.call(subcommand);
    for transport in TRANSPORTS {
        call = call.config(&format!("protocol.{transport}.allow"), "always");
    }
    call.config("http.lowSpeedLimit", "1000")
        .config("http.lowSpeedTime", "60")
        // An ssh that asks at the terminal would wait for ever: it asks a program that knows nothing.
        .variable("SSH_ASKPASS_REQUIRE", "force")
        .variable("SSH_ASKPASS", "false")
        .time_limit(TIME_LIMIT)
}

/// A repository without a configuration, a ref or an object of its own, gone when dropped.
struct EmptyRepository {
    git: Git,
    path: PathBuf,
    url: String,
}

impl EmptyRepository {
    async fn new(git: &Git, url: &str) -> Result<Self, Error> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let format = git.call("rev-parse").arg("--show-object-format").text().await?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = format!("tmp/{}-{count}.push", std::process::id());
        let path = own_dir::own_dir(git.common_dir())?.join(folder);
        let empty = Self {
            git: git.elsewhere(&path).hardened(Overrides::lifting(&LIFTED)),
            path: path.clone(),
            url: url.to_owned(),
        };
        for folder in [path.clone(), path.join("refs"), path.join("objects"), path.join("objects/info")] {
            create_private_dir(&folder)?;
        }
        write_private(&path.join("HEAD"), b"ref: refs/heads/none\n")?;
        let config = format!(
            "[core]\n\trepositoryFormatVersion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = {format}\n"
        );
        write_private(&path.join("config"), config.as_bytes())?;
        let objects = git.common_dir().join("objects");
        write_private(&path.join("objects/info/alternates"), objects.as_os_str().as_encoded_bytes())?;
        let shallow = git.common_dir().join("shallow");
        if shallow.exists() {
            fs::copy(&shallow, path.join("shallow")).map_err(Error::io("copy", &shallow))?;
        }
        Ok(empty)
    }

    /// A call that knows the remote. Its address is in no argument and no file: it may hold a password.
    fn call(&self, subcommand: &'static str) -> Call<'_> {
        self.git.call(subcommand).config(&format!("remote.{REMOTE}.url"), &self.url)
    }

    /// What git complained about, without what could be a password.
    fn words(&self, output: &Output) -> String {
        let complaint = output.complaint();
        match secret_of(&self.url) {
            Some(secret) => complaint.replace(secret, "…"),
            None => complaint,
        }
    }
}

impl Drop for EmptyRepository {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.path).or_log("deleting the repository of a push");
    }
}

/// The name and password in an address.
fn secret_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let place = rest.split('/').next().unwrap_or_default();
    place
        .rsplit_once('@')
        .map(|(secret, _)| secret)
        .filter(|secret| secret.contains(':') || secret.len() > 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_addresses_and_passwords_are_found() {
        let root = Path::new("/home/ada/repo");
        assert_eq!(absolute(root, "/srv/a.git"), "file:///srv/a.git");
        assert_eq!(absolute(root, "../a.git"), "file:///home/ada/repo/../a.git");
        assert_eq!(absolute(root, "git@host:a/b.git"), "git@host:a/b.git");
        assert_eq!(secret_of("https://ada:secret@host/a"), Some("ada:secret"));
        assert_eq!(secret_of("https://ghp_abcdefghijkl@host/a"), Some("ghp_abcdefghijkl"));
        assert_eq!(secret_of("https://host/a@b"), None);
        assert_eq!(secret_of("ssh://git@host/a"), None);
    }
}
