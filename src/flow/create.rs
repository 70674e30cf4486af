//! The create protocol. Intent before the call; three outcomes; unknown is looked up, never
//! retried blind; a resend has the same number and the same bytes and is verified afterwards.
//!
//! A worker takes a batch of at most ten in one transaction: the first is started, the others are
//! reserved. The intent of the next is committed together with the settlement of the one before, so
//! a crash leaves at most one unknown per worker.
//!
//! One decision beyond the published protocol: a refusal is reported only after one look. Stream's
//! answer to a repeated number is not documented and no list of error codes exists, so "already
//! there" cannot be told from other refusals by its text; a look tells it for certain.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{
    FlowError, ORDER_UNREADABLE, RESERVE_LEASE, Settled, Taken, inbox, job_or_aside, marks, park,
    quarantine, readable, standing, step_job, step_order, still,
};
use crate::domain::answer::{Failure, Receipt};
use crate::domain::event::Event;
use crate::domain::ids::JobId;
use crate::domain::job::{self, Class, Job, JobEvent, JobState};
use crate::domain::order::{
    Cause, Contact, Order, OrderEvent, OrderState, SentAs, Shipped, Standing,
};
use crate::domain::rules::{Mode, Rules};
use crate::domain::shipment::Shipment;
use crate::domain::time::{Delay, Now};
use crate::store::{Changes, Store, StoreError, View};

/// A shipment is sent only if its Linnworks order was read within this time.
pub const FRESH_MAX: Delay = Delay::secs(60);

/// Wait after "too many calls" without a `Retry-After`.
pub const THROTTLE_DEFAULT: Delay = Delay::secs(60);

/// Jobs of one class examined in one claim.
const SCAN_MAX: usize = 64;

/// Wait of a job whose order has another job out.
const LANE_WAIT: Delay = Delay::secs(1);

/// A create that is about to go out; its intent is on disk.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The job, sending.
    pub taken: Taken,
    /// What to send.
    pub shipment: Shipment,
}

/// A batch: one attempt that is out, the others reserved.
#[derive(Clone, Debug)]
pub struct Batch {
    /// To be sent now.
    pub first: Attempt,
    /// To be sent after it, in this order.
    pub rest: VecDeque<JobId>,
}

/// What a claim of creates came to.
#[derive(Clone, Debug)]
pub enum Claim {
    /// None is due, or creating is paused or switched off.
    Nothing,
    /// Those that were due were put aside: to be read again, or until their order's other job is over.
    Moved,
    /// To be sent.
    Batch(Box<Batch>),
}

/// Takes up to a batch of creates that are due, unless creating is paused or switched off.
///
/// # Errors
/// [`FlowError`]; nothing was taken.
pub fn claim(store: &Store, now: Now, rules: Arc<Rules>) -> Result<Claim, FlowError> {
    let due = store.read(move |view| {
        let open = rules_allow(view, &rules)?;
        Ok((if open { view.due(Class::Create, now.mono, 1)? } else { Vec::new() }, rules))
    })?;
    let (due, rules) = due;
    if due.is_empty() {
        return Ok(Claim::Nothing);
    }
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let mut ids = VecDeque::new();
        if rules_allow(view, &rules)? {
            for id in view.due(Class::Create, now.mono, SCAN_MAX)? {
                if ids.len() >= rules.batch {
                    break;
                }
                if reserve(view, id, now, &rules, &mut changes)? {
                    ids.push_back(id);
                }
            }
        }
        let first = start_next(view, &mut ids, now, &rules, &mut changes)?;
        let claim = match first {
            Some(first) => Claim::Batch(Box::new(Batch { first, rest: ids })),
            None if changes.is_empty() => Claim::Nothing,
            None => Claim::Moved,
        };
        Ok::<_, FlowError>((changes, claim))
    })?)
}

/// Whether anything may be created. Where orders are not sent by themselves, only those whose label a
/// packer waits for, see [`may_go`].
fn rules_allow(view: &View<'_>, rules: &Rules) -> Result<bool, StoreError> {
    Ok(rules.mode != Mode::DryRun && view.paused()?.is_none())
}

