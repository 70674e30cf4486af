//! A database that was restored is older than the world: orders may have been sent, taken back and sent anew
//! since. Nothing of it is believed about what Stream has not: each order without a shipment is read again
//! and looked for in Stream before anything of it is sent.

use super::{FlowError, marks, readable, step_job, step_order};
use crate::domain::event::Event;
use crate::domain::ids::OrderId;
use crate::domain::job::{JobEvent, JobState, Settle, Task};
use crate::domain::order::{CancelledBy, Contact, Order, OrderEvent, OrderState, StateWord};
use crate::domain::time::Now;
use crate::store::{Changes, Setting, Store, View};

/// Orders in one transaction.
const PAGE: usize = 200;

/// Why creates are withdrawn.
const WHY: &str = "the database was restored: looked for in Stream first";

/// Prepares a database that was just restored for its first start. `by` and `from` are told in the journal.
/// Answers how many orders are looked for first.
///
/// # Errors
/// [`FlowError`]; the database must not be started with.
pub fn prepare(store: &Store, now: Now, by: &str, from: &str) -> Result<usize, FlowError> {
    let mut count = 0;
    for word in [
        StateWord::Held,
        StateWord::Waiting,
        StateWord::Sending,
        StateWord::Unsure,
        StateWord::Refused,
        StateWord::Processed,
        StateWord::Cancelled,
    ] {
        let mut after = None;
        loop {
            let page = store.read(|view| view.orders_in(word, after, PAGE))?;
            let Some(last) = page.last() else { break };
            after = Some(*last);
            count += store.write(now, move |view| doubt_all(view, page, now))?;
        }
    }
    let text = format!(
        "the database was restored by {by} from {from}; {count} orders are looked for in Stream first"
    );
    store.write(now, move |view| {
        let mut changes = Changes::new();
        let since = view.quarantine()?.map_or(now.wall, |before| before.max(now.wall));
        changes.set(Setting::Quarantine { since });
        changes.daemon(Event::Daemon(text));
        Ok::<_, FlowError>((changes, ()))
    })?;
    Ok(count)
}

fn doubt_all(view: &View<'_>, page: Vec<OrderId>, now: Now) -> Result<(Changes, usize), FlowError> {
    let mut changes = Changes::new();
    let mut count = 0;
    for id in page {
        let Some(order) = readable(view.order(id))? else { continue };
        if order.shipped.is_none() {
            count += usize::from(doubt(view, order, now, &mut changes)?);
        }
    }
    Ok((changes, count))
}

/// Forgets what was known between us and Stream about an order without a shipment, and takes back the create
/// that would go out: at the next poll it is judged as one that somebody else may have sent.
fn doubt(
    view: &View<'_>,
    mut order: Order,
    now: Now,
    changes: &mut Changes,
) -> Result<bool, FlowError> {
    // Of the events below none asks when looks are made.
    let settle = Settle::default();
    let mut again = false;
    for mut job in view.jobs_of(order.id)? {
        if !matches!(job.task, Task::Create { .. }) {
            continue;
        }
        match &job.state {
            JobState::Waiting { .. } | JobState::Reserved { .. } => {}
            JobState::Sending { .. } => {
                step_job(&mut job, &JobEvent::NotNow { due: now.mono }, now, &settle)?;
            }
            JobState::Unsure { .. } => {
                step_job(&mut job, &JobEvent::Parked(WHY.to_owned()), now, &settle)?;
            }
            // What a person has to decide stays with them.
            JobState::Parked { .. } | JobState::Done { .. } => continue,
        }
        step_job(&mut job, &JobEvent::Withdrawn(WHY.to_owned()), now, &settle)?;
        again |= job.task == Task::Create { generation: order.generation };
        changes.put_job(job);
    }
    if again {
        // It waits to be read, and what is read is judged: nothing goes out by this job unseen.
        let task = Task::Create { generation: order.generation };
        changes.put_job(marks::new_job(view, &order, task, now)?);
    }
    let waits = match &order.state {
        OrderState::Sending | OrderState::Unsure => {
            step_order(&mut order, &OrderEvent::NotNow, now)?;
            true
        }
        OrderState::Waiting => true,
        OrderState::Cancelled(CancelledBy::Person)
        | OrderState::Held(_)
        | OrderState::Refused(_)
        | OrderState::Sent
        | OrderState::Planned
        | OrderState::Dispatched
        | OrderState::Delivered
        | OrderState::Processed
        | OrderState::Cancelled(CancelledBy::Linnworks)
        | OrderState::Attention(..) => false,
    };
    order.contact = match order.contact {
        Contact::None | Contact::Known | Contact::Unanswered => Contact::None,
        Contact::Seen => Contact::Seen,
    };
    if waits {
        changes.happened(&order, Event::Looked(WHY.to_owned()));
    }
    changes.put_order(order);
    Ok(waits)
}
