//! Readers of shipments: what notifications and people asked for, and the sweep that needs nobody to tell it.
//! Several run side by side; `Busy` keeps two of them off the same order.

use std::sync::Arc;

use super::{STORE_PAUSE, Sources};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::domain::answer::{Failure, Look};
use crate::domain::order::Haste;
use crate::domain::rules::Mode;
use crate::domain::time::{Delay, Moment, Now};
use crate::domain::trail::{Trail, Whereabouts};
use crate::flow::FlowError;
use crate::flow::standing::{self, Busy, Reading, Seen};

/// Readers side by side: a run of twenty stops is read within a second or two at usual latencies, and the
/// pace of calls is kept by the budget.
pub const READERS: usize = 4;

/// While creates wait, the sweep gives way; it is looked again after this.
const GIVE_WAY: Delay = Delay::secs(5);

enum Phase {
    Idle,
    Claimed(Box<Reading>),
    /// It is over, and perhaps it was sent anew.
    Over(Box<Reading>, Seen),
    Answered(Box<Reading>, Result<Seen, Failure>),
}

/// A reader.
pub struct Reader {
    sources: Sources,
    busy: Arc<Busy>,
    random: fastrand::Rng,
    phase: Phase,
}

impl Reader {
    /// A reader; those that share `busy` share the work.
    pub fn new(sources: Sources, busy: Arc<Busy>, seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        Self { sources, busy, random, phase: Phase::Idle }
    }

    fn claim(&mut self, now: Now) -> Step {
        // In a dry run nothing of what is read would be written.
        if self.sources.rules.get().mode == Mode::DryRun {
            return Step::Idle(None);
        }
        if let Err(turn) = self.sources.stream.turn(now) {
            return Step::Idle(Some(turn));
        }
        match standing::claim(&self.sources.store, now, &self.busy) {
            Ok(Some(reading)) => {
                self.phase = Phase::Claimed(Box::new(reading));
                Step::Worked
            }
            Ok(None) => self.rest(now),
            Err(error) => self.troubled(&error, now),
        }
    }

    /// Nothing is to be read now: when is the next due?
    fn rest(&mut self, now: Now) -> Step {
        let due = self.sources.store.read(|view| {
            let mut first: Option<Moment> = None;
            for haste in Haste::ALL {
                first = first.into_iter().chain(view.next_read(haste)?).min();
            }
            Ok(first)
        });
        match due {
            // One that is due and was not taken is being read, or gives way to creates.
            Ok(Some(due)) if due <= now.mono => Step::Idle(Some(now.mono.after(GIVE_WAY))),
            Ok(due) => {
                self.sources.pulse.set_swept(now.wall);
                Step::Idle(due)
            }
            Err(error) => self.troubled(&FlowError::Store(error), now),
        }
    }

    fn call(&mut self, reading: Box<Reading>, now: Now) -> Step {
        let seen = match &reading.status {
            Some(before) => {
                self.sources.stream.status(now, &reading.order_no).map(|word| match word {
                    Some(word) if word.trim() == before.trim() => Some(Seen::Same),
                    // It changed, or is not there: the order itself says what it means.
                    Some(_) => None,
                    None => Some(Seen::Absent),
                })
            }
            None => self.sources.stream.find(now, &reading.order_no).map(|look| {
                Some(match look {
                    Look::Found(found) => Seen::Found(found),
                    Look::Absent => Seen::Absent,
                })
            }),
        };
        match seen {
            Err(Failure::NotBefore(turn)) => {
                self.phase = Phase::Claimed(reading);
                Step::Idle(Some(turn))
            }
            Ok(None) => {
                self.phase = Phase::Claimed(Box::new(reading.whole()));
                Step::Worked
            }
            Ok(Some(seen)) => {
                let sought = seen.is_over() && reading.later.is_some();
                self.phase = if sought {
                    Phase::Over(reading, seen)
                } else {
                    Phase::Answered(reading, Ok(seen))
                };
                Step::Worked
            }
            Err(failure) => {
                self.phase = Phase::Answered(reading, Err(failure));
                Step::Worked
            }
        }
    }

    /// One later number after the other.
    fn look_further(&mut self, mut reading: Box<Reading>, seen: Seen, now: Now) -> Step {
        let order_no = reading.later.as_ref().and_then(Trail::next);
        let (Some(trail), Some(order_no)) = (&mut reading.later, order_no) else {
            let seen = match reading.later.as_ref().map(Trail::whereabouts) {
                Some(Whereabouts::Lives(generation, found)) => Seen::Moved(generation, found),
                Some(Whereabouts::Nowhere | Whereabouts::Cancelled(_) | Whereabouts::Twice(..))
                | None => seen,
            };
            self.phase = Phase::Answered(reading, Ok(seen));
            return Step::Worked;
        };
        match self.sources.stream.find(now, &order_no) {
            Err(Failure::NotBefore(turn)) => {
                self.phase = Phase::Over(reading, seen);
                Step::Idle(Some(turn))
            }
            Err(failure) => {
                self.phase = Phase::Answered(reading, Err(failure));
                Step::Worked
            }
            Ok(look) => {
                trail.saw(look);
                self.phase = Phase::Over(reading, seen);
                Step::Worked
            }
        }
    }

    fn settle(&mut self, reading: Box<Reading>, seen: Result<Seen, Failure>, now: Now) -> Step {
        let (store, rules) = (&self.sources.store, self.sources.rules.get());
        let random = self.random.u64(..);
        match standing::settle(store, now, rules, (*reading).clone(), seen.clone(), random) {
            Ok(changed) => {
                self.busy.release(reading.order);
                if changed && reading.haste != Haste::Asked {
                    self.sources.pulse.set_untold(now.wall);
                }
                self.sources.wake.notify();
                Step::Worked
            }
            Err(error) if error.is_about_one() => {
                log::error!(
                    order:% = reading.number;
                    "sweep: order {}: {error}; it is read again later", reading.number
                );
                self.busy.release(reading.order);
                match standing::put_off(store, now, &reading) {
                    Ok(()) => Step::Worked,
                    Err(error) => self.troubled(&error, now),
                }
            }
            Err(error) => {
                self.phase = Phase::Answered(reading, seen);
                self.troubled(&error, now)
            }
        }
    }

    fn troubled(&self, error: &FlowError, now: Now) -> Step {
        log::error!("sweep: {error}");
        Step::Idle(Some(now.mono.after(STORE_PAUSE)))
    }
}

impl Actor for Reader {
    fn name(&self) -> &'static str {
        "sweep"
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => self.claim(now),
            Phase::Claimed(reading) => self.call(reading, now),
            Phase::Over(reading, seen) => self.look_further(reading, seen, now),
            Phase::Answered(reading, seen) => self.settle(reading, seen, now),
        }
    }
}
