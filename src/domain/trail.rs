//! Under which of its numbers does Stream have an order? The trail of an order is what Stream showed
//! under one number after the other.
//!
//! Who knows what passed looks at one number. Whose records are lost, or older than what happened, looks
//! at several: a generation that was taken back is not shown any more, and one after it may live.

use super::answer::{Found, Look};
use super::ids::{Generation, OrderNumber, StreamOrderNo, TrackingNumber};
use super::plan::Arrival;

/// Numbers looked at when nothing says which of them were used: most orders have one shipment, an order
/// whose address was corrected has two, and each further number costs a call for every open order.
pub const LOOKED_AT: usize = 3;

/// Numbers looked at, at most, for an order that Linnworks shows as sent and that is under none of the
/// first ones: nobody corrects one order so often.
pub const NUMBERS_MAX: usize = 9;

/// What was seen so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    number: OrderNumber,
    first: Generation,
    width: Width,
    /// Of the first number, the second, and so on.
    seen: Vec<Look>,
}

/// How many numbers are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// The first alone.
    One,
    /// Several, and those after the last that was found.
    Several,
    /// As `Several`, and further while none of them lives: Linnworks shows the order as sent.
    Sought,
}

/// What the whole trail says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// Stream has the order under none of the numbers.
    Nowhere,
    /// It has it as cancelled; this is the last number that was used for certain.
    Cancelled(Generation),
    /// It lives, once.
    Lives(Generation, Box<Found>),
    /// It lives twice: the first two of its numbers.
    Twice(Generation, Generation),
}

impl Trail {
    /// Of which nothing was seen yet.
    pub const fn new(number: OrderNumber, first: Generation, width: Width) -> Self {
        Self { number, first, width, seen: Vec::new() }
    }

    /// Whether more than one number is looked at.
    pub fn is_wide(&self) -> bool {
        self.width != Width::One
    }

    fn generation(&self, at: usize) -> Generation {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        Generation(self.first.0.saturating_add(at))
    }

    /// What is to be looked for next; `None`: all was seen.
    pub fn next(&self) -> Option<StreamOrderNo> {
        let seen = self.seen.len();
        let last = self.seen.iter().rposition(|look| matches!(look, Look::Found(_)));
        let after_the_last = last.map_or(0, |last| last + 2);
        let wanted = match self.width {
            Width::One => 1,
            Width::Several => LOOKED_AT.max(after_the_last),
            Width::Sought if self.living().next().is_some() => LOOKED_AT.max(after_the_last),
            Width::Sought => NUMBERS_MAX,
        };
        (seen < wanted.min(NUMBERS_MAX))
            .then(|| StreamOrderNo::of(self.number, self.generation(seen)))
    }

    /// What Stream showed under that number.
    pub fn saw(&mut self, look: Look) {
        self.seen.push(look);
    }

    fn found(&self) -> impl Iterator<Item = (Generation, &Found)> {
        self.seen.iter().enumerate().filter_map(|(at, look)| match look {
            Look::Found(found) => Some((self.generation(at), &**found)),
            Look::Absent => None,
        })
    }

    fn living(&self) -> impl Iterator<Item = (Generation, &Found)> {
        self.found().filter(|(_, found)| found.arrival() != Arrival::Cancelled)
    }

    /// What was seen under the first number.
    pub fn first(&self) -> Look {
        self.seen.first().cloned().unwrap_or(Look::Absent)
    }

    /// What all of it says.
    pub fn whereabouts(&self) -> Whereabouts {
        let mut living = self.living();
        match (living.next(), living.next()) {
            (Some((one, _)), Some((two, _))) => Whereabouts::Twice(one, two),
            (Some((generation, found)), None) => {
                Whereabouts::Lives(generation, Box::new(found.clone()))
            }
            (None, _) => match self.found().last() {
                Some((generation, _)) => Whereabouts::Cancelled(generation),
                None => Whereabouts::Nowhere,
            },
        }
    }

