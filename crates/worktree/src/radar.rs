//! Which pieces of work would not merge with each other, or with the branch they go into. Computed in memory only.
//!
//! Sets of changed paths are compared first; only what both sides changed is merged, file by file, and whole trees only
//! where a file was moved or deleted. What was found is remembered by the commits it was found for, so that a change costs
//! only the pairs it is part of.

mod changes;
mod pair;

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use git2::Oid;

use crate::{Error, blocking::blocking};
use changes::Changes;

/// A piece of work that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RadarWork {
    /// The caller's name for it.
    pub id: String,
    /// The branch it goes into.
    pub base_branch: String,
    /// Its last commit.
    pub head: String,
}

/// Two pieces of work that would not merge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clash {
    /// One of them.
    pub one: String,
    /// The other; none for the branch that it goes into.
    pub other: Option<String>,
    /// The files in conflict.
    pub paths: Vec<String>,
}

/// What was found before. A clone is another handle to the same.
#[derive(Debug, Clone, Default)]
pub struct RadarMemory(Arc<Mutex<Memory>>);

/// Work by its head and by where it left the branch that it goes into.
type WorkKey = (Oid, Oid);

#[derive(Debug, Default)]
struct Memory {
    merge_bases: HashMap<(Oid, Oid), Option<Oid>>,
    changes: HashMap<WorkKey, Arc<Changes>>,
    clashes: HashMap<(WorkKey, WorkKey), Arc<Vec<String>>>,
    /// What the last round needed; the rest is forgotten after it.
    used: Used,
}

#[derive(Debug, Default)]
struct Used {
    merge_bases: HashSet<(Oid, Oid)>,
    changes: HashSet<WorkKey>,
    clashes: HashSet<(WorkKey, WorkKey)>,
}

/// A piece of work with what is known about it.
struct Known {
    id: String,
    base_branch: String,
    tip: Oid,
    key: WorkKey,
    changes: Arc<Changes>,
}

/// Finds what collides. Work whose commit or branch is gone is left out.
pub(crate) async fn find_clashes(
    common_dir: &Path,
    works: Vec<RadarWork>,
    memory: &RadarMemory,
) -> Result<Vec<Clash>, Error> {
    let (common_dir, memory) = (common_dir.to_path_buf(), memory.clone());
    blocking("compare pieces of work", move || {
        let mut memory = memory.0.lock().unwrap_or_else(PoisonError::into_inner);
        find_in(&common_dir, &works, &mut memory).map_err(failed)
    })
    .await
}

/// The tips of the branches that work goes into, to see whether there is anything new.
pub(crate) async fn read_tips(
    common_dir: &Path,
    branches: Vec<String>,
) -> Result<Vec<Option<String>>, Error> {
    let common_dir = common_dir.to_path_buf();
    blocking("read branches", move || {
        let library = git2::Repository::open_bare(&common_dir).map_err(failed)?;
        let tip = |branch: &String| Some(find_tip(&library, branch)?.to_string());
        Ok(branches.iter().map(tip).collect())
    })
    .await
}

fn failed(error: git2::Error) -> Error {
    Error::Unexpected { command: "merge-tree".to_owned(), message: error.message().to_owned() }
}

fn find_tip(library: &git2::Repository, branch: &str) -> Option<Oid> {
    let reference = library.find_reference(&format!("refs/heads/{branch}")).ok()?;
    reference.peel_to_commit().ok().map(|commit| commit.id())
}

fn find_in(common_dir: &Path, works: &[RadarWork], memory: &mut Memory) -> Result<Vec<Clash>, git2::Error> {
    let library = git2::Repository::open_bare(common_dir)?;
    memory.used = Used::default();
    let mut known = Vec::with_capacity(works.len());
    for work in works {
        known.extend(memory.look_at(&library, work)?);
    }
    let mut clashes = Vec::new();
    for (index, one) in known.iter().enumerate() {
        clashes.extend(memory.against_base(&library, one)?);
        for other in known.iter().skip(index + 1).filter(|other| other.base_branch == one.base_branch) {
            clashes.extend(memory.against(&library, one, other)?);
        }
    }
    memory.forget_unused();
    clashes.sort();
    Ok(clashes)
}

