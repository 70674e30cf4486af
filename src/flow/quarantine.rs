//! A database that may know less than was sent: it was built anew after a loss, or restored from a backup.
//!
//! Orders received before that moment are looked for in Stream, under every number, before anything of them
//! is sent; what is found is adopted. The mark is in the database from its first transaction, so that nothing
//! is sent blind whoever opens it next. It never ends: an order of before is looked for when it is first
//! seen, however late that is.

use std::sync::Arc;

use super::{FlowError, marks, readable, step_job, step_order};
use crate::domain::answer::Found;
use crate::domain::event::Event;
use crate::domain::ids::{Generation, OrderId, StreamOrderNo};
use crate::domain::job::{Class, Doubt, Job, JobEvent, JobKind, JobState, JobWord, Sight, Task};
use crate::domain::order::{Contact, Order, OrderEvent, StateWord};
use crate::domain::rules::Rules;
use crate::domain::shipment::{Match, Shipment};
use crate::domain::time::{Delay, Moment, Now, Timestamp};
use crate::domain::trail::{Trail, Whereabouts};
use crate::store::{Changes, QuarantineBegun, Setting, Store, StoreError, View};

/// An order that Linnworks received so soon after the mark is still taken for one of before: the clocks of
/// the two machines differ, and one of them may have been set to the wrong zone.
const MARGIN: Delay = Delay::mins(2 * 60);

/// Orders handled in one transaction: bounds it to some milliseconds.
const PAGE_MAX: usize = 200;

/// The mark, while there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quarantine {
    before: Timestamp,
    /// Settle looks count from here.
    pub(super) began: Moment,
}

impl Quarantine {
    pub(super) fn of(view: &View<'_>, now: Now) -> Result<Option<Self>, StoreError> {
        let since = view.quarantine()?;
        // What was removed by age may have been sent, too.
        let removed = view.purge()?.map(|purge| purge.forgotten);
        let before = since.map(|since| since.after(MARGIN)).max(removed);
        let Some(before) = before else { return Ok(None) };
        let begun = view.quarantine_begun()?.filter(|begun| Some(begun.since) == since);
        let began = begun.map_or(now.mono, |begun| begun.at);
        Ok(Some(Self { before, began }))
    }

    pub(super) fn concerns(&self, received: Option<Timestamp>) -> bool {
        received.is_none_or(|at| at < self.before)
    }
}

/// The mark, when it concerns this order.
pub(super) fn on(
    view: &View<'_>,
    order: &Order,
    now: Now,
) -> Result<Option<Quarantine>, StoreError> {
    Ok(Quarantine::of(view, now)?.filter(|mark| mark.concerns(order.received)))
}

/// Whether something of the order may be in Stream that our records do not know of: it is looked for, and
/// not sent.
pub(super) fn forbids(view: &View<'_>, order: &Order, now: Now) -> Result<bool, StoreError> {
    Ok(order.contact == Contact::None && on(view, order, now)?.is_some())
}

/// A create job of the order's next number: it waits, or under quarantine is looked for first, because what
/// our records take for the next number may have been used.
pub(super) fn create_next(view: &View<'_>, order: &mut Order, now: Now) -> Result<Job, FlowError> {
    let task = Task::Create { generation: order.generation };
    let mut job = marks::new_job(view, order, task, now)?;
    if let Some(mark) = on(view, order, now)? {
        job.state = unsure(Doubt::Quarantined, mark.began, now);
        step_order(order, &OrderEvent::Lost, now)?;
    }
    Ok(job)
}

/// To be looked for at once.
pub(super) fn unsure(doubt: Doubt, since: Moment, now: Now) -> JobState {
    JobState::Unsure { attempt: 0, since, doubt, looks: 0, due: now.mono }
}

