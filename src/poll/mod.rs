//! The poller: what waits in Linnworks, page by page, and the lists both systems keep.
//!
//! One step is one request or one transaction. A round begins every poll interval: the open orders
//! of each location, details of those that are new or whose correction we wait for, and what became
//! of those that are no longer listed. It decides nothing; `flow::intake` does.
//!
//! - `audit`: the no-loss account
//! - `inbox`: notifications
//! - `lookup`: an order we have no record of
//! - `purge`: what is old goes
//! - `reference`: locations, services, identifiers, depots: at start, then hourly
//! - `subscriptions`: what Stream is asked to tell us
//! - `sweep`: shipments read in Stream
//! - `watch`: standing warnings

pub mod audit;
pub mod inbox;
pub mod lookup;
pub mod purge;
pub mod reference;
pub mod subscriptions;
pub mod sweep;
pub mod watch;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::actor::{Actor, Step};
use crate::api::linnworks::Linnworks;
use crate::api::stream::Stream;
use crate::clock::Clock;
use crate::domain::answer::Failure;
use crate::domain::ids::{LocationId, OrderId};
use crate::domain::rules::Mode;
use crate::domain::source::{Details, Unreadable};
use crate::domain::time::{Delay, Moment, Now};
use crate::flow::marks::{self, Reconciliation};
use crate::flow::suspects::Suspects;
use crate::flow::{FlowError, LiveRules, intake, triage};
use crate::pulse::Pulse;
use crate::store::{Changes, Setting, Store, View};
use crate::wake::Wake;

use reference::{Progress, Reference};

/// Wait after a round that failed, or the poll interval when that is shorter.
const FAILED_WAIT: Delay = Delay::secs(15);

/// Pause after the store could not be used.
const STORE_PAUSE: Delay = Delay::secs(1);

/// Failures of one round before it is given up until the next: a system that is down is met by its
/// breaker, this ends rounds that fail in between.
const ROUND_FAILURES_MAX: u32 = 25;

/// Orders that Stream has are looked at in Linnworks about this often, or at each sweep when that is
/// shorter: an edit is followed and a hand-changed identifier put right within it and a poll.
const LOOKED_AT_EVERY: Delay = Delay::mins(5);

/// Of them, so many at one poll: three calls of the hundred and thirty-five that a minute allows.
const LOOKED_AT_MAX: usize = 300;

/// What the poller uses.
#[derive(Clone)]
pub struct Sources {
    /// Orders and jobs.
    pub store: Arc<Store>,
    /// Where orders are.
    pub linnworks: Arc<Linnworks>,
    /// Where depots are.
    pub stream: Arc<Stream>,
    /// The rules in force.
    pub rules: Arc<LiveRules>,
    /// Woken after each commit that may have made work.
    pub wake: Wake,
    /// Told when the next round begins.
    pub pulse: Arc<Pulse>,
}

enum Phase {
    Idle { next: Moment },
    Reference(Reference),
    Marks(Reconciliation),
    List { left: Vec<LocationId>, listed: BTreeSet<OrderId> },
    Details { left: Vec<OrderId>, gone: Vec<OrderId> },
    Read { page: Vec<OrderId>, answer: Details, left: Vec<OrderId>, gone: Vec<OrderId> },
    Gone { left: Vec<OrderId> },
    GoneRead { page: Vec<OrderId>, answer: Details, left: Vec<OrderId> },
    Finished,
}

/// The poller.
pub struct Poller {
    sources: Sources,
    phase: Phase,
    started_at: Moment,
    reference_due: Moment,
    /// The mode under which the lists were read: a dry run creates no identifier.
    reference_mode: Option<Mode>,
    /// What is left of them, when some could not be read.
    reference_again: Option<Reference>,
    /// Orders are to be looked through for identifiers they lack. At first always: the run before may
    /// have ended between learning of an identifier and looking.
    marks_due: bool,
    /// Under which rules orders were last looked through: other ones may want other identifiers.
    marks_under: Option<u64>,
    rounds: Rounds,
    suspects: Suspects,
    failures: u32,
    nameless: BTreeSet<OrderId>,
}

/// Orders that Stream has, read from time to time to see what somebody changed in Linnworks: some at each
/// poll, in order of their ids, until all were read.
#[derive(Default)]
struct Rounds {
    /// When the next round may begin; at once at first.
    next: Option<Moment>,
    after: Option<OrderId>,
}