impl Memory {
    fn look_at(
        &mut self,
        library: &git2::Repository,
        work: &RadarWork,
    ) -> Result<Option<Known>, git2::Error> {
        let head = Oid::from_str(&work.head).ok().filter(|head| library.find_commit(*head).is_ok());
        let (Some(head), Some(tip)) = (head, find_tip(library, &work.base_branch)) else { return Ok(None) };
        let Some(base) = self.merge_base(library, tip, head)? else { return Ok(None) };
        let key = (head, base);
        let changes = self.changes(library, key)?;
        let (id, base_branch) = (work.id.clone(), work.base_branch.clone());
        Ok(Some(Known { id, base_branch, tip, key, changes }))
    }

    /// The work against what its branch has got since.
    fn against_base(
        &mut self,
        library: &git2::Repository,
        work: &Known,
    ) -> Result<Option<Clash>, git2::Error> {
        let base_key = (work.tip, work.key.1);
        let base_changes = self.changes(library, base_key)?;
        let paths = self.clash(library, (base_key, work.key), (&base_changes, &work.changes))?;
        Ok((!paths.is_empty()).then(|| Clash { one: work.id.clone(), other: None, paths: paths.to_vec() }))
    }

    fn against(
        &mut self,
        library: &git2::Repository,
        one: &Known,
        other: &Known,
    ) -> Result<Option<Clash>, git2::Error> {
        let paths = self.clash(library, (one.key, other.key), (&one.changes, &other.changes))?;
        let clash = || Clash { one: one.id.clone(), other: Some(other.id.clone()), paths: paths.to_vec() };
        Ok((!paths.is_empty()).then(clash))
    }

    fn clash(
        &mut self,
        library: &git2::Repository,
        keys: (WorkKey, WorkKey),
        changes: (&Changes, &Changes),
    ) -> Result<Arc<Vec<String>>, git2::Error> {
        self.used.clashes.insert(keys);
        if let Some(found) = self.clashes.get(&keys) {
            return Ok(Arc::clone(found));
        }
        let overlap = changes.0.overlap(changes.1);
        let paths = match self.merge_base(library, keys.0.0, keys.1.0)? {
            _ if overlap.is_empty() => Vec::new(),
            Some(base) => pair::merge(library, [base, keys.0.0, keys.1.0], changes, &overlap)?,
            None => overlap.into_iter().map(|path| changes::shown(&path)).collect(),
        };
        let paths = Arc::new(paths);
        self.clashes.insert(keys, Arc::clone(&paths));
        Ok(paths)
    }

    fn merge_base(
        &mut self,
        library: &git2::Repository,
        one: Oid,
        other: Oid,
    ) -> Result<Option<Oid>, git2::Error> {
        self.used.merge_bases.insert((one, other));
        if let Some(found) = self.merge_bases.get(&(one, other)) {
            return Ok(*found);
        }
        let found = match library.merge_base(one, other) {
            Err(error) if error.code() == git2::ErrorCode::NotFound => None,
            found => Some(found?),
        };
        self.merge_bases.insert((one, other), found);
        Ok(found)
    }

    fn changes(&mut self, library: &git2::Repository, key: WorkKey) -> Result<Arc<Changes>, git2::Error> {
        self.used.changes.insert(key);
        if let Some(found) = self.changes.get(&key) {
            return Ok(Arc::clone(found));
        }
        let found = Arc::new(Changes::between(library, key.1, key.0)?);
        self.changes.insert(key, Arc::clone(&found));
        Ok(found)
    }

    fn forget_unused(&mut self) {
        let used = std::mem::take(&mut self.used);
        self.merge_bases.retain(|key, _| used.merge_bases.contains(key));
        self.changes.retain(|key, _| used.changes.contains(key));
        self.clashes.retain(|key, _| used.clashes.contains(key));
    }
}
