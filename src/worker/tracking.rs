//! Tracking numbers to Linnworks: the shipping blocks of a batch in one read, then one write each.

use std::collections::VecDeque;

use super::{Tools, worth_holding};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::domain::answer::Failure;
use crate::domain::ids::OrderId;
use crate::domain::source::Shipping;
use crate::domain::time::{Delay, Moment, Now};
use crate::flow::gather::{Bulk, Gathered};
use crate::flow::tracking::{self, Tracked};
use crate::flow::{FlowError, Settled, Taken};

/// A shipping block older than this is read again before it is written back: the whole block is
/// overwritten, and somebody may have changed it in Linnworks.
const BLOCK_AGE_MAX: Delay = Delay::secs(15);

/// A tracking job with the shipping block it was compared with.
struct Write {
    taken: Taken,
    block: Shipping,
    read_at: Moment,
}

enum Phase {
    Idle,
    Claimed(Vec<Taken>),
    Writing(VecDeque<Write>),
    Answered(Taken, Tracked, VecDeque<Write>),
    /// Settle these without a call each: read failures, orders that are gone.
    Settling(VecDeque<(Taken, Tracked)>, VecDeque<Write>),
}

/// The tracking worker.
pub struct TrackingWorker {
    tools: Tools,
    random: fastrand::Rng,
    bulk: Bulk,
    phase: Phase,
}

impl TrackingWorker {
    /// A worker; `seed` drives only the jitter of its retries.
    pub fn new(tools: Tools, seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        Self { tools, random, bulk: Bulk::of(tracking::TRACKING_BATCH_MAX), phase: Phase::Idle }
    }

    fn claim(&mut self, now: Now) -> Step {
        if let Err(turn) = self.tools.linnworks.turn(now) {
            return Step::Idle(Some(turn));
        }
        match tracking::claim(&self.tools.store, now, self.tools.rules(), self.bulk.size()) {
            Ok(Gathered::Taken(taken)) if taken.is_empty() => {
                Step::Idle(Some(now.mono.after(super::STORE_PAUSE)))
            }
            Ok(Gathered::Taken(taken)) => {
                self.phase = Phase::Claimed(taken);
                Step::Worked
            }
            Ok(Gathered::Later(moment)) => Step::Idle(moment),
            Err(error) => self.tools.troubled(self.name(), &error, now),
        }
    }

    fn read(&mut self, taken: Vec<Taken>, now: Now) -> Step {
        let ids: Vec<OrderId> = taken.iter().map(|taken| taken.job.order).collect();
        match self.tools.linnworks.open_order_details(now, &ids) {
            Err(Failure::NotBefore(turn)) if worth_holding(turn, now) => {
                self.phase = Phase::Claimed(taken);
                return Step::Idle(Some(turn));
            }
            Err(failure) => {
                if matches!(failure, Failure::No(_) | Failure::Unknown { .. }) {
                    self.bulk.broke(taken.len());
                }
                // Nothing was written: whatever the read failed on, it is read again.
                let failure = match failure {
                    Failure::No(_) => Failure::Unknown { what: failure.to_string() },
                    other => other,
                };
                let failed = taken
                    .into_iter()
                    .map(|taken| (taken, Tracked::Failed(failure.clone())))
                    .collect();
                self.phase = Phase::Settling(failed, VecDeque::new());
            }
            Ok(details) => {
                self.bulk.worked();
                let (mut settled, mut writes) = (VecDeque::new(), VecDeque::new());
                for taken in taken {
                    match details.orders.iter().find(|order| order.id == taken.job.order) {
                        Some(order) => {
                            let block = order.shipping.clone();
                            writes.push_back(Write { taken, block, read_at: now.mono });
                        }
                        None if details.unreadable.iter().any(|bad| bad.id == taken.job.order) => {
                            let what = "the order could not be read".to_owned();
                            settled.push_back((taken, Tracked::Failed(Failure::Unknown { what })));
                        }
                        None => settled.push_back((
                            taken,
                            Tracked::Moot("the order is not open any more".into()),
                        )),
                    }
                }
                self.phase = Phase::Settling(settled, writes);
            }
        }
        Step::Worked
    }

