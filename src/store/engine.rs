//! Holds the open database, closes it when it failed and opens it again.
//!
//! After one failed commit redb refuses every later write until the database is opened again, and a
//! damaged file can make it panic. So the database sits in a lock as `Option`: whoever meets a
//! failure waits for the readers, drops the database, and the next call opens it again, at once after
//! a first failure, later with a growing delay in monotonic time. After a panic or a bad checksum
//! that open checks the whole file. An open that is not the first one never creates anything: a
//! database that has gone is an error, not an empty one.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use redb::Database;

use super::error::StoreError;
use super::file::{Create, Source};
use super::raw::{Fault, guarded};
use super::touched::{Log, Touched};
use crate::domain::ids::OrderId;
use crate::domain::time::{Delay, Moment};
use crate::tally::Histogram;

/// First delay before the database is opened again after failing twice in a row, and the longest.
const BACKOFF_FIRST: Delay = Delay::secs(1);
const BACKOFF_MAX: Delay = Delay::secs(30);

/// Tells the moment, for those who time.
pub(super) type TellMoment = Box<dyn Fn() -> Moment + Send + Sync>;

/// An open database.
pub(super) struct Open {
    pub(super) db: Database,
    /// The whole file was checked when it was opened.
    pub(super) checked: bool,
    /// Counts openings, so that a failure seen by two callers closes one database, not two.
    pub(super) generation: u64,
}

enum State {
    Open(Box<Open>),
    Failed,
    Closed,
}

struct Bad {
    /// Failures since the last commit that went well.
    failures: u32,
    not_before: Moment,
    check: bool,
    why: String,
}

/// The database and its health.
pub(super) struct Engine {
    source: Source,
    cache_bytes: usize,
    state: RwLock<State>,
    bad: Mutex<Bad>,
    generations: AtomicU64,
    /// The latest moment any writer brought: the clock of the back-off.
    latest: AtomicU64,
    commits: AtomicU64,
    touched: Mutex<Log>,
    /// Somebody waits for all who use the database, to close it.
    wanted: AtomicBool,
    pub(super) watch: OnceLock<TellMoment>,
    pub(super) commit_times: Histogram,
}

impl Engine {
    pub(super) fn open(
        source: Source,
        cache_bytes: usize,
        create: Create,
    ) -> Result<Self, StoreError> {
        // A plain open of a damaged file may panic or find it corrupt; a checked one may repair it.
        let plain = source.open(cache_bytes, create, false);
        let (db, checked) = match plain {
            Ok(db) => (db, false),
            Err(StoreError::Engine { .. } | StoreError::Corrupt { .. }) => {
                (source.open(cache_bytes, Create::Never, true)?, true)
            }
            Err(other) => return Err(other),
        };
        let bad = Bad { failures: 0, not_before: Moment(0), check: false, why: String::new() };
        Ok(Self {
            source,
            cache_bytes,
            state: RwLock::new(State::Open(Box::new(Open { db, checked, generation: 0 }))),
            bad: Mutex::new(bad),
            generations: AtomicU64::new(1),
            latest: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            touched: Mutex::default(),
            wanted: AtomicBool::new(false),
            watch: OnceLock::new(),
            commit_times: Histogram::default(),
        })
    }

    /// Notes the moment of a writer.
    pub(super) fn seen(&self, now: Moment) {
        self.latest.fetch_max(now.0, Ordering::Relaxed);
    }

    pub(super) fn touched(&self, seen: u64) -> (Touched, u64) {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).since(seen)
    }

    /// The moment, when commits are timed.
    pub(super) fn moment(&self) -> Option<Moment> {
        self.watch.get().map(|tell| tell())
    }

    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// A commit went well; these orders were written by it.
    pub(super) fn committed(&self, orders: impl Iterator<Item = OrderId>) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).add(orders);
        self.bad().failures = 0;
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.source.path()
    }

    /// As if somebody waited to close it.
    #[cfg(test)]
    pub(super) fn want(&self) {
        self.wanted.store(true, Ordering::Relaxed);
    }

    /// Whether somebody waits to close it: whoever uses it for long gives up then.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    fn bad(&self) -> MutexGuard<'_, Bad> {
        self.bad.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` with the database, opening it first when it had failed. `work` must not call the
    /// store again.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Open) -> T) -> Result<T, StoreError> {
        loop {
            {
                let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
                match &*state {
                    State::Open(open) => return Ok(work(open)),
                    State::Closed => return Err(StoreError::Closed),
                    State::Failed => {}
                }
            }
            self.reopen()?;
        }
    }

    fn reopen(&self) -> Result<(), StoreError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Open(_) => return Ok(()),
            State::Closed => return Err(StoreError::Closed),
            State::Failed => {}
        }
        let check = {
            let bad = self.bad();
            if self.latest.load(Ordering::Relaxed) < bad.not_before.0 {
                return Err(StoreError::Unavailable {
                    until: bad.not_before,
                    why: bad.why.clone(),
                });
            }
            bad.check
        };
        match self.source.open(self.cache_bytes, Create::Never, check) {
            Ok(db) => {
                self.bad().check = false;
                let generation = self.generations.fetch_add(1, Ordering::Relaxed);
                *state = State::Open(Box::new(Open { db, checked: check, generation }));
                Ok(())
            }
            Err(error) => {
                let check = super::raw::wants_check(&error);
                self.put_off(&Fault { error: error.clone(), check });
                Err(error)
            }
        }
    }

    /// Closes the database after a failure. Waits for every reader.
    pub(super) fn fail(&self, generation: u64, fault: &Fault) {
        self.wanted.store(true, Ordering::Relaxed);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        self.wanted.store(false, Ordering::Relaxed);
        let failed = match &*state {
            State::Open(open) => open.generation == generation,
            State::Failed | State::Closed => false,
        };
        if !failed {
            return;
        }
        if let State::Open(open) = std::mem::replace(&mut *state, State::Failed) {
            drop_guarded(open);
        }
        self.put_off(fault);
    }

    fn put_off(&self, fault: &Fault) {
        let mut bad = self.bad();
        // The first failure is answered by opening again at the next call: most pass by themselves.
        let delay = match bad.failures {
            0 => Delay::ZERO,
            n => Delay((BACKOFF_FIRST.0 << (n - 1).min(8)).min(BACKOFF_MAX.0)),
        };
        bad.failures = bad.failures.saturating_add(1);
        bad.not_before = Moment(self.latest.load(Ordering::Relaxed)).after(delay);
        bad.check |= fault.check;
        bad.why = fault.error.to_string();
    }

    /// Closes for good; waits for whoever is using it.
    pub(super) fn close(&self) -> Result<(), StoreError> {
        self.wanted.store(true, Ordering::Relaxed);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, State::Closed) {
            State::Open(open) => guarded("closing", || open.db.close().map_err(Into::into)),
            State::Failed | State::Closed => Ok(()),
        }
    }
}

/// Dropping a database writes to it, and one that failed may panic then.
fn drop_guarded(open: Box<Open>) {
    // Whatever it says: the database has failed already.
    let _ = guarded("closing", || {
        drop(open);
        Ok(())
    });
}
