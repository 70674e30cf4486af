//! What is old goes: orders that are over, notifications, labels, manifests; in small steps, and at most one
//! day's worth a day.
//!
//! A day of removing begins with how far it may go, on disk before anything is removed: from the oldest that
//! is left on, a day further, and never to what is younger than it is to be kept. So a wall clock that jumps
//! ahead by a year takes one day with it and no more, however often the program is started.
//!
//! An order that is listed as open in Linnworks is never removed. One that is, and is opened there again
//! later, is unknown then: an unknown order received up to the last one removed is looked for in Stream before
//! anything of it is sent.

use std::collections::BTreeSet;

use super::{FlowError, readable};
use crate::domain::ids::{OrderId, WebhookId};
use crate::domain::job::JobWord;
use crate::domain::order::Order;
use crate::domain::time::{Delay, Now, Timestamp};
use crate::store::{Aged, Change, Changes, Purge, Setting, Store, StoreError, View};

/// Length of a day of removing.
const DAY: Delay = Delay::mins(24 * 60);

/// What is far behind is caught up with by so many days' worth a day, once the clock is trusted.
const CATCH_UP: u64 = 7;

/// Orders or labels removed in one transaction: each order has some sixty records.
const ORDERS_MAX: usize = 20;

/// Notifications removed in one transaction.
const WEBHOOKS_MAX: usize = 100;

/// Manifests looked at in one step; each has the rows of a day.
const MANIFESTS_MAX: usize = 5;

/// How long what is kept.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Orders that are over, and manifests.
    pub orders: Delay,
    /// Notifications.
    pub webhooks: Delay,
    /// Labels.
    pub labels: Delay,
}

/// How the clock was seen to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The program has just been started: it may have been off, or the clock may have jumped.
    Started,
    /// It runs.
    Running,
    /// For a week the wall clock has gone as time has: what it says is old, is.
    Steady,
}