fn may_go(order: &Order, rules: &Rules) -> bool {
    rules.mode == Mode::On || order.demanded
}

/// Whether a due create may be taken; one that is stale or whose lane is held is put aside.
fn reserve(
    view: &View<'_>,
    id: JobId,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<bool, FlowError> {
    let Some(mut job) = job_or_aside(view, id, changes)? else { return Ok(false) };
    if view.lane(job.order)?.is_some() {
        step_job(
            &mut job,
            &JobEvent::NotNow { due: now.mono.after(LANE_WAIT) },
            now,
            &rules.settle,
        )?;
        changes.put_job(job);
        return Ok(false);
    }
    // Taken back at the next poll; until then it is out of the way.
    if rules.mode != Mode::On
        && !readable(view.order(job.order))?.is_some_and(|order| may_go(&order, rules))
    {
        let due = now.mono.after(rules.poll_interval);
        step_job(&mut job, &JobEvent::NotNow { due }, now, &rules.settle)?;
        changes.put_job(job);
        return Ok(false);
    }
    // A resend too: the order may have been held or cancelled since. It keeps its bytes.
    if is_stale(&job, now) {
        job.prepared = None;
        changes.put_job(job);
        return Ok(false);
    }
    Ok(true)
}

fn is_stale(job: &Job, now: Now) -> bool {
    job.prepared.is_none_or(|prepared| now.mono.since(prepared.read_at) > FRESH_MAX)
}

/// Starts the first of `ids` that may start and keeps the others reserved. Ids that may not start
/// any more are dropped: their job has moved on or waits again.
fn start_next(
    view: &View<'_>,
    ids: &mut VecDeque<JobId>,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<Option<Attempt>, FlowError> {
    let mut started = None;
    let mut rest = VecDeque::new();
    while let Some(id) = ids.pop_front() {
        let Some(mut job) = job_or_aside(view, id, changes)? else { continue };
        if matches!(job.state, JobState::Waiting { .. }) {
            let until = now.mono.after(RESERVE_LEASE);
            step_job(&mut job, &JobEvent::Reserved { until }, now, &rules.settle)?;
        }
        if !matches!(job.state, JobState::Reserved { .. }) {
            continue;
        }
        if started.is_some() {
            rest.push_back(id);
            changes.put_job(job);
            continue;
        }
        started = start(view, job, now, rules, changes)?;
    }
    *ids = rest;
    Ok(started)
}

/// Writes the intent of one reserved create.
fn start(
    view: &View<'_>,
    mut job: Job,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<Option<Attempt>, FlowError> {
    let Some(mut order) = readable(view.order(job.order))? else {
        park(job, ORDER_UNREADABLE, now, rules, changes)?;
        return Ok(None);
    };
    // Looked for first: the next poll finds it without a create and judges it anew.
    let blind = quarantine::forbids(view, &order, now)?;
    if blind || order.state != OrderState::Waiting {
        let why = if blind {
            "it is looked for in Stream first"
        } else {
            "the order is not waiting to be sent"
        };
        let why = JobEvent::Withdrawn(why.into());
        step_job(&mut job, &why, now, &rules.settle)?;
        changes.put_job(job);
        return Ok(None);
    }
    let Some(shipment) = readable(view.shipment(job.id))? else {
        return shipment_unreadable(job, order, now, rules, changes);
    };
    if is_stale(&job, now) || !may_go(&order, rules) {
        step_job(&mut job, &JobEvent::NotNow { due: now.mono }, now, &rules.settle)?;
        job.prepared = None;
        changes.put_job(job);
        return Ok(None);
    }
    job.attempts += 1;
    let event =
        JobEvent::Started { attempt: job.attempts, lease_until: now.mono.after(rules.lease) };
    step_job(&mut job, &event, now, &rules.settle)?;
    step_order(&mut order, &OrderEvent::Started, now)?;
    if order.contact == Contact::None {
        order.contact = Contact::Known;
    }
    let order_no = shipment.order_no.to_string();
    changes.happened(&order, Event::Started { attempt: job.attempts, order_no });
    changes.put_order(order);
    changes.put_job(job.clone());
    Ok(Some(Attempt { taken: Taken { job }, shipment }))
}

/// What would be sent cannot be read. Nothing of it went out, so it is built again from the order;
/// but what a resend has to repeat is lost, and a person must compare.
fn shipment_unreadable(
    mut job: Job,
    mut order: Order,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<Option<Attempt>, FlowError> {
    if matches!(job.state, JobState::Reserved { resend: true, .. }) {
        let why = "what was to be sent again can no longer be read from the database: see in Stream \
                   whether the order is there";
        park(job, why, now, rules, changes)?;
        step_order(&mut order, &OrderEvent::Lost, now)?;
        step_order(&mut order, &OrderEvent::Attend(Cause::Create, why.into()), now)?;
        changes.happened(&order, Event::Attention(why.into()));
        changes.put_order(order);
    } else {
        let why = JobEvent::Withdrawn("what was to be sent could not be read: built again".into());
        step_job(&mut job, &why, now, &rules.settle)?;
        changes.put_job(job);
    }
    Ok(None)
}

/// What an attempt came to, and what is to follow it.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The attempt.
    pub taken: Taken,
    /// What the call answered.
    pub outcome: Result<Receipt, Failure>,
    /// The others of the batch.
    pub rest: VecDeque<JobId>,
    /// Whether the next of the batch is to be started; otherwise they are given back.
    pub go_on: bool,
    /// For the jitter of a retry.
    pub random: u64,
}

/// Writes what an attempt came to and starts the next of the batch in the same transaction.
///
/// # Errors
/// [`FlowError`]; nothing was written, the attempt stays out until its lease lapses.
pub fn settle(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    settlement: Settlement,
) -> Result<(Settled, Option<Batch>), FlowError> {
    let Settlement { taken, outcome, mut rest, go_on, random } = settlement;
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let settled = match still(view, &taken)? {
            None => Settled::TooLate,
            Some(job) => {
                conclude(view, job, &outcome, now, &rules, random, &mut changes)?;
                Settled::Yes
            }
        };
        // When the system itself said "not now", the rest of the batch is given back untouched.
        let go_on = go_on && goes_on(&outcome) && rules_allow(view, &rules)?;
        let first = if go_on {
            start_next(view, &mut rest, now, &rules, &mut changes)?
        } else {
            give_back(view, &mut rest, now, &rules, &mut changes)?;
            None
        };
        Ok::<_, FlowError>((changes, (settled, first.map(|first| Batch { first, rest }))))
    })?)
}

