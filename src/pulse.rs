//! What the loops last said of themselves: for `status`, and for a watchdog that is fed only while
//! the work itself advances. Holds no decision.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::ids::OrderId;
use crate::domain::time::{Delay, Moment, Timestamp};

/// A loop that has not come round for so long is stuck. A step may sign in and call, 60 s each, and wait for the
/// store; an idle loop sleeps for 60 s. So a beat that is younger than this says nothing against a loop, and the
/// interval of the service manager's watchdog is no measure of it.
pub const STUCK_AFTER: Delay = Delay::mins(4);

/// Shared by the loops (who write) and by those who show it.
#[derive(Debug, Default)]
pub struct Pulse {
    next_poll: Mutex<Option<Timestamp>>,
    swept: Mutex<Option<Timestamp>>,
    untold: Mutex<Option<Timestamp>>,
    listed: Mutex<Option<Arc<BTreeSet<OrderId>>>>,
    /// Number of the loop, its name, and when it last came round.
    beats: Mutex<BTreeMap<usize, (&'static str, Moment)>>,
    fed: AtomicU64,
    withheld: AtomicU64,
}

impl Pulse {
    /// The poller says when its next round begins.
    pub fn set_next_poll(&self, at: Timestamp) {
        *self.next_poll.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }

    /// The sweep says that nothing is left to be read.
    pub fn set_swept(&self, at: Timestamp) {
        *self.swept.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }

    /// When nothing was left to be read; `None` before that.
    pub fn swept(&self) -> Option<Timestamp> {
        *self.swept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sweep found a change that no notification had told of.
    pub fn set_untold(&self, at: Timestamp) {
        *self.untold.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }

    /// When it last found one.
    pub fn untold(&self) -> Option<Timestamp> {
        *self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The poller says which orders Linnworks lists as open, all of them.
    pub fn set_listed(&self, open: BTreeSet<OrderId>) {
        let open = Some(Arc::new(open));
        *self.listed.lock().unwrap_or_else(PoisonError::into_inner) = open;
    }

    /// The orders that Linnworks listed as open last; `None` before they were read.
    pub fn listed(&self) -> Option<Arc<BTreeSet<OrderId>>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A loop comes round.
    pub fn beat(&self, number: usize, name: &'static str, now: Moment) {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner).insert(number, (name, now));
    }

    /// Loops that have not come round for too long.
    pub fn stuck(&self, now: Moment) -> Vec<&'static str> {
        let beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        let late = beats.values().filter(|(_, at)| now.since(*at) >= STUCK_AFTER);
        late.map(|(name, _)| *name).collect()
    }

    /// How long ago each loop last came round; of loops of one name the longest.
    pub fn ages(&self, now: Moment) -> BTreeMap<&'static str, Delay> {
        let beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ages = BTreeMap::new();
        for (name, at) in beats.values() {
            let age = ages.entry(*name).or_insert(Delay::ZERO);
            *age = now.since(*at).max(*age);
        }
        ages
    }

    /// The service manager was told that the work goes on, or not told because it does not.
    pub fn watchdog(&self, fed: bool) {
        let counter = if fed { &self.fed } else { &self.withheld };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it was told, and how often not.
    pub fn watchdog_counts(&self) -> (u64, u64) {
        (self.fed.load(Ordering::Relaxed), self.withheld.load(Ordering::Relaxed))
    }

    /// When the next round begins; `None` before the first one ended.
    pub fn next_poll(&self) -> Option<Timestamp> {
        *self.next_poll.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_in_its_longest_call_or_sleep_is_not_stuck_and_one_that_never_comes_round_is() {
        let pulse = Pulse::default();
        pulse.beat(0, "poll", Moment(0));
        pulse.beat(1, "create", Moment(0));
        assert_eq!(pulse.stuck(Moment(Delay::secs(180).0)), Vec::<&str>::new());
        pulse.beat(1, "create", Moment(Delay::secs(200).0));
        assert_eq!(pulse.stuck(Moment(STUCK_AFTER.0)), ["poll"]);
    }

    #[test]
    fn of_loops_of_one_name_the_longest_age_is_shown() {
        let pulse = Pulse::default();
        pulse.beat(0, "create", Moment(1_000));
        pulse.beat(1, "create", Moment(4_000));
        assert_eq!(pulse.ages(Moment(5_000)), BTreeMap::from([("create", Delay::secs(4))]));
    }
}
