//! Which keys of git's configuration are overridden in every call, so that no program runs that a repository names.
//!
//! Owns the fixed list and the reading of what the repository's own configuration adds to it. Keys travel by
//! `GIT_CONFIG_KEY_<n>`, because `-c` cannot carry a subsection with `=` in it.

use std::{collections::HashMap, ffi::OsString, os::unix::ffi::OsStringExt};

use crate::Identity;

const FIXED: &[(&str, &str)] = &[
    ("core.fsmonitor", "false"),
    ("core.hooksPath", "/dev/null"),
    ("core.sshCommand", "false"),
    ("core.gitProxy", ""),
    ("core.pager", "cat"),
    ("core.editor", "true"),
    ("sequence.editor", "true"),
    ("core.askPass", ""),
    ("credential.helper", ""),
    ("core.alternateRefsCommand", ""),
    ("core.attributesFile", "/dev/null"),
    ("core.quotePath", "false"),
    ("core.safecrlf", "false"),
    ("i18n.commitEncoding", "UTF-8"),
    ("diff.external", ""),
    ("diff.noprefix", "false"),
    ("diff.mnemonicPrefix", "false"),
    ("diff.orderFile", ""),
    ("diff.ignoreSubmodules", "none"),
    ("diff.suppressBlankEmpty", "false"),
    ("diff.interHunkContext", "0"),
    ("interactive.diffFilter", ""),
    ("commit.gpgSign", "false"),
    ("tag.gpgSign", "false"),
    ("gpg.program", "false"),
    ("gpg.ssh.program", "false"),
    ("gpg.x509.program", "false"),
    ("log.showSignature", "false"),
    ("gc.auto", "0"),
    ("gc.autoDetach", "false"),
    ("maintenance.auto", "false"),
    ("submodule.recurse", "false"),
    ("worktree.useRelativePaths", "false"),
    ("rerere.enabled", "false"),
    ("advice.addEmbeddedRepo", "false"),
    ("safe.bareRepository", "explicit"),
    ("protocol.allow", "never"),
    ("protocol.ext.allow", "never"),
    ("protocol.file.allow", "never"),
    ("protocol.git.allow", "never"),
    ("protocol.ssh.allow", "never"),
    ("protocol.http.allow", "never"),
    ("protocol.https.allow", "never"),
];

/// Values of Git LFS, which the user may have installed for one repository only.
const LFS_VALUES: &[&str] = &[
    "git-lfs clean -- %f",
    "git-lfs smudge -- %f",
    "git-lfs smudge --skip -- %f",
    "git-lfs filter-process",
    "git-lfs filter-process --skip",
];

/// git's own merge of text, in place of a program: what a driver of the repository's own would have done is unknown.
const PLAIN_MERGE: &str = "git merge-file -q %A %O %B";

/// Programs that sign, by the key that names them, and what git runs where nobody names one.
const SIGNERS: [(&str, &str); 4] = [
    ("gpg.program", "gpg"),
    ("gpg.ssh.program", "ssh-keygen"),
    ("gpg.x509.program", "gpgsm"),
    ("gpg.ssh.defaultkeycommand", ""),
];

/// The programs by which the user's own configuration signs commits. Key and format are read by git itself.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Signing {
    programs: HashMap<&'static str, String>,
}

impl Signing {
    /// What a call that signs must say.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        let known = |key: &str, usual: &str| self.programs.get(key).cloned().unwrap_or(usual.to_owned());
        let mut settings: Vec<_> = SIGNERS.iter().map(|(key, usual)| (*key, known(key, usual))).collect();
        settings.push(("gpg.openpgp.program", known("gpg.program", "gpg")));
        settings
    }

    fn learn(&mut self, key: &[u8], value: &[u8]) {
        let key = if key == b"gpg.openpgp.program" { b"gpg.program" } else { key };
        if let Some((known, _)) = SIGNERS.iter().find(|(known, _)| known.as_bytes() == key) {
            self.programs.insert(known, String::from_utf8_lossy(value).into_owned());
        }
    }
}