impl Rounds {
    /// Those whose turn it is at this poll.
    fn turn(&mut self, at_rest: &[OrderId], every: Delay, now: Now) -> Vec<OrderId> {
        if self.after.is_none() && self.next.is_some_and(|next| next > now.mono) {
            return Vec::new();
        }
        let left = at_rest.iter().copied().filter(|id| self.after.is_none_or(|after| *id > after));
        let turn: Vec<OrderId> = left.take(LOOKED_AT_MAX).collect();
        if self.after.is_none() {
            self.next = Some(now.mono.after(every));
        }
        self.after = turn.last().copied().filter(|_| turn.len() == LOOKED_AT_MAX);
        turn
    }
}

impl Poller {
    /// A poller whose first round begins at once.
    pub fn new(sources: Sources) -> Self {
        Self {
            sources,
            phase: Phase::Idle { next: Moment(0) },
            started_at: Moment(0),
            reference_due: Moment(0),
            reference_mode: None,
            reference_again: None,
            marks_due: true,
            marks_under: None,
            rounds: Rounds::default(),
            suspects: Suspects::default(),
            failures: 0,
            nameless: BTreeSet::new(),
        }
    }

    fn begin(&mut self, now: Now) -> Step {
        self.started_at = now.mono;
        self.failures = 0;
        let mode = self.sources.rules.get().mode;
        if self.reference_due <= now.mono || self.reference_mode != Some(mode) {
            let same_mode = self.reference_mode == Some(mode);
            self.reference_mode = Some(mode);
            let again = self.reference_again.take().filter(|_| same_mode);
            self.phase = Phase::Reference(again.unwrap_or_else(Reference::begin));
            return Step::Worked;
        }
        let under = self.sources.rules.version();
        if self.marks_under.replace(under).is_some_and(|before| before != under) {
            self.phase = Phase::Marks(Reconciliation::begin());
            return Step::Worked;
        }
        let wanted = self.sources.rules.get().locations.clone();
        match self.sources.store.read(move |view| poll_locations(view, &wanted)) {
            Ok(left) => {
                self.phase = Phase::List { left, listed: BTreeSet::new() };
                Step::Worked
            }
            Err(error) => {
                self.troubled(&FlowError::Store(error), Phase::Idle { next: now.mono }, now)
            }
        }
    }

    fn reference(&mut self, mut reference: Reference, now: Now) -> Step {
        match reference.step(&self.sources, now) {
            Ok(Progress::More) => {
                self.phase = Phase::Reference(reference);
                Step::Worked
            }
            Ok(Progress::Done) => {
                self.reference_due = now.mono.after(reference.again());
                self.reference_again = reference.is_incomplete().then(|| reference.begin_again());
                self.after_reference(&reference, now)
            }
            // What was known of a list serves until it can be read again: orders go on being found and
            // judged meanwhile.
            Err(reference::Trouble::Call(failure))
                if !matches!(failure, Failure::NotBefore(_))
                    && reference.goes_on_without(&self.sources) =>
            {
                log::warn!("{}: {failure}; going on with what was known", reference.doing());
                self.phase = Phase::Reference(reference);
                Step::Worked
            }
            Err(reference::Trouble::Call(failure)) => {
                let doing = reference.doing();
                self.failed(doing, &failure, Phase::Reference(reference), now)
            }
            Err(reference::Trouble::Store(error)) => {
                self.troubled(&error, Phase::Reference(reference), now)
            }
        }
    }

    fn after_reference(&mut self, reference: &Reference, now: Now) -> Step {
        self.marks_due |= reference.changed();
        self.phase = if self.marks_due {
            Phase::Marks(Reconciliation::begin())
        } else {
            Phase::Idle { next: now.mono }
        };
        Step::Worked
    }

    /// Orders that wanted identifiers before those existed.
    fn marks(&mut self, at: Reconciliation, now: Now) -> Step {
        let (store, rules) = (&self.sources.store, self.sources.rules.get());
        match marks::reconcile(store, now, &rules, at.clone()) {
            Ok(Some(at)) => self.phase = Phase::Marks(at),
            Ok(None) => {
                self.marks_due = false;
                self.sources.wake.notify();
                self.phase = Phase::Idle { next: now.mono };
            }
            Err(error) => return self.troubled(&error, Phase::Marks(at), now),
        }
        Step::Worked
    }