/// At start, before any worker: when the mark is new, what the records say of orders that have no shipment
/// is forgotten, and creates that wait are withdrawn; each is looked for first. Answers whether it was new.
///
/// # Errors
/// [`FlowError`]; it is done again at the next start.
pub fn begin(store: &Store, now: Now, rules: &Arc<Rules>) -> Result<bool, FlowError> {
    let (mark, begun) = store.read(|view| Ok((view.quarantine()?, view.quarantine_begun()?)))?;
    let Some(since) = mark else { return Ok(false) };
    if begun.is_some_and(|begun| begun.since == since) {
        return Ok(false);
    }
    for word in StateWord::ALL {
        let mut after = None;
        loop {
            let rules = Arc::clone(rules);
            after = store.write(now, move |view| {
                let mut changes = Changes::new();
                let ids = view.orders_in(word, after, PAGE_MAX)?;
                for id in &ids {
                    forget(view, *id, now, &rules, &mut changes)?;
                }
                let last = ids.last().copied().filter(|_| ids.len() == PAGE_MAX);
                Ok::<_, FlowError>((changes, last))
            })?;
            if after.is_none() {
                break;
            }
        }
    }
    store.write(now, move |_| {
        let mut changes = Changes::new();
        let begun = QuarantineBegun { since, at: now.mono, rebuilding: false };
        changes.set(Setting::QuarantineBegun(begun));
        changes.daemon(Event::Daemon(
            "the database may know less than was sent: every order of before is looked up in Stream first".into(),
        ));
        Ok::<_, FlowError>((changes, ()))
    })?;
    Ok(true)
}

fn forget(
    view: &View<'_>,
    id: OrderId,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let Some(mut order) = readable(view.order(id))? else { return Ok(()) };
    // What has a shipment is read by the sweep, which looks further when it is not there any more.
    if order.shipped.is_some() || on(view, &order, now)?.is_none() {
        return Ok(());
    }
    let generation = u64::from(order.generation.0);
    if let Some(job) = view.live_job(id, JobKind::Create, generation)?
        && let Some(mut job) = readable(view.job(job))?
        && matches!(job.state, JobState::Waiting { .. } | JobState::Reserved { .. })
    {
        let why = JobEvent::Withdrawn("it is looked for in Stream first".into());
        step_job(&mut job, &why, now, &rules.settle)?;
        changes.put_job(job);
    }
    match order.contact {
        Contact::Known | Contact::Unanswered => {
            order.contact = Contact::None;
            changes.put_order(order);
        }
        // A number that was used stays so, and its look goes on to the later ones.
        Contact::None | Contact::Seen => {}
    }
    Ok(())
}

/// What a database that is built anew holds from its first transaction.
pub fn mark(now: Now) -> [Setting; 2] {
    let (since, at) = (now.wall, now.mono);
    [
        Setting::Quarantine { since },
        Setting::QuarantineBegun(QuarantineBegun { since, at, rebuilding: true }),
    ]
}

/// The rebuilding is over, or goes on by itself. Answers whether there was one.
///
/// # Errors
/// [`FlowError`]; nothing was written.
pub fn rebuilt(store: &Store, now: Now) -> Result<bool, FlowError> {
    let unfinished = |begun: &QuarantineBegun| begun.rebuilding;
    if store.read(|view| view.quarantine_begun())?.filter(unfinished).is_none() {
        return Ok(false);
    }
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        if let Some(begun) = view.quarantine_begun()? {
            changes.set(Setting::QuarantineBegun(QuarantineBegun { rebuilding: false, ..begun }));
        }
        Ok::<_, FlowError>((changes, true))
    })?)
}

/// How far a rebuilding is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// When all open orders were listed and read last.
    pub listed: Option<Timestamp>,
    /// Jobs that came to an end: while this grows, something moves.
    pub ended: u64,
    /// Orders that are still to be looked up, or once more.
    pub left: u64,
    /// Orders that Stream has.
    pub found: u64,
    /// When the next of those left is looked up.
    pub next: Option<Moment>,
}

impl Progress {
    /// Whether nothing is left to be looked up.
    pub const fn is_done(&self) -> bool {
        self.listed.is_some() && self.left == 0
    }
}

/// How far it is.
///
/// # Errors
/// When the store cannot be read.
pub fn progress(store: &Store) -> Result<Progress, StoreError> {
    store.read(|view| {
        let counts = view.counts()?;
        let jobs = |word| counts.jobs.get(&word).copied().unwrap_or(0);
        let orders = |word| counts.orders.get(&word).copied().unwrap_or(0);
        let with_stream =
            [StateWord::Sent, StateWord::Planned, StateWord::Dispatched, StateWord::Delivered];
        Ok(Progress {
            listed: view.polled()?,
            ended: jobs(JobWord::Done) + jobs(JobWord::Parked),
            left: orders(StateWord::Unsure),
            found: with_stream.map(orders).iter().sum(),
            next: view.next_due(Class::Look)?,
        })
    })
}

