//! What an agent would refuse, said before it is started instead of after.

use std::env;

use domain::{Agent, AgentAdapter, PermissionMode};
use nix::unistd::geteuid;

use crate::{api::failure::conflict, error::ApiError};

/// The variable by which a person vouches that root may work unasked.
const SANDBOX: &str = "IS_SANDBOX";

/// Whether the agent of this profile would work in this mode.
///
/// # Errors
/// When it would refuse, with what to do.
pub(crate) fn check_mode(agent: &Agent, mode: PermissionMode) -> Result<(), ApiError> {
    let is_vouched = agent.env.contains_key(SANDBOX) || env::var_os(SANDBOX).is_some();
    if agent.adapter == AgentAdapter::Claude
        && mode == PermissionMode::Bypass
        && geteuid().is_root()
        && !is_vouched
    {
        return Err(conflict(format!(
            "Claude Code does not work in mode bypass as root. Start it in another mode, run the board as another \
             user, or, if this machine is a sandbox, set {SANDBOX}=1 in the environment of the profile {}",
            agent.name
        )));
    }
    Ok(())
}
