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

use super::{FlowError, RESERVE_LEASE, Settled, Taken, marks, step_job, step_order, still};
use crate::domain::answer::{Failure, Found, Look, Receipt};
use crate::domain::event::Event;
use crate::domain::ids::{JobId, StreamOrderNo};
use crate::domain::job::{self, Class, Doubt, Job, JobEvent, JobState, Sight, Task};
use crate::domain::order::{Order, OrderEvent, OrderState, Refusal, RefusedBy, Shipped};
use crate::domain::rules::{Mode, Rules};
use crate::domain::shipment::{Match, Shipment};
use crate::domain::time::{Delay, Now};
use crate::store::{Changes, Store, StoreError, View};

/// A shipment is sent only if its Linnworks order was read within this time.
pub const FRESH_MAX: Delay = Delay::secs(60);

/// Wait after "too many calls" without a `Retry-After`.
pub const THROTTLE_DEFAULT: Delay = Delay::secs(60);

/// Wait before a look that gave no clear answer is made again.
const LOOK_AGAIN: Delay = Delay::secs(5);

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

/// A look that is to be made.
#[derive(Clone, Debug)]
pub struct Looking {
    /// The job, unsure.
    pub taken: Taken,
    /// What Stream is asked for.
    pub order_no: StreamOrderNo,
    /// What it is compared with, when it was built.
    pub shipment: Option<Shipment>,
}

/// Takes up to a batch of creates that are due, unless creating is paused or switched off.
///
/// # Errors
/// [`FlowError`]; nothing was taken.
pub fn claim(store: &Store, now: Now, rules: Arc<Rules>) -> Result<Option<Batch>, FlowError> {
    let due = store.read(move |view| {
        let open = rules_allow(view, &rules)?;
        Ok((if open { view.due(Class::Create, now.mono, 1)? } else { Vec::new() }, rules))
    })?;
    let (due, rules) = due;
    if due.is_empty() {
        return Ok(None);
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
        Ok::<_, FlowError>((changes, first.map(|first| Batch { first, rest: ids })))
    })?)
}

fn rules_allow(view: &View<'_>, rules: &Rules) -> Result<bool, StoreError> {
    Ok(rules.mode == Mode::On && view.paused()?.is_none())
}

