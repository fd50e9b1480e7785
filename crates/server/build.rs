//! Sees to it that the folder of embedded assets exists, and that the binary is built anew when it changes.
//!
//! No npm and no network here: `cargo xtask build` builds the front-end.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest_dir = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let folder = Path::new(&manifest_dir).join("../../frontend/dist-embed");
    fs::create_dir_all(&folder)?;
    let mut cargo = io::stdout().lock();
    io::Write::write_all(&mut cargo, format!("cargo::rerun-if-changed={}\n", folder.display()).as_bytes())
}
