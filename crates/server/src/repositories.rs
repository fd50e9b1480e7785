//! The repositories in use: opened once, one merge at a time in each, and no sweep while worktrees are made.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{
    Mutex as AsyncMutex, MutexGuard, OwnedMutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use worktree::Repository;

/// Opened repositories by the path of their main checkout.
#[derive(Debug, Default)]
pub(crate) struct Repositories {
    opened: Mutex<HashMap<PathBuf, Repository>>,
    turns: Mutex<HashMap<PathBuf, Arc<AsyncMutex<()>>>>,
    /// Shared by those who make worktrees, held alone by who sweeps.
    worktrees: RwLock<()>,
    /// Held by who takes a checkpoint.
    checkpoints: AsyncMutex<()>,
}

impl Repositories {
    /// The repository at `path`, opened anew if it was not yet.
    ///
    /// # Errors
    /// When there is no usable repository (any more).
    pub(crate) async fn open(&self, path: &str) -> Result<Repository, worktree::Error> {
        let path = PathBuf::from(path);
        let known = self.opened.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
        if let Some(repository) = known.filter(|repository| repository.root().exists()) {
            return Ok(repository);
        }
        let repository = Repository::open(&path).await?;
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).insert(path, repository.clone());
        Ok(repository)
    }

    /// Waits until no other change of branches runs in the repository, and keeps others out while it is held.
    pub(crate) async fn turn(&self, root: &Path) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(root.to_owned()).or_default())
        };
        turn.lock_owned().await
    }

    /// Waits until no other checkpoint is being taken, and keeps others out while it is held.
    pub(crate) async fn checkpointing(&self) -> MutexGuard<'_, ()> {
        self.checkpoints.lock().await
    }

    /// Keeps sweeps out until the worktree that is being made stands in the database.
    pub(crate) async fn making(&self) -> RwLockReadGuard<'_, ()> {
        self.worktrees.read().await
    }

    /// Keeps out those who make worktrees: one that no attempt knows yet would look like an orphan.
    pub(crate) async fn sweeping(&self) -> RwLockWriteGuard<'_, ()> {
        self.worktrees.write().await
    }
}
