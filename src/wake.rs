//! "Something changed, look again": a counter and a condition variable, carrying no data.
//!
//! Whoever is woken reads the store to learn what there is to do, so a lost wake-up costs latency
//! and never work. This module knows nothing of orders, jobs or consoles.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A wake-up shared by everybody who holds a clone of it.
#[derive(Clone, Default)]
pub struct Wake(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Default)]
struct State {
    count: u64,
    closed: bool,
}

impl Wake {
    /// A wake-up that nobody has used yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wakes everybody who waits, and everybody whose next [`wait`](Self::wait) names a count from
    /// before this call.
    pub fn notify(&self) {
        let mut state = self.lock();
        state.count = state.count.wrapping_add(1);
        drop(state);
        self.0.changed.notify_all();
    }

    /// The count to hand to the next [`wait`](Self::wait). Read it before looking for work: what
    /// arrives in between then ends the wait at once.
    pub fn current(&self) -> u64 {
        self.lock().count
    }

    /// Waits until the count is no longer `seen`, until closed, or for `at_most`. Answers the count.
    pub fn wait(&self, seen: u64, at_most: Duration) -> u64 {
        let state = self.lock();
        let waited = self
            .0
            .changed
            .wait_timeout_while(state, at_most, |now| now.count == seen && !now.closed);
        match waited {
            Ok((state, _)) => state.count,
            Err(poisoned) => poisoned.into_inner().0.count,
        }
    }

    /// Ends every wait, now and later.
    pub fn close(&self) {
        self.lock().closed = true;
        self.0.changed.notify_all();
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Two plain values: a thread that panicked while it held them left nothing half done.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than any test may take: a wait that lasts this long shows as a hanging test.
    const FOREVER: Duration = Duration::from_secs(3600);

    #[test]
    fn a_notification_between_looking_and_waiting_is_not_lost() {
        let wake = Wake::new();
        let seen = wake.current();
        wake.notify();
        assert_eq!(wake.wait(seen, FOREVER), seen + 1);
    }

    #[test]
    fn a_wait_without_a_notification_ends_after_its_time() {
        let wake = Wake::new();
        assert_eq!(wake.wait(wake.current(), Duration::from_millis(1)), 0);
    }

    #[test]
    fn one_notification_wakes_everybody_who_waits() {
        let wake = Wake::new();
        let seen = wake.current();
        let waiting: Vec<_> = (0..4)
            .map(|_| {
                let wake = wake.clone();
                std::thread::spawn(move || wake.wait(seen, FOREVER))
            })
            .collect();
        wake.notify();
        for thread in waiting {
            assert_eq!(thread.join().expect("no panic"), seen + 1);
        }
    }

    #[test]
    fn closing_ends_the_waits_under_way_and_every_later_one() {
        let wake = Wake::new();
        let seen = wake.current();
        let thread = {
            let wake = wake.clone();
            std::thread::spawn(move || wake.wait(seen, FOREVER))
        };
        wake.close();
        thread.join().expect("no panic");
        assert_eq!(wake.wait(seen, FOREVER), seen);
        assert!(wake.is_closed());
    }
}
