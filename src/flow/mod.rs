//! The use cases: accept what was read, claim a job, settle an attempt. Each is one decision in
//! one transaction.
//!
//! `flow` sees the store and the domain and nothing of the two APIs: what a call answered arrives
//! here as a domain value. It reads no clock.
//!
//! - `triage`: which listed orders must be read
//! - `intake`: orders read from Linnworks are judged and their jobs made
//! - `commands`: what a person asks for
//! - `create`: the create protocol: reserve, intent, settle
//! - `look`: looks for creates that may have happened
//! - `demand`: a label on demand
//! - `inbox`: notifications are kept, and turned into reads
//! - `standing`: what Stream says of a shipment becomes part of its order
//! - `amend`: shipments taken back or changed
//! - `process`: delivered orders processed in Linnworks
//! - `quarantine`: a database that may know less than was sent
//! - `watch`: standing warnings
//! - `manifest`: shipments filed at the end of the day
//! - `purge`: what is old goes
//! - `forget`: what is personal of an order goes
//! - `restored`: a database that is older than the world
//! - `gather`: taking work that goes out in bulk
//! - `marks`: identifiers and notes that an order's state calls for
//! - `suspects`: which order of a bulk read breaks the call
//! - `tags`: rounds of the identifiers job
//! - `tracking`: the tracking job
//! - `notes`: the note job
//! - `reread`: which orders are read again before they are sent
//! - `rescue`: leases that lapsed, a start after a crash, a system that came back

pub mod amend;
pub mod commands;
pub mod create;
pub mod demand;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod forget;
pub mod gather;
pub mod inbox;
pub mod intake;
pub mod look;
pub mod manifest;
pub mod marks;
pub mod notes;
pub mod process;
pub mod purge;
pub mod quarantine;
pub mod reread;
pub mod rescue;
pub mod restored;
pub mod standing;
pub mod suspects;
pub mod tags;
pub mod tracking;
pub mod triage;
pub mod watch;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::job::{self, Job, JobEvent, JobState, Settle};
use crate::domain::order::{self, Order, OrderEvent};
use crate::domain::rules::Rules;
use crate::domain::time::{Delay, Moment, Now};
use crate::store::{Store, StoreError, WriteError};

/// How long a reservation lasts: a batch of ten creates at the default pace takes a few seconds,
/// one held back by a slow system is given back by its worker.
pub const RESERVE_LEASE: Delay = Delay::mins(5);

/// A use case that was not carried out. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// The store said no, or could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too many callers wait for the store.
    #[error("the store is busy; try again in a moment")]
    Busy,
    /// A job took an event it must not take: a defect, kept out of the records.
    #[error(transparent)]
    Job(#[from] job::Forbidden),
    /// An order took an event it must not take: a defect, kept out of the records.
    #[error(transparent)]
    Order(#[from] order::Forbidden),
}

impl FlowError {
    /// Whether it is about one order or job alone: to try again at once would only hold up the others.
    pub const fn is_about_one(&self) -> bool {
        match self {
            Self::Job(_) | Self::Order(_) => true,
            Self::Store(error) => {
                matches!(error, StoreError::Invariant(_) | StoreError::Damaged { .. })
            }
            Self::Busy => false,
        }
    }
}

impl From<WriteError<FlowError>> for FlowError {
    fn from(error: WriteError<FlowError>) -> Self {
        match error {
            WriteError::Refused(error) => error,
            WriteError::Store(error) => Self::Store(error),
            WriteError::Busy => Self::Busy,
        }
    }
}

/// The rules in force. Read at the start of a step; replaced as a whole.
#[derive(Debug)]
pub struct LiveRules {
    rules: RwLock<Arc<Rules>>,
    version: AtomicU64,
}

impl LiveRules {
    /// Rules that hold from now on.
    pub fn new(rules: Rules) -> Self {
        Self { rules: RwLock::new(Arc::new(rules)), version: AtomicU64::new(0) }
    }

    /// The rules now.
    pub fn get(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces them; steps already under way finish by the old ones.
    pub fn set(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
        self.version.fetch_add(1, Ordering::Release);
    }

    /// Which rules these are: rules that were replaced and put back are others, because decisions were
    /// made by those in between.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }
}

/// A job taken for one call. Its settlement is accepted only while the job is still in this state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The job with the state it was taken in.
    pub job: Job,
}

/// A started call may wait this long for its turn before it goes out; then the job is given back.
/// A lease outlasts it, a sign-in and the longest call, so that no call ever goes out for a job whose
/// lease may have lapsed: by then somebody else may look for it, miss it, and send it again.
pub const HOLD_MAX: Delay = Delay::secs(20);

/// A lease outlasts everything named above by this: settling, a busy disk, a slow machine.
const LEASE_MARGIN: Delay = Delay::secs(30);

/// How long a job that went out is left alone, when no call takes longer than `longest`.
pub const fn lease(longest: Delay) -> Delay {
    Delay(HOLD_MAX.0 + 2 * longest.0 + LEASE_MARGIN.0)
}

impl Taken {
    /// Whether its call may still go out.
    pub fn may_begin(&self, now: Now, rules: &Rules) -> bool {
        let left =
            |until: Moment| until.since(now.mono).0.saturating_add(HOLD_MAX.0) >= rules.lease.0;
        match &self.job.state {
            JobState::Sending { lease_until, .. } => left(*lease_until),
            // A look is put off by its lease.
            JobState::Unsure { due, .. } => left(*due),
            JobState::Reserved { until, .. } => now.mono < *until,
            JobState::Waiting { .. } | JobState::Done { .. } | JobState::Parked { .. } => false,
        }
    }
}

/// What a settlement did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It was written.
    Yes,
    /// The job had moved on meanwhile: the answer was discarded.
    TooLate,
}

