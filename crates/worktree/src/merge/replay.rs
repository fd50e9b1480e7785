//! Replays an attempt's commits on the target, in memory: a rebase that touches no files.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

use crate::{
    Error, MergeAttempt, MergeOutcome, MergeRefusal,
    leftovers::signed,
    merge::{
        conflict,
        draft::{Draft, Stop},
        sign,
    },
};

const COMMITS_MAX: usize = 1000;

/// A commit on its way.
struct Step {
    commit: String,
    parent: String,
    is_merge: bool,
}

/// What of a commit is kept.
#[derive(Debug, PartialEq, Eq)]
struct Told<'a> {
    name: &'a [u8],
    email: &'a [u8],
    date: String,
    encoding: Option<&'a str>,
    message: &'a [u8],
}

impl Draft<'_> {
    /// Where the target will be. Merges in the attempt's branch are replayed as one commit each, against their first
    /// parent; what changes nothing on the target is dropped.
    pub(super) async fn replay(
        &self,
        request: &MergeAttempt,
        old: &str,
        head: &str,
    ) -> Result<Result<String, Stop>, Error> {
        let refused = |reason| Ok(Err(MergeOutcome::Refused { reason }));
        let steps = self.list_steps(old, head).await?;
        if steps.len() > COMMITS_MAX {
            let message =
                format!("more than {COMMITS_MAX} commits are not replayed: merge or squash instead");
            return refused(MergeRefusal::Other { message });
        }
        let mut tip = old.to_owned();
        for step in &steps {
            // On its own parent a commit is what it was; a signature is the one thing that is missing then.
            if step.parent == tip && !step.is_merge && sign::wanted(self).is_none() {
                tip.clone_from(&step.commit);
                continue;
            }
            tip = match self.replay_one(request, &tip, step).await? {
                Ok(next) => next,
                Err(MergeRefusal::CannotReplay { commit, paths }) => {
                    return self.explain(old, head, commit, paths).await.map(Err);
                }
                Err(reason) => return refused(reason),
            };
        }
        if tip == old {
            return Ok(Err(MergeOutcome::AlreadyMerged { commit: tip }));
        }
        Ok(Ok(tip))
    }

    async fn list_steps(&self, old: &str, head: &str) -> Result<Vec<Step>, Error> {
        let range = format!("{old}..{head}");
        let count = format!("--max-count={}", COMMITS_MAX + 1);
        let args = ["--first-parent", "--reverse", "--parents", &count, "--end-of-options", &range];
        let listing = self.scene.git.call("rev-list").args(args).text().await?;
        let step = |line: &str| {
            let mut ids = line.split(' ').map(str::to_owned);
            let (commit, parent) = (ids.next()?, ids.next()?);
            Some(Step { commit, parent, is_merge: ids.next().is_some() })
        };
        let unexpected =
            || Error::Unexpected { command: "rev-list".into(), message: "a commit without a parent".into() };
        listing.lines().map(|line| step(line).ok_or_else(unexpected)).collect()
    }

    /// The tip after one more commit.
    async fn replay_one(
        &self,
        request: &MergeAttempt,
        tip: &str,
        step: &Step,
    ) -> Result<Result<String, MergeRefusal>, Error> {
        let git = self.scene.git;
        let tip_tree = self.tree_of(tip).await?;
        // git 2.38 cannot be told a merge base; a commit with the tip's tree on the step's parent has just that one.
        let ours = self.write_plain(&tip_tree, &step.parent).await?;
        let tree = match conflict::merge_trees(git, &ours, &step.commit).await? {
            Ok(tree) => tree,
            Err(conflicts) => {
                let paths = conflicts.files().into_iter().map(|file| file.path).collect();
                return Ok(Err(MergeRefusal::CannotReplay { commit: step.commit.clone(), paths }));
            }
        };
        if tree == tip_tree {
            return Ok(Ok(tip.to_owned()));
        }
        let raw = git.call("cat-file").args(["commit", &step.commit]).run().await?.stdout;
        let unexpected =
            || Error::Unexpected { command: "cat-file".into(), message: "a commit of unknown shape".into() };
        let told = parse(&raw).ok_or_else(unexpected)?;
        let call = git.call("commit-tree").args(["-F", "-", "-p", tip]);
        let call = signed(call, &self.committer(&request.commit)).input(told.message);
        let call = call.variable("GIT_AUTHOR_NAME", OsStr::from_bytes(told.name));
        let call = call.variable("GIT_AUTHOR_EMAIL", OsStr::from_bytes(told.email));
        let call = call.variable("GIT_AUTHOR_DATE", &told.date);
        let call = call.config("i18n.commitEncoding", told.encoding.unwrap_or("UTF-8"));
        sign::write(self, call, &tree).await
    }

    /// A conflict of the whole, or one that only the single commit has.
    async fn explain(
        &self,
        old: &str,
        head: &str,
        commit: String,
        paths: Vec<String>,
    ) -> Result<Stop, Error> {
        Ok(match conflict::merge_trees(self.scene.git, old, head).await? {
            Ok(_) => MergeOutcome::Refused { reason: MergeRefusal::CannotReplay { commit, paths } },
            Err(conflicts) => MergeOutcome::Conflict { files: conflicts.files() },
        })
    }
}

fn parse(raw: &[u8]) -> Option<Told<'_>> {
    let end = raw.windows(2).position(|pair| pair == b"\n\n")?;
    let (headers, message) = (&raw[..end], &raw[end + 2..]);
    let header = |name: &[u8]| {
        let mut lines = headers.split(|byte| *byte == b'\n');
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(b" "))
    };
    let author = header(b"author")?;
    let (open, close) = (
        author.iter().position(|byte| *byte == b'<')?,
        author.iter().rposition(|byte| *byte == b'>').filter(|at| *at > 0)?,
    );
    let date = std::str::from_utf8(author.get(close + 1..)?).ok()?.trim();
    Some(Told {
        name: author[..open].trim_ascii(),
        email: author.get(open + 1..close)?,
        date: format!("@{date}"),
        encoding: header(b"encoding").and_then(|encoding| std::str::from_utf8(encoding).ok()),
        message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn author_and_message_are_read_as_they_stand() {
        let raw =
            b"tree 1\nparent 2\nauthor A < B> <a@b> 12 +0100\ncommitter C <c@d> 13 +0000\ngpgsig x\n y\n\
            encoding latin1\n\nSub\xe4ject\n\nbody\n";
        let told = parse(raw).unwrap();
        assert_eq!((told.name, told.email), (b"A".as_slice(), b" B> <a@b".as_slice()));
        let raw = b"tree 1\nauthor Ada <ada@example.org> 12 +0100\n\nSubject\n\nbody\n";
        let expected = Told {
            name: b"Ada",
            email: b"ada@example.org",
            date: "@12 +0100".to_owned(),
            encoding: None,
            message: b"Subject\n\nbody\n",
        };
        assert_eq!(parse(raw), Some(expected));
        assert_eq!(parse(b"tree 1\n\nno author"), None);
    }
}
