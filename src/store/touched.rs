//! Which orders were written lately, for those who keep a list of all of them in memory. Carries no data:
//! what became of an order is read from the database.

use std::collections::VecDeque;

use crate::domain::ids::OrderId;

/// Writes remembered. Who comes later than that reads everything anew.
pub const TOUCHED_MAX: usize = 20_000;

/// What is to be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// These, some perhaps twice.
    These(Vec<OrderId>),
    /// Nobody remembers: everything.
    All,
}

/// The last writes.
#[derive(Debug)]
pub(super) struct Log {
    recent: VecDeque<OrderId>,
    /// Writes ever and one: the number of the newest. 0 is nobody's.
    count: u64,
}

impl Default for Log {
    fn default() -> Self {
        Self { recent: VecDeque::new(), count: 1 }
    }
}

impl Log {
    pub(super) fn add(&mut self, orders: impl Iterator<Item = OrderId>) {
        for order in orders {
            if self.recent.len() == TOUCHED_MAX {
                self.recent.pop_front();
            }
            self.recent.push_back(order);
            self.count += 1;
        }
    }

    /// What was written after number `seen`, and the number of the newest. 0 is before everything.
    pub(super) fn since(&self, seen: u64) -> (Touched, u64) {
        let news = usize::try_from(self.count.saturating_sub(seen)).unwrap_or(usize::MAX);
        if seen == 0 || news > self.recent.len() {
            return (Touched::All, self.count);
        }
        let from = self.recent.len() - news;
        (Touched::These(self.recent.range(from..).copied().collect()), self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> OrderId {
        OrderId::from_bytes([n; 16])
    }

    #[test]
    fn whoever_has_seen_some_is_told_the_rest_and_whoever_is_too_late_reads_everything() {
        let mut log = Log::default();
        assert_eq!(log.since(0), (Touched::All, 1));
        log.add([id(1), id(2)].into_iter());
        let (all, seen) = log.since(0);
        assert_eq!((all, seen), (Touched::All, 3));
        log.add([id(3)].into_iter());
        assert_eq!(log.since(seen), (Touched::These(vec![id(3)]), 4));
        assert_eq!(log.since(4), (Touched::These(vec![]), 4));
        log.add((0..TOUCHED_MAX).map(|_| id(4)));
        assert_eq!(log.since(4).0, Touched::These(vec![id(4); TOUCHED_MAX]));
        assert_eq!(log.since(3).0, Touched::All);
    }
}
