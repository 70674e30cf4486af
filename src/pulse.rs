//! What the loops last said of themselves: for `status`, and for a watchdog that is fed only while
//! the work itself advances. Holds no decision.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::ids::OrderId;
use crate::domain::time::{Delay, Moment, Timestamp};

/// A loop that has not come round for so long is stuck: no call and no sleep lasts longer.
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

    /// When the next round begins; `None` before the first one ended.
    pub fn next_poll(&self) -> Option<Timestamp> {
        *self.next_poll.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
