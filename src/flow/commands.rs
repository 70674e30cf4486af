//! What a person asks for: send again, try again, pause, resume. Each leads through the same protocol
//! as everything else: what may be in Stream is looked for before anything is sent.

use std::sync::Arc;

use super::{FlowError, job_or_aside, marks, quarantine, step_job, step_order};
use crate::domain::event::Event;
use crate::domain::ids::{JobId, OrderNumber};
use crate::domain::job::{Doubt, Job, JobEvent, JobKind, JobState, JobWord, Task, Then};
use crate::domain::order::{
    CancelledBy, Cause, Contact, Haste, NextRead, Order, OrderEvent, OrderState,
};
use crate::domain::rules::{Mode, Rules};
use crate::domain::time::Now;
use crate::store::{Changes, Paused, Setting, Store, View};

/// What became of something that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acted {
    /// It is done.
    Done(String),
    /// It will be done; a sentence says how.
    Queued(String),
    /// It is not done; a sentence says why.
    Refused(String),
}

fn no(text: impl Into<String>) -> Acted {
    Acted::Refused(text.into())
}

/// Sends an order again that was refused, or that a person has put right in Stream.
///
/// # Errors
/// [`FlowError`]; nothing was changed.
pub fn resend(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    number: OrderNumber,
    by: String,
) -> Result<Acted, FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let Some(order) = view.order_by_number(number)? else {
            return Ok((changes, no("there is no record of this order; see: linnstream why")));
        };
        let acted = resend_one(view, order, &rules, now, &by, &mut changes)?;
        Ok::<_, FlowError>((changes, acted))
    })?)
}

fn resend_one(
    view: &View<'_>,
    order: Order,
    rules: &Rules,
    now: Now,
    by: &str,
    changes: &mut Changes,
) -> Result<Acted, FlowError> {
    if rules.mode != Mode::On {
        let word = rules.mode.word();
        return Ok(no(format!("nothing is sent while sync.orders is \"{word}\"")));
    }
    if let Some(shipped) = &order.shipped {
        return Ok(no(format!(
            "it has the shipment {} in Stream: cancel that first",
            shipped.consignment
        )));
    }
    match &order.state {
        OrderState::Refused(_) => again(view, order, rules, now, by, changes),
        OrderState::Attention(Cause::Deleted, _) | OrderState::Cancelled(CancelledBy::Person) => {
            next_number(view, order, rules, now, by, changes)
        }
        OrderState::Attention(..) => doubt(view, order, rules, now, by, changes),
        OrderState::Waiting => {
            let key = u64::from(order.generation.0);
            match view.live_job(order.id, JobKind::Create, key)? {
                Some(id) => retry_one(view, id, rules, now, by, changes),
                None => Ok(no("it is taken up at the next poll")),
            }
        }
        OrderState::Held(reason) => {
            Ok(no(format!("{reason}; see: linnstream why {}", order.number)))
        }
        OrderState::Sending => Ok(no("it is being sent at this moment")),
        OrderState::Unsure => Ok(no("it may be in Stream already and is looked for there first")),
        OrderState::Sent | OrderState::Planned | OrderState::Dispatched | OrderState::Delivered => {
            Ok(no("it is in Stream"))
        }
        OrderState::Processed => Ok(no("it is processed in Linnworks: reopen it there")),
        OrderState::Cancelled(CancelledBy::Linnworks) => {
            Ok(no("it is no longer open in Linnworks: reopen it there"))
        }
    }
}

/// A refused order is read again and judged by what it is then.
fn again(
    view: &View<'_>,
    mut order: Order,
    rules: &Rules,
    now: Now,
    by: &str,
    changes: &mut Changes,
) -> Result<Acted, FlowError> {
    order.refused_shipment = None;
    let mut job = marks::new_job(view, &order, Task::Create { generation: order.generation }, now)?;
    changes.happened(&order, Event::Asked(format!("send again, by {by}")));
    step_order(&mut order, &OrderEvent::Ready, now)?;
    let blind = quarantine::forbids(view, &order, now)?;
    let text = if blind || order.contact == Contact::Unanswered {
        let doubt = if blind { Doubt::Quarantined } else { Doubt::Lost };
        job.state = quarantine::unsure(doubt, now.mono, now);
        step_order(&mut order, &OrderEvent::Lost, now)?;
        "it is looked for in Stream first and sent if it is not there"
    } else {
        "it is read again from Linnworks and sent if it can be"
    };
    marks::ensure(view, &mut order, rules, now, changes)?;
    changes.put_order(order);
    changes.put_job(job);
    Ok(Acted::Queued(text.to_owned()))
}

/// What was cancelled or deleted in Stream is looked for there, and sent under the next number.
fn next_number(
    view: &View<'_>,
    mut order: Order,
    rules: &Rules,
    now: Now,
    by: &str,
    changes: &mut Changes,
) -> Result<Acted, FlowError> {
    if view.lane(order.id)?.is_some() {
        return Ok(no("another job of the order is under way: ask again in a moment"));
    }
    look_for_the_old(view, &mut order, now, by, changes)?;
    marks::ensure(view, &mut order, rules, now, changes)?;
    changes.put_order(order);
    let text = "it is looked for in Stream and, when it is gone there, sent under the next number";
    Ok(Acted::Queued(text.to_owned()))
}

