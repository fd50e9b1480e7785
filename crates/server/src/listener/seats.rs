//! How many connections there are at most, and who leaves for a new one.
//!
//! A connection that never sent a whole request is the first to go, oldest first; then one that waits between
//! requests. One that is being answered, or became a WebSocket, stays.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use utils::tasks::CancellationToken;

const NEW: u8 = 0;
const BUSY: u8 = 1;
const WAITING: u8 = 2;

/// All seats of a server.
#[derive(Debug)]
pub(super) struct Seats {
    max: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    next_id: u64,
    by_age: BTreeMap<u64, Arc<Sitter>>,
}

#[derive(Debug)]
struct Sitter {
    state: AtomicU8,
    leave: CancellationToken,
}

/// One connection's seat, free again when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    id: u64,
    sitter: Arc<Sitter>,
    seats: Arc<Seats>,
}

impl Seats {
    pub(super) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max, taken: Mutex::default() })
    }

    /// A seat for a new connection, asking another one to leave if all are taken. `None`: nobody can leave.
    /// `parent` asks all to leave.
    pub(super) fn take(self: &Arc<Self>, parent: &CancellationToken) -> Option<Arc<Seat>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.by_age.len() >= self.max {
            taken.make_room()?;
        }
        let id = taken.next_id;
        taken.next_id += 1;
        let sitter = Arc::new(Sitter { state: AtomicU8::new(NEW), leave: parent.child_token() });
        taken.by_age.insert(id, Arc::clone(&sitter));
        Some(Arc::new(Seat { id, sitter, seats: Arc::clone(self) }))
    }

    /// Asks one connection to leave, if one can; true if so.
    pub(super) fn make_room(&self) -> bool {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).make_room().is_some()
    }
}

impl Taken {
    fn make_room(&mut self) -> Option<()> {
        let leaving = self.oldest_in(NEW).or_else(|| self.oldest_in(WAITING))?;
        self.by_age.remove(&leaving)?.leave.cancel();
        Some(())
    }

    fn oldest_in(&self, state: u8) -> Option<u64> {
        let mut by_age = self.by_age.iter();
        by_age.find(|(_, sitter)| sitter.state.load(Ordering::Relaxed) == state).map(|(id, _)| *id)
    }
}

impl Seat {
    /// A request is being answered.
    pub(super) fn set_busy(&self) {
        self.sitter.state.store(BUSY, Ordering::Relaxed);
    }

    /// The answer is made; the connection may be used again.
    pub(super) fn set_waiting(&self) {
        self.sitter.state.store(WAITING, Ordering::Relaxed);
    }

    /// Whether no whole request has come yet.
    pub(super) fn is_new(&self) -> bool {
        self.sitter.state.load(Ordering::Relaxed) == NEW
    }

    /// Resolves when the connection should end.
    pub(super) async fn asked_to_leave(&self) {
        self.sitter.leave.cancelled().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner).by_age.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_without_a_request_leaves_first_and_a_busy_one_never() {
        let (seats, parent) = (Seats::new(3), CancellationToken::new());
        let [busy, waiting, new] = [(); 3].map(|()| seats.take(&parent).unwrap());
        busy.set_busy();
        waiting.set_waiting();
        let fourth = seats.take(&parent).unwrap();
        assert!(new.sitter.leave.is_cancelled() && !waiting.sitter.leave.is_cancelled());
        fourth.set_busy();
        let fifth = seats.take(&parent).unwrap();
        assert!(waiting.sitter.leave.is_cancelled() && !busy.sitter.leave.is_cancelled());
        fifth.set_busy();
        assert!(seats.take(&parent).is_none());
        drop(fifth);
        assert!(seats.take(&parent).is_some());
    }

    #[test]
    fn the_parent_asks_all_to_leave() {
        let (seats, parent) = (Seats::new(1), CancellationToken::new());
        let seat = seats.take(&parent).unwrap();
        parent.cancel();
        assert!(seat.sitter.leave.is_cancelled());
    }
}
