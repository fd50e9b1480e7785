//! Builds the front-end: packages, Vite, and the compressed copies that the binary embeds. Each step is skipped when
//! its result is newer than what it is made from.

use std::path::Path;
use std::time::SystemTime;

use anyhow::Context;

use crate::checkout::Checkout;
use crate::stage::Call;

/// How hard the assets are compressed.
#[derive(Clone, Copy)]
pub(crate) enum Compression {
    /// In a second or two: for work on the product.
    Quick,
    /// As small as it gets: for a release.
    Smallest,
}

const SOURCES: [&str; 5] = ["src", "public", "index.html", "package-lock.json", "vite.config.ts"];

/// `npm ci`, if the lock is newer than what is installed.
pub(crate) fn install(checkout: &Checkout) -> anyhow::Result<()> {
    let frontend = checkout.frontend();
    let installed = modified(&frontend.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(&frontend.join("package-lock.json")) {
        println!("node_modules is up to date");
        return Ok(());
    }
    Call::new("npm", &["ci"], &frontend).run()
}

/// The embedded assets, built if a source is newer.
pub(crate) fn build(checkout: &Checkout, compression: Compression) -> anyhow::Result<()> {
    let frontend = checkout.frontend();
    let built = modified(&frontend.join("dist/index.html"));
    let newest = SOURCES.iter().filter_map(|source| newest(&frontend.join(source))).max();
    if built.is_none() || built < newest {
        Call::new("npm", &["run", "build"], &frontend).run()?;
    }
    compress(checkout, compression)
}

fn compress(checkout: &Checkout, compression: Compression) -> anyhow::Result<()> {
    let quality = match compression {
        Compression::Quick => "4",
        Compression::Smallest => "11",
    };
    let script = checkout.root().join("crates/xtask/src/compress.mjs");
    let script = script.to_str().context("the path of the checkout is not UTF-8")?;
    Call::new("node", &[script, "dist", "dist-embed", quality], &checkout.frontend()).run()
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

/// The latest change of a file, or of anything in a folder. Names that come and go change their folder.
fn newest(path: &Path) -> Option<SystemTime> {
    let inside = std::fs::read_dir(path).into_iter().flatten().flatten();
    inside.filter_map(|entry| newest(&entry.path())).chain(modified(path)).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_deep_in_a_folder_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        let file = std::fs::File::create(folder.path().join("a/b")).unwrap();
        let later = SystemTime::now() + std::time::Duration::from_secs(60);
        file.set_modified(later).unwrap();
        assert_eq!(newest(folder.path()), Some(later));
    }

    #[test]
    fn what_is_not_there_has_no_time() {
        assert_eq!(newest(Path::new("/no/such/file")), None);
    }
}
