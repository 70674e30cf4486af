//! Reads of shipments in Stream: which are due, and what they mean for the order. The only place where a
//! run, a day, a place or a delivery becomes part of an order.
//!
//! - `found`: what a shipment that is there means

mod found;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{FlowError, marks, quarantine, readable, step_job, step_order};
use crate::domain::answer::{Failure, Found};
use crate::domain::event::Event;
use crate::domain::ids::{Generation, OrderId, OrderNumber, StreamOrderNo, WebhookId};
use crate::domain::job::{Class, JobEvent, JobState, Task, backoff};
use crate::domain::order::{Cause, Haste, NextRead, Order, OrderEvent, OrderState, StateWord};
use crate::domain::plan::Arrival;
use crate::domain::rules::Rules;
use crate::domain::time::{Delay, Moment, Now};
use crate::domain::trail::{Trail, Width};
use crate::domain::webhook::WebhookState;
use crate::store::{Change, Changes, Store, StoreError, View};

/// Orders on runs of today and tomorrow are read at least this often.
const NEAR_MAX: Delay = Delay::mins(5);

/// Orders of one line looked at for one that nobody reads just now.
const SCAN_MAX: usize = 64;

/// Stream says that a shipment is not there: it is looked at once more after this before anything
/// follows, because its reads may lag behind its writes.
const ABSENT_AGAIN: Delay = Delay::secs(30);

/// Wait after Stream refused a read.
const REFUSED_AGAIN: Delay = Delay::mins(5);

/// Who is being read at this moment, so that two readers never read the same order: the answer of the
/// earlier read could then come last.
#[derive(Debug, Default)]
pub struct Busy(Mutex<BTreeMap<OrderId, Moment>>);

/// A reader that has held an order for so long has vanished: no call lasts longer.
const BUSY_MAX: Delay = Delay::mins(5);

impl Busy {
    fn take(&self, id: OrderId, now: Moment) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.get(&id).is_some_and(|since| now.since(*since) < BUSY_MAX) {
            return false;
        }
        held.insert(id, now);
        true
    }

    /// The read is over.
    pub fn release(&self, id: OrderId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

/// A read that is to be made.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Whose.
    pub order: OrderId,
    /// For people.
    pub number: OrderNumber,
    /// Which shipment.
    pub generation: Generation,
    /// What Stream is asked for.
    pub order_no: StreamOrderNo,
    /// Which line it stood in.
    pub haste: Haste,
    /// The status word it had last, where the short status may say that nothing changed.
    pub status: Option<String>,
    /// Under which numbers it is looked for when it is not there any more: our records may be older than
    /// what happened, and it may have been sent anew since.
    pub later: Option<Trail>,
    hinted: u32,
    webhooks: Vec<WebhookId>,
}

impl Reading {
    /// The same, of the whole order: the short status says that something changed.
    #[must_use]
    pub fn whole(self) -> Self {
        Self { status: None, ..self }
    }
}

/// What a read saw.
#[derive(Clone, Debug)]
pub enum Seen {
    /// The short status says what it said before.
    Same,
    /// It is there.
    Found(Box<Found>),
    /// Stream says that it is not there.
    Absent,
    /// It is over, and the order lives under a later number.
    Moved(Generation, Box<Found>),
}

impl Seen {
    /// Whether the shipment itself is over.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Found(found) => found.arrival() == Arrival::Cancelled,
            Self::Absent => true,
            Self::Same | Self::Moved(..) => false,
        }
    }
}

/// Takes the next read that is due: what was asked for first, then the runs of today and tomorrow, then
/// the rest, which give way to creates.
///
/// # Errors
/// [`FlowError`]; nothing was taken.
pub fn claim(store: &Store, now: Now, busy: &Busy) -> Result<Option<Reading>, FlowError> {
    Ok(store.read(|view| {
        let work = others_wait(view, now)?;
        for haste in Haste::ALL {
            if work && haste >= Haste::Planned {
                break;
            }
            for id in view.reads_due(haste, now.mono, SCAN_MAX)? {
                if !busy.take(id, now.mono) {
                    continue;
                }
                match reading(view, id, haste, now) {
                    Ok(Some(reading)) => return Ok(Some(reading)),
                    Ok(None) => busy.release(id),
                    Err(error) => {
                        busy.release(id);
                        return Err(error);
                    }
                }
            }
        }
        Ok(None)
    })?)
}

/// Whether orders are on their way to Stream, or something there is to be settled: the pace of calls is
/// theirs then.
fn others_wait(view: &View<'_>, now: Now) -> Result<bool, StoreError> {
    for class in [Class::Look, Class::Amend] {
        if view.next_due(class)?.is_some_and(|due| due <= now.mono) {
            return Ok(true);
        }
    }
    if view.paused()?.is_some() {
        return Ok(false);
    }
    let any = |word| Ok::<_, StoreError>(!view.orders_in(word, None, 1)?.is_empty());
    Ok(any(StateWord::Waiting)? || any(StateWord::Sending)?)
}

