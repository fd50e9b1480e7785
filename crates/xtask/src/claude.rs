//! The pinned Claude Code binary that the end-to-end tests run, installed from npm into the checkout's cache.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::checkout::Checkout;
use crate::stage::Call;

/// The version that the protocol reference was written against.
const VERSION: &str = "2.1.328";

/// Installs the binary unless the right version is there, and gives its path.
pub(crate) fn install(checkout: &Checkout) -> anyhow::Result<PathBuf> {
    let folder = checkout.cache().join("claude");
    let package = format!("@anthropic-ai/claude-code-{}", platform()?);
    let binary =
        folder.join("node_modules").join(&package).join(format!("claude{}", std::env::consts::EXE_SUFFIX));
    if is_pinned(&binary) {
        return Ok(binary);
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("failed to create {}", folder.display()))?;
    std::fs::write(folder.join("package.json"), "{\"private\": true}\n")
        .context("failed to write package.json")?;
    let wanted = format!("{package}@{VERSION}");
    // The platform package is the binary itself. `--force` passes over its `engines`: it needs no Node to run.
    let arguments =
        ["install", "--no-save", "--no-audit", "--no-fund", "--no-package-lock", "--force", &wanted];
    Call::new("npm", &arguments, &folder).run()?;
    match is_pinned(&binary) {
        true => Ok(binary),
        false => bail!("{} does not answer with version {VERSION}", binary.display()),
    }
}

fn is_pinned(binary: &Path) -> bool {
    let version = || Call::new(binary, &["--version"], Path::new(".")).output();
    binary.is_file() && version().is_ok_and(|text| text.split_whitespace().next() == Some(VERSION))
}

fn platform() -> anyhow::Result<String> {
    let system = match std::env::consts::OS {
        "linux" => "linux",
        "macos" => "darwin",
        "windows" => "win32",
        other => bail!("there is no Claude Code package for {other}"),
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => bail!("there is no Claude Code package for {other}"),
    };
    Ok(format!("{system}-{processor}"))
}
