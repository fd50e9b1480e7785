//! The settings' file: changed in one step, and never at the cost of what a person wrote into it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use domain::{ApprovalModePatch, Attention, Config, ConfigLimits, ConfigPatch, PermissionMode, Theme};
use server::config_file::{ConfigError, ConfigFile};
use server::home::Home;
use tempfile::TempDir;

fn home() -> (TempDir, Home, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (home, _) = Home::open(&folder.path().join("home")).unwrap();
    let path = home.join("config.json");
    (folder, home, path)
}

fn kept_aside(path: &Path) -> Vec<String> {
    let files = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let aside = files.filter(|path| path.to_str().unwrap().contains("config.json.unreadable-"));
    aside.map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn dark() -> ConfigPatch {
    ConfigPatch { theme: Some(Theme::Dark), ..ConfigPatch::default() }
}

#[test]
fn without_a_file_the_defaults_are_in_force_and_nothing_is_written() {
    let (_folder, home, path) = home();
    let (file, notices) = ConfigFile::open(&home).unwrap();
    assert_eq!(*file.current(), Config::default());
    assert!(notices.is_empty() && !path.exists());
}

#[test]
fn a_change_is_stored_privately_and_read_again() {
    let (_folder, home, path) = home();
    let (file, _) = ConfigFile::open(&home).unwrap();
    let (changed, _) = file.update(dark()).unwrap();
    assert_eq!((changed.theme, file.current().theme), (Theme::Dark, Theme::Dark));
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    let (again, notices) = ConfigFile::open(&home).unwrap();
    assert_eq!((again.current(), notices.len()), (file.current(), 0));
}

#[test]
fn the_mode_and_the_calls_for_a_person_are_changed_and_taken_back() {
    let (_folder, home, _path) = home();
    let (file, _) = ConfigFile::open(&home).unwrap();
    let attention = Attention { sound: true, on_review: false, ..Attention::default() };
    let patch = ConfigPatch {
        approval_mode: Some(ApprovalModePatch::AcceptEdits),
        attention: Some(attention),
        ..ConfigPatch::default()
    };
    file.update(patch).unwrap();
    file.update(dark()).unwrap();
    let (again, _) = ConfigFile::open(&home).unwrap();
    let kept = again.current();
    assert_eq!((kept.approval_mode, kept.attention), (Some(PermissionMode::AcceptEdits), attention));
    let profile = ConfigPatch { approval_mode: Some(ApprovalModePatch::Profile), ..ConfigPatch::default() };
    assert_eq!(file.update(profile).unwrap().0.approval_mode, None);
}

#[test]
fn what_cannot_be_understood_is_kept_aside_and_told() {
    for text in ["{ broken", "", "[]", r#"{"colour": "red"}"#, r#"{"config_version": 99}"#, r#"{"port": 0}"#]
    {
        let (_folder, home, path) = home();
        fs::write(&path, text).unwrap();
        let (file, notices) = ConfigFile::open(&home).unwrap();
        assert_eq!(*file.current(), Config::default(), "{text}");
        assert_eq!(notices.len(), 1, "{text}");
        assert!(notices[0].message.contains("unreadable-"), "{notices:?}");
        assert_eq!(kept_aside(&path), [text]);
        assert!(!path.exists());
    }
}

#[test]
fn an_edit_made_in_the_file_meanwhile_is_kept() {
    let (_folder, home, path) = home();
    let (file, _) = ConfigFile::open(&home).unwrap();
    fs::write(&path, r#"{"editor": "vim"}"#).unwrap();
    let (changed, _) = file.update(dark()).unwrap();
    assert_eq!((changed.editor.as_str(), changed.theme), ("vim", Theme::Dark));
}

#[test]
fn a_file_broken_meanwhile_is_kept_aside_before_it_is_replaced() {
    let (_folder, home, path) = home();
    let (file, _) = ConfigFile::open(&home).unwrap();
    fs::write(&path, "{ half an edit").unwrap();
    let (changed, notices) = file.update(dark()).unwrap();
    assert_eq!((changed.theme, notices.len()), (Theme::Dark, 1));
    assert_eq!(kept_aside(&path), ["{ half an edit"]);
}

#[test]
fn a_value_that_is_no_good_changes_nothing() {
    let (_folder, home, path) = home();
    let (file, _) = ConfigFile::open(&home).unwrap();
    file.update(dark()).unwrap();
    let before = fs::read(&path).unwrap();
    let bad = [
        ConfigPatch { port: Some(0), ..ConfigPatch::default() },
        ConfigPatch { branch_prefix: Some("-x".to_owned()), ..ConfigPatch::default() },
        ConfigPatch { limits: Some(ConfigLimits { max_parallel: 0 }), ..ConfigPatch::default() },
        ConfigPatch { append_prompt: Some("x".repeat(70_000)), ..ConfigPatch::default() },
    ];
    for patch in bad {
        assert!(matches!(file.update(patch), Err(ConfigError::Invalid { .. })));
    }
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(file.current().theme, Theme::Dark);
}
