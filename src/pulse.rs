//! What the loops last said of themselves: for `status`, and for a watchdog that is fed only while
//! the work itself advances. Holds no decision.

use std::sync::{Mutex, PoisonError};

use crate::domain::time::Timestamp;

/// Shared by the loops (who write) and by those who show it.
#[derive(Debug, Default)]
pub struct Pulse {
    next_poll: Mutex<Option<Timestamp>>,
}

impl Pulse {
    /// The poller says when its next round begins.
    pub fn set_next_poll(&self, at: Timestamp) {
        *self.next_poll.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }

    /// When the next round begins; `None` before the first one ended.
    pub fn next_poll(&self) -> Option<Timestamp> {
        *self.next_poll.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
