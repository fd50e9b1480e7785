//! Places where a test ends the process as `kill -9` would. Debug builds only.

/// Ends the process if `EVAL_KANBAN_FAIL_POINT` names this place.
pub(crate) fn reach(name: &str) {
    if !cfg!(debug_assertions)
        || std::env::var_os("EVAL_KANBAN_FAIL_POINT").is_none_or(|wanted| wanted != name)
    {
        return;
    }
    if let Err(error) = nix::sys::signal::raise(nix::sys::signal::Signal::SIGKILL) {
        tracing::error!(%error, "a fail point could not end the process: {error}");
    }
}
