//! The identifiers and notes that an order's state calls for: jobs are added here when what the
//! order carries differs from what it should carry. Repeating it adds nothing twice.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{FlowError, step_job};
use crate::domain::ids::{Fingerprint, OrderId, Tag};
use crate::domain::job::{Job, JobEvent, JobKind, JobState, Task};
use crate::domain::order::{Cause, Noted, Order, OrderState, StateWord};
use crate::domain::rules::{Mode, Rules};
use crate::domain::tags::{self, TagTable};
use crate::domain::time::Now;
use crate::store::{Changes, Store, StoreError, View};

/// A new job for an order, due now.
pub(super) fn new_job(
    view: &View<'_>,
    order: &Order,
    task: Task,
    now: Now,
) -> Result<Job, StoreError> {
    Ok(Job {
        id: view.next_job_id()?,
        order: order.id,
        number: order.number,
        task,
        state: JobState::Waiting { due: now.mono, resend: false },
        attempts: 0,
        created_at: now.wall,
        last_error: None,
        prepared: None,
    })
}

/// The tags an order should carry, of those that exist; `None` while it keeps what it has.
pub fn wanted_tags(order: &Order, table: &TagTable, rules: &Rules) -> Option<BTreeSet<Tag>> {
    let shown = tags::Shown { plan: rules.dispatch, sequence: rules.sequence };
    let marks = tags::wanted(order, shown)?;
    Some(marks.into_iter().filter_map(|mark| table.tag(mark).cloned()).collect())
}

/// Adds the jobs that bring the order's identifiers and notes in line with its state. In a dry run
/// nothing is written to Linnworks, so no job is made. Called once in a decision, as its last act on
/// the order: a job that is only among the changes yet is not seen by the next call.
pub(super) fn ensure(
    view: &View<'_>,
    order: &mut Order,
    rules: &Rules,
    now: Now,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    if rules.mode == Mode::DryRun {
        return Ok(());
    }
    ensure_processed(view, order, rules, now, changes)?;
    ensure_tracking(view, order, rules, now, changes)?;
    let table = view.tags()?;
    if let Some(wanted) = wanted_tags(order, &table, rules)
        && wanted != order.tags
    {
        ensure_identifiers(view, order, &wanted, rules, now, changes)?;
    }
    let text = match &order.state {
        OrderState::Refused(refusal) => Some(refusal.text()),
        // No longer open: nobody looks at it in Linnworks.
        OrderState::Attention(Cause::Gone, _) => None,
        OrderState::Attention(_, reason) => Some(format!("Needs a person: {reason}")),
        OrderState::Held(_)
        | OrderState::Waiting
        | OrderState::Sending
        | OrderState::Unsure
        | OrderState::Sent
        | OrderState::Planned
        | OrderState::Dispatched
        | OrderState::Delivered
        | OrderState::Processed
        | OrderState::Cancelled(_) => None,
    };
    if let Some(text) = text {
        ensure_note(view, order, &text, now, changes)?;
    }
    Ok(())
}

/// The tracking number of a shipment is written to Linnworks, also when that was switched off before.
fn ensure_tracking(
    view: &View<'_>,
    order: &Order,
    rules: &Rules,
    now: Now,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let Some(shipped) = &order.shipped else { return Ok(()) };
    let settled = order.tracked.as_ref() == Some(&shipped.tracking);
    if !rules.dispatch || settled || order.state.stage().is_none() {
        return Ok(());
    }
    let task = Task::Tracking { generation: order.generation };
    if view.live_job(order.id, JobKind::Tracking, task.key())?.is_none() {
        changes.put_job(new_job(view, order, task, now)?);
    }
    Ok(())
}

/// A delivered order is processed in Linnworks, if the site wants that.
fn ensure_processed(
    view: &View<'_>,
    order: &Order,
    rules: &Rules,
    now: Now,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let wanted = rules.mark_processed && rules.dispatch && rules.mode == Mode::On;
    if !wanted || order.state != OrderState::Delivered {
        return Ok(());
    }
    let task = Task::Process { generation: order.generation };
    if view.live_job(order.id, JobKind::Process, task.key())?.is_none() {
        changes.put_job(new_job(view, order, task, now)?);
    }
    Ok(())
}

