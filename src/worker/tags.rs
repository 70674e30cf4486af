//! Rounds of identifiers: read what the orders carry, one call per tag, read again when a call did
//! not say that it changed everything.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Tools, worth_holding};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::domain::answer::Failure;
use crate::domain::ids::{OrderId, Tag};
use crate::domain::source::Assigned;
use crate::domain::time::Now;
use crate::flow::Taken;
use crate::flow::gather::{Bulk, Gathered};
use crate::flow::tags::{self, Round, TagCall};

type Held = BTreeMap<OrderId, Vec<Tag>>;
type Meant = BTreeMap<OrderId, BTreeSet<Tag>>;

/// A round whose calls are being made.
struct Calling {
    taken: Vec<Taken>,
    held: Held,
    /// What each order is to carry after it.
    meant: Meant,
    calls: VecDeque<TagCall>,
    doubtful: bool,
}

enum Phase {
    Idle,
    Read(Vec<Taken>),
    Calling(Calling),
    Verify(Vec<Taken>, Meant),
    Answered(Vec<Taken>, Round),
}

/// The identifiers worker.
pub struct TagWorker {
    tools: Tools,
    random: fastrand::Rng,
    bulk: Bulk,
    phase: Phase,
}

impl TagWorker {
    /// A worker; `seed` drives only the jitter of its retries.
    pub fn new(tools: Tools, seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        Self { tools, random, bulk: Bulk::of(tags::ROUND_MAX), phase: Phase::Idle }
    }

    fn claim(&mut self, now: Now) -> Step {
        if let Err(turn) = self.tools.linnworks.turn(now) {
            return Step::Idle(Some(turn));
        }
        match tags::claim(&self.tools.store, now, self.tools.rules(), self.bulk.size()) {
            Ok(Gathered::Taken(taken)) if taken.is_empty() => {
                Step::Idle(Some(now.mono.after(super::STORE_PAUSE)))
            }
            Ok(Gathered::Taken(taken)) => {
                self.phase = Phase::Read(taken);
                Step::Worked
            }
            Ok(Gathered::Later(moment)) => Step::Idle(moment),
            Err(error) => self.tools.troubled(self.name(), &error, now),
        }
    }

    fn held(&self, taken: &[Taken], now: Now) -> Result<Held, Failure> {
        let ids: Vec<OrderId> = taken.iter().map(|taken| taken.job.order).collect();
        self.tools.linnworks.identifiers_of(now, &ids)
    }

    fn read(&mut self, taken: Vec<Taken>, now: Now) -> Step {
        match self.held(&taken, now) {
            Err(Failure::NotBefore(turn)) if worth_holding(turn, now) => {
                self.phase = Phase::Read(taken);
                return Step::Idle(Some(turn));
            }
            Err(failure) => {
                let round = self.weigh(taken.len(), failure);
                self.phase = Phase::Answered(taken, round);
            }
            Ok(held) => match tags::goal(&self.tools.store, &self.tools.rules(), &taken) {
                Ok(goal) => {
                    let calls = tags::plan(&goal, &held).into();
                    let meant = goal.wanted;
                    self.phase =
                        Phase::Calling(Calling { taken, held, meant, calls, doubtful: false });
                }
                Err(error) => {
                    self.phase = Phase::Read(taken);
                    return self.tools.troubled(self.name(), &error, now);
                }
            },
        }
        Step::Worked
    }

    fn call(&mut self, round: Calling, now: Now) -> Step {
        let Calling { taken, mut held, meant, mut calls, mut doubtful } = round;
        let Some(call) = calls.pop_front() else {
            self.phase = if doubtful {
                Phase::Verify(taken, meant)
            } else {
                Phase::Answered(taken, Round::Held(held, meant))
            };
            return Step::Worked;
        };
        // The round is somebody else's once its leases have lapsed.
        if !taken.iter().all(|taken| taken.may_begin(now, &self.tools.rules())) {
            self.phase = Phase::Answered(taken, Round::Failed(Failure::NotBefore(now.mono)));
            return Step::Worked;
        }
        let linnworks = &self.tools.linnworks;
        let answer = match &call {
            TagCall::Remove(tag, ids) => linnworks.unassign_identifier(now, tag, ids),
            TagCall::Add(tag, ids) => linnworks.assign_identifier(now, tag, ids),
        };
        match answer {
            Err(Failure::NotBefore(turn)) if worth_holding(turn, now) => {
                calls.push_front(call);
                self.phase = Phase::Calling(Calling { taken, held, meant, calls, doubtful });
                return Step::Idle(Some(turn));
            }
            Err(failure) => {
                let round = self.weigh(taken.len(), failure);
                self.phase = Phase::Answered(taken, round);
            }
            Ok(assigned) => {
                let left = apply(&mut held, &call, &assigned);
                doubtful |= !left.is_empty();
                if matches!(call, TagCall::Remove(..)) {
                    spare(&mut calls, &left);
                }
                self.phase = Phase::Calling(Calling { taken, held, meant, calls, doubtful });
            }
        }
        Step::Worked
    }