/// Applies an event to a job.
pub(crate) fn step_job(
    job: &mut Job,
    event: &JobEvent,
    now: Now,
    settle: &Settle,
) -> Result<(), FlowError> {
    job.state = job::next(&job.state, event, now, settle)?;
    Ok(())
}

/// Applies an event to an order and stamps it.
pub(crate) fn step_order(order: &mut Order, event: &OrderEvent, now: Now) -> Result<(), FlowError> {
    order.state = order::next(&order.state, event)?;
    order.updated_at = now.wall;
    Ok(())
}

/// A record that can be read, if it is there. A damaged one is said in the log and left alone, so that
/// it holds up no other.
pub(crate) fn readable<T>(found: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match found {
        Err(error @ StoreError::Damaged { .. }) => {
            log::error!("{error}; left alone");
            Ok(None)
        }
        found => found,
    }
}

/// Why a job whose order cannot be read is parked.
pub(crate) const ORDER_UNREADABLE: &str = "the record of its order in the database is damaged; see      what both systems show for this order before doing anything about it";

/// Parks a job; for those whose order or shipment cannot be read.
pub(crate) fn park(
    mut job: Job,
    why: &str,
    now: Now,
    rules: &Rules,
    changes: &mut crate::store::Changes,
) -> Result<(), FlowError> {
    step_job(&mut job, &JobEvent::Parked(why.to_owned()), now, &rules.settle)?;
    changes.put_job(job);
    Ok(())
}

/// A job that is to be worked on. One whose record is damaged is put aside with its bytes, so that
/// it does not hold up the others of its class.
pub(crate) fn job_or_aside(
    view: &crate::store::View<'_>,
    id: crate::domain::ids::JobId,
    changes: &mut crate::store::Changes,
) -> Result<Option<Job>, StoreError> {
    match view.job(id) {
        Err(StoreError::Damaged { .. }) => {
            log::error!(
                job:% = id;
                "the record of job {id} is damaged: put aside; see: linnstream jobs --state parked"
            );
            changes.push(crate::store::Change::ParkDamaged(id));
            Ok(None)
        }
        found => found,
    }
}

/// Whether a job is still exactly as it was taken.
pub(crate) fn still(
    view: &crate::store::View<'_>,
    taken: &Taken,
) -> Result<Option<Job>, StoreError> {
    // One that has been damaged meanwhile is put aside when its lease lapses.
    Ok(readable(view.job(taken.job.id))?.filter(|job| job.state == taken.job.state))
}

/// The state a settled job is in, for tests and traces.
pub fn state_of(
    store: &Store,
    id: crate::domain::ids::JobId,
) -> Result<Option<JobState>, StoreError> {
    store.read(move |view| Ok(view.job(id)?.map(|job| job.state)))
}

#[cfg(test)]
mod tests;
