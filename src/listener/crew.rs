//! The threads that serve connections: each waits a while for the next connection before it ends, so that a
//! burst of notifications pays for its threads once.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is handed to threads that are idle.
pub(super) struct Crew<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    handed: VecDeque<T>,
    idle: usize,
    ended: bool,
}

impl<T> Default for Crew<T> {
    fn default() -> Self {
        let state = State { handed: VecDeque::new(), idle: 0, ended: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }
}

impl<T> Crew<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands work to an idle thread; given back when there is none, and the caller starts one.
    pub(super) fn hand(&self, work: T) -> Option<T> {
        let mut state = self.lock();
        // Each that waits takes one.
        if state.idle <= state.handed.len() || state.ended {
            return Some(work);
        }
        state.handed.push_back(work);
        drop(state);
        self.changed.notify_one();
        None
    }

    /// Waits for work; `None` when none came within this time, or none will come.
    pub(super) fn next(&self, within: Duration) -> Option<T> {
        let mut state = self.lock();
        state.idle += 1;
        let waits = |state: &mut State<T>| state.handed.is_empty() && !state.ended;
        let waited = self.changed.wait_timeout_while(state, within, waits);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.idle -= 1;
        state.handed.pop_front()
    }

    /// Nothing is handed out any more; who waits is let go.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_handed_only_to_a_thread_that_waits_for_it() {
        let crew = Crew::default();
        assert_eq!(crew.hand(1), Some(1), "nobody waits");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| crew.next(Duration::from_secs(30)));
            while crew.lock().idle == 0 {
                std::thread::yield_now();
            }
            assert_eq!(crew.hand(2), None);
            assert_eq!(crew.hand(3), Some(3), "the one has its work");
            assert_eq!(waiting.join().expect("no panic"), Some(2));
        });
        crew.end();
        assert_eq!(crew.next(Duration::from_secs(30)), None, "at once");
        assert_eq!(crew.hand(4), Some(4));
    }
}