/// What one repository's configuration makes necessary, and what else we read from it.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    entries: Vec<(OsString, OsString)>,
    /// Fixed keys that a call does without.
    lifted: &'static [&'static str],
    /// Filters of the repository's own that were switched off.
    pub(crate) filters: Vec<String>,
    /// Whether nothing is overridden at all.
    is_plain: bool,
    user_name: Option<String>,
    user_email: Option<String>,
    /// How the user's commits are signed; none where they are not.
    pub(crate) signing: Option<Signing>,
    pub(crate) initial_branch: Option<String>,
}

impl Overrides {
    /// Reads the output of `git config --list --show-scope -z`.
    pub(crate) fn from_listing(listing: &[u8]) -> Self {
        let mut overrides = Self::default();
        let (mut signing, mut is_signing) = (Signing::default(), false);
        let mut parts = listing.split(|byte| *byte == 0);
        while let (Some(scope), Some(entry)) = (parts.next(), parts.next()) {
            let (key, value) = split_at(entry, b'\n').unwrap_or((entry, b""));
            overrides.learn(key, value);
            let is_foreign = matches!(scope, b"local" | b"worktree");
            // What our own call overrides is in the listing, too.
            if key == b"commit.gpgsign" && scope != b"command" {
                is_signing = is_true(split_at(entry, b'\n').map(|(_, value)| value));
            }
            if matches!(scope, b"system" | b"global") {
                signing.learn(key, value);
            }
            if (is_foreign || key.starts_with(b"hook.")) && !is_lfs(key, value) {
                overrides.switch_off(key);
            }
        }
        overrides.signing = is_signing.then_some(signing);
        overrides
    }

    /// None at all: for what the user wants to run as their own git would.
    pub(crate) fn none() -> Self {
        Self { is_plain: true, ..Self::default() }
    }

    /// The fixed ones but these, where there is no repository yet: what the person's own configuration says holds.
    pub(crate) fn lifting(lifted: &'static [&'static str]) -> Self {
        Self { lifted, ..Self::default() }
    }

    /// Every override, the fixed ones first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (OsString, OsString)> {
        let fixed = FIXED.iter().filter(|(key, _)| !self.is_plain && !self.lifted.contains(key));
        let fixed = fixed.map(|(key, value)| (OsString::from(key), OsString::from(value)));
        fixed.chain(self.entries.iter().cloned())
    }

    /// Who the user is, where git is told.
    pub(crate) fn identity(&self) -> Option<Identity> {
        let name = self.user_name.clone().filter(|name| !name.trim().is_empty())?;
        let email = self.user_email.clone()?;
        Some(Identity { name, email })
    }

    fn learn(&mut self, key: &[u8], value: &[u8]) {
        let text = || Some(String::from_utf8_lossy(value).into_owned());
        match key {
            b"user.name" => self.user_name = text(),
            b"user.email" => self.user_email = text(),
            b"init.defaultbranch" => self.initial_branch = text(),
            _ => {}
        }
    }

    fn switch_off(&mut self, key: &[u8]) {
        let Some((section, rest)) = split_at(key, b'.') else { return };
        let Some(dot) = rest.iter().rposition(|byte| *byte == b'.') else { return };
        let (name, variable) = (&rest[..dot], &rest[dot + 1..]);
        let value = match (section, variable) {
            (b"filter", b"clean" | b"smudge" | b"process") => {
                self.filters.push(String::from_utf8_lossy(name).into_owned());
                ""
            }
            (b"filter", b"required") => "false",
            (b"diff", b"textconv" | b"command") => "",
            (b"merge", b"driver") => PLAIN_MERGE,
            (b"hook", b"command" | b"event") => "",
            (b"credential", b"helper") => "",
            (b"gpg", b"program") => "false",
            (b"trailer", b"command" | b"cmd") => "true",
            _ => return,
        };
        self.entries.push((OsString::from_vec(key.to_vec()), value.into()));
    }
}