fn reading(
    view: &View<'_>,
    id: OrderId,
    haste: Haste,
    now: Now,
) -> Result<Option<Reading>, StoreError> {
    let Some(order) = readable(view.order(id))? else { return Ok(None) };
    let short = haste == Haste::Rest && order.standing.absent_since.is_none();
    let status = Some(order.standing.status.clone()).filter(|word| short && !word.is_empty());
    Ok(Some(Reading {
        order: id,
        number: order.number,
        generation: order.generation,
        order_no: order.stream_no(),
        haste,
        status,
        later: quarantine::on(view, &order, now)?
            .map(|_| Trail::new(order.number, order.generation.next(), Width::Several)),
        hinted: order.hinted,
        webhooks: view.hints_of(id)?,
    }))
}

/// Whether anything that was asked for is still to be read.
pub(super) fn awaited(view: &View<'_>, now: Now) -> Result<bool, StoreError> {
    Ok(view
        .next_read(Haste::Asked)?
        .is_some_and(|due| due <= now.mono.after(super::inbox::COALESCE)))
}

/// What was found of a shipment that was adopted just now: how far it has come, and where it is planned.
pub(super) fn learn(
    view: &View<'_>,
    order: &mut Order,
    found: &Found,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    found::apply(view, order, found, now, rules, changes)?;
    order.standing.read_at = Some(now.wall);
    order.next_read = next_read(order, rules, now);
    Ok(())
}

/// Writes what a read saw. Answers whether the order changed.
///
/// # Errors
/// [`FlowError`]; nothing was written, the read is made again.
pub fn settle(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    reading: Reading,
    seen: Result<Seen, Failure>,
    random: u64,
) -> Result<bool, FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let Some(before) = readable(view.order(reading.order))? else {
            return Ok((changes, false));
        };
        let mut order = before.clone();
        if !is_followed(&order) {
            order.next_read = None;
        }
        if order.generation != reading.generation || !is_followed(&order) {
            // Over, taken back or sent anew meanwhile: what was seen is of no use any more.
            answer_hints(view, &reading, &seen, &mut changes)?;
            changes.put_order(order);
            return Ok((changes, false));
        }
        let again = order.hinted != reading.hinted;
        match &seen {
            Err(failure) => failed(&mut order, failure, &reading, now, random),
            Ok(seen) => {
                match seen {
                    Seen::Same => order.standing.absent_since = None,
                    Seen::Found(found) => {
                        found::apply(view, &mut order, found, now, &rules, &mut changes)?;
                    }
                    Seen::Absent => absent(view, &mut order, now, &rules, &mut changes)?,
                    Seen::Moved(generation, found) => {
                        let moved = (*generation, &**found);
                        found::moved(view, &mut order, moved, now, &rules, &mut changes)?;
                    }
                }
                if order.shipped.is_some() {
                    order.standing.read_at = Some(now.wall);
                }
                // What was asked for since the read began is read once more.
                let read_once_more = again && order.shipped.is_some();
                if !read_once_more && order.standing.absent_since.is_none() {
                    order.next_read = next_read(&order, &rules, now);
                }
            }
        }
        if !again && (seen.is_ok() || matches!(seen, Err(Failure::No(_)))) {
            answer_hints(view, &reading, &seen, &mut changes)?;
        }
        let changed = differs(&before, &order);
        if changed {
            order.updated_at = now.wall;
            marks::ensure(view, &mut order, &rules, now, &mut changes)?;
        }
        changes.put_order(order);
        Ok::<_, FlowError>((changes, changed))
    })?)
}

/// Whether anything but the time of reading changed.
fn differs(before: &Order, after: &Order) -> bool {
    let bare = |order: &Order| {
        let mut order = order.clone();
        order.standing.read_at = None;
        order.next_read = None;
        order
    };
    bare(before) != bare(after)
}

/// Whether what Stream says of its shipment still matters.
fn is_followed(order: &Order) -> bool {
    let state = match &order.state {
        OrderState::Attention(cause, _) => {
            matches!(cause, Cause::Delivery | Cause::Processing | Cause::Gone)
        }
        state => state.stage().is_some(),
    };
    state && order.shipped.is_some()
}

/// A read that could not be written for a reason of its own order is made again later, so that it holds up
/// no other.
///
/// # Errors
/// [`FlowError`]; nothing was written.
pub fn put_off(store: &Store, now: Now, reading: &Reading) -> Result<(), FlowError> {
    let id = reading.order;
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        if let Some(mut order) = readable(view.order(id))? {
            let due = now.mono.after(REFUSED_AGAIN);
            order.next_read = Some(NextRead { haste: Haste::Rest, due });
            changes.put_order(order);
        }
        Ok::<_, FlowError>((changes, ()))
    })?)
}

