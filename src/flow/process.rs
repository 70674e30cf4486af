//! Delivered orders are marked processed in Linnworks. Processing cannot be undone, so it follows a fresh
//! read of the shipment; it is safe to repeat, because what Linnworks shows is read before each attempt.

use std::sync::Arc;

use super::gather::{self, Gathered};
use super::{
    FlowError, ORDER_UNREADABLE, Taken, create, marks, park, readable, standing, step_job,
    step_order, still,
};
use crate::domain::answer::Failure;
use crate::domain::event::Event;
use crate::domain::ids::{LocationId, StreamOrderNo};
use crate::domain::job::{Class, JobEvent};
use crate::domain::order::{Cause, Order, OrderEvent, OrderState};
use crate::domain::rules::Rules;
use crate::domain::time::{Delay, Now};
use crate::store::{Changes, Store};

/// Orders in one call: Linnworks works on each for long, and documents no limit.
pub const PROCESS_MAX: usize = 20;

/// A shipment read longer ago than this is read again before its order is processed.
pub const FRESH_MAX: Delay = Delay::secs(60);

/// Takes at most `most` orders to be processed.
///
/// # Errors
/// [`FlowError`]; nothing was taken.
pub fn claim(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    most: usize,
) -> Result<Gathered, FlowError> {
    gather::claim(store, now, rules, Class::Process, most.min(PROCESS_MAX))
}

/// What is to be known of a taken order before it is processed.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Where its stock is taken from.
    pub location: LocationId,
    /// What Stream is asked for first; `None` when it was read just now.
    pub read_first: Option<StreamOrderNo>,
}

/// Whether a taken order is still to be processed; `None` when it is not.
///
/// # Errors
/// When the store cannot be read.
pub fn ready(store: &Store, taken: &Taken, now: Now) -> Result<Option<Ready>, FlowError> {
    let id = taken.job.order;
    let order = store.read(move |view| readable(view.order(id)))?;
    let delivered = |order: &Order| {
        matches!(order.state, OrderState::Delivered | OrderState::Attention(Cause::Processing, _))
    };
    Ok(order.filter(delivered).map(|order| {
        let read_at = order.standing.read_at;
        let fresh = read_at.is_some_and(|at| now.wall.since(at) < FRESH_MAX && at <= now.wall);
        Ready { location: order.location, read_first: (!fresh).then(|| order.stream_no()) }
    }))
}

/// What became of one.
#[derive(Clone, Debug)]
pub enum Processed {
    /// Linnworks shows it as processed.
    Yes,
    /// Linnworks refuses, in its own words.
    Refused(String),
    /// It is not to be processed any more.
    Moot(String),
    /// It failed.
    Failed(Failure),
}

/// Writes what became of them, all in one transaction.
///
/// # Errors
/// [`FlowError`]; nothing was written, they are done again after their lease.
pub fn settle(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    outcomes: Vec<(Taken, Processed)>,
    random: u64,
) -> Result<(), FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        for (taken, outcome) in &outcomes {
            let Some(mut job) = still(view, taken)? else { continue };
            let Some(mut order) = readable(view.order(job.order))? else {
                park(job, ORDER_UNREADABLE, now, &rules, &mut changes)?;
                continue;
            };
            job.attempts += 1;
            let event = match outcome {
                Processed::Yes => {
                    let why = "processed in Linnworks";
                    standing::withdraw_all(view, order.id, why, now, &rules, &mut changes)?;
                    step_order(&mut order, &OrderEvent::Process, now)?;
                    order.next_read = None;
                    changes.happened(&order, Event::Processed);
                    JobEvent::Completed
                }
                Processed::Refused(said) => {
                    let text = format!(
                        "it is delivered, and Linnworks refuses to process it: {said}. Put that right there, then run: \
                         linnstream retry {}",
                        job.id
                    );
                    changes.happened(&order, Event::Attention(text.clone()));
                    step_order(&mut order, &OrderEvent::Attend(Cause::Processing, text.clone()), now)?;
                    // A delivered order is read no more; one that needs a person is.
                    order.next_read = standing::next_read(&order, &rules, now);
                    JobEvent::Parked(text)
                }
                Processed::Moot(why) => {
                    changes.happened(&order, Event::Withdrawn(format!("processing: {why}")));
                    order.ask_to_read(now.mono);
                    JobEvent::Withdrawn(why.clone())
                }
                Processed::Failed(failure) => {
                    if !matches!(failure, Failure::NotBefore(_)) {
                        job.last_error = Some(failure.to_string());
                    }
                    JobEvent::NotNow { due: create::retry_at(failure, job.attempts, now, random) }
                }
            };
            step_job(&mut job, &event, now, &rules.settle)?;
            changes.put_job(job);
            marks::ensure(view, &mut order, &rules, now, &mut changes)?;
            changes.put_order(order);
        }
        Ok::<_, FlowError>((changes, ()))
    })?)
}