    fn list(&mut self, mut left: Vec<LocationId>, mut listed: BTreeSet<OrderId>, now: Now) -> Step {
        let Some(location) = left.pop() else {
            self.sources.pulse.set_listed(listed.clone());
            return match triage::triage(&self.sources.store, &listed, self.sources.rules.get().mode)
            {
                Ok(mut triage) => {
                    let every = self.sources.rules.get().sweep_interval.min(LOOKED_AT_EVERY);
                    triage.read.extend(self.rounds.turn(&triage.at_rest, every, now));
                    self.phase = Phase::Details { left: triage.read, gone: triage.gone };
                    Step::Worked
                }
                Err(error) => {
                    self.troubled(&FlowError::Store(error), Phase::List { left, listed }, now)
                }
            };
        };
        match self.sources.linnworks.all_open_orders(now, location) {
            Ok(ids) => {
                listed.extend(ids);
                self.phase = Phase::List { left, listed };
                Step::Worked
            }
            Err(failure) => {
                left.push(location);
                self.failed("listing open orders", &failure, Phase::List { left, listed }, now)
            }
        }
    }

    fn details(&mut self, mut left: Vec<OrderId>, gone: Vec<OrderId>, now: Now) -> Step {
        let page = self.suspects.page(&left);
        if page.is_empty() {
            self.phase = Phase::Gone { left: gone };
            return Step::Worked;
        }
        match self.sources.linnworks.open_order_details(now, &page) {
            Ok(answer) => {
                self.suspects.succeeded(&page);
                drop_all(&mut left, &page);
                self.phase = Phase::Read { page, answer, left, gone };
                Step::Worked
            }
            Err(failure) if !matches!(failure, Failure::NotBefore(_)) => {
                let good = self.sources.linnworks.good_answers();
                if let Some(id) = self.suspects.failed(&page, good) {
                    drop_all(&mut left, &page);
                    let bad = Unreadable { id, number: None, what: failure.to_string() };
                    let answer = Details { orders: Vec::new(), unreadable: vec![bad] };
                    self.phase = Phase::Read { page, answer, left, gone };
                    return Step::Worked;
                }
                self.failed("reading open orders", &failure, Phase::Details { left, gone }, now)
            }
            Err(failure) => {
                self.failed("reading open orders", &failure, Phase::Details { left, gone }, now)
            }
        }
    }

    fn accept(
        &mut self,
        page: Vec<OrderId>,
        mut answer: Details,
        left: Vec<OrderId>,
        gone: Vec<OrderId>,
        now: Now,
    ) -> Step {
        // An order without a number cannot be shown by its number: it is reported once.
        answer.unreadable.retain(|bad| bad.number.is_some() || self.nameless.insert(bad.id));
        let (store, rules) = (&self.sources.store, self.sources.rules.get());
        match intake::accept(store, now, &rules, answer.orders.clone(), answer.unreadable.clone()) {
            Ok(taken) => {
                if taken.found > 0 {
                    log::info!("{} new orders found in Linnworks", taken.found);
                }
                self.sources.wake.notify();
                self.phase = Phase::Details { left, gone };
                Step::Worked
            }
            Err(error) => self.troubled(&error, Phase::Read { page, answer, left, gone }, now),
        }
    }

    fn gone(&mut self, mut left: Vec<OrderId>, now: Now) -> Step {
        let page = self.suspects.page(&left);
        if page.is_empty() {
            self.phase = Phase::Finished;
            return Step::Worked;
        }
        match self.sources.linnworks.orders_by_id(now, &page) {
            Ok(answer) => {
                self.suspects.succeeded(&page);
                drop_all(&mut left, &page);
                self.phase = Phase::GoneRead { page, answer, left };
                Step::Worked
            }
            Err(failure) => {
                let good = self.sources.linnworks.good_answers();
                // What became of an order that cannot be read is not known: it stays as it is.
                if !matches!(failure, Failure::NotBefore(_))
                    && let Some(id) = self.suspects.failed(&page, good)
                {
                    log::warn!(order:% = id; "order {id} left the list and cannot be read: {failure}");
                    drop_all(&mut left, &page);
                }
                let doing = "reading orders that left the list";
                self.failed(doing, &failure, Phase::Gone { left }, now)
            }
        }
    }

