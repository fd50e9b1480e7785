//! The server's role: takes the home, listens, opens the board, serves, and ends in order.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use domain::Notice;
use tokio::runtime::Runtime;
use utils::OrLog;
use utils::tasks::{Ended, Tasks};

use super::{ServeArgs, browser, complain, given_token, home_path, landing, running, say};
use crate::api;
use crate::config_file::ConfigFile;
use crate::guard::{Entry, Guard, Hosts};
use crate::home::{Home, Instance, Token, TokenFile};
use crate::listener::{self, Front, Limits};
use crate::logging;
use crate::shutdown::{Shutdown, heed_signals};
use crate::state::{AppState, Foundation};

/// Tasks that do not heed the end for so long are left behind.
const TASKS_TIME_MAX: Duration = Duration::from_secs(10);
const WORKERS_MIN: usize = 2;
const WORKERS_MAX: usize = 4;
/// Ports that the system chooses before we give up finding one that is free on both loopback addresses.
const CHOSEN_PORT_TRIES: usize = 16;
const BLOCKING_THREADS_MAX: usize = 64;
const BLOCKING_KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Serves until asked to end; where a server runs already, opens that one's board.
pub(super) fn run(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    check_exposure(args)?;
    let (home, notices) = Home::open(&home_path()?)?;
    let repository = landing::repository_of(&home, args.path.as_deref())?;
    let Some(lock) = running::take(&home)? else {
        notices.iter().for_each(|notice| complain(&notice.message));
        return running::join(&home, repository.as_deref(), !args.no_open);
    };
    nix::sys::prctl::set_dumpable(false).or_log("hiding this process's memory from others");
    logging::start(&home.dir("logs")?)?;
    home.dir("workspaces")?;
    notices.iter().for_each(|notice| tracing::warn!("{}", notice.message));
    let ground = Ground::lay(home, notices, args, repository)?;
    let runtime = runtime()?;
    let ended = runtime.block_on(ground.serve());
    runtime.shutdown_timeout(TASKS_TIME_MAX);
    drop(lock);
    ended
}

/// Everything that is settled before the runtime starts.
struct Ground {
    home: Home,
    notices: Vec<Notice>,
    config: ConfigFile,
    token: Option<Token>,
    listeners: Vec<TcpListener>,
    bound: IpAddr,
    instance: Instance,
    repository: Option<PathBuf>,
    opens: bool,
}

impl Ground {
    fn lay(
        home: Home,
        mut notices: Vec<Notice>,
        args: &ServeArgs,
        repository: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let (config, more) = ConfigFile::open(&home)?;
        notices.extend(more);
        let token = match args.no_token {
            true => None,
            false => Some(TokenFile::of(&home).settle(given_token().as_deref())?),
        };
        let listeners = listen(args.host, args.port.unwrap_or(config.current().port))?;
        let port = listeners.first().context("listen")?.local_addr().context("listen")?.port();
        let instance = Instance::of_this_process(args.host.to_string(), port);
        let opens = !args.no_open;
        Ok(Self { home, notices, config, token, listeners, bound: args.host, instance, repository, opens })
    }

    async fn serve(self) -> anyhow::Result<ExitCode> {
        let (tasks, shutdown) = (Tasks::new(), Shutdown::new());
        // The signals' group outlives the others: a second signal must be heard while they end.
        heed_signals(&Tasks::new(), shutdown.clone()).context("listen to signals")?;
        let listeners = self.listeners.into_iter().map(tokio::net::TcpListener::from_std);
        let listeners = listeners.collect::<io::Result<Vec<_>>>().context("listen")?;
        let entry = match self.token {
            Some(_) => Entry::Token(TokenFile::of(&self.home)),
            None => Entry::Open,
        };
        let guard = Guard::new(Hosts::new(self.bound, self.instance.port), entry);
        let foundation = Foundation {
            home: self.home.path().to_owned(),
            config: self.config,
            notices: self.notices,
            instance_id: self.instance.instance_id.to_string(),
            tasks: tasks.clone(),
            shutdown: shutdown.clone(),
            program: std::env::current_exe().context("find this program's file")?,
        };
        let state = AppState::open(foundation).await.context("open the board")?;
        self.instance.store(&self.home)?;
        let front = Front::new(guard, api::router(state.clone()))?;
        let port = self.instance.port;
        tracing::info!(port, "listening on {}:{port}", self.bound);
        let greeting = Greeting {
            instance: self.instance,
            token: self.token,
            repository: self.repository,
            opens: self.opens,
        };
        drop(tokio::task::spawn_blocking(move || greeting.give()));
        listener::serve(listeners, front, Limits::default(), &tasks, &shutdown).await;
        end(&self.home, &tasks, &state).await;
        Ok(ExitCode::SUCCESS)
    }
}

