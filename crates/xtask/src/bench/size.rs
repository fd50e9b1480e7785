//! How big the binary is, and the front-end that must arrive before a task is opened.

use std::path::Path;

use anyhow::Context;

use super::figure::Figure;
use crate::checkout::Checkout;
use crate::stage::Call;

pub(crate) fn measure(checkout: &Checkout, binary: &Path) -> anyhow::Result<Vec<Figure>> {
    let bytes = binary.metadata().context("failed to find the binary")?.len();
    let script = checkout.root().join("crates/xtask/src/first-load.mjs");
    let script = script.to_str().context("the path of the checkout is not UTF-8")?;
    let first = Call::new("node", &[script, "dist"], &checkout.frontend()).output()?;
    let first: f64 = first.trim().parse().with_context(|| format!("not a size: {first:?}"))?;
    Ok(vec![
        Figure::new("binary, front-end inside", bytes as f64 / 1e6, "MB").budget(25.0),
        Figure::new("scripts and styles before a task is opened, gzip", first / 1e3, "kB").budget(250.0),
    ])
}
