//! Shipments taken back or changed in Stream. Every step is safe to repeat: what is there is read first and
//! what became of it is read afterwards, so an answer that was lost costs a look and nothing else. A number
//! that was used is never used again: what is sent anew goes out under the next one.

use std::sync::Arc;

use super::standing::withdraw_all;
use super::{
    FlowError, ORDER_UNREADABLE, RESERVE_LEASE, Settled, Taken, create, job_or_aside, marks, park,
    quarantine, readable, step_job, step_order, still,
};
use crate::domain::answer::Failure;
use crate::domain::event::Event;
use crate::domain::ids::StreamOrderNo;
use crate::domain::job::{Class, Job, JobEvent, Task, Then};
use crate::domain::order::{CancelledBy, Cause, Contact, Order, OrderEvent, OrderState, SentAs};
use crate::domain::rules::{Mode, Rules};
use crate::domain::shipment::Shipment;
use crate::domain::time::Now;
use crate::store::{Changes, Store, View};

/// Attempts after which a person is asked: each was accepted, and Stream shows it as before.
const FRUITLESS_MAX: u32 = 8;

/// What is to be done to a shipment.
#[derive(Clone, Debug)]
pub enum Wish {
    /// Taken back. `even_planned`: although it is on a run.
    Back {
        /// A change of the order does not take it off a planner's run; a cancellation does.
        even_planned: bool,
    },
    /// Its header brought in line with this.
    Header(Box<Shipment>),
}

/// One that is to be made.
#[derive(Clone, Debug)]
pub struct Amending {
    /// The job, reserved.
    pub taken: Taken,
    /// Stream's number of it.
    pub order_no: StreamOrderNo,
    /// What.
    pub wish: Wish,
    /// Whether it was made so long ago that what Stream does not show is not there: for a while after a
    /// create a look may not see it yet.
    pub settled: bool,
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum Amended {
    /// It is for certain no longer there.
    Gone,
    /// The header is as wanted.
    Changed,
    /// It is not done, and trying again would not help: why, in words.
    Not(String),
    /// It failed.
    Failed(Failure),
}

/// Takes one that is due.
///
/// # Errors
/// [`FlowError`]; nothing was taken.
pub fn claim(store: &Store, now: Now, rules: Arc<Rules>) -> Result<Option<Amending>, FlowError> {
    if store.read(move |view| view.due(Class::Amend, now.mono, 1))?.is_empty() {
        return Ok(None);
    }
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let first = view.due(Class::Amend, now.mono, 1)?.first().copied();
        let Some(id) = first else { return Ok((changes, None)) };
        let Some(mut job) = job_or_aside(view, id, &mut changes)? else {
            return Ok((changes, None));
        };
        let wish = match &job.task {
            Task::Cancel { then, .. } => {
                Some(Wish::Back { even_planned: matches!(then, Then::Close(_)) })
            }
            Task::Change { .. } => {
                readable(view.shipment(id))?.map(|shipment| Wish::Header(Box::new(shipment)))
            }
            Task::Create { .. }
            | Task::Tracking { .. }
            | Task::Identifiers
            | Task::Note { .. }
            | Task::Process { .. } => None,
        };
        let Some(wish) = wish else {
            let why = "what was to be changed can no longer be read: compare the order with Stream";
            park(job, why, now, &rules, &mut changes)?;
            return Ok((changes, None));
        };
        let until = now.mono.after(RESERVE_LEASE);
        step_job(&mut job, &JobEvent::Reserved { until }, now, &rules.settle)?;
        changes.put_job(job.clone());
        let generation = match job.task {
            Task::Cancel { generation, .. } | Task::Change { generation } => generation,
            _ => return Ok((changes, None)),
        };
        let order_no = StreamOrderNo::of(job.number, generation);
        let shipped = readable(view.order(job.order))?.and_then(|order| order.shipped);
        let settled =
            shipped.is_none_or(|shipped| now.wall.since(shipped.at) >= rules.settle.longest());
        let amending = Amending { taken: Taken { job }, order_no, wish, settled };
        Ok::<_, FlowError>((changes, Some(amending)))
    })?)
}