    fn verify(&mut self, taken: Vec<Taken>, meant: Meant, now: Now) -> Step {
        match self.held(&taken, now) {
            Err(Failure::NotBefore(turn)) if worth_holding(turn, now) => {
                self.phase = Phase::Verify(taken, meant);
                return Step::Idle(Some(turn));
            }
            Err(failure) => {
                let round = self.weigh(taken.len(), failure);
                self.phase = Phase::Answered(taken, round);
            }
            Ok(held) => self.phase = Phase::Answered(taken, Round::Held(held, meant)),
        }
        Step::Worked
    }

    /// A refusal of many orders at once says nothing about any of them.
    fn weigh(&mut self, took: usize, failure: Failure) -> Round {
        match failure {
            Failure::No(_) | Failure::Unknown { .. } => {
                let what = failure.to_string();
                let own = self.bulk.broke(took);
                Round::Failed(if own { failure } else { Failure::Unknown { what } })
            }
            Failure::Throttled { .. }
            | Failure::Unauthorised { .. }
            | Failure::Down { .. }
            | Failure::NotBefore(_) => Round::Failed(failure),
        }
    }

    fn settle(&mut self, taken: Vec<Taken>, round: Round, now: Now) -> Step {
        let (store, rules) = (&self.tools.store, self.tools.rules());
        match tags::settle(store, now, rules, taken.clone(), round.clone(), self.random.u64(..)) {
            Ok(()) => {
                if matches!(round, Round::Held(..)) {
                    self.bulk.worked();
                }
                self.tools.wake.notify();
                Step::Worked
            }
            Err(error) => {
                self.phase = Phase::Answered(taken, round);
                self.tools.troubled(self.name(), &error, now)
            }
        }
    }
}

/// Takes over what a call says it changed, and answers the orders it leaves in doubt: one that was not
/// changed may have had the tag already, be closed or be unknown.
fn apply(held: &mut Held, call: &TagCall, assigned: &Assigned) -> Vec<OrderId> {
    let (tag, ids, add) = match call {
        TagCall::Remove(tag, ids) => (tag, ids, false),
        TagCall::Add(tag, ids) => (tag, ids, true),
    };
    for id in &assigned.changed {
        let tags = held.entry(*id).or_default();
        tags.retain(|has| has != tag);
        if add {
            tags.push(tag.clone());
        }
    }
    ids.iter().copied().filter(|id| !assigned.changed.contains(id)).collect()
}

/// An order whose wrong tag may still be there gets no other in this round: no tag is safer on a
/// loading bay than two.
fn spare(calls: &mut VecDeque<TagCall>, orders: &[OrderId]) {
    for call in calls.iter_mut() {
        if let TagCall::Add(_, ids) = call {
            ids.retain(|id| !orders.contains(id));
        }
    }
    calls.retain(|call| match call {
        TagCall::Add(_, ids) | TagCall::Remove(_, ids) => !ids.is_empty(),
    });
}

impl Actor for TagWorker {
    fn name(&self) -> &'static str {
        "identifiers"
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => self.claim(now),
            Phase::Read(taken) => self.read(taken, now),
            Phase::Calling(round) => self.call(round, now),
            Phase::Verify(taken, meant) => self.verify(taken, meant, now),
            Phase::Answered(taken, round) => self.settle(taken, round, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_that_keeps_a_wrong_tag_gets_no_other_beside_it() {
        let [kept, freed] = [1, 2].map(|n| OrderId::from_bytes([n; 16]));
        let (error, sent) = (Tag::from("ERROR"), Tag::from("SENT"));
        let mut held: Held =
            [(kept, vec![error.clone()]), (freed, vec![error.clone()])].into_iter().collect();
        let removal = TagCall::Remove(error, vec![kept, freed]);
        let mut calls: VecDeque<TagCall> = [
            TagCall::Add(sent.clone(), vec![kept, freed]),
            TagCall::Add(Tag::from("RUN 01"), vec![kept]),
        ]
        .into();
        let left =
            apply(&mut held, &removal, &Assigned { changed: vec![freed], not_changed: vec![kept] });
        spare(&mut calls, &left);
        assert_eq!(calls, [TagCall::Add(sent, vec![freed])]);
    }
}
