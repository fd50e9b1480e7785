//! `cargo xtask package`: the npm packages of a release — the wrapper, and this platform's package with the binary in it.
//! It makes tarballs and publishes nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::product;
use crate::stage::Call;

/// The version of everything that is released: that of the workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");
const WRAPPER: &str = "eval-kanban";

/// What to pack.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The folder for the tarballs.
    #[arg(long)]
    out: PathBuf,
    /// Pack this binary instead of building the release.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// The platform that the binary is for, as npm names it, if it is not this one's.
    #[arg(long)]
    platform: Option<String>,
    /// Make this one alone.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// The address of the repository that the packages are published from.
    #[arg(long)]
    repository: Option<String>,
    /// The lines of `sha256sum` about the binaries of all platforms, which the wrapper then holds a download against.
    #[arg(long)]
    checksums: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// What `npx eval-kanban` installs.
    Wrapper,
    /// The binary.
    Platform,
}

impl Options {
    /// The packages of `binary` for this machine, as a test installs them.
    pub(crate) fn of_binary(binary: PathBuf, out: PathBuf) -> Self {
        Self { out, binary: Some(binary), platform: None, only: None, repository: None, checksums: None }
    }

    fn makes(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }
}

/// Makes the tarballs.
pub(crate) fn package(checkout: &Checkout, options: &Options) -> anyhow::Result<()> {
    std::fs::create_dir_all(&options.out)
        .with_context(|| format!("failed to create {}", options.out.display()))?;
    let out = options.out.canonicalize()?;
    let wrapper = read_manifest(checkout)?;
    if options.makes(Part::Platform) {
        pack_platform(checkout, options, &wrapper, &out)?;
    }
    if options.makes(Part::Wrapper) {
        pack_wrapper(checkout, options, wrapper, &out)?;
    }
    Ok(())
}

/// The wrapper's own `package.json`, once it is sure that it speaks of this version and no other.
fn read_manifest(checkout: &Checkout) -> anyhow::Result<Value> {
    let file = checkout.root().join("npx-cli/package.json");
    let text =
        std::fs::read_to_string(&file).with_context(|| format!("failed to read {}", file.display()))?;
    let manifest: Value =
        serde_json::from_str(&text).with_context(|| format!("failed to parse {}", file.display()))?;
    check_versions(&manifest)?;
    Ok(manifest)
}

fn check_versions(manifest: &Value) -> anyhow::Result<()> {
    let packages =
        manifest["optionalDependencies"].as_object().context("the wrapper has no optional packages")?;
    let ours = (WRAPPER, &manifest["version"]);
    for (name, version) in packages.iter().map(|(name, version)| (name.as_str(), version)).chain([ours]) {
        ensure!(
            version == VERSION,
            "npx-cli/package.json says {version} of {name}, but this is version {VERSION}"
        );
    }
    Ok(())
}

fn pack_platform(checkout: &Checkout, options: &Options, wrapper: &Value, out: &Path) -> anyhow::Result<()> {
    let platform = options.platform.clone().map_or_else(this_platform, Ok)?;
    let manifest = platform_manifest(wrapper, &platform, options.repository.as_deref())?;
    let binary = binary(checkout, options, &platform)?;
    let folder = tempfile::tempdir().context("failed to make a folder")?;
    std::fs::create_dir(folder.path().join("bin")).context("failed to make a folder")?;
    let copy = folder.path().join("bin/eval-kanban");
    std::fs::copy(&binary, &copy).with_context(|| format!("failed to copy {}", binary.display()))?;
    make_executable(&copy)?;
    let about = format!(
        "# {WRAPPER}-{platform}\n\nThe program of [{WRAPPER}](https://www.npmjs.com/package/{WRAPPER}) for {platform}. \
         Install that one; it brings this one along.\n"
    );
    std::fs::write(folder.path().join("README.md"), about).context("failed to write README.md")?;
    pack(checkout, folder.path(), &manifest, out)
}