/// How many orders were looked up, as far as that can be settled. Reads all of them.
///
/// # Errors
/// When the store cannot be read.
pub fn looked_up(store: &Store) -> Result<u64, StoreError> {
    store.read(|view| {
        let mut count = 0;
        for word in StateWord::ALL.into_iter().filter(|word| *word != StateWord::Unsure) {
            for id in view.orders_in(word, None, usize::MAX)? {
                let order = readable(view.order(id))?;
                count += u64::from(order.is_some_and(|order| order.contact != Contact::None));
            }
        }
        Ok(count)
    })
}

/// What looks under several numbers saw, as one of them.
pub(super) struct Seen {
    /// The number that counts.
    pub(super) generation: Generation,
    pub(super) sight: Sight,
    pub(super) found: Option<Found>,
    /// For the timeline.
    pub(super) text: Option<String>,
}

/// What the trail of an order means for its create.
pub(super) fn see(
    job: &Job,
    order: &Order,
    shipment: Option<&Shipment>,
    trail: &Trail,
    now: Now,
    rules: &Rules,
) -> Seen {
    let JobState::Unsure { since, doubt, .. } = &job.state else {
        return absent(order.generation);
    };
    let at = |generation| StreamOrderNo::of(order.number, generation);
    let number = order.number;
    match trail.whereabouts() {
        Whereabouts::Lives(generation, found) => {
            let text = (generation != order.generation)
                .then(|| format!("Stream has it as {}", at(generation)));
            let sight = same(doubt, shipment, &found, &at(generation));
            Seen { generation, sight, found: Some(*found), text }
        }
        Whereabouts::Twice(one, two) => different(
            two,
            format!(
                "Stream has the order twice, as {} and as {}. Delete one of them there, then run: linnstream resend \
                 {number}",
                at(one),
                at(two)
            ),
        ),
        // Its number was used, and the next one is free.
        Whereabouts::Cancelled(generation) if *doubt == Doubt::Seen => absent(generation),
        Whereabouts::Cancelled(generation) => different(
            generation,
            format!(
                "Stream has order {} as cancelled, and our records do not say by whom. If it is to be delivered after \
                 all, run: linnstream resend {number}",
                at(generation)
            ),
        ),
        Whereabouts::Nowhere if !matches!(doubt, Doubt::Quarantined | Doubt::Unrecorded) => {
            absent(order.generation)
        }
        Whereabouts::Nowhere => match rules.settle.next_after(*since, now.mono) {
            Some(next) => Seen {
                text: Some("it is not there; it may still come, looking again".into()),
                sight: Sight::Unclear(next.since(now.mono)),
                ..absent(order.generation)
            },
            None if *doubt == Doubt::Quarantined => absent(order.generation),
            None => different(
                order.generation,
                format!(
                    "Linnworks shows the order as sent, and Stream has it under none of its numbers: somebody may have \
                     deleted it. If it is to be delivered, run: linnstream resend {number}"
                ),
            ),
        },
    }
}

fn absent(generation: Generation) -> Seen {
    Seen { generation, sight: Sight::Absent, found: None, text: None }
}

fn different(generation: Generation, why: String) -> Seen {
    Seen { generation, sight: Sight::Different(why), found: None, text: None }
}

/// What is there was put there by us, most likely, and from an order that may have been edited since: it is
/// adopted. Where we know what we sent, or that something foreign stood there, it is compared.
fn same(doubt: &Doubt, ours: Option<&Shipment>, found: &Found, no: &StreamOrderNo) -> Sight {
    let Some(ours) = ours else { return Sight::Same };
    let adopted = match doubt {
        Doubt::Quarantined | Doubt::Unrecorded | Doubt::Inherited => true,
        Doubt::Lost | Doubt::Resent | Doubt::Refused(_) | Doubt::Seen => false,
    };
    match ours.matches(found) {
        Match::Same => Sight::Same,
        Match::Different(_) if adopted => Sight::Same,
        Match::Doubled => Sight::Different(format!(
            "Stream has order {no} with its item lines more than once. Correct or delete it in Stream"
        )),
        Match::Different(what) => Sight::Different(format!(
            "Stream already has an order {no} with other content ({what}). Compare the two in Stream"
        )),
    }
}

#[cfg(test)]
mod tests;
