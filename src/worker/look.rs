//! Looks in Stream for creates that may have happened. They go on while creating is paused.

use super::{Tools, worth_holding};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::domain::answer::Failure;
use crate::domain::job::Class;
use crate::domain::time::Now;
use crate::flow::FlowError;
use crate::flow::look::{self, Looking};

enum Phase {
    Idle,
    /// `true`: some number was looked at.
    Claimed(Box<Looking>, bool),
    Answered(Box<Looking>, Result<(), Failure>),
}

/// The look worker.
pub struct LookWorker {
    tools: Tools,
    phase: Phase,
}

impl LookWorker {
    /// A worker.
    pub fn new(tools: Tools) -> Self {
        Self { tools, phase: Phase::Idle }
    }

    fn claim(&mut self, now: Now) -> Step {
        if let Err(turn) = self.tools.stream.turn(now) {
            return Step::Idle(Some(turn));
        }
        match look::claim(&self.tools.store, now, self.tools.rules()) {
            Ok(Some(looking)) => {
                self.phase = Phase::Claimed(Box::new(looking), false);
                Step::Worked
            }
            Ok(None) => match self.tools.store.read(|view| view.next_due(Class::Look)) {
                Ok(due) => Step::Idle(due),
                Err(error) => self.tools.troubled(self.name(), &FlowError::Store(error), now),
            },
            Err(error) => self.tools.troubled(self.name(), &error, now),
        }
    }

    /// One number after the other.
    fn call(&mut self, mut looking: Box<Looking>, begun: bool, now: Now) -> Step {
        let Some(order_no) = looking.trail.next() else {
            self.phase = Phase::Answered(looking, Ok(()));
            return Step::Worked;
        };
        let may = if begun {
            looking.may_go_on(now)
        } else {
            looking.taken.may_begin(now, &self.tools.rules())
        };
        let outcome = if may {
            self.tools.stream.find(now, &order_no)
        } else {
            Err(Failure::NotBefore(now.mono))
        };
        match outcome {
            Err(Failure::NotBefore(turn)) if turn > now.mono && worth_holding(turn, now) => {
                self.phase = Phase::Claimed(looking, begun);
                Step::Idle(Some(turn))
            }
            Err(failure) => {
                self.phase = Phase::Answered(looking, Err(failure));
                Step::Worked
            }
            Ok(look) => {
                looking.trail.saw(look);
                self.phase = if looking.trail.next().is_some() {
                    Phase::Claimed(looking, true)
                } else {
                    Phase::Answered(looking, Ok(()))
                };
                Step::Worked
            }
        }
    }

    fn settle(&mut self, looking: Box<Looking>, outcome: Result<(), Failure>, now: Now) -> Step {
        let (store, rules) = (&self.tools.store, self.tools.rules());
        match look::settle(store, now, rules, (*looking).clone(), outcome.clone()) {
            Ok(_) => {
                self.tools.wake.notify();
                Step::Worked
            }
            Err(error) => {
                self.phase = Phase::Answered(looking, outcome);
                self.tools.troubled(self.name(), &error, now)
            }
        }
    }
}

impl Actor for LookWorker {
    fn name(&self) -> &'static str {
        "look"
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => self.claim(now),
            Phase::Claimed(looking, begun) => self.call(looking, begun, now),
            Phase::Answered(looking, outcome) => self.settle(looking, outcome, now),
        }
    }
}
