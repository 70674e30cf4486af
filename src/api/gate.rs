//! The seam to call budgets and breakers: each client asks before every request and reports after
//! it. It must not know what the requests are about, and it never waits.

use crate::domain::time::{Delay, Moment, Now};

/// What a budget is kept for: a method of Linnworks, or Stream as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MethodKey(pub &'static str);

/// How a request ended, as far as budgets and breakers care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The system answered, yes or no.
    Answered,
    /// It asked us to wait.
    Throttled {
        /// From `Retry-After`.
        retry_after: Option<Delay>,
    },
    /// It does not accept our credentials or our session.
    Unauthorised,
    /// Not reached, or no clear answer.
    Failed,
}

/// Admits requests to one system.
#[derive(Debug, Default)]
pub struct Gate {}

impl Gate {
    /// Asks for one request of a method now; `limit_per_minute` is our share of its limit.
    ///
    /// # Errors
    /// The earliest moment at which to ask again.
    pub fn admit(
        &mut self,
        _key: MethodKey,
        _limit_per_minute: u32,
        _now: Moment,
    ) -> Result<(), Moment> {
        Ok(())
    }

    /// Says how a request that was admitted ended.
    pub fn report(&mut self, _key: MethodKey, _now: Now, _outcome: Outcome) {}
}
