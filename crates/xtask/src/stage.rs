//! Runs another program in view of the developer. A child that fails is an error with its own exit status.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, bail};

/// One call of another program.
pub(crate) struct Call {
    command: Command,
    text: String,
}

impl Call {
    /// Prepares `program` with `arguments`, to run in `directory` without an input.
    pub(crate) fn new(program: impl AsRef<Path>, arguments: &[&str], directory: &Path) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command.args(arguments).current_dir(directory).stdin(Stdio::null());
        let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy();
        Self { command, text: format!("{name} {}", arguments.join(" ")) }
    }

    /// Sets a variable of the child's environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it, its output going straight to the terminal.
    pub(crate) fn run(mut self) -> anyhow::Result<()> {
        println!("$ {}", self.text);
        let status = self.command.status().with_context(|| format!("failed to start {}", self.text))?;
        succeeded(status, &self.text)
    }

    /// Runs it and gives what it printed.
    pub(crate) fn output(mut self) -> anyhow::Result<String> {
        let output = self.command.output().with_context(|| format!("failed to start {}", self.text))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        succeeded(output.status, &self.text).map(|()| text)
    }

    /// Runs it, its output going to the terminal and line by line to `read_line`.
    pub(crate) fn run_reading(mut self, mut read_line: impl FnMut(&str)) -> anyhow::Result<()> {
        println!("$ {}", self.text);
        let started = self.command.stdout(Stdio::piped()).spawn();
        let mut child = started.with_context(|| format!("failed to start {}", self.text))?;
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).split(b'\n') {
                let line = line.with_context(|| format!("failed to read the output of {}", self.text))?;
                let line = String::from_utf8_lossy(&line);
                println!("{line}");
                read_line(&line);
            }
        }
        let status = child.wait().with_context(|| format!("failed to wait for {}", self.text))?;
        succeeded(status, &self.text)
    }

    /// Becomes the other program: its terminal, its signals and its exit status are this process's own.
    #[cfg(unix)]
    pub(crate) fn become_it(mut self) -> anyhow::Result<()> {
        use std::os::unix::process::CommandExt;
        println!("$ {}", self.text);
        let error = self.command.stdin(Stdio::inherit()).exec();
        Err(error).with_context(|| format!("failed to start {}", self.text))
    }

    /// Runs the other program to its end.
    #[cfg(not(unix))]
    pub(crate) fn become_it(self) -> anyhow::Result<()> {
        self.run()
    }
}

/// A call of cargo, the one that started this program.
pub(crate) fn cargo(arguments: &[&str], root: &Path) -> Call {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Call::new(Path::new(&program), arguments, root)
}

/// The first of `names` that can be found in `PATH`.
pub(crate) fn find_program(names: &[&str]) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}

fn succeeded(status: ExitStatus, text: &str) -> anyhow::Result<()> {
    match status.success() {
        true => Ok(()),
        false => bail!("{text}: {status}"),
    }
}