fn goes_on(outcome: &Result<Receipt, Failure>) -> bool {
    match outcome {
        Ok(_) | Err(Failure::No(_) | Failure::Unknown { .. }) => true,
        Err(
            Failure::Throttled { .. }
            | Failure::Unauthorised { .. }
            | Failure::Down { .. }
            | Failure::NotBefore(_),
        ) => false,
    }
}

fn give_back(
    view: &View<'_>,
    rest: &mut VecDeque<JobId>,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    for id in rest.drain(..) {
        let Some(mut job) = readable(view.job(id))? else { continue };
        if matches!(job.state, JobState::Reserved { .. }) {
            step_job(&mut job, &JobEvent::NotNow { due: now.mono }, now, &rules.settle)?;
            changes.put_job(job);
        }
    }
    Ok(())
}

/// When to try again after a failure that changed nothing.
pub(super) fn retry_at(
    failure: &Failure,
    failures: u32,
    now: Now,
    random: u64,
) -> crate::domain::time::Moment {
    match failure {
        Failure::Throttled { retry_after } => {
            now.mono.after(retry_after.unwrap_or(THROTTLE_DEFAULT))
        }
        Failure::NotBefore(moment) => *moment,
        Failure::No(_)
        | Failure::Unauthorised { .. }
        | Failure::Down { .. }
        | Failure::Unknown { .. } => now.mono.after(job::backoff(failures, random)),
    }
}

