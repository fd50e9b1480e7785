//! The home: private whatever the umask, repaired where it was not, and never through a link.

#![expect(clippy::disallowed_methods, reason = "a shell sets the umask of the product that it starts")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use server::home::{Home, HomeError, TokenFile};
use utils::FileError;

use crate::support::product::Product;

/// Everything below `path` that others may touch.
fn open_to_others(path: &Path) -> Vec<String> {
    let metadata = fs::symlink_metadata(path).unwrap();
    let is_open = metadata.mode() & 0o077 != 0;
    let mut found: Vec<_> =
        is_open.then(|| format!("{} {:o}", path.display(), metadata.mode())).into_iter().collect();
    if metadata.is_dir() {
        found.extend(fs::read_dir(path).unwrap().flat_map(|entry| open_to_others(&entry.unwrap().path())));
    }
    found
}

/// Row 74.
#[test]
fn nothing_in_it_is_open_to_others_whatever_the_umask() {
    for umask in ["000", "022", "077"] {
        let mut product = Product::new();
        let served = product.command(&["--port", "0", "--no-open"]);
        let mut command = Command::new("sh");
        command.args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")]).arg(served.get_program());
        command.args(served.get_args()).current_dir(product.folder());
        command.envs(served.get_envs().filter_map(|(name, value)| Some((name, value?))));
        product.start_as(command);
        assert_eq!(open_to_others(&product.home()), Vec::<String>::new(), "umask {umask}");
    }
}

#[test]
fn what_was_open_to_others_is_closed_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    fs::create_dir_all(path.join("runs")).unwrap();
    fs::write(path.join("eval-kanban.db"), "").unwrap();
    for (name, mode) in [("eval-kanban.db", 0o644), ("runs", 0o755), ("", 0o777)] {
        fs::set_permissions(path.join(name), Permissions::from_mode(mode)).unwrap();
    }
    let (_, notices) = Home::open(&path).unwrap();
    assert_eq!(open_to_others(&path), Vec::<String>::new());
    assert_eq!(notices.len(), 3, "{notices:?}");
    assert!(
        notices
            .iter()
            .any(|notice| notice.message.contains("eval-kanban.db") && notice.message.contains("644"))
    );
    assert!(Home::open(&path).unwrap().1.is_empty());
}

/// Row 76.
#[test]
fn a_link_in_place_of_the_home_or_a_file_in_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let link = folder.path().join("link");
    symlink(&elsewhere, &link).unwrap();
    assert!(matches!(Home::open(&link), Err(HomeError::Link { .. })));
    for name in ["lock", "token", "instance.json", "config.json", "logs", "runs", "eval-kanban.db"] {
        let path = folder.path().join(format!("home-{name}"));
        fs::create_dir(&path).unwrap();
        symlink(elsewhere.join("target"), path.join(name)).unwrap();
        assert!(matches!(Home::open(&path), Err(HomeError::Link { .. })), "{name}");
    }
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[test]
fn a_link_that_comes_after_the_look_is_refused_too() {
    let folder = tempfile::tempdir().unwrap();
    let (home, _) = Home::open(&folder.path().join("home")).unwrap();
    for name in ["lock", "token"] {
        symlink(folder.path().join("target"), home.join(name)).unwrap();
    }
    assert!(matches!(home.lock(), Err(HomeError::File(FileError::NotRegular { .. }))));
    assert!(TokenFile::of(&home).settle(None).is_err());
    assert!(!folder.path().join("target").exists());
}

#[test]
fn only_one_holds_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let (home, _) = Home::open(&folder.path().join("home")).unwrap();
    let lock = home.lock().unwrap();
    assert!(lock.is_some() && home.lock().unwrap().is_none());
    drop(lock);
    assert!(home.lock().unwrap().is_some());
}

#[test]
fn a_home_that_is_a_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    fs::write(&path, "").unwrap();
    assert!(matches!(Home::open(&path), Err(HomeError::File(FileError::NotDirectory { .. }))));
}

#[test]
fn the_place_is_the_given_one_made_absolute() {
    assert_eq!(Home::locate(Some("/somewhere/else".into())).unwrap(), Path::new("/somewhere/else"));
    assert_eq!(Home::locate(Some("here".into())).unwrap(), std::env::current_dir().unwrap().join("here"));
    assert!(Home::locate(Some("".into())).is_ok_and(|path| path.ends_with(".eval-kanban")));
}
