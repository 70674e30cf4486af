//! The identifiers we keep on Linnworks orders: 2 of synchronisation, 20 runs, 7 days and 20
//! sequences, 49 in all. They are created at the first start, adopted when they exist under the
//! same tag or name, and never deleted.

use std::collections::{BTreeMap, BTreeSet};

use super::ids::Tag;
use super::order::{Cause, Order, OrderState};

/// Highest run and sequence number that has an identifier; the vendor's guide allows no more.
pub const NUMBER_MAX: u8 = 20;

/// What an identifier says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Stream has the order.
    Sent,
    /// The order was refused.
    Error,
    /// On run 1 to 20.
    Run(u8),
    /// Day of the week, 0 = Monday.
    Day(u8),
    /// Place 1 to 20 on the run.
    Sequence(u8),
}

/// The configurable texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagNames {
    /// Of [`Mark::Sent`].
    pub sent: String,
    /// Of [`Mark::Error`].
    pub error: String,
    /// Of Monday to Sunday.
    pub days: [String; 7],
    /// Prefix of runs: `RUN` gives `RUN 01`.
    pub run: String,
    /// Prefix of sequences: `SEQ` gives `SEQ 01`.
    pub sequence: String,
}

impl Default for TagNames {
    fn default() -> Self {
        Self {
            sent: "Sent to Stream".into(),
            error: "Error from Stream".into(),
            days: ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
                .map(String::from),
            run: "RUN".into(),
            sequence: "SEQ".into(),
        }
    }
}

impl TagNames {
    /// All 49 marks with their names, in the order in which they are created.
    pub fn all(&self) -> Vec<(Mark, String)> {
        let mut all = vec![(Mark::Sent, self.sent.clone()), (Mark::Error, self.error.clone())];
        all.extend((1..=NUMBER_MAX).map(|n| (Mark::Run(n), format!("{} {n:02}", self.run))));
        all.extend((0u8..).zip(&self.days).map(|(n, name)| (Mark::Day(n), name.clone())));
        all.extend(
            (1..=NUMBER_MAX).map(|n| (Mark::Sequence(n), format!("{} {n:02}", self.sequence))),
        );
        all
    }
}

/// Which tag stands for which mark in this account, once the identifiers exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagTable(pub BTreeMap<Mark, Tag>);

impl TagTable {
    /// The tag of a mark.
    pub fn tag(&self, mark: Mark) -> Option<&Tag> {
        self.0.get(&mark)
    }

    /// What a tag of ours says.
    pub fn mark(&self, tag: &Tag) -> Option<Mark> {
        self.0.iter().find(|(_, ours)| *ours == tag).map(|(mark, _)| *mark)
    }

    /// Whether a tag is one of ours.
    pub fn is_ours(&self, tag: &Tag) -> bool {
        self.0.values().any(|ours| ours == tag)
    }

    /// Matches the wanted names against what the account has, by tag or name, without case.
    /// Returns what is adopted and what is missing (mark, tag to create, name).
    pub fn adopt(names: &TagNames, existing: &[(Tag, String)]) -> (Self, Vec<(Mark, Tag, String)>) {
        let mut table = BTreeMap::new();
        let mut missing = Vec::new();
        for (mark, name) in names.all() {
            let wanted = name.to_uppercase();
            let found = existing
                .iter()
                .find(|(tag, _)| tag.as_str().to_uppercase() == wanted)
                .or_else(|| existing.iter().find(|(_, its)| its.trim().to_uppercase() == wanted));
            match found {
                Some((tag, _)) => {
                    table.insert(mark, tag.clone());
                }
                None => missing.push((mark, Tag(wanted), name)),
            }
        }
        (Self(table), missing)
    }
}

/// What of an order's standing is shown on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// `sync.dispatch`: run, day and place at all. Off, those of before are taken off: nobody would
    /// keep them right.
    pub plan: bool,
    /// `identifiers.sequence`: the place.
    pub sequence: bool,
}

/// The identifiers an order should carry, or `None` while it is on its way and what it carries
/// stays: a corrected order keeps its error until Stream has it.
pub fn wanted(order: &Order, shown: Shown) -> Option<BTreeSet<Mark>> {
    let with_stream = || {
        let plan = order.standing.plan.iter().filter(|_| shown.plan);
        let marks = plan.flat_map(|plan| plan.marks(shown.sequence));
        Some(marks.chain([Mark::Sent]).collect())
    };
    match &order.state {
        OrderState::Refused(_) | OrderState::Attention(Cause::Create, _) => {
            Some(BTreeSet::from([Mark::Error]))
        }
        OrderState::Sent
        | OrderState::Planned
        | OrderState::Dispatched
        | OrderState::Delivered
        | OrderState::Attention(Cause::Delivery | Cause::Processing, _) => with_stream(),
        OrderState::Attention(Cause::Deleted, _) | OrderState::Cancelled(_) => {
            Some(BTreeSet::new())
        }
        OrderState::Held(_)
        | OrderState::Waiting
        | OrderState::Sending
        | OrderState::Unsure
        // No longer open: Linnworks takes no identifiers for it.
        | OrderState::Attention(Cause::Gone, _)
        | OrderState::Processed => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r17_there_are_forty_nine_identifiers_named_as_in_the_guide() {
        let all = TagNames::default().all();
        assert_eq!(all.len(), 49);
        let names: BTreeSet<_> = all.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names.len(), 49);
        for name in [
            "Sent to Stream",
            "Error from Stream",
            "RUN 01",
            "RUN 20",
            "MONDAY",
            "SUNDAY",
            "SEQ 01",
            "SEQ 20",
        ] {
            assert!(names.contains(name), "{name}");
        }
    }

    #[test]
    fn r23_an_identifier_that_exists_under_its_tag_or_its_name_is_adopted() {
        let existing = [
            (Tag::from("sent to stream"), "Sent".to_owned()),
            (Tag::from("STREAM_ERR"), "Error From Stream ".to_owned()),
            (Tag::from("OTHER"), "RUN 99".to_owned()),
        ];
        let (table, missing) = TagTable::adopt(&TagNames::default(), &existing);
        assert_eq!(table.tag(Mark::Sent), Some(&Tag::from("sent to stream")));
        assert_eq!(table.tag(Mark::Error), Some(&Tag::from("STREAM_ERR")));
        assert_eq!(missing.len(), 47);
        assert!(missing.iter().any(|(mark, tag, name)| {
            (*mark, tag.as_str(), name.as_str()) == (Mark::Run(1), "RUN 01", "RUN 01")
        }));
        assert!(!table.is_ours(&Tag::from("OTHER")));
    }
}