    fn write(&mut self, mut writes: VecDeque<Write>, now: Now) -> Step {
        let Some(write) = writes.pop_front() else { return Step::Worked };
        let too_old = now.mono.since(write.read_at) > BLOCK_AGE_MAX;
        if too_old || !write.taken.may_begin(now, &self.tools.rules()) {
            let again = Tracked::Failed(Failure::NotBefore(now.mono));
            self.phase = Phase::Answered(write.taken, again, writes);
            return Step::Worked;
        }
        let (ours, former) = match tracking::number(&self.tools.store, &write.taken) {
            Ok(Some(numbers)) => numbers,
            Ok(None) => {
                self.phase = Phase::Answered(
                    write.taken,
                    Tracked::Moot("there is no shipment".into()),
                    writes,
                );
                return Step::Worked;
            }
            Err(error) => return self.put_back(write, writes, &error, now),
        };
        let theirs = write.block.tracking.trim();
        let outcome = if theirs == ours.as_str() {
            Tracked::Stands(ours)
        } else if !theirs.is_empty() && former.is_none_or(|former| former.as_str() != theirs) {
            Tracked::Foreign { theirs: theirs.to_owned(), ours }
        } else {
            match self.tools.linnworks.set_tracking(now, write.taken.job.order, &write.block, &ours)
            {
                Err(Failure::NotBefore(turn)) if worth_holding(turn, now) => {
                    writes.push_front(write);
                    self.phase = Phase::Writing(writes);
                    return Step::Idle(Some(turn));
                }
                Ok(stored) if stored == ours.as_str() => Tracked::Stands(ours),
                Ok(_) => Tracked::Failed(Failure::Unknown {
                    what: "Linnworks stored another tracking number".into(),
                }),
                Err(failure) => Tracked::Failed(failure),
            }
        };
        self.phase = Phase::Answered(write.taken, outcome, writes);
        Step::Worked
    }

    fn put_back(
        &mut self,
        write: Write,
        mut writes: VecDeque<Write>,
        error: &FlowError,
        now: Now,
    ) -> Step {
        writes.push_front(write);
        self.phase = Phase::Writing(writes);
        self.tools.troubled(self.name(), error, now)
    }

    fn settle(&mut self, taken: &Taken, outcome: &Tracked, now: Now) -> Result<(), FlowError> {
        let (store, rules) = (&self.tools.store, self.tools.rules());
        let (taken, outcome) = (taken.clone(), outcome.clone());
        let number = taken.job.number;
        let random = self.random.u64(..);
        if tracking::settle(store, now, rules, taken, outcome, random)? == Settled::TooLate {
            log::warn!(order:% = number; "order {number}: what became of its tracking number came too late");
        }
        self.tools.wake.notify();
        Ok(())
    }
}

impl Actor for TrackingWorker {
    fn name(&self) -> &'static str {
        "tracking"
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => self.claim(now),
            Phase::Claimed(taken) => self.read(taken, now),
            Phase::Writing(writes) => self.write(writes, now),
            Phase::Answered(taken, outcome, writes) => match self.settle(&taken, &outcome, now) {
                Ok(()) => {
                    self.phase = Phase::Writing(writes);
                    Step::Worked
                }
                Err(error) => {
                    self.phase = Phase::Answered(taken, outcome, writes);
                    self.tools.troubled(self.name(), &error, now)
                }
            },
            Phase::Settling(mut queue, writes) => {
                let Some((taken, outcome)) = queue.pop_front() else {
                    self.phase = Phase::Writing(writes);
                    return Step::Worked;
                };
                if let Err(error) = self.settle(&taken, &outcome, now) {
                    queue.push_front((taken, outcome));
                    self.phase = Phase::Settling(queue, writes);
                    return self.tools.troubled(self.name(), &error, now);
                }
                self.phase = Phase::Settling(queue, writes);
                Step::Worked
            }
        }
    }
}