/// Adds the identifiers job, or takes up one that was parked when the order should carry something else
/// than what was refused then.
fn ensure_identifiers(
    view: &View<'_>,
    order: &Order,
    wanted: &BTreeSet<Tag>,
    rules: &Rules,
    now: Now,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let key = Task::Identifiers.key();
    let Some(id) = view.live_job(order.id, JobKind::Identifiers, key)? else {
        changes.put_job(new_job(view, order, Task::Identifiers, now)?);
        return Ok(());
    };
    let Some(mut job) = view.job(id)? else { return Ok(()) };
    let refused = job.prepared.map(|prepared| prepared.fingerprint);
    if matches!(job.state, JobState::Parked { .. }) && refused != Some(fingerprint(wanted)) {
        step_job(&mut job, &JobEvent::Retried, now, &rules.settle)?;
        changes.put_job(job);
    }
    Ok(())
}

/// Tells two sets of identifiers apart.
pub(super) fn fingerprint(tags: &BTreeSet<Tag>) -> Fingerprint {
    let texts: Vec<&str> = tags.iter().map(|tag| tag.0.as_str()).collect();
    Fingerprint::of(texts.join("\n").as_bytes())
}

/// Orders looked at in one transaction of a reconciliation.
const RECONCILE_MAX: usize = 200;

/// How far a reconciliation of all orders is.
#[derive(Clone, Debug)]
pub struct Reconciliation {
    left: Vec<StateWord>,
    after: Option<OrderId>,
}

impl Reconciliation {
    /// From the beginning: every state in which an order wants identifiers.
    pub fn begin() -> Self {
        let left = vec![
            StateWord::Sent,
            StateWord::Planned,
            StateWord::Dispatched,
            StateWord::Delivered,
            StateWord::Refused,
            StateWord::Attention,
        ];
        Self { left, after: None }
    }
}

/// Adds the jobs that orders lack, a page in one transaction: needed when identifiers have come to
/// exist after orders wanted them. `None` when all orders were looked at.
///
/// # Errors
/// [`FlowError`]; the page is to be done again.
pub fn reconcile(
    store: &Store,
    now: Now,
    rules: &Arc<Rules>,
    mut at: Reconciliation,
) -> Result<Option<Reconciliation>, FlowError> {
    let Some(word) = at.left.last().copied() else { return Ok(None) };
    let (rules, after) = (Arc::clone(rules), at.after);
    let last = store.write(now, move |view| {
        let mut changes = Changes::new();
        let ids = view.orders_in(word, after, RECONCILE_MAX)?;
        for id in &ids {
            match reconcile_one(view, *id, &rules, now) {
                Ok(one) => changes.append(one),
                // One order whose records are damaged keeps no other from its identifiers.
                Err(FlowError::Store(error @ StoreError::Damaged { .. })) => {
                    log::error!(order:% = id; "the identifiers of order {id} are left as they are: {error}");
                }
                Err(error) => return Err(error),
            }
        }
        Ok::<_, FlowError>((changes, ids.last().copied().filter(|_| ids.len() == RECONCILE_MAX)))
    })?;
    at.after = last;
    if last.is_none() {
        at.left.pop();
    }
    Ok(Some(at))
}

fn reconcile_one(
    view: &View<'_>,
    id: OrderId,
    rules: &Rules,
    now: Now,
) -> Result<Changes, FlowError> {
    let mut changes = Changes::new();
    let Some(before) = view.order(id)? else { return Ok(changes) };
    let mut order = before.clone();
    ensure(view, &mut order, rules, now, &mut changes)?;
    if order != before {
        changes.put_order(order);
    }
    Ok(changes)
}

/// Adds a note job unless this text was noted on this order before.
pub(super) fn ensure_note(
    view: &View<'_>,
    order: &mut Order,
    text: &str,
    now: Now,
    changes: &mut Changes,
) -> Result<(), StoreError> {
    let marker = marker(order.id, order, text);
    if order.notes.iter().any(|noted| noted.marker == marker) {
        return Ok(());
    }
    let text = format!("{text} {}", marker_text(marker));
    order.notes.push(Noted { marker, text: text.clone() });
    changes.put_job(new_job(view, order, Task::Note { marker, text }, now)?);
    Ok(())
}

/// Order, generation and text: the same remark on the same shipment is one note.
fn marker(id: OrderId, order: &Order, text: &str) -> Fingerprint {
    Fingerprint::of(format!("{id}|{}|{text}", order.generation).as_bytes())
}

/// How a note of ours is recognised in Linnworks. Eight digits: a note is searched for among the
/// few of one order.
pub fn marker_text(marker: Fingerprint) -> String {
    format!("[LS {:.8}]", marker.to_string())
}