/// A truth as git reads it; a key without a value is one.
fn is_true(value: Option<&[u8]>) -> bool {
    let truths: [&[u8]; 3] = [b"true", b"yes", b"on"];
    match value {
        None => true,
        Some(value) if truths.iter().any(|truth| value.eq_ignore_ascii_case(truth)) => true,
        Some(value) => {
            std::str::from_utf8(value).ok().and_then(|text| text.parse::<i64>().ok()).is_some_and(|n| n != 0)
        }
    }
}

fn is_lfs(key: &[u8], value: &[u8]) -> bool {
    key.starts_with(b"filter.lfs.")
        && (key.ends_with(b".required") || LFS_VALUES.iter().any(|known| known.as_bytes() == value))
}

fn split_at(bytes: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|byte| *byte == separator)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overridden(listing: &str) -> Vec<(String, String)> {
        let entries = Overrides::from_listing(listing.as_bytes()).entries;
        entries
            .into_iter()
            .map(|(key, value)| (key.into_string().unwrap(), value.into_string().unwrap()))
            .collect()
    }

    #[test]
    fn programs_of_the_repository_are_switched_off() {
        let check = |listing: &str, expected: &[(&str, &str)]| {
            let expected: Vec<_> = expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            assert_eq!(overridden(listing), expected, "{listing:?}");
        };
        check("local\0filter.f.clean\nevil\0", &[("filter.f.clean", "")]);
        check("local\0filter.f.required\ntrue\0", &[("filter.f.required", "false")]);
        check("local\0filter.a=b.c.smudge\nevil\0", &[("filter.a=b.c.smudge", "")]);
        check("worktree\0merge.m.driver\nevil %A\0", &[("merge.m.driver", PLAIN_MERGE)]);
        check("local\0diff.d.textconv\nevil\nmore\0", &[("diff.d.textconv", "")]);
        check("global\0filter.f.clean\nmine\0", &[]);
        check("global\0hook.h.command\nmine\0", &[("hook.h.command", "")]);
        check("local\0filter.lfs.process\ngit-lfs filter-process\0", &[]);
        check("local\0filter.lfs.process\nevil\0", &[("filter.lfs.process", "")]);
        check("local\0core.bare\nfalse\0local\0core.valueless\0", &[]);
        check("", &[]);
    }

    #[test]
    fn signing_is_the_users_own() {
        let signing = |listing: &str| Overrides::from_listing(listing.as_bytes()).signing;
        for listing in ["", "global\0commit.gpgsign\nfalse\0", "global\0commit.gpgsign\n\0"] {
            assert_eq!(signing(listing), None, "{listing:?}");
        }
        for listing in
            ["global\0commit.gpgsign\nTrue\0", "global\0commit.gpgsign\0", "local\0commit.gpgsign\n1\0"]
        {
            assert_eq!(signing(listing), Some(Signing::default()), "{listing:?}");
        }
        let listing = "global\0commit.gpgsign\ntrue\0global\0gpg.openpgp.program\nmine\0local\0gpg.program\nevil\0\
            local\0gpg.ssh.defaultkeycommand\nevil\0command\0commit.gpgsign\nfalse\0command\0gpg.program\nevil\0";
        let settings = signing(listing).unwrap().settings();
        assert!(settings.contains(&("gpg.program", "mine".to_owned())), "{settings:?}");
        assert!(settings.contains(&("gpg.openpgp.program", "mine".to_owned())), "{settings:?}");
        assert!(settings.contains(&("gpg.ssh.program", "ssh-keygen".to_owned())), "{settings:?}");
        assert!(!settings.iter().any(|(_, value)| value == "evil"), "{settings:?}");
    }

    #[test]
    fn the_user_is_read_from_the_same_listing() {
        let overrides =
            Overrides::from_listing(b"global\0user.name\nAda\0local\0user.email\nada@example.org\0");
        let ada = Identity { name: "Ada".to_owned(), email: "ada@example.org".to_owned() };
        assert_eq!(overrides.identity(), Some(ada));
        assert_eq!(Overrides::from_listing(b"local\0user.email\na@b\0").identity(), None);
    }
}
