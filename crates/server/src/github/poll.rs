//! Asks for the state of open pull requests now and then. Nothing is asked, and no client made, while there is none.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use utils::{ErrorChain, OrLog};

use crate::{state::AppState, workflow::refresh_pull_request::refresh_pull_request};

/// How often.
const ASK_EVERY: Duration = Duration::from_secs(60);

/// Starts asking as a task of the server.
pub(crate) fn start(state: &AppState) {
    let owner = state.clone();
    let state = state.clone();
    drop(owner.tasks.spawn_until_cancelled("pull requests", async move { run(&state).await }));
}

async fn run(state: &AppState) {
    let mut ticks = interval(ASK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        ask_all(state)
            .await
            .map_err(|error| ErrorChain(&error).to_string())
            .or_log("listing open pull requests");
    }
}

async fn ask_all(state: &AppState) -> Result<(), db::Error> {
    let open = db::list_open_pull_requests(&mut *state.store.read().await?).await?;
    for attempt_id in open {
        if state.github.is_paused() {
            break;
        }
        refresh_pull_request(state, attempt_id)
            .await
            .map_err(|error| format!("{error:?}"))
            .or_log("asking for the state of a pull request");
    }
    Ok(())
}
