//! Writes the TypeScript of the wire types that `domain` defines, and tells when the file has drifted from them.

use std::path::PathBuf;

use anyhow::{Context, bail};

use crate::checkout::Checkout;

const HEADER: &str =
    "// Generated from crates/domain by `cargo xtask types`. Do not edit: change the Rust type instead.\n\n";

/// Writes the file.
pub(crate) fn write(checkout: &Checkout) -> anyhow::Result<()> {
    let path = path(checkout);
    let folder = path.parent().context("the generated file has no folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("failed to create {}", folder.display()))?;
    std::fs::write(&path, text()).with_context(|| format!("failed to write {}", path.display()))?;
    println!("wrote {}", path.display());
    Ok(())
}

/// Fails if the file is not what `write` would write.
pub(crate) fn check(checkout: &Checkout) -> anyhow::Result<()> {
    let path = path(checkout);
    let found =
        std::fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))?;
    if found != text() {
        bail!("{} is out of date: run `cargo xtask types`", path.display());
    }
    println!("the TypeScript types are up to date");
    Ok(())
}

fn path(checkout: &Checkout) -> PathBuf {
    checkout.frontend().join("src/api/generated/types.ts")
}

fn text() -> String {
    format!("{HEADER}{}\n", domain::typescript().trim_end())
}