/// A number that was used is looked for before the next one is.
pub(super) fn look_for_the_old(
    view: &View<'_>,
    order: &mut Order,
    now: Now,
    by: &str,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let task = Task::Create { generation: order.generation };
    let mut job = marks::new_job(view, order, task, now)?;
    job.state = quarantine::unsure(Doubt::Seen, now.mono, now);
    changes.happened(order, Event::Asked(format!("send again, by {by}")));
    step_order(order, &OrderEvent::Doubted, now)?;
    order.contact = Contact::Seen;
    changes.put_job(job);
    Ok(())
}

/// Reads the shipment of an order again now.
///
/// # Errors
/// [`FlowError`]; nothing was changed.
pub fn refresh(store: &Store, now: Now, number: OrderNumber) -> Result<Acted, FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let Some(mut order) = view.order_by_number(number)? else {
            return Ok((changes, no("there is no record of this order; see: linnstream why")));
        };
        if order.shipped.is_none() {
            let word = order.state.word().word();
            return Ok((changes, no(format!("it is {word}: there is no shipment to read"))));
        }
        order.ask_to_read(now.mono);
        order.next_read = Some(NextRead { haste: Haste::Asked, due: now.mono });
        changes.put_order(order);
        Ok::<_, FlowError>((
            changes,
            Acted::Queued("its shipment is read in Stream now".to_owned()),
        ))
    })?)
}

/// Cancels the shipment of an order in Stream.
///
/// # Errors
/// [`FlowError`]; nothing was changed.
pub fn cancel(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    number: OrderNumber,
    by: String,
) -> Result<Acted, FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let Some(order) = view.order_by_number(number)? else {
            return Ok((changes, no("there is no record of this order; see: linnstream why")));
        };
        let acted = cancel_one(view, &order, &rules, now, &by, false, &mut changes)?;
        Ok::<_, FlowError>((changes, acted))
    })?)
}

/// `demanded`: a packer asks, which counts also where orders are not sent by themselves.
pub(super) fn cancel_one(
    view: &View<'_>,
    order: &Order,
    rules: &Rules,
    now: Now,
    by: &str,
    demanded: bool,
    changes: &mut Changes,
) -> Result<Acted, FlowError> {
    if rules.mode != Mode::On && !demanded {
        let word = rules.mode.word();
        return Ok(no(format!("nothing is written to Stream while sync.orders is \"{word}\"")));
    }
    if order.shipped.is_none() {
        return Ok(no(match &order.state {
            OrderState::Sending | OrderState::Unsure => {
                "it is on its way to Stream: ask again when that is settled".to_owned()
            }
            state => format!("it is {} and has no shipment in Stream", state.word().word()),
        }));
    }
    if let Some(plan) = order.standing.plan.as_ref().filter(|plan| plan.dispatched) {
        return Ok(no(format!("its run {plan} has gone out: call the driver or the planner")));
    }
    let generation = order.generation;
    for kind in [JobKind::Cancel, JobKind::Change] {
        let key = u64::from(generation.0);
        let Some(id) = view.live_job(order.id, kind, key)? else { continue };
        let Some(mut job) = job_or_aside(view, id, changes)? else { continue };
        if !matches!(job.state, JobState::Waiting { .. } | JobState::Parked { .. }) {
            return Ok(no("another change of it is under way: ask again in a moment"));
        }
        let why = JobEvent::Withdrawn(format!("{by} cancelled the order"));
        step_job(&mut job, &why, now, &rules.settle)?;
        changes.put_job(job);
    }
    changes.happened(order, Event::Asked(format!("cancel in Stream, by {by}")));
    let task = Task::Cancel { generation, then: Then::Close(CancelledBy::Person) };
    changes.put_job(marks::new_job(view, order, task, now)?);
    let text = "it is deleted in Stream, and cancelled when it is gone there";
    Ok(Acted::Queued(text.to_owned()))
}

