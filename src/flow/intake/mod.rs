//! Orders read from Linnworks are judged and their jobs made, a page in one transaction.
//!
//! Two paths lead here: the poller with what it found, and the reading again just before an order
//! is sent. Both judge alike.
//!
//! - `demanded`: an order whose label a packer waits for
//! - `changes`: what changed of an order that Stream has
//! - `verdict`: what a verdict does to an order

mod changes;
mod demanded;
mod verdict;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use demanded::accept_demanded;

use super::marks;
use super::{FlowError, step_order};
use crate::domain::decide::Known;
use crate::domain::event::Event;
use crate::domain::ids::{Fingerprint, OrderId, Tag};
use crate::domain::job::{Class, JobState, Task};
use crate::domain::order::{
    CancelledBy, Cause, HeldReason, Order, OrderEvent, OrderState, Refusal, RefusedBy,
};
use crate::domain::rules::{Mode, Rules};
use crate::domain::source::{SourceOrder, Unreadable};
use crate::domain::tags::TagTable;
use crate::domain::time::{Delay, Moment, Now, Timestamp};
use crate::store::{Changes, Store, StoreError, View};

/// Creates kept ready with a shipment built from a fresh read. More would grow stale before their
/// turn: at two a second a hundred last fifty seconds.
pub const PREPARED_MAX: usize = 100;

/// What a page of reading did, for the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Orders seen for the first time.
    pub found: usize,
    /// Orders that were changed in our records.
    pub changed: usize,
}

/// One order of a page, and what is known of it.
#[derive(Clone, Debug)]
enum Seen {
    Open(Box<SourceOrder>),
    Unreadable(Unreadable),
    /// Not open any more, or not there; `true`: processed.
    Closed(OrderId, bool),
}

/// Takes in a page of orders that are open.
///
/// # Errors
/// [`FlowError`]; the page is to be taken in again.
pub fn accept(
    store: &Store,
    now: Now,
    rules: &Arc<Rules>,
    orders: Vec<SourceOrder>,
    unreadable: Vec<Unreadable>,
) -> Result<Taken, FlowError> {
    let open = orders.into_iter().map(|order| Seen::Open(Box::new(order)));
    take_in(store, now, rules, open.chain(unreadable.into_iter().map(Seen::Unreadable)).collect())
}

/// Takes in what became of orders that are no longer listed as open. `read` is what Linnworks
/// shows of them, open or not; an asked order that is not among them does not exist any more.
///
/// # Errors
/// [`FlowError`]; the page is to be taken in again.
pub fn accept_gone(
    store: &Store,
    now: Now,
    rules: &Arc<Rules>,
    asked: Vec<OrderId>,
    read: Vec<SourceOrder>,
) -> Result<Taken, FlowError> {
    let seen = |id: OrderId| match read.iter().find(|source| source.id == id) {
        Some(source) if !source.processed => Seen::Open(Box::new(source.clone())),
        Some(source) => Seen::Closed(id, !source.hold_or_cancel),
        None => Seen::Closed(id, false),
    };
    take_in(store, now, rules, asked.into_iter().map(seen).collect())
}

/// A page in one transaction; when an order of it cannot be taken in, each in one of its own, so
/// that the one delays no other.
fn take_in(
    store: &Store,
    now: Now,
    rules: &Arc<Rules>,
    page: Vec<Seen>,
) -> Result<Taken, FlowError> {
    match in_one(store, now, rules, page.clone()) {
        Err(error) if is_about_an_order(&error) => {}
        outcome => return outcome,
    }
    let mut sum = Taken::default();
    for seen in page {
        let name = match &seen {
            Seen::Open(source) => source.number.to_string(),
            Seen::Unreadable(bad) => bad.id.to_string(),
            Seen::Closed(id, _) => id.to_string(),
        };
        match in_one(store, now, rules, vec![seen]) {
            Ok(taken) => {
                sum.found += taken.found;
                sum.changed += taken.changed;
            }
            Err(error) if is_about_an_order(&error) => {
                log::error!("order {name} cannot be taken in and is left alone: {error}");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(sum)
}

/// Whether another order of the page may do better.
fn is_about_an_order(error: &FlowError) -> bool {
    match error {
        FlowError::Job(_) | FlowError::Order(_) => true,
        FlowError::Store(error) => {
            matches!(
                error,
                StoreError::Invariant(_) | StoreError::Damaged { .. } | StoreError::Panicked
            )
        }
        FlowError::Busy => false,
    }
}

fn in_one(
    store: &Store,
    now: Now,
    rules: &Arc<Rules>,
    page: Vec<Seen>,
) -> Result<Taken, FlowError> {
    let rules = Arc::clone(rules);
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let mut taken = Taken::default();
        let desk = Desk::open(view, &rules, now)?;
        for seen in &page {
            match seen {
                Seen::Open(source) => desk.accept(source, false, &mut changes, &mut taken)?,
                Seen::Unreadable(bad) => desk.accept_unreadable(bad, &mut changes, &mut taken)?,
                Seen::Closed(id, processed) => {
                    desk.closed(*id, *processed, &mut changes, &mut taken)?
                }
            }
        }
        Ok::<_, FlowError>((changes, taken))
    })?)
}

