//! A packer cancels a label: its shipment is taken back in Stream, or a true reason is given why not.

use std::sync::Arc;

use super::words;
use crate::domain::ids::OrderNumber;
use crate::domain::job::{End, JobKind, JobState, Task};
use crate::domain::order::{Order, OrderState, StateWord};
use crate::domain::rules::Rules;
use crate::domain::time::{Now, Timestamp};
use crate::flow::commands::{self, Acted};
use crate::flow::{FlowError, readable};
use crate::store::{Change, Changes, Store, StoreError, View};

/// How a cancellation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancelling {
    /// Look again after the next change.
    Pending,
    /// Nothing of it is in Stream.
    Done,
    /// It is not cancelled: why, as the packer reads it.
    No(String),
}

/// Asks for it. Repeating it is safe.
///
/// # Errors
/// [`FlowError`]; nothing was asked.
pub fn begin(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    number: OrderNumber,
) -> Result<Cancelling, FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let Some(order) = view.order_by_number(number)? else {
            return Ok((changes, Cancelling::No(unknown(number))));
        };
        let cancelling = begin_one(view, &order, &rules, now, &mut changes)?;
        Ok::<_, FlowError>((changes, cancelling))
    })?)
}

fn begin_one(
    view: &View<'_>,
    order: &Order,
    rules: &Rules,
    now: Now,
    changes: &mut Changes,
) -> Result<Cancelling, FlowError> {
    // Whoever waits for its label waits no longer.
    changes.push(Change::ForgetDemand(order.number));
    if super::is_dry(rules) {
        let text = "This is a dry run: nothing is changed in Stream.";
        return Ok(Cancelling::No(text.to_owned()));
    }
    if order.shipped.is_none() {
        return Ok(match &order.state {
            OrderState::Sending | OrderState::Unsure => Cancelling::Pending,
            OrderState::Attention(_, why) => Cancelling::No(words::needs_person(order.number, why)),
            _ => Cancelling::Done,
        });
    }
    if under_way(view, order)? {
        return Ok(Cancelling::Pending);
    }
    let by = "a packer in Linnworks";
    match commands::cancel_one(view, order, rules, now, by, true, changes)? {
        Acted::Done(_) | Acted::Queued(_) => Ok(Cancelling::Pending),
        Acted::Refused(why) => Ok(Cancelling::No(format!(
            "The label of order {} is not cancelled: {why}.",
            order.number
        ))),
    }
}

/// Somebody takes it back already.
fn under_way(view: &View<'_>, order: &Order) -> Result<bool, StoreError> {
    let key = u64::from(order.generation.0);
    let Some(id) = view.live_job(order.id, JobKind::Cancel, key)? else { return Ok(false) };
    Ok(readable(view.job(id))?.is_some_and(|job| !matches!(job.state, JobState::Parked { .. })))
}

/// How it stands now; `since`: when it was asked for. When what was on its way to Stream has arrived meanwhile, it is asked for again.
///
/// # Errors
/// [`FlowError`].
pub fn poll(
    store: &Store,
    now: Now,
    rules: &Arc<Rules>,
    number: OrderNumber,
    since: Timestamp,
) -> Result<Cancelling, FlowError> {
    let found = store.read(move |view| {
        let Some(order) = view.order_by_number(number)? else {
            return Ok(Some(Cancelling::No(unknown(number))));
        };
        if order.shipped.is_none() {
            return Ok(Some(match &order.state {
                OrderState::Sending | OrderState::Unsure => Cancelling::Pending,
                OrderState::Attention(_, why) => Cancelling::No(words::needs_person(number, why)),
                _ => Cancelling::Done,
            }));
        }
        Ok(under_way(view, &order)?.then_some(Cancelling::Pending))
    })?;
    match found {
        Some(cancelling) => Ok(cancelling),
        // The shipment is there and nobody takes it back: it arrived just now, or taking it back was refused.
        None => refused_or_again(store, now, rules, number, since),
    }
}

fn refused_or_again(
    store: &Store,
    now: Now,
    rules: &Arc<Rules>,
    number: OrderNumber,
    since: Timestamp,
) -> Result<Cancelling, FlowError> {
    let refused = store.read(move |view| {
        let Some(order) = view.order_by_number(number)? else { return Ok(None) };
        let mut why = None;
        for job in view.jobs_of(order.id)? {
            if let (Task::Cancel { .. }, JobState::Done { at, end: End::Withdrawn(text) }) =
                (&job.task, &job.state)
                && *at >= since
            {
                why = Some(format!("The label of order {number} is not cancelled: {text}."));
            }
        }
        Ok(why)
    })?;
    match refused {
        Some(why) => Ok(Cancelling::No(why)),
        None => begin(store, now, Arc::clone(rules), number),
    }
}

/// Orders looked through for a reference: all that are with Stream and not over.
const LOOKED_AT_MAX: usize = 20_000;

/// The order with a live shipment and this channel reference; `None` also when there are several.
///
/// # Errors
/// When the store cannot be read.
pub fn by_reference(store: &Store, reference: String) -> Result<Option<OrderNumber>, FlowError> {
    if reference.is_empty() {
        return Ok(None);
    }
    Ok(store.read(move |view| {
        let mut found = Vec::new();
        for word in
            [StateWord::Sent, StateWord::Planned, StateWord::Dispatched, StateWord::Attention]
        {
            for id in view.orders_in(word, None, LOOKED_AT_MAX)? {
                let order = readable(view.order(id))?;
                found.extend(order.filter(|o| o.reference == reference).map(|o| o.number));
            }
        }
        Ok(if let [only] = found[..] { Some(only) } else { None })
    })?)
}

/// The wait is over and it is not done.
pub fn overdue(number: OrderNumber) -> String {
    format!(
        "The label of order {number} is not cancelled yet: Stream has not confirmed it. The work goes on; look again \
         in a minute."
    )
}

fn unknown(number: OrderNumber) -> String {
    format!("Order {number} has no label from this integration, so there is nothing to cancel.")
}