/// What needed a person is looked for anew.
fn doubt(
    view: &View<'_>,
    mut order: Order,
    rules: &Rules,
    now: Now,
    by: &str,
    changes: &mut Changes,
) -> Result<Acted, FlowError> {
    let key = u64::from(order.generation.0);
    let parked = match view.live_job(order.id, JobKind::Create, key)? {
        Some(id) => job_or_aside(view, id, changes)?,
        None => None,
    };
    let Some(mut job) = parked.filter(|job| matches!(job.state, JobState::Parked { .. })) else {
        return Ok(no("what it needs cannot be done from here; see: linnstream why"));
    };
    if view.lane(order.id)?.is_some() {
        return Ok(no("another job of the order is under way: ask again in a moment"));
    }
    let event = match &order.state {
        OrderState::Attention(Cause::Create | Cause::Deleted, _) => OrderEvent::Doubted,
        OrderState::Waiting | OrderState::Sending | OrderState::Unsure => OrderEvent::Lost,
        OrderState::Held(_)
        | OrderState::Refused(_)
        | OrderState::Sent
        | OrderState::Planned
        | OrderState::Dispatched
        | OrderState::Delivered
        | OrderState::Attention(..)
        | OrderState::Processed
        | OrderState::Cancelled(_) => {
            return Ok(no(format!(
                "the order is {} and needs no create",
                order.state.word().word()
            )));
        }
    };
    changes.happened(&order, Event::Asked(format!("look in Stream again, by {by}")));
    let doubt = match order.contact {
        Contact::Seen => Doubt::Seen,
        Contact::None if quarantine::forbids(view, &order, now)? => Doubt::Quarantined,
        Contact::None | Contact::Known | Contact::Unanswered => Doubt::Lost,
    };
    let looked_for = JobEvent::Doubted { attempt: job.attempts, doubt };
    step_job(&mut job, &looked_for, now, &rules.settle)?;
    step_order(&mut order, &event, now)?;
    marks::ensure(view, &mut order, rules, now, changes)?;
    changes.put_order(order);
    changes.put_job(job);
    Ok(Acted::Queued("it is looked for in Stream and sent if it is not there".to_owned()))
}

/// Tries a job again: a parked one, or one that was put off.
///
/// # Errors
/// [`FlowError`]; nothing was changed.
pub fn retry(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    id: JobId,
    by: String,
) -> Result<Acted, FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let acted = retry_one(view, id, &rules, now, &by, &mut changes)?;
        Ok::<_, FlowError>((changes, acted))
    })?)
}

fn retry_one(
    view: &View<'_>,
    id: JobId,
    rules: &Rules,
    now: Now,
    by: &str,
    changes: &mut Changes,
) -> Result<Acted, FlowError> {
    let Some(mut job) = job_or_aside(view, id, changes)? else {
        return Ok(no(format!("there is no job {id}")));
    };
    let event = match &job.state {
        JobState::Parked { .. } => return unpark(view, job, rules, now, by, changes),
        JobState::Waiting { due, .. } if *due > now.mono => JobEvent::NotNow { due: now.mono },
        JobState::Waiting { .. } | JobState::Reserved { .. } => {
            return Ok(no("its turn has come already"));
        }
        JobState::Sending { .. } => return Ok(no("it is under way at this moment")),
        JobState::Unsure { .. } => {
            return Ok(no("it may have been done and is looked for first, by itself"));
        }
        JobState::Done { .. } => return Ok(no("it is done")),
    };
    step_job(&mut job, &event, now, &rules.settle)?;
    changes.put_job(job);
    Ok(Acted::Queued("it is tried now".to_owned()))
}

fn unpark(
    view: &View<'_>,
    mut job: Job,
    rules: &Rules,
    now: Now,
    by: &str,
    changes: &mut Changes,
) -> Result<Acted, FlowError> {
    match &job.task {
        Task::Create { .. } => {
            return match view.order(job.order)? {
                Some(order) => doubt(view, order, rules, now, by, changes),
                None => Ok(no("there is no record of its order")),
            };
        }
        Task::Note { text, .. } if text.is_empty() => {
            return Ok(no("its text was lost when its record was damaged: write the note by hand"));
        }
        Task::Note { .. }
        | Task::Tracking { .. }
        | Task::Identifiers
        | Task::Process { .. }
        | Task::Cancel { .. }
        | Task::Change { .. } => {}
    }
    step_job(&mut job, &JobEvent::Retried, now, &rules.settle)?;
    job.attempts = 0;
    let what = job.task.kind().word();
    changes.happened_to(job.order, job.number, Event::Asked(format!("{what} again, by {by}")));
    changes.put_job(job);
    Ok(Acted::Queued("it is tried now".to_owned()))
}

/// Jobs that wait for a person, by id.
///
/// # Errors
/// When the store cannot be read.
pub fn parked(store: &Store, after: Option<JobId>, limit: usize) -> Result<Vec<JobId>, FlowError> {
    Ok(store.read(move |view| view.jobs_in(JobWord::Parked, after, limit))?)
}

/// Stops creating, or goes on with it. Kept over restarts.
///
/// # Errors
/// [`FlowError`]; nothing was changed.
pub fn pause(store: &Store, now: Now, by: String, paused: bool) -> Result<Acted, FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let before = view.paused()?;
        let text = match (&before, paused) {
            (Some(already), true) => {
                return Ok((changes, Acted::Done(format!("{} paused it before", already.by))));
            }
            (None, false) => return Ok((changes, Acted::Done("it was not paused".to_owned()))),
            (None, true) => "nothing is created in Stream until it is resumed; look-ups, tracking and identifiers go on",
            (Some(_), false) => "orders are sent again",
        };
        let word = if paused { "paused" } else { "resumed" };
        let setting = paused.then(|| Paused { by: by.clone(), at: now.wall });
        changes.set(Setting::Paused(setting));
        changes.daemon(Event::Daemon(format!("sending {word} by {by}")));
        Ok::<_, FlowError>((changes, Acted::Done(text.to_owned())))
    })?)
}
