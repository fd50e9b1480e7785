//! The command line: which role this process has, and what it says to the person who started it.

mod browser;
mod http_call;
mod landing;
mod running;
mod serve;

use std::io::{self, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use utils::OrLog;

use crate::home::{Home, TokenFile};

/// A Kanban board whose cards are done by coding agents, each in its own git worktree.
#[derive(Debug, Parser)]
#[command(name = "eval-kanban", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server, or open the one that runs (the default).
    Serve(ServeArgs),
    /// Open the running server's board in the browser.
    Open(OpenArgs),
    /// End the running server; agents go on.
    Stop,
    /// The token that lets a browser drive the board.
    #[command(subcommand)]
    Token(TokenCommand),
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// A folder in the git repository to open; the current folder if left out.
    path: Option<PathBuf>,
    /// Port to listen on; 0 lets the system choose.
    #[arg(long, env = "EVAL_KANBAN_PORT")]
    port: Option<u16>,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1", value_parser = parse_host)]
    host: IpAddr,
    /// Leave the browser closed.
    #[arg(long)]
    no_open: bool,
    /// Let every program and user of this machine drive the board.
    #[arg(long)]
    no_token: bool,
}

#[derive(Debug, Args)]
struct OpenArgs {
    /// A folder in the git repository to open; the current folder if left out.
    path: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a new token; the old one is dead at once.
    Rotate,
}

/// Plays the role that the arguments give.
#[must_use]
pub fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("eval-kanban: failed to {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(args) => serve::run(&args),
        Command::Open(args) => running::open(&open_home()?, args.path.as_deref()),
        Command::Stop => running::stop(&open_home()?),
        Command::Token(TokenCommand::Rotate) => rotate_token(&open_home()?),
    }
}

fn rotate_token(home: &Home) -> anyhow::Result<ExitCode> {
    TokenFile::of(home).rotate()?;
    say("There is a new token; `eval-kanban open` opens the board with it.");
    if given_token().is_some() {
        say("The next start replaces it by that of EVAL_KANBAN_TOKEN.");
    }
    Ok(ExitCode::SUCCESS)
}

/// The home for a command; what was repaired in it is told.
fn open_home() -> anyhow::Result<Home> {
    let (home, notices) = Home::open(&home_path()?)?;
    notices.iter().for_each(|notice| complain(&notice.message));
    Ok(home)
}

fn home_path() -> anyhow::Result<PathBuf> {
    Ok(Home::locate(std::env::var_os("EVAL_KANBAN_HOME").map(PathBuf::from))?)
}

/// A token in the environment that is no text is as good as none: it is refused as too short.
fn given_token() -> Option<String> {
    std::env::var_os("EVAL_KANBAN_TOKEN").map(|token| token.into_string().unwrap_or_default())
}

fn parse_host(text: &str) -> Result<IpAddr, String> {
    let address = if text == "localhost" { "127.0.0.1" } else { text };
    address.parse().map_err(|_not_one| "give an IP address, as 127.0.0.1".to_owned())
}

/// A line for the person at the terminal. The terminal may be gone; that stops nothing.
fn say(line: &str) {
    writeln!(io::stdout(), "{line}").or_log("writing to the terminal");
}

fn complain(line: &str) {
    writeln!(io::stderr(), "{line}").or_log("writing to the terminal");
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_path_alone_serves_it_and_a_host_is_an_address() {
        let cli = Cli::parse_from(["eval-kanban", "some/repository", "--port", "0"]);
        assert!(cli.command.is_none());
        assert_eq!((cli.serve.path, cli.serve.port), (Some("some/repository".into()), Some(0)));
        assert!(Cli::try_parse_from(["eval-kanban", "--host", "example.org"]).is_err());
        assert!(Cli::try_parse_from(["eval-kanban", "--host", "localhost"]).is_ok());
    }
}
