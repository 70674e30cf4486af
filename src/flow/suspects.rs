//! Which order of a bulk read breaks the call, so that it does not hold up the others.
//!
//! A page that fails is read again; when it fails again although other calls worked meanwhile, its
//! orders are read in ever smaller pages, until the one that cannot be read stands alone.

use std::collections::BTreeMap;

use crate::domain::ids::OrderId;

/// Orders in one page.
pub const PAGE_MAX: usize = 100;

/// Failures after which an order read alone counts as unreadable: by the seventh its page holds
/// one order, two more are for bad luck.
const FAILURES_MAX: u32 = 9;

struct Suspect {
    failures: u32,
    /// The system's count of good answers at the last failure: without a new one, a further failure
    /// says nothing about the order.
    good_answers: u64,
}

/// Orders whose pages failed.
#[derive(Default)]
pub struct Suspects(BTreeMap<OrderId, Suspect>);

impl Suspects {
    /// The next page out of `ids`: unsuspected orders first, then the least suspected, in pages of
    /// shrinking size.
    pub fn page(&self, ids: &[OrderId]) -> Vec<OrderId> {
        let failures = |id: &OrderId| self.0.get(id).map_or(0, |suspect| suspect.failures);
        let Some(least) = ids.iter().map(failures).min() else { return Vec::new() };
        let most = (PAGE_MAX >> least.saturating_sub(1).min(7)).max(1);
        ids.iter().copied().filter(|id| failures(id) == least).take(most).collect()
    }

    /// A page failed. Answers the order that has to count as unreadable, when it is proven.
    pub fn failed(&mut self, page: &[OrderId], good_answers: u64) -> Option<OrderId> {
        for id in page {
            let suspect =
                self.0.entry(*id).or_insert(Suspect { failures: 0, good_answers: u64::MAX });
            if suspect.good_answers != good_answers {
                suspect.failures += 1;
                suspect.good_answers = good_answers;
            }
        }
        match page {
            [only] if self.0.get(only).is_some_and(|suspect| suspect.failures >= FAILURES_MAX) => {
                Some(*only)
            }
            _ => None,
        }
    }

    /// A page was read.
    pub fn succeeded(&mut self, page: &[OrderId]) {
        for id in page {
            self.0.remove(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> OrderId {
        OrderId::from_bytes([n; 16])
    }

    #[test]
    fn the_one_order_that_breaks_a_page_is_found_and_the_others_are_read() {
        let mut left: Vec<OrderId> = (0..200).map(id).collect();
        let bad = id(77);
        let (mut suspects, mut good, mut unreadable) = (Suspects::default(), 0, None);
        for _ in 0..1_000 {
            let page = suspects.page(&left);
            if page.is_empty() {
                break;
            }
            if page.contains(&bad) {
                if let Some(proven) = suspects.failed(&page, good) {
                    unreadable = Some(proven);
                    left.retain(|id| *id != proven);
                }
                good += 1; // another caller's call worked
            } else {
                suspects.succeeded(&page);
                left.retain(|id| !page.contains(id));
                good += 1;
            }
        }
        assert_eq!(unreadable, Some(bad));
        assert!(left.is_empty());
    }

    #[test]
    fn an_outage_makes_no_order_suspect() {
        let mut suspects = Suspects::default();
        let ids: Vec<OrderId> = (0..100).map(id).collect();
        for _ in 0..50 {
            assert_eq!(suspects.failed(&suspects.page(&ids), 7), None);
        }
        assert_eq!(suspects.page(&ids).len(), 100);
    }
}