/// What one page of decisions shares.
struct Desk<'a, 'b> {
    view: &'a View<'b>,
    rules: &'a Rules,
    now: Now,
    known: Known,
    table: TagTable,
    /// Received before this: looked up before anything, because of a predecessor, because the database
    /// may know less than was sent, or because it may have been removed by age.
    inherited_before: Option<Timestamp>,
    /// Looks are not made before this: what went out just before the database was restored may come late.
    look_from: Moment,
    room: std::cell::Cell<usize>,
}

impl<'a, 'b> Desk<'a, 'b> {
    fn open(view: &'a View<'b>, rules: &'a Rules, now: Now) -> Result<Self, FlowError> {
        let known = view.known()?;
        let quarantine = view.quarantine()?;
        let settles = rules.settle.longest().0;
        let late = quarantine.map_or(0, |at| settles.saturating_sub(now.wall.since(at).0));
        let inherited_before = view
            .installed()?
            .filter(|installed| installed.predecessor == Some(true))
            .map(|installed| installed.at)
            .max(quarantine)
            .max(view.purge()?.map(|purge| purge.forgotten));
        let ready = view.due(Class::Create, Moment(u64::MAX), PREPARED_MAX)?.len();
        let room = std::cell::Cell::new(PREPARED_MAX.saturating_sub(ready));
        let look_from = now.mono.after(Delay(late));
        Ok(Self { view, rules, now, known, table: view.tags()?, inherited_before, look_from, room })
    }

    /// Whether this order may go to Stream: as all do, or because a packer waits for its label.
    fn sends(&self, order: &Order) -> bool {
        match self.rules.mode {
            Mode::On => true,
            Mode::Off => order.demanded,
            Mode::DryRun => false,
        }
    }

    /// `demanded`: a packer has just asked for its label.
    fn accept(
        &self,
        source: &SourceOrder,
        demanded: bool,
        changes: &mut Changes,
        taken: &mut Taken,
    ) -> Result<(), FlowError> {
        let content = source.content();
        let before = self.view.order(source.id)?;
        let mut order = match &before {
            Some(order) => order.clone(),
            None => self.new_order(source, content, changes),
        };
        let is_new = before.is_none();
        if order.content != content {
            changes.happened(&order, Event::Changed);
        }
        self.refresh(&mut order, source, content);
        if demanded {
            self.demand(&mut order, changes)?;
        }
        match &order.state {
            OrderState::Sending
            | OrderState::Unsure
            | OrderState::Cancelled(CancelledBy::Person)
            | OrderState::Attention(Cause::Create | Cause::Deleted, _) => {}
            OrderState::Attention(Cause::Gone, _) => self.reopen(&mut order, changes)?,
            OrderState::Processed if order.shipped.is_some() => self.reopen(&mut order, changes)?,
            OrderState::Sent
            | OrderState::Planned
            | OrderState::Dispatched
            | OrderState::Delivered
            | OrderState::Attention(Cause::Delivery | Cause::Processing, _) => {
                let edited = before.as_ref().is_some_and(|before| before.content != content);
                self.follow(&mut order, source, edited, changes)?;
            }
            OrderState::Held(_)
            | OrderState::Waiting
            | OrderState::Refused(_)
            | OrderState::Processed
            | OrderState::Cancelled(CancelledBy::Linnworks) => {
                self.judge(&mut order, source, is_new, demanded, changes)?
            }
        }
        order.demanded &= order.shipped.is_none();
        marks::ensure(self.view, &mut order, self.rules, self.now, changes)?;
        taken.found += usize::from(is_new);
        if before.as_ref() != Some(&order) {
            taken.changed += usize::from(!is_new);
            changes.put_order(order);
        }
        Ok(())
    }

    fn new_order(
        &self,
        source: &SourceOrder,
        content: Fingerprint,
        changes: &mut Changes,
    ) -> Order {
        let order = Order {
            reference: source.reference.clone(),
            service: source.shipping.service.clone(),
            location: source.location,
            received: source.received,
            content,
            ..Order::unknown(source.id, source.number, self.now.wall)
        };
        changes.happened(&order, Event::Found { service: order.service.clone() });
        order
    }