async fn end(home: &Home, tasks: &Tasks, state: &AppState) {
    if let Ended::TimedOut { remaining } = tasks.shutdown(TASKS_TIME_MAX).await {
        tracing::warn!(remaining, "{remaining} tasks did not end in time");
    }
    state.close().await;
    Instance::remove(home).or_log("removing the instance file");
    tracing::info!("the server has ended; agents go on");
}

/// Tells the user where the board is, and opens it.
struct Greeting {
    instance: Instance,
    token: Option<Token>,
    repository: Option<PathBuf>,
    opens: bool,
}

impl Greeting {
    fn give(&self) {
        if self.token.is_none() {
            complain("There is no token: every program and every user of this machine can drive the board.");
        }
        let address = landing::address(&self.instance, self.token.as_ref(), self.repository.as_deref());
        say(&format!("eval-kanban {} is ready; agents go on when it ends (Ctrl-C):", self.instance.version));
        say(&address);
        if self.opens {
            browser::open(&address);
        }
    }
}

/// Beyond this machine only with a token that somebody chose to give.
fn check_exposure(args: &ServeArgs) -> anyhow::Result<()> {
    if args.host.is_loopback() {
        return Ok(());
    }
    let host = args.host;
    if args.no_token {
        bail!(
            "listen on {host}: other machines could drive the board without a token; --no-token is for 127.0.0.1"
        );
    }
    if given_token().is_none() {
        bail!(
            "listen on {host}: other machines could reach the board. If that is meant, set EVAL_KANBAN_TOKEN to a \
             secret of 32 characters or more (`openssl rand -hex 32`). In Docker publish the port for this machine \
             alone: docker run -e EVAL_KANBAN_TOKEN=… -p 127.0.0.1:9847:9847 …"
        );
    }
    complain(&format!(
        "Listening on {host}: the token crosses the network in the clear. Prefer an SSH tunnel."
    ));
    Ok(())
}

/// The loopback has two addresses, and a browser may try either for `localhost`: a stranger on the other one would be
/// handed the token, so both must be ours.
fn listen(host: IpAddr, port: u16) -> anyhow::Result<Vec<TcpListener>> {
    for _ in 0..CHOSEN_PORT_TRIES {
        let first = bind(SocketAddr::new(host, port)).map_err(|error| bind_error(error, host, port))?;
        let chosen = first.local_addr().context("listen")?.port();
        if host != IpAddr::V4(Ipv4Addr::LOCALHOST) {
            return Ok(vec![first]);
        }
        match bind(SocketAddr::new(Ipv6Addr::LOCALHOST.into(), chosen)) {
            Ok(second) => return Ok(vec![first, second]),
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => return Ok(vec![first]),
            Err(_) if port == 0 => {}
            Err(error) => return Err(bind_error(error, Ipv6Addr::LOCALHOST.into(), port)),
        }
    }
    bail!("listen: the system found no free port")
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn bind_error(error: io::Error, host: IpAddr, port: u16) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "listen on {host}, port {port}: another program uses it; choose another port with --port (0 lets the \
             system choose)"
        ),
        _ => anyhow::Error::new(error).context(format!("listen on {host}, port {port}")),
    }
}

fn runtime() -> anyhow::Result<Runtime> {
    let cores = std::thread::available_parallelism().map_or(WORKERS_MIN, std::num::NonZero::get);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.clamp(WORKERS_MIN, WORKERS_MAX))
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .thread_keep_alive(BLOCKING_KEEP_ALIVE)
        .thread_name("eval-kanban")
        .enable_all()
        .build()
        .context("start the runtime")
}
