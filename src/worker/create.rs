//! Creates in Stream, one at a time, from a batch of at most ten.

use std::collections::VecDeque;

use super::{Tools, worth_holding};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::domain::answer::{Failure, Receipt};
use crate::domain::ids::JobId;
use crate::domain::job::Class;
use crate::domain::time::Now;
use crate::flow::create::{self, Attempt, Batch, Claim};
use crate::flow::{FlowError, Settled};

enum Phase {
    Idle,
    Claimed(Box<Batch>),
    Answered(Box<Attempt>, VecDeque<JobId>, Result<Receipt, Failure>),
}

/// A create worker. Several may run; none takes what another holds.
pub struct CreateWorker {
    tools: Tools,
    random: fastrand::Rng,
    phase: Phase,
}

impl CreateWorker {
    /// A worker; `seed` drives only the jitter of its retries.
    pub fn new(tools: Tools, seed: u64) -> Self {
        Self { tools, random: fastrand::Rng::with_seed(seed), phase: Phase::Idle }
    }

    fn claim(&mut self, now: Now) -> Step {
        if self.tools.is_stopping() {
            return Step::Idle(None);
        }
        if self.tools.tidy(self.name(), now) {
            return Step::Worked;
        }
        // Asked before the intent is written: a closed breaker or a spent budget costs no commit.
        if let Err(turn) = self.tools.stream.turn(now) {
            return Step::Idle(Some(turn));
        }
        match create::claim(&self.tools.store, now, self.tools.rules()) {
            Ok(Claim::Batch(batch)) => {
                self.phase = Phase::Claimed(batch);
                Step::Worked
            }
            Ok(Claim::Moved) => {
                self.tools.wake.notify();
                Step::Worked
            }
            Ok(Claim::Nothing) => self.rest(now),
            Err(error) => self.tools.troubled(self.name(), &error, now),
        }
    }

    fn rest(&self, now: Now) -> Step {
        match self.tools.store.read(|view| view.next_due(Class::Create)) {
            // Due, and yet nothing was taken: paused, switched off, or put aside just now.
            Ok(Some(due)) if due <= now.mono => {
                Step::Idle(Some(now.mono.after(super::STORE_PAUSE)))
            }
            Ok(due) => Step::Idle(due),
            Err(error) => self.tools.troubled(self.name(), &FlowError::Store(error), now),
        }
    }

    fn call(&mut self, batch: Box<Batch>, now: Now) -> Step {
        let outcome = if batch.first.taken.may_begin(now, &self.tools.rules()) {
            self.tools.stream.create(now, &batch.first.shipment)
        } else {
            Err(Failure::NotBefore(now.mono))
        };
        match outcome {
            Err(Failure::NotBefore(turn)) if turn > now.mono && worth_holding(turn, now) => {
                self.phase = Phase::Claimed(batch);
                Step::Idle(Some(turn))
            }
            outcome => {
                let Batch { first, rest } = *batch;
                self.phase = Phase::Answered(Box::new(first), rest, outcome);
                Step::Worked
            }
        }
    }

    fn settle(
        &mut self,
        attempt: Box<Attempt>,
        rest: VecDeque<JobId>,
        outcome: Result<Receipt, Failure>,
        now: Now,
    ) -> Step {
        let (store, rules) = (&self.tools.store, self.tools.rules());
        let random = self.random.u64(..);
        let settlement = create::Settlement {
            taken: attempt.taken.clone(),
            outcome: outcome.clone(),
            rest: rest.clone(),
            go_on: !self.tools.is_stopping(),
            random,
        };
        match create::settle(store, now, rules, settlement) {
            Ok((settled, next)) => {
                if settled == Settled::TooLate {
                    log::warn!(
                        order:% = attempt.taken.job.number, job:% = attempt.taken.job.id;
                        "order {}: an answer came too late and was discarded",
                        attempt.taken.job.number
                    );
                }
                self.phase = next.map_or(Phase::Idle, |batch| Phase::Claimed(Box::new(batch)));
                self.tools.wake.notify();
                Step::Worked
            }
            Err(error) => {
                self.phase = Phase::Answered(attempt, rest, outcome);
                self.tools.troubled(self.name(), &error, now)
            }
        }
    }
}

impl Actor for CreateWorker {
    fn name(&self) -> &'static str {
        "create"
    }

    fn owes(&self) -> bool {
        !matches!(self.phase, Phase::Idle)
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => self.claim(now),
            Phase::Claimed(batch) => self.call(batch, now),
            Phase::Answered(attempt, rest, outcome) => self.settle(attempt, rest, outcome, now),
        }
    }
}