    fn accept_gone(
        &mut self,
        page: Vec<OrderId>,
        answer: Details,
        left: Vec<OrderId>,
        now: Now,
    ) -> Step {
        // An order that cannot be read may still be open: nothing is concluded about it.
        let asked = page
            .iter()
            .copied()
            .filter(|id| !answer.unreadable.iter().any(|bad| bad.id == *id))
            .collect();
        let (store, rules) = (&self.sources.store, self.sources.rules.get());
        match intake::accept_gone(store, now, &rules, asked, answer.orders.clone()) {
            Ok(_) => {
                self.sources.wake.notify();
                self.phase = Phase::Gone { left };
                Step::Worked
            }
            Err(error) => self.troubled(&error, Phase::GoneRead { page, answer, left }, now),
        }
    }

    fn finish(&mut self, now: Now) -> Step {
        let written = self.sources.store.write(now, move |_| {
            let mut changes = Changes::new();
            changes.set(Setting::Polled(now.wall));
            Ok::<_, FlowError>((changes, ()))
        });
        match written {
            Ok(()) => {
                let next =
                    self.started_at.after(self.sources.rules.get().poll_interval).max(now.mono);
                self.sources.pulse.set_next_poll(now.wall.after(next.since(now.mono)));
                self.phase = Phase::Idle { next };
                Step::Worked
            }
            Err(error) => self.troubled(&error.into(), Phase::Finished, now),
        }
    }

    /// A call failed: the phase is tried again in a moment, and given up when it fails too often.
    fn failed(&mut self, doing: &str, failure: &Failure, phase: Phase, now: Now) -> Step {
        if let Failure::NotBefore(turn) = failure {
            self.phase = phase;
            return Step::Idle(Some(*turn));
        }
        self.failures += 1;
        log::warn!("{doing}: {failure}");
        let wait = FAILED_WAIT.min(self.sources.rules.get().poll_interval);
        let retry = now.mono.after(Delay::secs(1));
        if self.failures > ROUND_FAILURES_MAX {
            self.phase = Phase::Idle { next: now.mono.after(wait) };
            return Step::Worked;
        }
        self.phase = phase;
        Step::Idle(Some(match failure {
            Failure::Throttled { retry_after } => now.mono.after(retry_after.unwrap_or(wait)),
            Failure::No(_)
            | Failure::Unauthorised { .. }
            | Failure::Down { .. }
            | Failure::Unknown { .. }
            | Failure::NotBefore(_) => retry,
        }))
    }

    fn troubled(&mut self, error: &FlowError, phase: Phase, now: Now) -> Step {
        log::error!("poll: {error}");
        self.phase = phase;
        Step::Idle(Some(now.mono.after(STORE_PAUSE)))
    }
}

impl Actor for Poller {
    fn name(&self) -> &'static str {
        "poll"
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        match std::mem::replace(&mut self.phase, Phase::Idle { next: now.mono }) {
            Phase::Idle { next } if next > now.mono => {
                self.phase = Phase::Idle { next };
                Step::Idle(Some(next))
            }
            Phase::Idle { .. } => self.begin(now),
            Phase::Reference(reference) => self.reference(reference, now),
            Phase::Marks(at) => self.marks(at, now),
            Phase::List { left, listed } => self.list(left, listed, now),
            Phase::Details { left, gone } => self.details(left, gone, now),
            Phase::Read { page, answer, left, gone } => self.accept(page, answer, left, gone, now),
            Phase::Gone { left } => self.gone(left, now),
            Phase::GoneRead { page, answer, left } => self.accept_gone(page, answer, left, now),
            Phase::Finished => self.finish(now),
        }
    }
}

fn poll_locations(
    view: &View<'_>,
    wanted: &[String],
) -> Result<Vec<LocationId>, crate::store::StoreError> {
    let named = |name: &str| {
        wanted.is_empty()
            || wanted.iter().any(|w| w.trim().to_lowercase() == name.trim().to_lowercase())
    };
    Ok(view
        .locations()?
        .into_iter()
        .filter(|location| named(&location.name))
        .map(|location| location.id)
        .collect())
}

fn drop_all(left: &mut Vec<OrderId>, page: &[OrderId]) {
    let page: BTreeSet<&OrderId> = page.iter().collect();
    left.retain(|id| !page.contains(id));
}