fn conclude(
    view: &View<'_>,
    mut job: Job,
    outcome: &Result<Receipt, Failure>,
    now: Now,
    rules: &Rules,
    random: u64,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let Some(mut order) = readable(view.order(job.order))? else {
        let what = match outcome {
            Ok(receipt) => format!("Stream took the order as {}", receipt.consignment),
            Err(failure) => failure.to_string(),
        };
        return park(job, &format!("{what}; {ORDER_UNREADABLE}"), now, rules, changes);
    };
    match outcome {
        Ok(receipt) => {
            step_job(&mut job, &JobEvent::Completed, now, &rules.settle)?;
            job.last_error = None;
            for warning in &receipt.warnings {
                changes.happened(&order, Event::Warned(warning.to_string()));
            }
            if matches!(job.state, JobState::Unsure { .. }) {
                step_order(&mut order, &OrderEvent::Lost, now)?;
                changes.happened(
                    &order,
                    Event::Looked("accepted on a second try: looking that it is there once".into()),
                );
            } else {
                order.sent_as = sent_as(view, &job)?;
                shipped(view, &mut order, receipt, false, now, rules, changes)?;
            }
        }
        Err(Failure::No(reasons)) => {
            step_job(&mut job, &JobEvent::Refused(reasons.clone()), now, &rules.settle)?;
            job.last_error = Some(Failure::No(reasons.clone()).to_string());
            step_order(&mut order, &OrderEvent::Lost, now)?;
        }
        Err(failure @ Failure::Unknown { what }) => {
            step_job(&mut job, &JobEvent::Lost, now, &rules.settle)?;
            job.last_error = Some(failure.to_string());
            order.contact = Contact::Unanswered;
            step_order(&mut order, &OrderEvent::Lost, now)?;
            changes.happened(&order, Event::Lost(what.clone()));
        }
        Err(
            failure @ (Failure::Throttled { .. }
            | Failure::Unauthorised { .. }
            | Failure::Down { .. }
            | Failure::NotBefore(_)),
        ) => {
            let due = retry_at(failure, job.attempts, now, random);
            step_job(&mut job, &JobEvent::NotNow { due }, now, &rules.settle)?;
            step_order(&mut order, &OrderEvent::NotNow, now)?;
            // During a long outage the probes alone would push everything else off the timeline.
            let why = Some(failure.to_string());
            if job.last_error != why {
                changes.happened(&order, Event::PutOff(failure.to_string()));
            }
            job.last_error = why;
        }
    }
    marks::ensure(view, &mut order, rules, now, changes)?;
    changes.put_order(order);
    changes.put_job(job);
    Ok(())
}

/// What was sent as a shipment, to see what changes about it; `None` when it cannot be read any more.
pub(super) fn sent_as(view: &View<'_>, job: &Job) -> Result<Option<SentAs>, StoreError> {
    let shipment = readable(view.shipment(job.id))?;
    Ok(shipment
        .map(|shipment| SentAs { whole: shipment.fingerprint(), leg: shipment.leg_fingerprint() }))
}

/// Stream has it: the facts go to the order. What is to be written to Linnworks follows from them.
pub(super) fn shipped(
    view: &View<'_>,
    order: &mut Order,
    receipt: &Receipt,
    adopted: bool,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let generation = order.generation;
    order.shipped = Some(Shipped {
        generation,
        consignment: receipt.consignment.clone(),
        tracking: receipt.tracking.clone(),
        tracking_url: receipt.tracking_url.clone(),
        at: now.wall,
        adopted,
    });
    order.refused_shipment = None;
    order.demanded = false;
    order.contact = Contact::Known;
    order.standing = Standing::default();
    order.unfollowed = None;
    step_order(order, &OrderEvent::Shipped, now)?;
    order.next_read = standing::next_read(order, rules, now);
    inbox::mentioned(view, order, now, changes)?;
    changes.happened(
        order,
        Event::Shipped {
            consignment: receipt.consignment.clone(),
            tracking: receipt.tracking.clone(),
            adopted,
        },
    );
    Ok(())
}

#[cfg(test)]
mod tests;
