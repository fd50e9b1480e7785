//! Installs what the tests need and finds what is there already.

use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::checkout::Checkout;
use crate::stage::{Call, find_program};
use crate::{claude, frontend};

const CHROMIUM_NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const APT_INSTALL: [&str; 5] = ["install", "-y", "--no-install-recommends", "chromium", "fonts-liberation"];

/// What the browser tests are given.
pub(crate) struct Tools {
    pub(crate) chromium: PathBuf,
    pub(crate) claude: PathBuf,
}

/// Installs the front-end's packages.
pub(crate) fn packages(checkout: &Checkout) -> anyhow::Result<()> {
    frontend::install(checkout)
}

/// Finds or installs the browser and the agent.
pub(crate) fn tools(checkout: &Checkout) -> anyhow::Result<Tools> {
    let tools = Tools { chromium: chromium(checkout.root())?, claude: claude::install(checkout)? };
    println!("browser {}", tools.chromium.display());
    println!("agent   {}", tools.claude.display());
    Ok(tools)
}

fn chromium(root: &Path) -> anyhow::Result<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from).filter(|path| path.is_file());
    if let Some(found) = named.or_else(|| find_program(&CHROMIUM_NAMES)) {
        return Ok(found);
    }
    if find_program(&["apt-get"]).is_none() || !is_root(root) {
        bail!("the browser tests need Chromium: run `apt-get {}`, or set CHROMIUM", APT_INSTALL.join(" "));
    }
    Call::new("apt-get", &["update"], root).run()?;
    Call::new("apt-get", &APT_INSTALL, root).env("DEBIAN_FRONTEND", "noninteractive").run()?;
    match find_program(&CHROMIUM_NAMES) {
        Some(found) => Ok(found),
        None => bail!("apt-get installed Chromium, but it is not in PATH"),
    }
}

fn is_root(root: &Path) -> bool {
    Call::new("id", &["-u"], root).output().is_ok_and(|user| user.trim() == "0")
}