fn platform_manifest(wrapper: &Value, platform: &str, repository: Option<&str>) -> anyhow::Result<Value> {
    let name = format!("{WRAPPER}-{platform}");
    ensure!(
        wrapper["optionalDependencies"].get(&name).is_some(),
        "the wrapper does not know {name}: there is no release for {platform}"
    );
    let (system, processor) = platform.split_once('-').context("a platform is a system and a processor")?;
    let mut manifest = json!({
        "name": name,
        "version": VERSION,
        "description": format!("The program of {WRAPPER} for {platform}"),
        "license": wrapper["license"],
        "os": [system],
        "cpu": [processor],
        "files": ["bin"],
        // A program cannot be run from within a zip file, where Yarn would leave it.
        "preferUnplugged": true,
    });
    set_repository(&mut manifest, repository);
    Ok(manifest)
}

fn pack_wrapper(
    checkout: &Checkout,
    options: &Options,
    mut manifest: Value,
    out: &Path,
) -> anyhow::Result<()> {
    let source = checkout.root().join("npx-cli");
    let folder = tempfile::tempdir().context("failed to make a folder")?;
    for part in ["bin", "lib"] {
        copy_folder(&source.join(part), &folder.path().join(part))?;
    }
    std::fs::copy(source.join("README.md"), folder.path().join("README.md"))
        .context("failed to copy README.md")?;
    if let Some(file) = &options.checksums {
        let lines =
            std::fs::read_to_string(file).with_context(|| format!("failed to read {}", file.display()))?;
        let sums = serde_json::to_string_pretty(&checksums(&lines, &manifest)?)?;
        std::fs::write(folder.path().join("checksums.json"), sums)
            .context("failed to write checksums.json")?;
    }
    if let Some(members) = manifest.as_object_mut() {
        members.remove("scripts");
    }
    set_repository(&mut manifest, options.repository.as_deref());
    pack(checkout, folder.path(), &manifest, out)
}

/// The checksum of each platform's binary, of all that the wrapper knows and of no other.
fn checksums(lines: &str, manifest: &Value) -> anyhow::Result<BTreeMap<String, String>> {
    let mut sums = BTreeMap::new();
    for line in lines.lines() {
        let (sum, name) = line.split_once("  ").with_context(|| format!("no line of sha256sum: {line}"))?;
        let is_sum = sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
        ensure!(is_sum, "no SHA-256: {line}");
        let platform = name.strip_prefix("eval-kanban-").with_context(|| format!("no binary: {line}"))?;
        sums.insert(platform.to_owned(), sum.to_ascii_lowercase());
    }
    let known = manifest["optionalDependencies"].as_object().into_iter().flatten();
    let known: Vec<&str> = known.filter_map(|(name, _)| name.strip_prefix("eval-kanban-")).collect();
    let are_same = known.len() == sums.len() && known.iter().all(|platform| sums.contains_key(*platform));
    ensure!(are_same, "there are checksums for {:?}, but platforms {known:?}", sums.keys());
    Ok(sums)
}

/// npm refuses to state the origin of a package that does not name where it comes from.
fn set_repository(manifest: &mut Value, repository: Option<&str>) {
    if let Some(address) = repository {
        manifest["repository"] = json!({ "type": "git", "url": format!("git+{address}.git") });
        manifest["homepage"] = json!(format!("{address}#readme"));
    }
}

fn pack(checkout: &Checkout, folder: &Path, manifest: &Value, out: &Path) -> anyhow::Result<()> {
    std::fs::write(folder.join("package.json"), serde_json::to_string_pretty(manifest)?)
        .context("failed to write package.json")?;
    std::fs::copy(checkout.root().join("LICENSE"), folder.join("LICENSE"))
        .context("failed to copy LICENSE")?;
    let out = out.to_str().context("the path of the output is not UTF-8")?;
    let arguments = ["pack", "--silent", "--ignore-scripts", "--pack-destination", out];
    let name = Call::new("npm", &arguments, folder).output()?;
    let tarball = Path::new(out).join(name.trim());
    let metadata = tarball.metadata().with_context(|| format!("npm made no {}", tarball.display()))?;
    println!("{} ({:.1} MB)", tarball.display(), metadata.len() as f64 / 1e6);
    Ok(())
}