/// Whether a due create may be taken; one that is stale or whose lane is held is put aside.
fn reserve(
    view: &View<'_>,
    id: JobId,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<bool, FlowError> {
    let Some(mut job) = view.job(id)? else { return Ok(false) };
    if view.lane(job.order)?.is_some() {
        step_job(&mut job, &JobEvent::NotNow { due: now.mono.after(LANE_WAIT) }, now, &rules.settle)?;
        changes.put_job(job);
        return Ok(false);
    }
    // A resend keeps its bytes: a late twin of the first call must meet the same content.
    let resend = matches!(job.state, JobState::Waiting { resend: true, .. });
    if !resend && is_stale(&job, now) {
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
        let Some(mut job) = view.job(id)? else { continue };
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
    let order = view.order(job.order)?.filter(|order| order.state == OrderState::Waiting);
    let (Some(mut order), Some(shipment)) = (order, view.shipment(job.id)?) else {
        step_job(&mut job, &JobEvent::Withdrawn("the order is not waiting to be sent".into()), now, &rules.settle)?;
        changes.put_job(job);
        return Ok(None);
    };
    let resend = matches!(job.state, JobState::Reserved { resend: true, .. });
    if !resend && is_stale(&job, now) {
        step_job(&mut job, &JobEvent::NotNow { due: now.mono }, now, &rules.settle)?;
        job.prepared = None;
        changes.put_job(job);
        return Ok(None);
    }
    job.attempts += 1;
    let event = JobEvent::Started { attempt: job.attempts, lease_until: now.mono.after(rules.lease) };
    step_job(&mut job, &event, now, &rules.settle)?;
    step_order(&mut order, &OrderEvent::Started, now)?;
    let order_no = shipment.order_no.to_string();
    changes.happened(&order, Event::Started { attempt: job.attempts, order_no });
    changes.put_order(order);
    changes.put_job(job.clone());
    Ok(Some(Attempt { taken: Taken { job }, shipment }))
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
            Failure::Throttled { .. } | Failure::Unauthorised { .. } | Failure::Down { .. } | Failure::NotBefore(_),
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
        let Some(mut job) = view.job(id)? else { continue };
        if matches!(job.state, JobState::Reserved { .. }) {
            step_job(&mut job, &JobEvent::NotNow { due: now.mono }, now, &rules.settle)?;
            changes.put_job(job);
        }
    }
    Ok(())
}

/// When to try again after a failure that changed nothing.
pub(super) fn retry_at(failure: &Failure, failures: u32, now: Now, random: u64) -> crate::domain::time::Moment {
    match failure {
        Failure::Throttled { retry_after } => now.mono.after(retry_after.unwrap_or(THROTTLE_DEFAULT)),
        Failure::NotBefore(moment) => *moment,
        Failure::No(_) | Failure::Unauthorised { .. } | Failure::Down { .. } | Failure::Unknown { .. } => {
            now.mono.after(job::backoff(failures, random))
        }
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
    let Some(mut order) = view.order(job.order)? else { return Ok(()) };
    match outcome {
        Ok(receipt) => {
            step_job(&mut job, &JobEvent::Completed, now, &rules.settle)?;
            job.last_error = None;
            for warning in &receipt.warnings {
                changes.happened(&order, Event::Warned(warning.to_string()));
            }
            if matches!(job.state, JobState::Unsure { .. }) {
                step_order(&mut order, &OrderEvent::Lost, now)?;
                changes.happened(&order, Event::Looked("accepted on a second try: looking that it is there once".into()));
            } else {
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
            job.last_error = Some(failure.to_string());
            step_order(&mut order, &OrderEvent::NotNow, now)?;
            changes.happened(&order, Event::PutOff(failure.to_string()));
        }
    }
    marks::ensure(view, &mut order, rules, now, changes)?;
    changes.put_order(order);
    changes.put_job(job);
    Ok(())
}

/// Stream has it: the facts go to the order, tracking to the outbox.
fn shipped(
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
    step_order(order, &OrderEvent::Shipped, now)?;
    changes.happened(
        order,
        Event::Shipped { consignment: receipt.consignment.clone(), tracking: receipt.tracking.clone(), adopted },
    );
    let task = Task::Tracking { generation };
    if rules.dispatch && view.live_job(order.id, task.kind(), task.key())?.is_none() {
        changes.put_job(marks::new_job(view, order, task, now)?);
    }
    Ok(())
}

/// Takes one look that is due. Looks go on while creating is paused or off.
///
/// # Errors
/// [`FlowError`]; nothing was taken.
pub fn claim_look(store: &Store, now: Now, rules: Arc<Rules>) -> Result<Option<Looking>, FlowError> {
    if store.read(move |view| view.due(Class::Look, now.mono, 1))?.is_empty() {
        return Ok(None);
    }
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let mut looking = None;
        if let Some(id) = view.due(Class::Look, now.mono, 1)?.first()
            && let Some(mut job) = view.job(*id)?
        {
            // Put off by the lease: nobody else takes it meanwhile, and a lost worker delays it
            // no longer than that.
            let due = now.mono.after(rules.lease);
            step_job(&mut job, &JobEvent::NotNow { due }, now, &rules.settle)?;
            changes.put_job(job.clone());
            let Task::Create { generation } = job.task else { return Ok((changes, None)) };
            let order_no = StreamOrderNo::of(job.number, generation);
            let shipment = view.shipment(job.id)?;
            looking = Some(Looking { taken: Taken { job }, order_no, shipment });
        }
        Ok::<_, FlowError>((changes, looking))
    })?)
}

/// Writes what a look saw.
///
/// # Errors
/// [`FlowError`]; nothing was written, the look is made again later.
pub fn settle_look(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    looking: Looking,
    outcome: Result<Look, Failure>,
) -> Result<Settled, FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let Some(job) = still(view, &looking.taken)? else { return Ok((changes, Settled::TooLate)) };
        let Some(order) = view.order(job.order)? else { return Ok((changes, Settled::TooLate)) };
        let sight = sight(&job, looking.shipment.as_ref(), &outcome, now);
        let found = if let Ok(Look::Found(found)) = outcome { Some(*found) } else { None };
        apply_sight(view, job, order, &sight, found, now, &rules, &mut changes)?;
        Ok::<_, FlowError>((changes, Settled::Yes))
    })?)
}

