//! Counters and histograms for those who watch from outside. Counting costs an addition and nobody waits for
//! it; what is counted decides nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::domain::time::Delay;

/// Upper ends of the ranges of a histogram, in milliseconds: from one flush of a good disk to the longest
/// time-out of a call.
pub const BOUNDS_MS: [u64; 12] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000, 30_000];

/// How long things took.
#[derive(Debug, Default)]
pub struct Histogram {
    /// One for each bound, and one for what took longer.
    ranges: [AtomicU64; BOUNDS_MS.len() + 1],
    sum_ms: AtomicU64,
}

/// A histogram as it stood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// How many took at most as long as each of [`BOUNDS_MS`].
    pub at_most: Vec<u64>,
    /// How many there were.
    pub count: u64,
    /// How long they took together.
    pub sum_ms: u64,
}

impl Histogram {
    /// One more.
    pub fn observe(&self, took: Delay) {
        let range = BOUNDS_MS.iter().position(|bound| took.0 <= *bound).unwrap_or(BOUNDS_MS.len());
        self.ranges[range].fetch_add(1, Ordering::Relaxed);
        self.sum_ms.fetch_add(took.0, Ordering::Relaxed);
    }

    /// As it stands now. The count is that of the ranges, whatever is added meanwhile.
    pub fn read(&self) -> Reading {
        let mut count = 0;
        let mut at_most = Vec::with_capacity(BOUNDS_MS.len());
        for range in &self.ranges {
            count += range.load(Ordering::Relaxed);
            at_most.push(count);
        }
        at_most.truncate(BOUNDS_MS.len());
        Reading { at_most, count, sum_ms: self.sum_ms.load(Ordering::Relaxed) }
    }
}

/// How often each of a few things happened. Keys are written in the program, never taken from outside: that
/// bounds it.
#[derive(Debug)]
pub struct Counts<K>(Mutex<BTreeMap<K, u64>>);

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl<K: Ord + Clone> Counts<K> {
    /// Once more.
    pub fn add(&self, key: K) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
    }

    /// All of them.
    pub fn get(&self) -> BTreeMap<K, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_range_counts_all_below_it_and_the_last_count_is_that_of_everything() {
        let times = Histogram::default();
        for ms in [0, 1, 3, 40, 99_999] {
            times.observe(Delay(ms));
        }
        let reading = times.read();
        assert_eq!(reading.at_most, [2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4]);
        assert_eq!((reading.count, reading.sum_ms), (5, 100_043));
    }

    #[test]
    fn things_are_counted_apart() {
        let counts = Counts::default();
        for key in ["a", "b", "a"] {
            counts.add(key);
        }
        assert_eq!(counts.get(), BTreeMap::from([("a", 2), ("b", 1)]));
    }
}