/// The binary to pack. One that runs here must say that it is this version.
fn binary(checkout: &Checkout, options: &Options, platform: &str) -> anyhow::Result<PathBuf> {
    let is_ours = this_platform().is_ok_and(|ours| ours == platform);
    let binary = match &options.binary {
        Some(given) => given.canonicalize().with_context(|| format!("failed to find {}", given.display()))?,
        None if is_ours => {
            product::build(checkout)?;
            checkout.release_binary()
        }
        None => bail!("name the binary for {platform} with --binary"),
    };
    if is_ours {
        let said = Call::new(&binary, &["--version"], checkout.root()).output()?;
        ensure!(said.trim() == format!("{WRAPPER} {VERSION}"), "{} is {}", binary.display(), said.trim());
    }
    Ok(binary)
}

/// This machine's platform, as npm names it.
pub(crate) fn this_platform() -> anyhow::Result<String> {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => bail!("npm has no name for the processor {other}"),
    };
    Ok(format!("{system}-{processor}"))
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir(to).with_context(|| format!("failed to make {}", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("failed to read {}", from.display()))? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name()))
            .with_context(|| format!("failed to copy {}", entry.path().display()))?;
    }
    Ok(())
}

#[cfg(unix)]
fn make_executable(file: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755))
        .context("failed to make the binary executable")
}

/// npm marks what Windows would run by its name.
#[cfg(not(unix))]
fn make_executable(_file: &Path) -> anyhow::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapper() -> Value {
        json!({
            "version": VERSION,
            "license": "Apache-2.0",
            "optionalDependencies": {
                "eval-kanban-linux-x64": VERSION,
                "eval-kanban-linux-arm64": VERSION,
            },
        })
    }

    #[test]
    fn the_wrapper_in_this_checkout_has_the_version_of_the_workspace() {
        read_manifest(&Checkout::find().unwrap()).unwrap();
    }

    #[test]
    fn another_version_is_refused_wherever_it_stands() {
        check_versions(&wrapper()).unwrap();
        for member in ["/version", "/optionalDependencies/eval-kanban-linux-x64"] {
            let mut other = wrapper();
            *other.pointer_mut(member).unwrap() = json!("0.0.9");
            assert!(check_versions(&other).is_err(), "{member}");
        }
        assert!(check_versions(&json!({ "version": VERSION })).is_err());
    }

    #[test]
    fn a_platform_package_is_for_its_platform_alone() {
        let address = "https://forge.example/o/r";
        let manifest = platform_manifest(&wrapper(), "linux-arm64", Some(address)).unwrap();
        assert_eq!(manifest["name"], "eval-kanban-linux-arm64");
        assert_eq!((&manifest["os"], &manifest["cpu"]), (&json!(["linux"]), &json!(["arm64"])));
        assert_eq!(manifest["repository"]["url"], "git+https://forge.example/o/r.git");
        assert!(manifest.get("scripts").is_none());
        assert!(platform_manifest(&wrapper(), "win32-x64", None).is_err());
    }

    #[test]
    fn checksums_are_those_of_all_platforms() {
        let line = |platform: &str| format!("{}  eval-kanban-{platform}\n", "0F".repeat(32));
        let both = line("linux-x64") + &line("linux-arm64");
        assert_eq!(checksums(&both, &wrapper()).unwrap()["linux-x64"], "0f".repeat(32));
        for bad in [
            line("linux-x64"),
            both.clone() + &line("plan9-mips"),
            both.replace("0F", "0G"),
            both.replace("  eval", " eval"),
            both.replace("eval-", ""),
            String::new(),
        ] {
            assert!(checksums(&bad, &wrapper()).is_err(), "{bad}");
        }
    }
}
