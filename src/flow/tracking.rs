//! The tracking job: read, compare, write only if different, believe only what reads back.
//!
//! Writing overwrites the whole shipping block of the Linnworks order, so the block is read first
//! and sent back with only the tracking number changed. A number somebody typed is kept and noted.

use std::sync::Arc;

use super::gather::{self, Gathered};
use super::{
    FlowError, ORDER_UNREADABLE, Settled, Taken, create, marks, park, readable, step_job, still,
};
use crate::domain::answer::Failure;
use crate::domain::event::Event;
use crate::domain::ids::TrackingNumber;
use crate::domain::job::{Class, JobEvent};
use crate::domain::rules::Rules;
use crate::domain::time::Now;
use crate::store::{Changes, Store};

/// Orders read in one call before their tracking is written one by one.
pub const TRACKING_BATCH_MAX: usize = 50;

/// Takes at most `most` tracking jobs that are due.
///
/// # Errors
/// [`FlowError`]; nothing was taken.
pub fn claim(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    most: usize,
) -> Result<Gathered, FlowError> {
    gather::claim(store, now, rules, Class::Tracking, most.min(TRACKING_BATCH_MAX))
}

/// The number a taken job is to write, and the one of ours that it replaces; `None` when the order has no
/// shipment any more.
///
/// # Errors
/// When the store cannot be read.
pub fn number(
    store: &Store,
    taken: &Taken,
) -> Result<Option<(TrackingNumber, Option<TrackingNumber>)>, FlowError> {
    let id = taken.job.order;
    let order = store.read(move |view| readable(view.order(id)))?;
    Ok(order.and_then(|order| Some((order.shipped?.tracking, order.tracked))))
}

/// What writing tracking came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tracked {
    /// It stands there: written by us now or before.
    Stands(TrackingNumber),
    /// Another number stands there, typed by somebody; kept.
    Foreign {
        /// What stands there.
        theirs: String,
        /// What Stream gave.
        ours: TrackingNumber,
    },
    /// The order is not open any more, or has no shipment: nothing to write.
    Moot(String),
    /// It failed.
    Failed(Failure),
}

/// Writes what a tracking job came to.
///
/// # Errors
/// [`FlowError`]; nothing was written, the job is done again after its lease.
pub fn settle(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    taken: Taken,
    outcome: Tracked,
    random: u64,
) -> Result<Settled, FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let Some(mut job) = still(view, &taken)? else { return Ok((changes, Settled::TooLate)) };
        let Some(mut order) = readable(view.order(job.order))? else {
            park(job, ORDER_UNREADABLE, now, &rules, &mut changes)?;
            return Ok((changes, Settled::Yes));
        };
        let event = match &outcome {
            Tracked::Stands(number) => {
                changes.happened(&order, Event::TrackingWritten(number.clone()));
                order.tracked = Some(number.clone());
                changes.put_order(order.clone());
                JobEvent::Completed
            }
            Tracked::Foreign { theirs, ours } => {
                let text = format!(
                    "Tracking number {theirs} was entered in Linnworks and is kept. The tracking number from Stream is \
                     {ours}."
                );
                changes.happened(&order, Event::TrackingKept(text.clone()));
                order.tracked = Some(ours.clone());
                marks::ensure_note(view, &mut order, &text, now, &mut changes)?;
                changes.put_order(order.clone());
                JobEvent::Completed
            }
            Tracked::Moot(why) => {
                changes.happened(&order, Event::Withdrawn(format!("tracking: {why}")));
                JobEvent::Withdrawn(why.clone())
            }
            Tracked::Failed(Failure::No(reasons)) => {
                let said = Failure::No(reasons.clone());
                JobEvent::Parked(format!("Linnworks refused the tracking number: {said}"))
            }
            Tracked::Failed(failure) => {
                if !matches!(failure, Failure::NotBefore(_)) {
                    job.last_error = Some(failure.to_string());
                }
                JobEvent::NotNow { due: create::retry_at(failure, job.attempts, now, random) }
            }
        };
        job.attempts += 1;
        step_job(&mut job, &event, now, &rules.settle)?;
        changes.put_job(job);
        Ok::<_, FlowError>((changes, Settled::Yes))
    })?)
}
