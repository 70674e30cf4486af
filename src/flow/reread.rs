//! Which orders are read again just before they are sent, and those whose reading came to nothing.

use std::sync::Arc;

use super::{FlowError, ORDER_UNREADABLE, job_or_aside, park, readable, step_job};
use crate::domain::ids::{JobId, OrderId};
use crate::domain::job::{Class, JobEvent};
use crate::domain::rules::Rules;
use crate::domain::time::{Delay, Moment, Now};
use crate::store::{Changes, Store, StoreError};

/// Wait of a create whose order was read and could not be taken in: what is wrong with it is in the
/// log, and reading it at once again would only spend calls.
const AGAIN: Delay = Delay::secs(60);

/// The orders whose creates wait to be read again, the longest waiting first, and when the next is due.
///
/// # Errors
/// [`FlowError`]; the next claim finds the same.
pub fn due(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    most: usize,
) -> Result<(Vec<OrderId>, Option<Moment>), FlowError> {
    let found = store.read(move |view| {
        let mut orders = Vec::new();
        for id in view.due(Class::Read, now.mono, most)? {
            let Some(job) = view.job(id)? else { continue };
            view.order(job.order)?;
            orders.push(job.order);
        }
        Ok((orders, view.next_due(Class::Read)?))
    });
    match found {
        Err(StoreError::Damaged { .. }) => {}
        found => return Ok(found?),
    }
    // Rare: those that cannot be read are put aside, so that they hold up no other.
    store.write(now, move |view| {
        let mut changes = Changes::new();
        for id in view.due(Class::Read, now.mono, most)? {
            let Some(job) = job_or_aside(view, id, &mut changes)? else { continue };
            if readable(view.order(job.order))?.is_none() {
                park(job, ORDER_UNREADABLE, now, &rules, &mut changes)?;
            }
        }
        Ok::<_, FlowError>((changes, ()))
    })?;
    Ok((Vec::new(), Some(now.mono)))
}

/// After these orders were read: those of their creates that wait to be read as before are put off.
///
/// # Errors
/// [`FlowError`]; nothing was written.
pub fn put_off_unread(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    read: Vec<OrderId>,
) -> Result<(), FlowError> {
    let most = read.len() * 4;
    let left = store.read(move |view| {
        let mut left: Vec<JobId> = Vec::new();
        for id in view.due(Class::Read, now.mono, most)? {
            if readable(view.job(id))?.is_some_and(|job| read.contains(&job.order)) {
                left.push(id);
            }
        }
        Ok(left)
    })?;
    if left.is_empty() {
        return Ok(());
    }
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        for id in left {
            let Some(mut job) = job_or_aside(view, id, &mut changes)? else { continue };
            if job.class() == Class::Read && job.state.due().is_some_and(|due| due <= now.mono) {
                let due = now.mono.after(AGAIN);
                step_job(&mut job, &JobEvent::NotNow { due }, now, &rules.settle)?;
                changes.put_job(job);
            }
        }
        Ok::<_, FlowError>((changes, ()))
    })?)
}
