//! What was out when its holder vanished, and what waited for a system that came back.

use std::sync::Arc;

use super::{FlowError, job_or_aside, quarantine, readable, step_job, step_order};
use crate::domain::event::Event;
use crate::domain::ids::JobId;
use crate::domain::job::{Class, Job, JobEvent, JobState, Task};
use crate::domain::order::{Contact, OrderEvent, OrderState};
use crate::domain::rules::Rules;
use crate::domain::time::Now;
use crate::store::{Changes, Store, View};

/// Jobs handled in one transaction: bounds it to some milliseconds.
const RESCUE_MAX: usize = 200;

/// At start, before any worker: everything that was out may have happened. What was being sent is
/// unsure and its looks begin again; what was only reserved waits. Under a new quarantine, what waits is
/// looked for as well. Answers how many were out.
///
/// # Errors
/// [`FlowError`]; those already handled stay handled.
pub fn at_start(store: &Store, now: Now, rules: &Arc<Rules>) -> Result<usize, FlowError> {
    quarantine::begin(store, now, rules)?;
    let jobs = store.read(|view| view.unfinished(usize::MAX))?;
    for part in jobs.chunks(RESCUE_MAX) {
        let (ids, rules) = (part.to_vec(), Arc::clone(rules));
        store.write(now, move |view| {
            let mut changes = Changes::new();
            for id in ids {
                lapse(view, id, now, &rules, "the program was started again", &mut changes)?;
            }
            Ok::<_, FlowError>((changes, ()))
        })?;
    }
    Ok(jobs.len())
}

/// While running: leases that lapsed, because a worker vanished or a call outlasted every limit.
///
/// # Errors
/// [`FlowError`]; nothing was written.
pub fn lapsed(store: &Store, now: Now, rules: Arc<Rules>) -> Result<usize, FlowError> {
    if store.read(move |view| view.lapsed(now.mono, 1))?.is_empty() {
        return Ok(0);
    }
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let ids = view.lapsed(now.mono, RESCUE_MAX)?;
        let count = ids.len();
        for id in ids {
            lapse(view, id, now, &rules, "its lease lapsed", &mut changes)?;
        }
        Ok::<_, FlowError>((changes, count))
    })?)
}

fn lapse(
    view: &View<'_>,
    id: JobId,
    now: Now,
    rules: &Rules,
    why: &str,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let Some(mut job) = job_or_aside(view, id, changes)? else { return Ok(()) };
    let was_sending = matches!(job.state, JobState::Sending { .. });
    step_job(&mut job, &JobEvent::Lapsed, now, &rules.settle)?;
    if was_sending && matches!(job.task, Task::Create { .. }) {
        order_is_unsure(view, &job, now, why, changes)?;
    }
    changes.put_job(job);
    Ok(())
}

fn order_is_unsure(
    view: &View<'_>,
    job: &Job,
    now: Now,
    why: &str,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let Some(mut order) = readable(view.order(job.order))? else { return Ok(()) };
    if order.state == OrderState::Sending {
        order.contact = Contact::Unanswered;
        step_order(&mut order, &OrderEvent::Lost, now)?;
        changes.happened(&order, Event::Lost(format!("{why} while the order was going out")));
        changes.put_order(order);
    }
    Ok(())
}

/// A system is back: what waited on it for its own failures is due at once. Looks keep their time,
/// because what they wait for is the other side settling.
///
/// # Errors
/// [`FlowError`]; those already handled stay handled.
pub fn due_now(
    store: &Store,
    now: Now,
    rules: &Arc<Rules>,
    stream: bool,
) -> Result<usize, FlowError> {
    let mut count = 0;
    for class in Class::ALL.into_iter().filter(|class| class.is_stream() == stream) {
        let later = store.read(move |view| view.waiting_later(class, now.mono, usize::MAX))?;
        for part in later.chunks(RESCUE_MAX) {
            let (ids, rules) = (part.to_vec(), Arc::clone(rules));
            count += store.write(now, move |view| free(view, ids, now, &rules))?;
        }
    }
    Ok(count)
}

fn free(
    view: &View<'_>,
    ids: Vec<JobId>,
    now: Now,
    rules: &Rules,
) -> Result<(Changes, usize), FlowError> {
    let mut changes = Changes::new();
    let mut count = 0;
    for id in ids {
        let Some(mut job) = job_or_aside(view, id, &mut changes)? else { continue };
        if matches!(job.state, JobState::Waiting { due, .. } if due > now.mono) {
            step_job(&mut job, &JobEvent::NotNow { due: now.mono }, now, &rules.settle)?;
            changes.put_job(job);
            count += 1;
        }
    }
    Ok((changes, count))
}