/// What a look's answer means for this job.
fn sight(job: &Job, shipment: Option<&Shipment>, outcome: &Result<Look, Failure>, now: Now) -> Sight {
    let inherited = matches!(job.state, JobState::Unsure { doubt: Doubt::Inherited, .. });
    match outcome {
        Ok(Look::Absent) => Sight::Absent,
        Ok(Look::Found(found)) if found.tracking.is_none() => Sight::Unclear(LOOK_AGAIN),
        Ok(Look::Found(found)) if found.status.eq_ignore_ascii_case("CANCELLED") => Sight::Different(format!(
            "Stream has order {} as cancelled. Look at it there before the order is sent again",
            StreamOrderNo::of(job.number, generation_of(job))
        )),
        Ok(Look::Found(_)) if inherited => Sight::Same,
        Ok(Look::Found(found)) => shipment.map_or(Sight::Same, |shipment| compare(shipment, found)),
        Err(failure @ (Failure::Throttled { .. } | Failure::NotBefore(_))) => {
            Sight::Unclear(retry_at(failure, 0, now, 0).since(now.mono))
        }
        Err(
            Failure::No(_) | Failure::Unauthorised { .. } | Failure::Down { .. } | Failure::Unknown { .. },
        ) => Sight::Unclear(LOOK_AGAIN),
    }
}

fn generation_of(job: &Job) -> crate::domain::ids::Generation {
    match job.task {
        Task::Create { generation } | Task::Tracking { generation } => generation,
        Task::Identifiers | Task::Note { .. } => crate::domain::ids::Generation::FIRST,
    }
}

fn compare(shipment: &Shipment, found: &Found) -> Sight {
    match shipment.matches(found) {
        Match::Same => Sight::Same,
        Match::Doubled => Sight::Different(format!(
            "Stream has order {} with its item lines more than once. Correct or delete it in Stream",
            shipment.order_no
        )),
        Match::Different(what) => Sight::Different(format!(
            "Stream already has an order {} with other content ({what}). Compare the two in Stream",
            shipment.order_no
        )),
    }
}

#[expect(clippy::too_many_arguments, reason = "one decision; its inputs have no other home")]
fn apply_sight(
    view: &View<'_>,
    mut job: Job,
    mut order: Order,
    sight: &Sight,
    found: Option<Found>,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let JobState::Unsure { doubt, .. } = job.state.clone() else { return Ok(()) };
    step_job(&mut job, &JobEvent::Looked(sight.clone()), now, &rules.settle)?;
    changes.happened(&order, Event::Looked(sight_text(sight).to_owned()));
    match (&job.state, found) {
        (JobState::Done { .. }, Some(found)) => {
            if let Some(receipt) = receipt(found) {
                let adopted = doubt != Doubt::Resent;
                shipped(view, &mut order, &receipt, adopted, now, rules, changes)?;
            }
        }
        (JobState::Done { .. }, None) => {
            let Doubt::Refused(reasons) = doubt else { return Ok(()) };
            let refusal =
                Refusal { by: RefusedBy::Stream, reasons: reasons.iter().map(ToString::to_string).collect() };
            order.refused_shipment = job.prepared.map(|prepared| prepared.fingerprint);
            changes.happened(&order, Event::Refused(refusal.text()));
            step_order(&mut order, &OrderEvent::Refuse(refusal), now)?;
        }
        (JobState::Parked { reason, .. }, _) => {
            changes.happened(&order, Event::Attention(reason.clone()));
            step_order(&mut order, &OrderEvent::Attend(reason.clone()), now)?;
        }
        (JobState::Waiting { .. }, _) => step_order(&mut order, &OrderEvent::NotNow, now)?,
        (JobState::Unsure { .. } | JobState::Reserved { .. } | JobState::Sending { .. }, _) => {}
    }
    marks::ensure(view, &mut order, rules, now, changes)?;
    changes.put_order(order);
    changes.put_job(job);
    Ok(())
}

fn sight_text(sight: &Sight) -> &str {
    match sight {
        Sight::Same => "it is there as it was sent",
        Sight::Different(what) => what,
        Sight::Absent => "it is not there",
        Sight::Unclear(_) => "no clear answer; looking again",
    }
}

fn receipt(found: Found) -> Option<Receipt> {
    Some(Receipt {
        consignment: found.consignment,
        tracking: found.tracking?,
        tracking_url: found.tracking_url,
        warnings: Vec::new(),
    })
}
