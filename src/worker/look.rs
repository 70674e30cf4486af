//! Looks in Stream for creates that may have happened. They go on while creating is paused.

use super::{Tools, worth_holding};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::domain::answer::{Failure, Look};
use crate::domain::job::Class;
use crate::domain::time::Now;
use crate::flow::FlowError;
use crate::flow::look::{self, Looking};

enum Phase {
    Idle,
    Claimed(Box<Looking>),
    Answered(Box<Looking>, Result<Look, Failure>),
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
                self.phase = Phase::Claimed(Box::new(looking));
                Step::Worked
            }
            Ok(None) => match self.tools.store.read(|view| view.next_due(Class::Look)) {
                Ok(due) => Step::Idle(due),
                Err(error) => self.tools.troubled(self.name(), &FlowError::Store(error), now),
            },
            Err(error) => self.tools.troubled(self.name(), &error, now),
        }
    }

    fn call(&mut self, looking: Box<Looking>, now: Now) -> Step {
        let outcome = if looking.taken.may_begin(now, &self.tools.rules()) {
            self.tools.stream.find(now, &looking.order_no)
        } else {
            Err(Failure::NotBefore(now.mono))
        };
        match outcome {
            Err(Failure::NotBefore(turn)) if turn > now.mono && worth_holding(turn, now) => {
                self.phase = Phase::Claimed(looking);
                Step::Idle(Some(turn))
            }
            outcome => {
                self.phase = Phase::Answered(looking, outcome);
                Step::Worked
            }
        }
    }

    fn settle(&mut self, looking: Box<Looking>, outcome: Result<Look, Failure>, now: Now) -> Step {
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
            Phase::Claimed(looking) => self.call(looking, now),
            Phase::Answered(looking, outcome) => self.settle(looking, outcome, now),
        }
    }
}
