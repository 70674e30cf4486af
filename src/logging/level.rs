//! What is logged: the usual level, and another one for a while. The while ends by itself: whoever
//! asks after its end finds it over, without a thread that waits for it.
//!
//! `log` drops what is above its own limit before anybody is asked. That limit is the higher of the
//! two levels for as long as there are two: were it the lower one, nothing would come through that
//! could find the while over.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use log::LevelFilter;

use crate::domain::time::Moment;

/// Bits of a level: there are six of them.
const LEVEL_BITS: u32 = 3;

/// The levels.
pub(super) struct Levels {
    usual: AtomicUsize,
    /// The other level below, the moment of its end above; zero for none. One number, so that nobody
    /// reads half of it.
    passing: AtomicU64,
    /// Held while either changes together with the limit of `log`.
    changing: Mutex<()>,
}

impl Levels {
    pub(super) fn new(usual: LevelFilter) -> Self {
        let usual = AtomicUsize::new(usual as usize);
        Self { usual, passing: AtomicU64::new(0), changing: Mutex::new(()) }
    }

    pub(super) fn usual(&self) -> LevelFilter {
        named(self.usual.load(Ordering::Relaxed))
    }

    /// The level now. The time is asked for only while there are two.
    pub(super) fn now(&self, tell: impl FnOnce() -> Moment) -> LevelFilter {
        if self.passing.load(Ordering::Relaxed) == 0 {
            return self.usual();
        }
        let now = tell();
        match self.passing(now) {
            Some(level) => level,
            None => {
                self.change(now, || {});
                self.usual()
            }
        }
    }

    /// The higher of the levels that hold now.
    pub(super) fn most(&self, now: Moment) -> LevelFilter {
        self.usual().max(self.passing(now).unwrap_or(LevelFilter::Off))
    }

    pub(super) fn set(&self, usual: LevelFilter, now: Moment) {
        self.change(now, || self.usual.store(usual as usize, Ordering::Relaxed));
    }

    pub(super) fn set_until(&self, level: LevelFilter, end: Moment, now: Moment) {
        let packed = (end.0 << LEVEL_BITS) | level as u64;
        self.change(now, || self.passing.store(packed, Ordering::Relaxed));
    }

    fn passing(&self, now: Moment) -> Option<LevelFilter> {
        let packed = self.passing.load(Ordering::Relaxed);
        let level = usize::try_from(packed & ((1 << LEVEL_BITS) - 1)).unwrap_or_default();
        (now < Moment(packed >> LEVEL_BITS)).then(|| named(level))
    }

    /// Changes something, ends what is over, and sets the limit of `log` to match.
    fn change(&self, now: Moment, change: impl FnOnce()) {
        let _only = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        change();
        if self.passing(now).is_none() {
            self.passing.store(0, Ordering::Relaxed);
        }
        log::set_max_level(self.most(now));
    }
}

fn named(level: usize) -> LevelFilter {
    LevelFilter::iter().find(|known| *known as usize == level).unwrap_or(LevelFilter::Info)
}

#[cfg(test)]
mod tests {
    use super::*;
    use LevelFilter::{Debug, Error, Info, Off, Trace, Warn};

    fn at(levels: &Levels, now: u64) -> LevelFilter {
        levels.now(|| Moment(now))
    }

    #[test]
    fn a_level_for_a_while_ends_by_itself() {
        let levels = Levels::new(Info);
        assert_eq!(levels.now(|| panic!("the time is not asked for")), Info);
        levels.set_until(Debug, Moment(1_000), Moment(0));
        assert_eq!((at(&levels, 0), at(&levels, 999)), (Debug, Debug));
        assert_eq!(at(&levels, 1_000), Info);
        assert_eq!(levels.now(|| panic!("it is over and forgotten")), Info);
    }

    #[test]
    fn what_would_find_a_quieter_while_over_is_let_through() {
        let levels = Levels::new(Info);
        levels.set_until(Error, Moment(1_000), Moment(0));
        assert_eq!((at(&levels, 5), levels.most(Moment(5))), (Error, Info));
        levels.set_until(Trace, Moment(2_000), Moment(5));
        assert_eq!((at(&levels, 1_500), levels.most(Moment(1_500))), (Trace, Trace));
        assert_eq!(levels.most(Moment(2_000)), Info);
    }

    #[test]
    fn the_usual_level_changes_under_one_for_a_while() {
        let levels = Levels::new(Info);
        levels.set_until(Debug, Moment(1_000), Moment(0));
        levels.set(Warn, Moment(10));
        assert_eq!((at(&levels, 10), levels.usual()), (Debug, Warn));
        assert_eq!(at(&levels, 1_000), Warn);
        levels.set(Off, Moment(1_001));
        assert_eq!(at(&levels, 1_001), Off);
    }
}
