//! Delivered orders processed in Linnworks: Stream read once more where the last read is old, then what
//! Linnworks shows, then one call for all of a location, then what Linnworks shows of those in doubt.

use std::collections::{BTreeMap, VecDeque};

use super::{Tools, worth_holding};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::domain::answer::{Failure, Look};
use crate::domain::ids::{LocationId, OrderId, StreamOrderNo};
use crate::domain::plan::Arrival;
use crate::domain::time::Now;
use crate::flow::Taken;
use crate::flow::gather::{Bulk, Gathered};
use crate::flow::process::{self, Processed};

/// One order of a round.
#[derive(Clone)]
struct One {
    taken: Taken,
    location: LocationId,
    read_first: Option<StreamOrderNo>,
}

type Outcomes = Vec<(Taken, Processed)>;

enum Phase {
    Idle,
    /// Those to be looked at, those that may be processed, those that are decided.
    Look(VecDeque<One>, Vec<One>, Outcomes),
    State(Vec<One>, Outcomes),
    Call(Vec<One>, Outcomes),
    Answered(Outcomes),
}

/// The worker that processes delivered orders.
pub struct ProcessWorker {
    tools: Tools,
    random: fastrand::Rng,
    bulk: Bulk,
    phase: Phase,
}

impl ProcessWorker {
    /// A worker; `seed` drives only the jitter of its retries.
    pub fn new(tools: Tools, seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        Self { tools, random, bulk: Bulk::of(process::PROCESS_MAX), phase: Phase::Idle }
    }

    fn claim(&mut self, now: Now) -> Step {
        if let Err(turn) = self.tools.linnworks.turn(now) {
            return Step::Idle(Some(turn));
        }
        match process::claim(&self.tools.store, now, self.tools.rules(), self.bulk.size()) {
            Ok(Gathered::Taken(taken)) if taken.is_empty() => {
                Step::Idle(Some(now.mono.after(super::STORE_PAUSE)))
            }
            Ok(Gathered::Taken(taken)) => self.begin(taken, now),
            Ok(Gathered::Later(moment)) => Step::Idle(moment),
            Err(error) => self.tools.troubled(self.name(), &error, now),
        }
    }

    fn begin(&mut self, taken: Vec<Taken>, now: Now) -> Step {
        let (mut left, mut outcomes) = (VecDeque::new(), Vec::new());
        for taken in taken {
            match process::ready(&self.tools.store, &taken, now) {
                Ok(Some(ready)) => left.push_back(One {
                    taken,
                    location: ready.location,
                    read_first: ready.read_first,
                }),
                Ok(None) => {
                    let why = "it is not delivered any more".to_owned();
                    outcomes.push((taken, Processed::Moot(why)));
                }
                // Its lease lapses and it is taken again.
                Err(error) => return self.tools.troubled(self.name(), &error, now),
            }
        }
        self.phase = Phase::Look(left, Vec::new(), outcomes);
        Step::Worked
    }

    /// A read that is old is made again before anything that cannot be undone.
    fn look(
        &mut self,
        mut left: VecDeque<One>,
        mut ready: Vec<One>,
        mut outcomes: Outcomes,
        now: Now,
    ) -> Step {
        let Some(one) = left.pop_front() else {
            self.phase = Phase::State(ready, outcomes);
            return Step::Worked;
        };
        let Some(order_no) = &one.read_first else {
            ready.push(one);
            self.phase = Phase::Look(left, ready, outcomes);
            return Step::Worked;
        };
        match self.tools.stream.find(now, order_no) {
            Err(Failure::NotBefore(turn)) if worth_holding(turn, now) => {
                left.push_front(one);
                self.phase = Phase::Look(left, ready, outcomes);
                return Step::Idle(Some(turn));
            }
            Err(failure) => outcomes.push((one.taken, Processed::Failed(failure))),
            Ok(Look::Found(found)) if found.arrival() == Arrival::Whole => ready.push(one),
            Ok(Look::Found(_) | Look::Absent) => {
                let why = "Stream does not show it as delivered any more".to_owned();
                outcomes.push((one.taken, Processed::Moot(why)));
            }
        }
        self.phase = Phase::Look(left, ready, outcomes);
        Step::Worked
    }

