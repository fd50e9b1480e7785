//! A place for one measurement: a home, a repository and a server of its own, gone when it is over.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tempfile::TempDir;

use crate::stage::Call;

const ANSWER_MAX: Duration = Duration::from_secs(20);
const TRY_EVERY: Duration = Duration::from_micros(200);
const GIT_CONFIG: &str =
    "[user]\n\tname = Bench\n\temail = bench@example.invalid\n[init]\n\tdefaultBranch = main\n";

/// The folder and what runs in it.
pub(crate) struct Lab {
    folder: TempDir,
    binary: PathBuf,
    port: u16,
    server: Option<Child>,
}

impl Lab {
    /// A repository with `files` small files in folders of 100, and no server yet.
    pub(crate) fn new(binary: &Path, files: usize) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("eval-kanban-bench-").tempdir()?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let lab = Self { folder, binary: binary.to_path_buf(), port, server: None };
        std::fs::create_dir_all(lab.repository())?;
        std::fs::create_dir_all(lab.user_home())?;
        std::fs::write(lab.user_home().join(".gitconfig"), GIT_CONFIG)?;
        (0..files).try_for_each(|number| lab.write_file(number))?;
        lab.git(&["init", "--quiet"])?;
        lab.git(&["add", "--all"])?;
        lab.git(&["commit", "--quiet", "--allow-empty", "--message", "Begin"])?;
        Ok(lab)
    }

    fn write_file(&self, number: usize) -> anyhow::Result<()> {
        let folder = self.repository().join(format!("folder-{}", number / 100));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(format!("file-{number}.txt")), format!("file {number}\n"))?;
        Ok(())
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    pub(crate) fn user_home(&self) -> PathBuf {
        self.folder.path().join("user")
    }

    /// The product's home.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn binary(&self) -> &Path {
        &self.binary
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn token(&self) -> anyhow::Result<String> {
        let path = self.home().join("token");
        let token =
            std::fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))?;
        Ok(token.trim().to_owned())
    }

    /// Runs git in the repository with its own configuration.
    pub(crate) fn git(&self, arguments: &[&str]) -> anyhow::Result<String> {
        Call::new("git", arguments, &self.repository())
            .env("HOME", self.user_home())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
    }

    /// Starts the server and gives the moment of its start, without waiting for an answer.
    pub(crate) fn spawn_server(&mut self) -> anyhow::Result<Instant> {
        let log = std::fs::File::options().create(true).append(true).open(self.path("server.log"))?;
        let mut command = Command::new(&self.binary);
        command.args(["serve", "--no-open", "--port", &self.port.to_string()]);
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("HOME", self.user_home()).env("EVAL_KANBAN_HOME", self.home()).env("LANG", "C.UTF-8");
        command.current_dir(self.repository()).stdin(Stdio::null());
        command.stdout(log.try_clone()?).stderr(log);
        let started = Instant::now();
        self.server = Some(command.spawn().context("failed to start the server")?);
        Ok(started)
    }

    /// Starts the server and waits until it answers.
    pub(crate) fn start_server(&mut self) -> anyhow::Result<()> {
        self.spawn_server()?;
        self.wait_for("/api/health", "").map(drop)
    }

    /// Asks until the answer is 200, and gives the moment at which it was.
    pub(crate) fn wait_for(&self, path: &str, token: &str) -> anyhow::Result<Instant> {
        let deadline = Instant::now() + ANSWER_MAX;
        while !super::client::is_ok(self.port, path, token) {
            if Instant::now() > deadline {
                let log = std::fs::read_to_string(self.path("server.log")).unwrap_or_default();
                bail!("no answer to {path}:\n{log}");
            }
            std::thread::sleep(TRY_EVERY);
        }
        Ok(Instant::now())
    }

    pub(crate) fn server_id(&self) -> anyhow::Result<u32> {
        self.server.as_ref().map(Child::id).context("no server runs")
    }

    /// A line of the server's `/proc/<pid>/status` that counts kilobytes, in MB.
    pub(crate) fn server_memory_mb(&self, name: &str) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server_id()?))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such line")?;
        let kilobytes = line.trim_matches(|character: char| !character.is_ascii_digit());
        Ok(kilobytes.parse::<f64>()? / 1024.0)
    }

    /// The private memory of this lab's shims, on average.
    pub(crate) fn shim_memory_mb(&self) -> anyhow::Result<f64> {
        let mark = format!("EVAL_KANBAN_HOME={}", self.home().display());
        let processes = std::fs::read_dir("/proc")?.flatten().map(|entry| entry.path());
        let shims = processes.filter(|process| is_shim(process, &mark));
        let sizes: Vec<f64> = shims.filter_map(|shim| private_kilobytes(&shim)).collect();
        if sizes.is_empty() {
            bail!("no shim runs");
        }
        Ok(sizes.iter().sum::<f64>() / sizes.len() as f64 / 1024.0)
    }

    /// Kills the server as a power cut would.
    pub(crate) fn kill_server(&mut self) -> anyhow::Result<()> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        server.kill().context("failed to kill the server")?;
        server.wait().context("failed to wait for the server").map(drop)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Err(error) = self.kill_server() {
            println!("{error:#}");
        }
    }
}

fn is_shim(process: &Path, mark: &str) -> bool {
    let has = |file: &str, wanted: &str| {
        let bytes = std::fs::read(process.join(file)).unwrap_or_default();
        bytes.split(|byte| *byte == 0).any(|part| part == wanted.as_bytes())
    };
    has("cmdline", "shim") && has("environ", mark)
}

fn private_kilobytes(process: &Path) -> Option<f64> {
    let rollup = std::fs::read_to_string(process.join("smaps_rollup")).ok()?;
    let private = rollup.lines().filter(|line| line.starts_with("Private_"));
    Some(private.filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok()).sum())
}
