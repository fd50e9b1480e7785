//! Where things are in this checkout. It reads the environment once and changes nothing.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// The repository that this tool was built from.
pub(crate) struct Checkout {
    root: PathBuf,
    target: PathBuf,
}

impl Checkout {
    /// Finds the checkout and cargo's target folder, which is the one that holds this very program.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let program = std::env::current_exe().context("failed to find the path of this program")?;
        let target = program.ancestors().nth(2).context("this program is in no target folder")?.to_path_buf();
        Ok(Self { root, target })
    }

    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The front-end's npm package.
    pub(crate) fn frontend(&self) -> PathBuf {
        self.root.join("frontend")
    }

    /// What the tests install for themselves; git ignores it.
    pub(crate) fn cache(&self) -> PathBuf {
        self.frontend().join(".cache")
    }

    /// The product's binary as `cargo build` leaves it.
    pub(crate) fn debug_binary(&self) -> PathBuf {
        self.target.join("debug").join(binary_name())
    }

    /// The product's binary as `cargo build --release` leaves it.
    pub(crate) fn release_binary(&self) -> PathBuf {
        self.target.join("release").join(binary_name())
    }
}

fn binary_name() -> String {
    format!("eval-kanban{}", std::env::consts::EXE_SUFFIX)
}
