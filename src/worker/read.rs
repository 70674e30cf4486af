//! Reads orders again just before they are sent, a hundred in one call, so that what goes to
//! Stream is at most a minute old. Reads ahead only as far as creates will use it in time.

use std::collections::BTreeSet;

use super::{Tools, worth_holding};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::domain::answer::Failure;
use crate::domain::ids::OrderId;
use crate::domain::job::Class;
use crate::domain::rules::Mode;
use crate::domain::source::{Details, Unreadable};
use crate::domain::time::{Delay, Moment, Now};
use crate::flow::intake::PREPARED_MAX;
use crate::flow::suspects::Suspects;
use crate::flow::{FlowError, intake, reread};

/// Orders looked at in one claim: a page, and room for suspects in front of it.
const SCAN_MAX: usize = 200;

/// Creates ready to be sent below which more are read: fifty last half of the minute for which a
/// read counts as fresh.
const AHEAD_MIN: usize = 50;

/// Wait while enough creates are ready.
const FULL_WAIT: Delay = Delay::secs(2);

enum Phase {
    Idle,
    Claimed(Vec<OrderId>),
    Answered(Vec<OrderId>, Details),
}

/// The reading worker.
pub struct ReadWorker {
    tools: Tools,
    phase: Phase,
    suspects: Suspects,
}

impl ReadWorker {
    /// A worker.
    pub fn new(tools: Tools) -> Self {
        Self { tools, phase: Phase::Idle, suspects: Suspects::default() }
    }

    fn claim(&mut self, now: Now) -> Step {
        // Where orders are not sent by themselves, those whose label a packer waits for are.
        if self.tools.rules().mode == Mode::DryRun {
            return Step::Idle(None);
        }
        if let Err(turn) = self.tools.linnworks.turn(now) {
            return Step::Idle(Some(turn));
        }
        let store = &self.tools.store;
        let room = match store.read(|view| view.due(Class::Create, Moment(u64::MAX), PREPARED_MAX))
        {
            Ok(ready) if ready.len() >= AHEAD_MIN => {
                return Step::Idle(Some(now.mono.after(FULL_WAIT)));
            }
            Ok(ready) => PREPARED_MAX.saturating_sub(ready.len()),
            Err(error) => return self.tools.troubled(self.name(), &FlowError::Store(error), now),
        };
        match reread::due(store, now, self.tools.rules(), SCAN_MAX) {
            Ok((orders, next)) if orders.is_empty() => Step::Idle(next),
            Ok((orders, _)) => {
                let mut page = self.suspects.page(&orders);
                page.truncate(room);
                self.phase = Phase::Claimed(page);
                Step::Worked
            }
            Err(error) => self.tools.troubled(self.name(), &error, now),
        }
    }

    fn call(&mut self, page: Vec<OrderId>, now: Now) -> Step {
        match self.tools.linnworks.orders_by_id(now, &page) {
            Ok(details) => {
                self.suspects.succeeded(&page);
                self.phase = Phase::Answered(page, details);
                Step::Worked
            }
            Err(Failure::NotBefore(turn)) => {
                if worth_holding(turn, now) {
                    self.phase = Phase::Claimed(page);
                }
                Step::Idle(Some(turn))
            }
            Err(failure) => {
                log::warn!("reading {} orders before they are sent: {failure}", page.len());
                let good = self.tools.linnworks.good_answers();
                if let Some(id) = self.suspects.failed(&page, good) {
                    let bad = Unreadable { id, number: None, what: failure.to_string() };
                    self.phase = Phase::Answered(
                        page,
                        Details { orders: Vec::new(), unreadable: vec![bad] },
                    );
                }
                Step::Idle(Some(now.mono.after(super::STORE_PAUSE)))
            }
        }
    }

    fn settle(&mut self, page: Vec<OrderId>, details: Details, now: Now) -> Step {
        let (store, rules) = (&self.tools.store, self.tools.rules());
        let (open, closed): (Vec<_>, Vec<_>) =
            details.orders.clone().into_iter().partition(|order| !order.processed);
        let bad = details.unreadable.clone();
        let answered: BTreeSet<OrderId> =
            open.iter().map(|o| o.id).chain(bad.iter().map(|b| b.id)).collect();
        let gone: Vec<OrderId> = page.iter().copied().filter(|id| !answered.contains(id)).collect();
        let mut done = intake::accept(store, now, &rules, open, bad);
        if done.is_ok() && !gone.is_empty() {
            done = intake::accept_gone(store, now, &rules, gone, closed);
        }
        let done = done.and_then(|_| reread::put_off_unread(store, now, rules, page.clone()));
        match done {
            Ok(_) => {
                self.tools.wake.notify();
                Step::Worked
            }
            Err(error) => {
                self.phase = Phase::Answered(page, details);
                self.tools.troubled(self.name(), &error, now)
            }
        }
    }
}

impl Actor for ReadWorker {
    fn name(&self) -> &'static str {
        "read"
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => self.claim(now),
            Phase::Claimed(ids) => self.call(ids, now),
            Phase::Answered(ids, details) => self.settle(ids, details, now),
        }
    }
}