    /// The tracking number of the last shipment that was taken back, where Stream still shows it: it may
    /// stand in Linnworks, and is ours.
    pub fn tracking_before(&self) -> Option<TrackingNumber> {
        let over = self.found().filter(|(_, found)| found.arrival() == Arrival::Cancelled);
        over.filter_map(|(_, found)| found.tracking.clone()).last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ConsignmentNo;
    use crate::domain::plan::Goods;

    fn found(status: &str) -> Look {
        Look::Found(Box::new(Found {
            consignment: ConsignmentNo("C-1".into()),
            tracking: Some(TrackingNumber(format!("T-{status}"))),
            tracking_url: String::new(),
            status: status.into(),
            name: String::new(),
            postcode: String::new(),
            reference: String::new(),
            collection: false,
            plan: None,
            goods: Goods::default(),
            items: Vec::new(),
        }))
    }

    /// Looks to the end; answers the numbers and what they say.
    fn walk(width: Width, there: &[(&str, &str)]) -> (Vec<String>, Trail) {
        let mut trail = Trail::new(OrderNumber(7), Generation::FIRST, width);
        let mut asked = Vec::new();
        while let Some(no) = trail.next() {
            let status = there.iter().find(|(number, _)| *number == no.as_str());
            trail.saw(status.map_or(Look::Absent, |(_, status)| found(status)));
            asked.push(no.to_string());
        }
        (asked, trail)
    }

    fn lives(trail: &Trail) -> Option<u32> {
        match trail.whereabouts() {
            Whereabouts::Lives(generation, _) => Some(generation.0),
            Whereabouts::Nowhere | Whereabouts::Cancelled(_) | Whereabouts::Twice(..) => None,
        }
    }

    #[test]
    fn who_knows_what_passed_looks_at_one_number() {
        let (asked, trail) = walk(Width::One, &[("7", "ENTERED")]);
        assert_eq!(asked, ["7"]);
        assert_eq!(lives(&trail), Some(1));
    }

    #[test]
    fn a_later_number_is_found_behind_one_that_is_not_shown_any_more() {
        let (asked, trail) = walk(Width::Several, &[("7-2", "PLANNED")]);
        assert_eq!(asked, ["7", "7-2", "7-3"]);
        assert_eq!(lives(&trail), Some(2));
        let (asked, trail) = walk(Width::Several, &[("7-3", "ENTERED")]);
        assert_eq!(asked, ["7", "7-2", "7-3", "7-4"], "one past the last that was found");
        assert_eq!(lives(&trail), Some(3));
    }

    #[test]
    fn an_order_that_is_shown_as_sent_is_sought_further_and_still_not_for_ever() {
        let (asked, trail) = walk(Width::Sought, &[("7-6", "ENTERED")]);
        assert_eq!(asked.last().map(String::as_str), Some("7-7"));
        assert_eq!(lives(&trail), Some(6));
        let (asked, trail) = walk(Width::Sought, &[]);
        assert_eq!(asked.len(), NUMBERS_MAX);
        assert_eq!(trail.whereabouts(), Whereabouts::Nowhere);
        let (asked, _) = walk(Width::Several, &[]);
        assert_eq!(asked.len(), LOOKED_AT);
        let all: Vec<String> = (2..20).map(|n| format!("7-{n}")).collect();
        let all: Vec<(&str, &str)> = all.iter().map(|no| (no.as_str(), "CANCELLED")).collect();
        assert_eq!(walk(Width::Several, &all).0.len(), NUMBERS_MAX);
    }

    #[test]
    fn two_that_live_and_cancelled_ones_are_told_apart_from_one_that_lives() {
        let (_, trail) = walk(Width::Several, &[("7", "ENTERED"), ("7-2", "ENTERED")]);
        assert_eq!(trail.whereabouts(), Whereabouts::Twice(Generation(1), Generation(2)));
        let (_, trail) = walk(Width::Several, &[("7", "CANCELLED"), ("7-2", "CANCELLED")]);
        assert_eq!(trail.whereabouts(), Whereabouts::Cancelled(Generation(2)));
        let (_, trail) = walk(Width::Several, &[("7", "CANCELLED"), ("7-2", "ENTERED")]);
        assert_eq!(lives(&trail), Some(2));
        assert_eq!(trail.tracking_before(), Some(TrackingNumber("T-CANCELLED".into())));
    }
}