    fn refresh(&self, order: &mut Order, source: &SourceOrder, content: Fingerprint) {
        order.reference.clone_from(&source.reference);
        order.service.clone_from(&source.shipping.service);
        order.location = source.location;
        order.received = source.received;
        order.postcode.clone_from(&source.address.postcode);
        order.content = content;
        order.tags = self.ours(&source.tags);
    }

    fn ours(&self, tags: &[Tag]) -> BTreeSet<Tag> {
        tags.iter().filter(|tag| self.table.is_ours(tag)).cloned().collect()
    }

    /// An order that is no longer open: processed, cancelled, merged or gone.
    fn closed(
        &self,
        id: OrderId,
        processed: bool,
        changes: &mut Changes,
        taken: &mut Taken,
    ) -> Result<(), FlowError> {
        let Some(mut order) = self.view.order(id)? else { return Ok(()) };
        match (&order.state, processed, order.shipped.is_some()) {
            // On the way to Stream: what became of it is learned first.
            (OrderState::Sending | OrderState::Unsure, _, _) => return Ok(()),
            (OrderState::Attention(Cause::Create | Cause::Deleted | Cause::Gone, _), false, _) => {
                return Ok(());
            }
            (_, true, _) => {
                self.withdraw_all(&order, "processed in Linnworks", changes)?;
                step_order(&mut order, &OrderEvent::Process, self.now)?;
                order.next_read = None;
                changes.happened(&order, Event::Processed);
            }
            (_, false, true) => {
                if !self.take_back(&mut order, changes)? {
                    return Ok(());
                }
            }
            (_, false, false) => {
                self.withdraw_all(&order, "no longer open in Linnworks", changes)?;
                let by = CancelledBy::Linnworks;
                step_order(&mut order, &OrderEvent::Cancel(by), self.now)?;
                order.tags.clear();
                order.demanded = false;
                let text = "cancelled, merged or split in Linnworks before it was sent";
                changes.happened(&order, Event::Cancelled(text.to_owned()));
            }
        }
        taken.changed += 1;
        changes.put_order(order);
        Ok(())
    }

    /// An order that is not open takes neither identifiers nor tracking any more; what a person was
    /// asked about it is over.
    fn withdraw_all(
        &self,
        order: &Order,
        why: &str,
        changes: &mut Changes,
    ) -> Result<(), FlowError> {
        for mut job in self.view.jobs_of(order.id)? {
            let over = match (&job.state, &job.task) {
                (JobState::Waiting { .. } | JobState::Parked { .. }, _)
                | (JobState::Reserved { .. }, Task::Create { .. }) => true,
                (
                    JobState::Reserved { .. },
                    Task::Tracking { .. }
                    | Task::Identifiers
                    | Task::Note { .. }
                    | Task::Process { .. }
                    | Task::Cancel { .. }
                    | Task::Change { .. },
                )
                | (JobState::Sending { .. } | JobState::Unsure { .. } | JobState::Done { .. }, _) => {
                    false
                }
            };
            if over {
                self.finish(&mut job, why)?;
                changes.put_job(job);
            }
        }
        Ok(())
    }

    fn accept_unreadable(
        &self,
        bad: &Unreadable,
        changes: &mut Changes,
        taken: &mut Taken,
    ) -> Result<(), FlowError> {
        let before = self.view.order(bad.id)?;
        let (mut order, is_new) = match (before, bad.number) {
            (Some(order), _) => (order, false),
            (None, Some(number)) => (Order::unknown(bad.id, number, self.now.wall), true),
            (None, None) => {
                changes.daemon(Event::Unreadable(format!("order {}: {}", bad.id, bad.what)));
                return Ok(());
            }
        };
        let at_rest = matches!(
            order.state,
            OrderState::Held(_) | OrderState::Waiting | OrderState::Refused(_)
        );
        if !at_rest {
            return Ok(());
        }
        let before = (!is_new).then(|| order.clone());
        if self.rules.mode == Mode::Off {
            self.hold(&mut order, HeldReason::SyncOff, is_new, changes)?;
        } else {
            let reasons = vec![format!(
                "the order could not be read from Linnworks: {}. Correct it there",
                bad.what
            )];
            self.refuse(&mut order, Refusal { by: RefusedBy::Us, reasons }, is_new, changes)?;
        }
        marks::ensure(self.view, &mut order, self.rules, self.now, changes)?;
        taken.found += usize::from(is_new);
        if before.as_ref() != Some(&order) {
            changes.put_order(order);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
