//! The repository's own hooks, where the user wants them at merges: in a checkout of their own, before anything moves.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    Error, MergeAttempt, MergeHooks, MergeRefusal, MergeStyle,
    git::{Git, path_of},
    hardening::Overrides,
    linked,
    merge::draft::Draft,
    own_dir,
    temporary::{self, Wanted},
};

const MESSAGE_MAX: u64 = 1 << 20;

/// Lets the hooks look at the merged tree and at the message, and gives what they made of both.
pub(super) async fn run(
    draft: &Draft<'_>,
    request: &MergeAttempt,
    old: &str,
    tree: String,
) -> Result<Result<(String, String), MergeRefusal>, Error> {
    let message = request.commit.message.clone();
    let Some(hooks) = request.hooks.as_ref().filter(|_| !draft.is_trial) else {
        return Ok(Ok((tree, message)));
    };
    let folder = hooks_folder(draft).await?;
    let names = names_for(request.style).into_iter().filter(|name| is_executable(&folder.join(name)));
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        return Ok(Ok((tree, message)));
    }
    let wanted = Wanted { workspaces: &hooks.workspaces, head: old, tree: &tree, carry: &[] };
    let checkout = temporary::check_out(draft.scene, wanted).await?;
    let ran = Hooks { draft, hooks, folder: &folder, path: &checkout.path }.run(&names, message).await;
    let removed = temporary::remove(draft.scene.git, &checkout.path).await;
    utils::OrLog::or_log(removed, "removing the checkout that hooks ran in");
    ran
}

fn names_for(style: MergeStyle) -> Vec<&'static str> {
    match style {
        MergeStyle::Merge => vec!["pre-merge-commit", "commit-msg"],
        MergeStyle::Squash => vec!["commit-msg"],
        MergeStyle::Rebase => vec![],
    }
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Where the user has put hooks: the folder that their own configuration names (a relative one means their checkout),
/// else the repository's. What the repository's own configuration names may have been written by an agent.
async fn hooks_folder(draft: &Draft<'_>) -> Result<PathBuf, Error> {
    let git = draft.scene.git.clone().hardened(Overrides::none());
    let call = git.call("config").args(["--show-scope", "-z", "--type=path", "--get-all", "core.hooksPath"]);
    let output = call.accept(&[0, 1]).run().await?;
    let parts: Vec<&[u8]> = output.parts().collect();
    let configured = parts.as_chunks::<2>().0.iter().rev();
    let mut users = configured.filter(|[scope, _]| matches!(*scope, b"system" | b"global"));
    Ok(match users.next() {
        Some([_, folder]) if !folder.is_empty() => draft.scene.root.join(path_of(folder)),
        _ => git.common_dir().join("hooks"),
    })
}

struct Hooks<'a> {
    draft: &'a Draft<'a>,
    hooks: &'a MergeHooks,
    folder: &'a Path,
    path: &'a Path,
}

impl Hooks<'_> {
    async fn run(
        &self,
        names: &[&str],
        message: String,
    ) -> Result<Result<(String, String), MergeRefusal>, Error> {
        let git = self.draft.scene.git;
        let admin = own_dir::find_admin_dir(git.common_dir(), self.path)?.ok_or_else(|| {
            let reason = "git no longer knows it".to_owned();
            Error::WorktreeBroken { path: self.path.to_path_buf(), reason }
        })?;
        // As the user's own git: they asked for it.
        let plain = git.with_git_dir(&admin).with_work_tree(self.path).hardened(Overrides::none());
        let file = admin.join("MERGE_MSG");
        fs::write(&file, &message).map_err(Error::io("write", &file))?;
        for name in names {
            if let Err(output) = self.run_one(&plain, name, &file).await? {
                return Ok(Err(MergeRefusal::HookFailed { hook: (*name).to_owned(), output }));
            }
        }
        let message = read_message(&file)?;
        let hardened = linked::harden(&plain).await?;
        let tree = hardened.call("write-tree").text().await?;
        Ok(Ok((tree, message)))
    }

    /// The output of a hook that refuses.
    async fn run_one(&self, git: &Git, name: &str, file: &Path) -> Result<Result<(), String>, Error> {
        let limit = Duration::from_secs(self.hooks.seconds_max);
        let call = git.call("hook").args(["run", name]);
        let call = if name == "commit-msg" { call.arg("--").arg(file) } else { call };
        let call = call.config("core.hooksPath", &self.folder.to_string_lossy());
        match call.variable("GIT_EDITOR", ":").time_limit(limit).run().await {
            Ok(_) => Ok(Ok(())),
            Err(Error::Git { message, .. }) => Ok(Err(message)),
            Err(Error::TimedOut { seconds, .. }) => Ok(Err(format!("it did not end within {seconds} s"))),
            Err(error) => Err(error),
        }
    }
}

fn read_message(file: &Path) -> Result<String, Error> {
    let is_small =
        fs::symlink_metadata(file).is_ok_and(|found| found.is_file() && found.len() <= MESSAGE_MAX);
    if !is_small {
        let message = "commit-msg left no message".to_owned();
        return Err(Error::Unexpected { command: "hook".to_owned(), message });
    }
    fs::read_to_string(file).map_err(Error::io("read", file))
}