/// Writes what became of it.
///
/// # Errors
/// [`FlowError`]; nothing was written, it is done again after its lease.
pub fn settle(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    amending: Amending,
    outcome: Amended,
    random: u64,
) -> Result<Settled, FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let Some(mut job) = still(view, &amending.taken)? else {
            return Ok((changes, Settled::TooLate));
        };
        let Some(mut order) = readable(view.order(job.order))? else {
            park(job, ORDER_UNREADABLE, now, &rules, &mut changes)?;
            return Ok((changes, Settled::Yes));
        };
        job.attempts += 1;
        let event = match &outcome {
            Amended::Gone => {
                gone(view, &job, &mut order, now, &rules, &mut changes)?;
                JobEvent::Completed
            }
            Amended::Changed => {
                changed(&mut order, &amending.wish, &mut changes);
                JobEvent::Completed
            }
            Amended::Not(why) => {
                refused(view, &job, &mut order, why, now, &mut changes)?;
                JobEvent::Withdrawn(why.clone())
            }
            Amended::Failed(failure) if job.attempts >= FRUITLESS_MAX && is_fruitless(failure) => {
                let why = format!("Stream took it {FRUITLESS_MAX} times and shows it as before");
                refused(view, &job, &mut order, &why, now, &mut changes)?;
                JobEvent::Withdrawn(why)
            }
            Amended::Failed(failure) => {
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
        Ok::<_, FlowError>((changes, Settled::Yes))
    })?)
}

/// Said by us, after a call that was accepted and did not show.
pub const SHOWS_NOTHING: &str = "accepted, and Stream shows it as before";

fn is_fruitless(failure: &Failure) -> bool {
    matches!(failure, Failure::Unknown { what } if what == SHOWS_NOTHING)
}

/// The shipment is no longer in Stream, for certain.
fn gone(
    view: &View<'_>,
    job: &Job,
    order: &mut Order,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let Task::Cancel { generation, then } = &job.task else {
        // It was to be changed and is not there: the next read says what that means.
        order.ask_to_read(now.mono);
        return Ok(());
    };
    if order.generation != *generation || order.shipped.is_none() {
        return Ok(());
    }
    let why = "its shipment was taken back";
    withdraw_all(view, order.id, why, now, rules, changes)?;
    let old = order.stream_no();
    order.lose_shipment();
    if order.state == OrderState::Processed {
        changes.happened(order, Event::Amended(format!("{old} is gone from Stream")));
        return Ok(());
    }
    match then {
        Then::Close(by) => {
            let who = match by {
                CancelledBy::Linnworks => "it is no longer open in Linnworks",
                CancelledBy::Person => "somebody asked for it",
            };
            step_order(order, &OrderEvent::Cancel(*by), now)?;
            changes.happened(order, Event::Cancelled(format!("{old} is gone from Stream: {who}")));
            if *by == CancelledBy::Linnworks {
                order.tags.clear();
            }
        }
        Then::Renew => {
            order.generation = order.generation.next();
            order.contact = Contact::None;
            // What was begun is finished, also where orders are not sent by themselves.
            order.demanded |= rules.mode == Mode::Off;
            step_order(order, &OrderEvent::Renewed, now)?;
            let text = format!("{old} is gone from Stream, {} follows", order.stream_no());
            changes.happened(order, Event::Amended(text));
            changes.put_job(quarantine::create_next(view, order, now)?);
        }
    }
    Ok(())
}

fn changed(order: &mut Order, wish: &Wish, changes: &mut Changes) {
    if let Wish::Header(shipment) = wish {
        let (whole, leg) = (shipment.fingerprint(), shipment.leg_fingerprint());
        order.sent_as = Some(SentAs { whole, leg });
        changes.happened(order, Event::Amended("its header is as in Linnworks".to_owned()));
    }
}

/// It was not done, and the person it matters to learns why.
fn refused(
    view: &View<'_>,
    job: &Job,
    order: &mut Order,
    why: &str,
    now: Now,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let number = order.number;
    match &job.task {
        Task::Cancel { then: Then::Close(CancelledBy::Linnworks), .. } => {
            let text = format!(
                "the order was cancelled, merged or split in Linnworks and could not be taken back in Stream: {why}. \
                 Tell the planner"
            );
            if order.state.stage().is_some() || matches!(order.state, OrderState::Attention(..)) {
                step_order(order, &OrderEvent::Attend(Cause::Gone, text.clone()), now)?;
            }
            changes.happened(order, Event::Attention(text));
        }
        Task::Cancel { then: Then::Close(CancelledBy::Person), .. } => {
            let text = format!("The order could not be cancelled in Stream: {why}.");
            changes.happened(order, Event::Warned(text.clone()));
            marks::ensure_note(view, order, &text, now, changes)?;
        }
        Task::Cancel { then: Then::Renew, .. } | Task::Change { .. } => {
            let text = format!(
                "The order changed after it was sent to Stream, and that could not be followed there: {why}. Tell the \
                 planner."
            );
            order.unfollowed = Some(order.content);
            changes.happened(order, Event::Warned(text.clone()));
            marks::ensure_note(view, order, &text, now, changes)?;
        }
        Task::Create { .. }
        | Task::Tracking { .. }
        | Task::Identifiers
        | Task::Note { .. }
        | Task::Process { .. } => log::error!(order:% = number; "order {number}: {why}"),
    }
    Ok(())
}
