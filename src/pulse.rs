//! What the loops last said of themselves: for `status`, and for a watchdog that is fed only while
//! the work itself advances. Holds no decision.

use std::sync::{Mutex, PoisonError};

use crate::domain::time::Timestamp;

/// Shared by the loops (who write) and by those who show it.
#[derive(Debug, Default)]
pub struct Pulse {
    next_poll: Mutex<Option<Timestamp>>,
    swept: Mutex<Option<Timestamp>>,
    untold: Mutex<Option<Timestamp>>,
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

    /// When the next round begins; `None` before the first one ended.
    pub fn next_poll(&self) -> Option<Timestamp> {
        *self.next_poll.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
