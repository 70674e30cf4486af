//! Orders whose labels packers wait for, read in Linnworks at once: those we know in one call, the others
//! each by its number.

use std::collections::VecDeque;

use super::{Tools, worth_holding};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::domain::answer::Failure;
use crate::domain::ids::{OrderId, OrderNumber};
use crate::domain::source::SourceOrder;
use crate::domain::time::{Delay, Moment, Now};
use crate::flow::FlowError;
use crate::flow::demand;
use crate::flow::suspects::Suspects;

/// Old demands are looked for this often.
const TIDY_EVERY: Delay = Delay::mins(10);

/// What Linnworks shows of an order: it, nothing, or why it cannot be read.
type Found = Result<Option<SourceOrder>, String>;

enum Phase {
    Idle,
    Known(Vec<(OrderNumber, OrderId)>),
    Unknown(OrderNumber),
    Answered(VecDeque<(OrderNumber, Found)>),
}

/// The worker that reads for packers.
pub struct DemandWorker {
    tools: Tools,
    phase: Phase,
    suspects: Suspects,
    tidy_at: Moment,
}

impl DemandWorker {
    /// A worker.
    pub fn new(tools: Tools) -> Self {
        let suspects = Suspects::default();
        Self { tools, phase: Phase::Idle, suspects, tidy_at: Moment(0) }
    }

    fn claim(&mut self, now: Now) -> Step {
        if self.tools.is_stopping() {
            return Step::Idle(None);
        }
        let due = match demand::due(&self.tools.store) {
            Ok(due) => due,
            Err(error) => return self.tools.troubled(self.name(), &FlowError::Store(error), now),
        };
        if due.is_empty() {
            return self.tidy(now);
        }
        if let Err(turn) = self.tools.linnworks.turn(now) {
            return Step::Idle(Some(turn));
        }
        let known: Vec<_> =
            due.iter().filter_map(|(number, id)| id.map(|id| (*number, id))).collect();
        self.phase = match due.iter().find(|(_, id)| id.is_none()) {
            Some((number, _)) if known.is_empty() => Phase::Unknown(*number),
            _ => {
                let ids: Vec<OrderId> = known.iter().map(|(_, id)| *id).collect();
                let page = self.suspects.page(&ids);
                Phase::Known(known.into_iter().filter(|(_, id)| page.contains(id)).collect())
            }
        };
        Step::Worked
    }

    fn tidy(&mut self, now: Now) -> Step {
        if self.tidy_at > now.mono {
            return Step::Idle(Some(self.tidy_at));
        }
        match demand::tidy(&self.tools.store, now) {
            Ok(true) => Step::Worked,
            Ok(false) => {
                self.tidy_at = now.mono.after(TIDY_EVERY);
                Step::Idle(Some(self.tidy_at))
            }
            Err(error) => self.tools.troubled(self.name(), &error, now),
        }
    }

    fn read_known(&mut self, page: Vec<(OrderNumber, OrderId)>, now: Now) -> Step {
        let ids: Vec<OrderId> = page.iter().map(|(_, id)| *id).collect();
        match self.tools.linnworks.orders_by_id(now, &ids) {
            Ok(details) => {
                self.suspects.succeeded(&ids);
                let found = |(number, id): (OrderNumber, OrderId)| {
                    let bad = details.unreadable.iter().find(|bad| bad.id == id);
                    let order = details.orders.iter().find(|order| order.id == id);
                    (number, bad.map_or(Ok(order.cloned()), |bad| Err(bad.what.clone())))
                };
                self.phase = Phase::Answered(page.into_iter().map(found).collect());
                Step::Worked
            }
            Err(failure) => {
                let good = self.tools.linnworks.good_answers();
                let bad = match failure {
                    Failure::NotBefore(_) => None,
                    _ => self.suspects.failed(&ids, good),
                };
                if let Some((number, _)) = page.iter().find(|(_, id)| Some(*id) == bad) {
                    let found = Err(failure.to_string());
                    self.phase = Phase::Answered(VecDeque::from([(*number, found)]));
                    return Step::Worked;
                }
                self.put_off(Phase::Known(page), &failure, now)
            }
        }
    }

    fn read_unknown(&mut self, number: OrderNumber, now: Now) -> Step {
        match self.tools.linnworks.order_by_number(now, number) {
            Ok(found) => {
                self.phase = Phase::Answered(VecDeque::from([(number, Ok(found))]));
                Step::Worked
            }
            Err(failure @ Failure::No(_)) => {
                let found = Err(failure.to_string());
                self.phase = Phase::Answered(VecDeque::from([(number, found)]));
                Step::Worked
            }
            Err(failure) => self.put_off(Phase::Unknown(number), &failure, now),
        }
    }

    fn put_off(&mut self, phase: Phase, failure: &Failure, now: Now) -> Step {
        if let Failure::NotBefore(turn) = failure {
            if worth_holding(*turn, now) {
                self.phase = phase;
            }
            return Step::Idle(Some(*turn));
        }
        log::warn!("reading an order for its label: {failure}");
        Step::Idle(Some(now.mono.after(super::STORE_PAUSE)))
    }

    fn settle(&mut self, mut answered: VecDeque<(OrderNumber, Found)>, now: Now) -> Step {
        let Some((number, found)) = answered.pop_front() else { return Step::Worked };
        let (store, rules) = (&self.tools.store, self.tools.rules());
        let done = match found.clone() {
            Ok(found) => demand::accept(store, now, &rules, number, found),
            Err(what) => {
                let why = format!(
                    "Order {number} could not be read from Linnworks: {what}. Correct it there and print again."
                );
                demand::gone(store, now, number, why)
            }
        };
        match done {
            Ok(()) => {
                self.tools.wake.notify();
                if !answered.is_empty() {
                    self.phase = Phase::Answered(answered);
                }
                Step::Worked
            }
            Err(error) => {
                answered.push_front((number, found));
                self.phase = Phase::Answered(answered);
                self.tools.troubled(self.name(), &error, now)
            }
        }
    }
}

impl Actor for DemandWorker {
    fn name(&self) -> &'static str {
        "demand"
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => self.claim(now),
            Phase::Known(page) => self.read_known(page, now),
            Phase::Unknown(number) => self.read_unknown(number, now),
            Phase::Answered(answered) => self.settle(answered, now),
        }
    }
}
