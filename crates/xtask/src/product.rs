//! Builds the product's binary, and starts it.

use std::path::Path;

use anyhow::Context;

use crate::checkout::Checkout;
use crate::frontend::{self, Compression};
use crate::stage::{Call, cargo};

/// Builds what is out of date and becomes the product, opened on `path`.
pub(crate) fn run(checkout: &Checkout, path: &Path, options: &[String]) -> anyhow::Result<()> {
    let repository = path.canonicalize().with_context(|| format!("failed to find {}", path.display()))?;
    frontend::install(checkout)?;
    build_debug(checkout)?;
    let arguments: Vec<&str> = std::iter::once("serve").chain(options.iter().map(String::as_str)).collect();
    Call::new(checkout.debug_binary(), &arguments, &repository).become_it()
}

/// Leaves the release binary, front-end inside, in cargo's target folder.
pub(crate) fn build(checkout: &Checkout) -> anyhow::Result<()> {
    frontend::install(checkout)?;
    frontend::build(checkout, Compression::Smallest)?;
    cargo(&["build", "--release", "--package", "server"], checkout.root()).run()?;
    let binary = checkout.release_binary();
    let metadata = binary.metadata().with_context(|| format!("failed to find {}", binary.display()))?;
    println!("{} ({:.1} MB)", binary.display(), metadata.len() as f64 / 1e6);
    Ok(())
}

/// The debug binary with the present front-end in it.
pub(crate) fn build_debug(checkout: &Checkout) -> anyhow::Result<()> {
    frontend::build(checkout, Compression::Quick)?;
    cargo(&["build", "--package", "server"], checkout.root()).run()
}
