//! The product as a process of its own, in a home of its own.

#![expect(clippy::disallowed_methods, reason = "tests start the product itself")]

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::wait_for;
use super::wire::{Answer, ask, request};

/// A home, and the server that was started in it last.
pub(crate) struct Product {
    folder: TempDir,
    child: Option<Child>,
}

impl Product {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), child: None }
    }

    /// One whose server answers.
    pub(crate) fn started() -> Self {
        let mut product = Self::new();
        product.start(&[], &[]);
        product
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A repository with one commit, as this machine's git names its folder.
    pub(crate) fn make_repository(&self, name: &str) -> PathBuf {
        let path = self.folder.path().canonicalize().unwrap().join(name);
        let git = |args: &[&str]| {
            let mut command = Command::new("git");
            command.arg("-C").arg(self.folder.path()).args(args).env("HOME", self.folder.path());
            command.env("GIT_CONFIG_NOSYSTEM", "1").env_remove("GIT_DIR");
            assert!(command.output().unwrap().status.success(), "{args:?}");
        };
        let (folder, author) =
            (path.to_str().unwrap(), ["-c", "user.name=n", "-c", "user.email=e@example.org"]);
        git(&["init", "--quiet", "--initial-branch=main", folder]);
        git(&[&["-C", folder], &author[..], &["commit", "--quiet", "--allow-empty", "--message=first"]]
            .concat());
        path
    }

    /// A command of the product in this home; the current folder is no repository.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_eval-kanban"));
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("EVAL_KANBAN_HOME", self.home()).env("HOME", self.folder.path());
        for name in ["EVAL_KANBAN_TOKEN", "EVAL_KANBAN_PORT", "EVAL_KANBAN_LOG"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str], variables: &[(&str, &str)]) -> Output {
        self.command(args).envs(variables.iter().copied()).output().unwrap()
    }

    /// Starts a server on a port that the system chooses, and waits until it answers.
    pub(crate) fn start(&mut self, args: &[&str], variables: &[(&str, &str)]) {
        let mut command = self.command(&[&["--port", "0", "--no-open"], args].concat());
        command.envs(variables.iter().copied());
        self.start_as(command);
    }

    /// Starts a server by `command` and waits until it answers.
    pub(crate) fn start_as(&mut self, mut command: Command) {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = child.id();
        wait_for("the server's answer", || {
            if let Some(status) = child.try_wait().unwrap() {
                let mut words = String::new();
                child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
                panic!("the server ended with {status}: {words}");
            }
            let instance = self.instance()?;
            (instance["pid"] == pid && health(&instance)?.json()["instance_id"] == instance["instance_id"])
                .then_some(())
        });
        self.child = Some(child);
    }

    pub(crate) fn instance(&self) -> Option<Value> {
        serde_json::from_slice(&std::fs::read(self.home().join("instance.json")).ok()?).ok()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        address_of(&self.instance().unwrap())
    }

    pub(crate) fn token(&self) -> String {
        std::fs::read_to_string(self.home().join("token")).unwrap()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.home().join("logs/server.log")).unwrap()
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        self.child.as_mut().unwrap()
    }

    pub(crate) fn signal(&mut self, signal: nix::sys::signal::Signal) {
        let pid = i32::try_from(self.child().id()).unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), signal).unwrap();
    }

    /// Waits for the server's end; its exit code, and what it wrote to the terminal as errors.
    pub(crate) fn end(&mut self) -> (Option<i32>, String) {
        let mut child = self.child.take().unwrap();
        let status = wait_for("the server's end", || child.try_wait().unwrap());
        let mut words = String::new();
        if let Some(mut stderr) = child.stderr.take() {
            stderr.read_to_string(&mut words).unwrap();
        }
        (status.code(), words)
    }

    /// What `GET path` answers to the holder of `token`.
    pub(crate) fn status_of(&self, path: &str, token: &str) -> u16 {
        self.ask(&format!("GET {path}"), token).status
    }

    /// The answer to the holder of `token`.
    pub(crate) fn ask(&self, line: &str, token: &str) -> Answer {
        let address = self.address();
        let (host, bearer) = (format!("Host: {address}"), format!("Authorization: Bearer {token}"));
        ask(address, &request(line, &[&host, &bearer], ""))
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

fn address_of(instance: &Value) -> SocketAddr {
    let port = u16::try_from(instance["port"].as_u64().unwrap()).unwrap();
    (Ipv4Addr::LOCALHOST, port).into()
}

fn health(instance: &Value) -> Option<Answer> {
    let address = address_of(instance);
    std::net::TcpStream::connect(address).ok()?;
    let host = format!("Host: {address}");
    let answer = ask(address, &request("GET /api/health", &[&host], ""));
    (answer.status == 200).then_some(answer)
}