/// How far a day of removing has come.
#[derive(Clone, Debug, Default)]
pub struct Place {
    orders: Option<Aged>,
    labels: Option<Aged>,
    webhooks: Option<WebhookId>,
    manifests: Option<String>,
    done: [bool; 4],
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stepped {
    /// It looked at some and removed so many.
    Removed(usize),
    /// Nothing is left for today.
    Nothing,
}

/// What may be removed until tomorrow; begins a new day when the last one is over.
///
/// # Errors
/// [`FlowError`]; nothing may be removed.
pub fn today(store: &Store, now: Now, kept: Kept, trust: Trust) -> Result<Purge, FlowError> {
    let before = store.read(|view| view.purge())?;
    if let Some(before) = before.filter(|before| !is_over(before, now, trust)) {
        return Ok(before);
    }
    let days = if trust == Trust::Steady { CATCH_UP } else { 1 };
    let begun = store.read(|view| begin(view, before, now, kept, Delay(DAY.0 * days)))?;
    Ok(store.write(now, move |_| {
        let mut changes = Changes::new();
        changes.set(Setting::Purge(begun));
        Ok::<_, FlowError>((changes, begun))
    })?)
}

/// A machine that is off at night never counts a whole day: there the wall clock is asked, once a start.
fn is_over(before: &Purge, now: Now, trust: Trust) -> bool {
    let waited = now.mono.since(before.began.mono) >= DAY;
    waited || (trust == Trust::Started && now.wall.since(before.began.wall) >= DAY)
}

fn begin(
    view: &View<'_>,
    before: Option<Purge>,
    now: Now,
    kept: Kept,
    further: Delay,
) -> Result<Purge, StoreError> {
    let until = |keep: Delay, from: Timestamp, first: Option<Timestamp>| {
        let kept_from = back(now.wall, keep);
        first.map_or(from, |first| first.max(from).after(further)).min(kept_from)
    };
    let from = |of: fn(&Purge) -> Timestamp| before.as_ref().map_or(Timestamp(0), of);
    let (orders, labels) = (from(|p| p.orders), from(|p| p.labels));
    let (webhooks, manifests) = (from(|p| p.webhooks), from(|p| p.manifests));
    let first_webhook = {
        let after = u64::try_from(webhooks.0).unwrap_or(0).checked_sub(1).map(WebhookId);
        let id = view.webhooks(after, 1)?.first().copied();
        id.map(|id| Timestamp(i64::try_from(id.0).unwrap_or(i64::MAX)))
    };
    let first_manifest = view.manifests(None, 1)?.first().map(|manifest| manifest.at);
    Ok(Purge {
        began: now,
        orders: until(kept.orders, orders, view.first_closed(orders)?),
        webhooks: until(kept.webhooks, webhooks, first_webhook),
        labels: until(kept.labels, labels, view.first_label(labels)?),
        manifests: until(kept.orders, manifests, first_manifest),
        forgotten: from(|p| p.forgotten),
    })
}

fn back(at: Timestamp, by: Delay) -> Timestamp {
    Timestamp(at.0.saturating_sub(i64::try_from(by.0).unwrap_or(i64::MAX)).max(0))
}

/// Removes some of what may go today. `open`: the orders that Linnworks lists as open; until they are known,
/// no order is removed.
///
/// # Errors
/// [`FlowError`]; nothing was removed.
pub fn step(
    store: &Store,
    now: Now,
    purge: &Purge,
    open: Option<&BTreeSet<OrderId>>,
    place: &mut Place,
) -> Result<Stepped, FlowError> {
    if !place.done[0] {
        return webhooks(store, now, purge, place);
    }
    if !place.done[1] {
        return labels(store, now, purge, place);
    }
    if !place.done[2] {
        return manifests(store, now, purge, place);
    }
    match open {
        Some(open) if !place.done[3] => orders(store, now, purge, open, place),
        Some(_) | None => Ok(Stepped::Nothing),
    }
}

fn webhooks(
    store: &Store,
    now: Now,
    purge: &Purge,
    place: &mut Place,
) -> Result<Stepped, FlowError> {
    let before = purge.webhooks;
    let first = u64::try_from(before.0).unwrap_or(0);
    let (last, full, old) = store.read(|view| {
        let page = view.webhooks(place.webhooks, WEBHOOKS_MAX)?;
        let mut old = Vec::new();
        // Their ids are the times they came first, so none after is older.
        for id in page.iter().filter(|id| id.0 < first) {
            let is_old = readable(view.webhook(*id))?.is_some_and(|w| w.last_at < before);
            old.extend(is_old.then_some(*id));
        }
        let full = page.len() == WEBHOOKS_MAX && page.last().is_some_and(|id| id.0 < first);
        Ok((page.last().copied(), full, old))
    })?;
    let removed = write(store, now, old.into_iter().map(Change::ForgetWebhook).collect())?;
    place.webhooks = last;
    place.done[0] = !full;
    Ok(Stepped::Removed(removed))
}

fn labels(store: &Store, now: Now, purge: &Purge, place: &mut Place) -> Result<Stepped, FlowError> {
    let after = place.labels;
    let page = store.read(|view| view.labels_before(purge.labels, after, ORDERS_MAX))?;
    let gone = page.iter().map(|(_, order)| Change::ForgetLabels(*order)).collect();
    let removed = write(store, now, gone)?;
    place.done[1] = page.len() < ORDERS_MAX;
    place.labels = page.last().copied().or(after);
    Ok(Stepped::Removed(removed))
}

fn manifests(
    store: &Store,
    now: Now,
    purge: &Purge,
    place: &mut Place,
) -> Result<Stepped, FlowError> {
    let after = place.manifests.clone();
    let page = store.read(|view| view.manifests(after.as_deref(), MANIFESTS_MAX))?;
    let old = page.iter().filter(|manifest| manifest.at < purge.manifests);
    let gone: Vec<Change> =
        old.map(|manifest| Change::ForgetManifest(manifest.reference.clone())).collect();
    // Their references rise with the days: after one that stays, all do.
    place.done[2] = page.len() < MANIFESTS_MAX || gone.is_empty();
    place.manifests = page.last().map(|manifest| manifest.reference.clone()).or(after);
    Ok(Stepped::Removed(write(store, now, gone)?))
}

fn write(store: &Store, now: Now, gone: Vec<Change>) -> Result<usize, FlowError> {
    if gone.is_empty() {
        return Ok(0);
    }
    Ok(store.write(now, move |_| {
        let mut changes = Changes::new();
        let count = gone.len();
        gone.into_iter().for_each(|change| changes.push(change));
        Ok::<_, FlowError>((changes, count))
    })?)
}

fn orders(
    store: &Store,
    now: Now,
    purge: &Purge,
    open: &BTreeSet<OrderId>,
    place: &mut Place,
) -> Result<Stepped, FlowError> {
    let after = place.orders;
    let page = store.read(|view| view.closed_before(purge.orders, after, ORDERS_MAX))?;
    let before = purge.orders;
    let ids: Vec<OrderId> =
        page.iter().map(|(_, id)| *id).filter(|id| !open.contains(id)).collect();
    let removed = match remove(store, now, before, ids.clone()) {
        Err(error) if error.is_about_one() => {
            // One that cannot be removed holds up no other.
            let mut removed = 0;
            for id in ids {
                match remove(store, now, before, vec![id]) {
                    Ok(count) => removed += count,
                    Err(error) if error.is_about_one() => {
                        log::error!("order {id} is old and cannot be removed: {error}");
                    }
                    Err(error) => return Err(error),
                }
            }
            removed
        }
        removed => removed?,
    };
    place.done[3] = page.len() < ORDERS_MAX;
    place.orders = page.last().copied().or(after);
    Ok(Stepped::Removed(removed))
}

fn remove(
    store: &Store,
    now: Now,
    before: Timestamp,
    ids: Vec<OrderId>,
) -> Result<usize, FlowError> {
    if ids.is_empty() {
        return Ok(0);
    }
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let (mut removed, mut received) = (0, None);
        for id in ids {
            let Some(order) = readable(view.order(id))? else { continue };
            if !may_go(view, &order, before)? {
                continue;
            }
            received = received.max(order.received);
            changes.push(Change::PurgeOrder(id));
            removed += 1;
        }
        // Nobody will remember these: from now on what is unknown and as old is looked for first.
        let forgotten = received.map(|at| at.after(Delay(1)));
        if let (Some(today), Some(forgotten)) = (view.purge()?, forgotten)
            && today.forgotten < forgotten
        {
            changes.set(Setting::Purge(Purge { forgotten, ..today }));
        }
        Ok::<_, FlowError>((changes, removed))
    })?)
}

/// Whether it is over, was so for long enough, and nothing is under way for it.
fn may_go(view: &View<'_>, order: &Order, before: Timestamp) -> Result<bool, StoreError> {
    if !order.state.is_over() || order.updated_at >= before {
        return Ok(false);
    }
    let under_way = |word| match word {
        JobWord::Waiting | JobWord::Sending | JobWord::Unsure => true,
        JobWord::Parked | JobWord::Done => false,
    };
    Ok(!view.jobs_of(order.id)?.iter().any(|job| under_way(job.state.word())))
}

#[cfg(test)]
mod tests;
