//! The time seam, and the only reader of the system's clocks.
//!
//! Held from layer 4 up. Everything below gets a [`Now`] as an argument.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::domain::time::{Delay, Moment, Now, Timestamp};

/// Microseconds of the system's own monotonic clock: the service manager compares its moments with ours.
pub fn monotonic_usec() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    seconds * 1_000_000 + u64::try_from(time.tv_nsec).unwrap_or_default() / 1_000
}

/// Reads both clocks.
pub trait Clock: Send + Sync {
    /// What time it is.
    fn now(&self) -> Now;
}

/// The system's clocks.
pub struct SystemClock {
    started: Instant,
    origin: Moment,
}

impl SystemClock {
    /// A clock whose monotonic time continues at `origin`: the latest moment the database has seen,
    /// or zero.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the monotonic clock")]
    pub fn continuing(origin: Moment) -> Self {
        Self { started: Instant::now(), origin }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Now {
        let wall = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Now { wall: Timestamp(wall), mono: self.origin.after(Delay(elapsed)) }
    }
}
