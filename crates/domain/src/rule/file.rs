//! Rules for files: a glob on the path relative to the worktree, `src/**`.
//!
//! `*` stands for any characters of one name, `**` for any folders. No rule ever matches what lies outside the
//! worktree, nor a file that runs code without anybody starting it: git's own files and hooks (`.git*`, `.husky`,
//! lefthook and pre-commit files), the agent's settings and servers (`.claude`, `.mcp.json`), what a shell or editor
//! runs on entering the folder (`.envrc`, mise, `.vscode`, `.idea`, `.devcontainer`), what package managers obey
//! (`.npmrc`, `.yarn*`, `.cargo`), and what CI runs (`.github` and the files of the other services). Those are asked
//! for each time. Build files (`package.json`, `Makefile`, `build.rs`) are the work itself: they run when somebody
//! builds, and stand in the review.

use serde_json::Value;

use crate::Refusal;

const PATTERN_BYTES_MAX: usize = 500;
/// Each `**` multiplies the ways to match.
const DEEP_STARS_MAX: usize = 3;
const DEPTH_MAX: usize = 64;

/// Names that are harmless although they begin like protected ones.
const HARMLESS_NAMES: [&str; 3] = [".gitignore", ".gitkeep", ".git-blame-ignore-revs"];

/// A file or folder whose name begins like this is never matched, in any case of its letters.
const PROTECTED_STARTS: [&str; 23] = [
    ".git",
    ".claude",
    ".mcp.json",
    ".envrc",
    ".direnv",
    ".husky",
    ".vscode",
    ".idea",
    ".devcontainer",
    ".npmrc",
    ".pnpmfile",
    ".yarn",
    ".cargo",
    ".circleci",
    ".buildkite",
    ".travis",
    ".drone",
    ".woodpecker",
    ".cirrus",
    ".pre-commit-config",
    ".lefthook",
    "lefthook",
    ".mise",
];
const PROTECTED_NAMES: [&str; 8] = [
    "jenkinsfile",
    "azure-pipelines.yml",
    "azure-pipelines.yaml",
    "bitbucket-pipelines.yml",
    "appveyor.yml",
    ".appveyor.yml",
    "mise.toml",
    ".tool-versions",
];

/// A glob, by folders.
pub(super) struct FileRule<'p> {
    segments: Vec<&'p str>,
}

pub(super) fn is_file_tool(tool_name: &str) -> bool {
    matches!(tool_name, "Edit" | "MultiEdit" | "Write" | "NotebookEdit" | "Read")
}

pub(super) fn parse(pattern: &str) -> Result<FileRule<'_>, Refusal> {
    let segments: Vec<&str> = pattern.split('/').collect();
    let deep_stars = segments.iter().filter(|segment| **segment == "**").count();
    if pattern.len() > PATTERN_BYTES_MAX || deep_stars > DEEP_STARS_MAX {
        return Err(Refusal("this pattern is too long to be understood at a glance".to_owned()));
    }
    if !segments.iter().all(|segment| is_plain_name(segment)) {
        let text = "a rule for files is a path relative to the worktree, as `src/**`, without `..`";
        return Err(Refusal(text.to_owned()));
    }
    match segments.iter().find(|segment| is_protected(segment)) {
        Some(name) => Err(Refusal(format!("`{name}` can run code by itself, so it is asked for each time"))),
        None => Ok(FileRule { segments }),
    }
}

pub(super) fn allows(rule: &FileRule<'_>, tool_name: &str, input: &Value, worktree: &str) -> bool {
    path_of(tool_name, input, worktree).is_some_and(|path| is_match(&rule.segments, &path))
}

/// The file itself, its folder, and the topmost folder it is in.
pub(super) fn propose(tool_name: &str, input: &Value, worktree: &str) -> Vec<String> {
    let Some(path) = path_of(tool_name, input, worktree) else { return Vec::new() };
    if path.iter().any(|name| name.contains('*')) {
        return Vec::new();
    }
    let folder_depth = path.len() - 1;
    let mut depths = vec![folder_depth, 1];
    depths.dedup();
    let folders = depths.into_iter().filter(|depth| (1..=folder_depth).contains(depth));
    let folders = folders.filter_map(|depth| Some(format!("{}/**", path.get(..depth)?.join("/"))));
    std::iter::once(path.join("/")).chain(folders).collect()
}

pub(super) fn text(tool_name: &str, rule: &FileRule<'_>) -> String {
    let verb = match tool_name {
        "Read" => "read",
        "Write" => "write",
        _ => "edit",
    };
    let pattern = rule.segments.join("/");
    match pattern.strip_suffix("/**") {
        _ if pattern == "**" => format!("{verb} any file of the worktree"),
        Some(folder) if !folder.contains('*') => format!("{verb} any file in `{folder}/`"),
        _ if pattern.contains('*') => format!("{verb} files that match `{pattern}`"),
        _ => format!("{verb} `{pattern}`"),
    }
}

pub(super) fn runs_by_itself(path: &str) -> bool {
    let path = path.to_lowercase();
    // What else stands there is text for people.
    let is_harmless = path.starts_with(".github/")
        && ![".github/workflows/", ".github/actions/"].iter().any(|folder| path.starts_with(folder));
    !is_harmless && path.split('/').any(is_protected)
}

/// The names on the way from the worktree to the call's file; none where a rule could not name it.
fn path_of<'v>(tool_name: &str, input: &'v Value, worktree: &str) -> Option<Vec<&'v str>> {
    let key = if tool_name == "NotebookEdit" { "notebook_path" } else { "file_path" };
    let path = input.get(key)?.as_str()?;
    let worktree = worktree.strip_suffix('/').unwrap_or(worktree);
    if !worktree.starts_with('/') {
        return None;
    }
    let relative = path.strip_prefix(worktree)?.strip_prefix('/')?;
    let names: Vec<&str> = relative.split('/').collect();
    let is_namable = names.iter().all(|name| is_plain_name(name) && !is_protected(name));
    (is_namable && names.len() <= DEPTH_MAX).then_some(names)
}

fn is_plain_name(name: &str) -> bool {
    // `~` is how some file systems write a second, short name of a file; what is not seen could hide another.
    let is_plain = |c: char| c.is_alphanumeric() || (c.is_ascii_graphic() && !"\\~".contains(c)) || c == ' ';
    !matches!(name, "" | "." | "..") && !name.ends_with([' ', '.']) && name.chars().all(is_plain)
}

fn is_protected(name: &str) -> bool {
    let name = name.to_lowercase();
    if HARMLESS_NAMES.contains(&name.as_str()) {
        return false;
    }
    PROTECTED_NAMES.contains(&name.as_str()) || PROTECTED_STARTS.iter().any(|start| name.starts_with(start))
}

fn is_match(pattern: &[&str], path: &[&str]) -> bool {
    match pattern {
        [] => path.is_empty(),
        ["**"] => !path.is_empty(),
        ["**", rest @ ..] => {
            (0..=path.len()).any(|skip| is_match(rest, path.get(skip..).unwrap_or_default()))
        }
        [segment, rest @ ..] => path
            .split_first()
            .is_some_and(|(name, more)| is_name_match(segment, name) && is_match(rest, more)),
    }
}

fn is_name_match(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        let Some((_, after)) = left.split_once(part) else { return false };
        left = after;
    }
    left.ends_with(last)
}
