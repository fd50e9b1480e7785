//! The conflict radar: the work of live and reviewable attempts is merged in memory against its branch and each other.
//!
//! It runs beside everything else and holds nothing up. It looks when somebody says that something moved, and by itself
//! every few seconds: branches move without us, too. What did not change is not computed again.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domain::{Attempt, AttemptId, Collision, Project, ProjectId, Radar, Task, TaskId};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};
use utils::{ErrorChain, OrLog};
use worktree::{Clash, RadarMemory, RadarWork};

use crate::{clock::now, state::AppState};

/// Looks for branches that somebody else moved.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// What could not be compared is left alone for so long, unless it changes: it costs as much each time.
const FAILED_FOR: Duration = Duration::from_secs(5 * 60);

/// What is known of each project.
#[derive(Debug, Default)]
pub(crate) struct RadarDesk {
    wake: Notify,
    projects: Mutex<HashMap<ProjectId, Sight>>,
}

/// The last look at a project.
#[derive(Debug, Clone)]
struct Sight {
    memory: RadarMemory,
    /// What was compared: heads, and the tips of their branches.
    compared: Works,
    radar: Radar,
    /// What could not be compared, and when.
    failed: Option<(Works, Instant)>,
}

/// Work, and the tips of the branches it goes into.
type Works = Vec<(RadarWork, Option<String>)>;

/// An attempt that is compared.
#[derive(Debug, Clone)]
struct Compared {
    attempt_id: AttemptId,
    task_id: TaskId,
    number: i32,
    work: RadarWork,
}

impl RadarDesk {
    /// Something that is compared may have moved.
    pub(crate) fn look_again(&self) {
        self.wake.notify_one();
    }

    /// What is known of a project.
    pub(crate) fn find(&self, project_id: ProjectId) -> Option<Radar> {
        let projects = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        projects.get(&project_id).map(|sight| sight.radar.clone())
    }

    fn sight(&self, project_id: ProjectId) -> Sight {
        let projects = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        projects.get(&project_id).cloned().unwrap_or_else(|| Sight {
            memory: RadarMemory::default(),
            compared: Vec::new(),
            radar: unknown(project_id),
            failed: None,
        })
    }

    fn keep(&self, sight: Sight) {
        let mut projects = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        projects.insert(sight.radar.project_id, sight);
    }
}

/// A project that nobody has looked at.
pub(crate) const fn unknown(project_id: ProjectId) -> Radar {
    Radar { project_id, collisions: Vec::new(), attempt_ids: Vec::new(), computed_at: None }
}

/// Starts the radar.
pub(crate) fn start(state: &AppState) {
    let (owner, state) = (state.clone(), state.clone());
    drop(owner.tasks.spawn_until_cancelled("radar", async move { watch(&state).await }));
}

async fn watch(state: &AppState) {
    loop {
        look(state).await.or_log("looking at what collides");
        // At the limit it only looks again.
        drop(timeout(LOOK_EVERY, state.radar.wake.notified()).await);
    }
}

async fn look(state: &AppState) -> Result<(), db::Error> {
    let mut connection = state.store.read().await?;
    let attempts = db::list_compared_attempts(&mut connection).await?;
    let projects = db::list_projects(&mut connection).await?;
    let mut by_project: HashMap<ProjectId, Vec<Compared>> = HashMap::new();
    for attempt in attempts {
        let task = db::find_task(&mut connection, attempt.task_id).await?;
        let Some(head) = head_of(&mut connection, &attempt).await? else { continue };
        by_project.entry(task.project_id).or_default().push(compared(attempt, &task, head));
    }
    drop(connection);
    for project in projects {
        let compared = by_project.remove(&project.id).unwrap_or_default();
        let known = state.radar.find(project.id).is_some();
        if known || !compared.is_empty() {
            look_at(state, &project, compared)
                .await
                .map_err(|error| ErrorChain(&error).to_string())
                .or_log("comparing attempts");
        }
    }
    Ok(())
}

/// What an attempt has so far: the last checkpoint of one at work, else its last commit.
async fn head_of(connection: &mut db::Connection, attempt: &Attempt) -> Result<Option<String>, db::Error> {
    if attempt.state.is_live() {
        let newest = db::list_checkpoints(connection, attempt.id).await?.into_iter().next();
        if let Some(newest) = newest {
            return Ok(Some(newest.commit));
        }
    }
    Ok(attempt.head_commit.clone())
}

fn compared(attempt: Attempt, task: &Task, head: String) -> Compared {
    let work = RadarWork { id: attempt.id.to_string(), base_branch: attempt.base_branch, head };
    Compared { attempt_id: attempt.id, task_id: task.id, number: task.number, work }
}

async fn look_at(
    state: &AppState,
    project: &Project,
    compared: Vec<Compared>,
) -> Result<(), worktree::Error> {
    let repository = state.repositories.open(&project.path).await?;
    let branches = compared.iter().map(|one| one.work.base_branch.clone()).collect();
    let tips = repository.read_tips(branches).await?;
    let before = state.radar.sight(project.id);
    let works: Vec<_> = compared.iter().map(|one| one.work.clone()).zip(tips).collect();
    if before.compared == works && before.radar.computed_at.is_some() {
        return Ok(());
    }
    if before.failed.as_ref().is_some_and(|(failed, at)| *failed == works && at.elapsed() < FAILED_FOR) {
        return Ok(());
    }
    let wanted = compared.iter().map(|one| one.work.clone()).collect();
    let clashes = match repository.find_clashes(wanted, &before.memory).await {
        Ok(clashes) => clashes,
        Err(error) => {
            state.radar.keep(Sight { failed: Some((works, Instant::now())), ..before });
            return Err(error);
        }
    };
    let radar = Radar {
        project_id: project.id,
        collisions: clashes.iter().flat_map(|clash| collisions_of(clash, &compared)).collect(),
        attempt_ids: compared.iter().map(|one| one.attempt_id).collect(),
        computed_at: Some(now()),
    };
    let is_changed = before.radar.computed_at.is_none()
        || (&radar.collisions, &radar.attempt_ids) != (&before.radar.collisions, &before.radar.attempt_ids);
    state.radar.keep(Sight { memory: before.memory, compared: works, radar: radar.clone(), failed: None });
    if is_changed {
        state.board.announce_radar(&radar);
    }
    Ok(())
}

/// A clash from either side.
fn collisions_of(clash: &Clash, compared: &[Compared]) -> Vec<Collision> {
    let find = |id: &String| compared.iter().find(|one| one.work.id == *id);
    let Some(one) = find(&clash.one) else { return Vec::new() };
    let collision = |of: &Compared, with: Option<&Compared>| Collision {
        task_id: of.task_id,
        with_task_id: with.map(|with| with.task_id),
        with_number: with.map(|with| with.number),
        paths: clash.paths.clone(),
    };
    match clash.other.as_ref().map(find) {
        None => vec![collision(one, None)],
        Some(Some(other)) => vec![collision(one, Some(other)), collision(other, Some(one))],
        Some(None) => Vec::new(),
    }
}