    /// What Linnworks shows: an order that is processed is done, whoever did it.
    fn state(&mut self, ready: Vec<One>, mut outcomes: Outcomes, now: Now) -> Step {
        let ids: Vec<OrderId> = ready.iter().map(|one| one.taken.job.order).collect();
        if ids.is_empty() {
            self.phase = Phase::Answered(outcomes);
            return Step::Worked;
        }
        match self.tools.linnworks.orders_by_id(now, &ids) {
            Err(Failure::NotBefore(turn)) if worth_holding(turn, now) => {
                self.phase = Phase::State(ready, outcomes);
                return Step::Idle(Some(turn));
            }
            Err(failure) => {
                if matches!(failure, Failure::No(_) | Failure::Unknown { .. }) {
                    self.bulk.broke(ready.len());
                }
                let failure = super::as_unknown(failure);
                let failed = |one: One| (one.taken, Processed::Failed(failure.clone()));
                outcomes.extend(ready.into_iter().map(failed));
                self.phase = Phase::Answered(outcomes);
            }
            Ok(details) => {
                let mut open = Vec::new();
                for one in ready {
                    let shown = details.orders.iter().find(|order| order.id == one.taken.job.order);
                    match shown {
                        Some(order) if order.processed && !order.hold_or_cancel => {
                            outcomes.push((one.taken, Processed::Yes));
                        }
                        Some(order) if order.processed => {
                            let why = "it is cancelled in Linnworks".to_owned();
                            outcomes.push((one.taken, Processed::Moot(why)));
                        }
                        Some(_) => open.push(one),
                        None => {
                            let what = "Linnworks did not show the order".to_owned();
                            outcomes
                                .push((one.taken, Processed::Failed(Failure::Unknown { what })));
                        }
                    }
                }
                self.phase = Phase::Call(open, outcomes);
            }
        }
        Step::Worked
    }

    fn call(&mut self, mut open: Vec<One>, mut outcomes: Outcomes, now: Now) -> Step {
        let Some(location) = open.first().map(|one| one.location) else {
            self.phase = Phase::Answered(outcomes);
            return Step::Worked;
        };
        let (here, rest): (Vec<One>, Vec<One>) =
            open.drain(..).partition(|one| one.location == location);
        if !here.iter().all(|one| one.taken.may_begin(now, &self.tools.rules())) {
            let late = |one: One| (one.taken, Processed::Failed(Failure::NotBefore(now.mono)));
            outcomes.extend(here.into_iter().chain(rest).map(late));
            self.phase = Phase::Answered(outcomes);
            return Step::Worked;
        }
        let ids: Vec<OrderId> = here.iter().map(|one| one.taken.job.order).collect();
        match self.tools.linnworks.process_orders(now, location, &ids) {
            Err(Failure::NotBefore(turn)) if worth_holding(turn, now) => {
                self.phase = Phase::Call(here.into_iter().chain(rest).collect(), outcomes);
                return Step::Idle(Some(turn));
            }
            Err(failure) => {
                if matches!(failure, Failure::No(_) | Failure::Unknown { .. }) {
                    self.bulk.broke(here.len());
                }
                // What it did is read before the next attempt.
                let failure = super::as_unknown(failure);
                let failed = |one: One| (one.taken, Processed::Failed(failure.clone()));
                outcomes.extend(here.into_iter().map(failed));
            }
            Ok(said) => {
                self.bulk.worked();
                outcomes.extend(here.into_iter().map(|one| answered(one, &said)));
            }
        }
        self.phase = Phase::Call(rest, outcomes);
        Step::Worked
    }

    fn settle(&mut self, outcomes: Outcomes, now: Now) -> Step {
        let (store, rules) = (&self.tools.store, self.tools.rules());
        match process::settle(store, now, rules, outcomes.clone(), self.random.u64(..)) {
            Ok(()) => {
                self.tools.wake.notify();
                Step::Worked
            }
            // Taken again when its lease lapses; it holds up no other until then.
            Err(error) if error.is_about_one() => self.tools.troubled(self.name(), &error, now),
            Err(error) => {
                self.phase = Phase::Answered(outcomes);
                self.tools.troubled(self.name(), &error, now)
            }
        }
    }
}

/// What Linnworks said of one order. A refusal because it is processed already cannot be told from others
/// by its text: the next attempt reads it first.
fn answered(one: One, said: &BTreeMap<OrderId, Option<String>>) -> (Taken, Processed) {
    let first = one.taken.job.attempts == 0;
    let outcome = match said.get(&one.taken.job.order) {
        Some(None) => Processed::Yes,
        Some(Some(what)) if first => {
            Processed::Failed(Failure::Unknown { what: format!("Linnworks refuses: {what}") })
        }
        Some(Some(what)) => Processed::Refused(what.clone()),
        None => Processed::Failed(Failure::Unknown {
            what: "Linnworks said nothing of the order".to_owned(),
        }),
    };
    (one.taken, outcome)
}

impl Actor for ProcessWorker {
    fn name(&self) -> &'static str {
        "process"
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => self.claim(now),
            Phase::Look(left, ready, outcomes) => self.look(left, ready, outcomes, now),
            Phase::State(ready, outcomes) => self.state(ready, outcomes, now),
            Phase::Call(open, outcomes) => self.call(open, outcomes, now),
            Phase::Answered(outcomes) if outcomes.is_empty() => Step::Worked,
            Phase::Answered(outcomes) => self.settle(outcomes, now),
        }
    }
}
