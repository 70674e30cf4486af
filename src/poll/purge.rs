//! Removes what is old, in small steps; see [`crate::flow::purge`].

use super::{STORE_PAUSE, Sources};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::domain::time::{Delay, Moment, Now};
use crate::flow::FlowError;
use crate::flow::purge::{self, Kept, Place, Stepped, Trust};

/// How often it is looked whether something is old by now.
const EVERY: Delay = Delay::mins(30);

/// The clock is trusted after so long without a jump.
const STEADY_AFTER: Delay = Delay::mins(7 * 24 * 60);

/// The wall clock may be off by this, corrected by its time servers, without having jumped.
const JUMP_MIN: Delay = Delay::mins(10);

/// Whoever removes what is old.
pub struct Purger {
    sources: Sources,
    kept: Kept,
    place: Place,
    next: Moment,
    /// When both clocks were read last, and since when they have gone alike.
    seen: Option<(Now, Moment)>,
}

impl Purger {
    /// One that keeps things for so long.
    pub fn new(sources: Sources, kept: Kept) -> Self {
        Self { sources, kept, place: Place::default(), next: Moment(0), seen: None }
    }

    /// How the wall clock has gone since the last step.
    fn trust(&mut self, now: Now) -> Trust {
        let Some((last, since)) = self.seen else {
            self.seen = Some((now, now.mono));
            return Trust::Started;
        };
        let wall = now.wall.0.saturating_sub(last.wall.0);
        let mono = i64::try_from(now.mono.since(last.mono).0).unwrap_or(i64::MAX);
        let jumped = wall.abs_diff(mono) > JUMP_MIN.0;
        let since = if jumped { now.mono } else { since };
        self.seen = Some((now, since));
        if now.mono.since(since) >= STEADY_AFTER { Trust::Steady } else { Trust::Running }
    }

    fn remove(&mut self, now: Now) -> Result<Step, FlowError> {
        let trust = self.trust(now);
        let today = purge::today(&self.sources.store, now, self.kept, trust)?;
        let open = self.sources.pulse.listed();
        match purge::step(&self.sources.store, now, &today, open.as_deref(), &mut self.place)? {
            Stepped::Removed(count) => {
                if count > 0 {
                    log::debug!("{count} old records were removed");
                }
                Ok(Step::Worked)
            }
            Stepped::Nothing => {
                self.place = Place::default();
                self.next = now.mono.after(EVERY);
                Ok(Step::Idle(Some(self.next)))
            }
        }
    }
}

impl Actor for Purger {
    fn name(&self) -> &'static str {
        "purge"
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        if self.next > now.mono {
            return Step::Idle(Some(self.next));
        }
        self.remove(now).unwrap_or_else(|error| {
            log::error!("purge: {error}");
            Step::Idle(Some(now.mono.after(STORE_PAUSE)))
        })
    }
}