fn failed(order: &mut Order, failure: &Failure, reading: &Reading, now: Now, random: u64) {
    let wait = match failure {
        Failure::NotBefore(moment) => moment.since(now.mono),
        Failure::Throttled { retry_after } => retry_after.unwrap_or(Delay::secs(60)),
        Failure::No(_) => REFUSED_AGAIN,
        Failure::Unauthorised { .. } | Failure::Down { .. } | Failure::Unknown { .. } => {
            backoff(3, random)
        }
    };
    let haste = match failure {
        // It would stand before all others for ever.
        Failure::No(_) => Haste::Rest,
        Failure::NotBefore(_)
        | Failure::Throttled { .. }
        | Failure::Unauthorised { .. }
        | Failure::Down { .. }
        | Failure::Unknown { .. } => reading.haste,
    };
    order.next_read = Some(NextRead { haste, due: now.mono.after(wait) });
}

/// When a shipment is read next if nobody asks for it.
pub fn next_read(order: &Order, rules: &Rules, now: Now) -> Option<NextRead> {
    order.shipped.as_ref()?;
    let (haste, wait) = match &order.state {
        OrderState::Sent
        | OrderState::Attention(..)
        | OrderState::Planned
        | OrderState::Dispatched => match &order.standing.plan {
            None => (Haste::Rest, rules.sweep_interval),
            Some(plan) => {
                let tomorrow = rules.shipping.zone.day(now.wall).next();
                if plan.day.is_none_or(|day| day <= tomorrow) {
                    (Haste::Near, rules.sweep_interval.min(NEAR_MAX))
                } else {
                    (Haste::Planned, rules.sweep_interval)
                }
            }
        },
        // Delivered and over: nothing of it changes any more.
        OrderState::Delivered
        | OrderState::Held(_)
        | OrderState::Waiting
        | OrderState::Sending
        | OrderState::Unsure
        | OrderState::Refused(_)
        | OrderState::Processed
        | OrderState::Cancelled(_) => return None,
    };
    Some(NextRead { haste, due: now.mono.after(wait) })
}

/// Stream says that it is not there. Said twice, half a minute apart, it is believed.
fn absent(
    view: &View<'_>,
    order: &mut Order,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let since = *order.standing.absent_since.get_or_insert(now.mono);
    if now.mono.since(since) < ABSENT_AGAIN {
        let due = since.after(ABSENT_AGAIN);
        order.next_read = Some(NextRead { haste: Haste::Near, due });
        return Ok(());
    }
    deleted(view, order, "was deleted in Stream by somebody", now, rules, changes)
}

/// Somebody took the shipment away in Stream.
fn deleted(
    view: &View<'_>,
    order: &mut Order,
    what: &str,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    withdraw_all(view, order.id, "its shipment is no longer in Stream", now, rules, changes)?;
    order.lose_shipment();
    let gone = matches!(order.state, OrderState::Attention(Cause::Gone, _));
    if gone {
        // It is gone on both sides.
        step_order(order, &OrderEvent::Cancel(crate::domain::order::CancelledBy::Linnworks), now)?;
        changes.happened(order, Event::Cancelled(format!("the order {what}")));
        return Ok(());
    }
    let text = format!(
        "the order {what}. If it is to be delivered after all, run: linnstream resend {}",
        order.number
    );
    changes.happened(order, Event::Attention(text.clone()));
    step_order(order, &OrderEvent::Attend(Cause::Deleted, text), now)
}

/// Nothing that waits for an order goes on: its shipment is over.
pub(super) fn withdraw_all(
    view: &View<'_>,
    order: OrderId,
    why: &str,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    for mut job in view.jobs_of(order)? {
        let concerns = match &job.task {
            Task::Tracking { .. }
            | Task::Process { .. }
            | Task::Cancel { .. }
            | Task::Change { .. } => true,
            Task::Create { .. } | Task::Identifiers | Task::Note { .. } => false,
        };
        let rests = matches!(job.state, JobState::Waiting { .. } | JobState::Parked { .. });
        if concerns && rests {
            step_job(&mut job, &JobEvent::Withdrawn(why.to_owned()), now, &rules.settle)?;
            changes.put_job(job);
        }
    }
    Ok(())
}

/// Notifications whose reads are made are done.
fn answer_hints(
    view: &View<'_>,
    reading: &Reading,
    seen: &Result<Seen, Failure>,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    for id in &reading.webhooks {
        changes.push(Change::Hinted(reading.order, *id));
        let Some(mut webhook) = readable(view.webhook(*id))? else { continue };
        webhook.left = webhook.left.saturating_sub(1);
        if webhook.state != WebhookState::Asked {
            changes.push(Change::PutWebhook(Box::new(webhook)));
            continue;
        }
        match seen {
            Err(failure) => {
                webhook.state = WebhookState::Failed;
                webhook.detail = format!("order {} could not be read: {failure}", reading.number);
            }
            Ok(_) if webhook.left == 0 => webhook.state = WebhookState::Done,
            Ok(_) => {}
        }
        changes.push(Change::PutWebhook(Box::new(webhook)));
    }
    Ok(())
}
