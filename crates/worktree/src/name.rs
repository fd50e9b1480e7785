//! Names that may reach git. Everything else is refused before a command line is built.

use crate::Error;

const ID_MAX: usize = 64;
const PREFIX_MAX: usize = 60;

/// Accepts an id: it becomes a part of ref and file names.
pub(crate) fn check_id(id: &str) -> Result<(), Error> {
    let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let reason = match id {
        "" => "it is empty",
        _ if id.len() > ID_MAX => "it is longer than 64 characters",
        _ if !is_plain || id.starts_with('-') => "only letters, digits and `-` are allowed",
        _ => return Ok(()),
    };
    Err(Error::InvalidName { name: id.to_owned(), what: "id", reason })
}

/// Accepts the first part of branch names.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), Error> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'/' | b'-');
    let is_bad_part = |part: &str| {
        part.is_empty() || part.starts_with(['.', '-']) || part.ends_with('.') || part.ends_with(".lock")
    };
    let reason = match prefix {
        "" => "it is empty",
        "HEAD" | "@" => "git uses this name itself",
        _ if prefix.len() > PREFIX_MAX => "it is longer than 60 characters",
        _ if !prefix.bytes().all(is_plain) => "only letters, digits, `.`, `_`, `/` and `-` are allowed",
        _ if prefix.contains("..") => "`..` is not allowed in branch names",
        _ if prefix.split('/').any(is_bad_part) => {
            "a part of it starts or ends in a way that git does not allow"
        }
        _ => return Ok(()),
    };
    Err(Error::InvalidName { name: prefix.to_owned(), what: "branch prefix", reason })
}

/// Whether a name of the user can be a branch of theirs: what git allows, less what could be read as anything else
/// than a name.
pub(crate) fn is_branch_name(name: &str) -> bool {
    let is_bad = |character: char| {
        character.is_control() || matches!(character, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\')
    };
    let is_bad_part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    !(name.is_empty()
        || name.starts_with('-')
        || name.ends_with('.')
        || matches!(name, "HEAD" | "@")
        || name.contains("..")
        || name.contains("@{")
        || name.chars().any(is_bad)
        || name.split('/').any(is_bad_part))
}

/// Whether a name is a whole object id, as it is stored.
pub(crate) fn is_object_id(name: &str) -> bool {
    matches!(name.len(), 40 | 64) && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_git_could_misread_are_refused() {
        let hostile = [
            "",
            "-x",
            "-",
            "--upload-pack=touch /p",
            "--output=/p",
            "HEAD",
            "@{u}",
            "@",
            "a..b",
            "a.lock",
            "a\nb",
            "a b",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "a*",
            "a[",
            "a\\b",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a.",
            "a\u{7f}",
        ];
        for name in hostile {
            assert!(!is_branch_name(name), "{name:?}");
            assert!(check_prefix(name).is_err(), "{name:?}");
            assert!(name == "HEAD" || check_id(name).is_err(), "{name:?}");
        }
        for name in ["main", "feature/login", "größe", "a-b_c.d", "x@y"] {
            assert!(is_branch_name(name), "{name:?}");
        }
        assert!(
            check_prefix("ek").is_ok() && check_prefix("team/ek").is_ok() && check_prefix("größe").is_err()
        );
        assert!(check_id("0190f3c2-7b7e-7000-8000-000000000000").is_ok());
    }
}
