//! Orders that are not over, in memory, so that a list of a hundred thousand of them is filtered and sorted
//! within a key press. Made when somebody looks first, then kept up to date by what was written since.

use std::cmp::Ordering;
use std::collections::HashMap;

use tui::protocol::screens::{Listing, SCREEN_ROWS_MAX};

use crate::domain::ids::{OrderId, OrderNumber};
use crate::domain::order::{Order, StateWord};
use crate::store::{Store, StoreError, Touched, View};

/// What lists go by.
#[derive(Clone, Debug)]
pub struct Row {
    /// Number.
    pub number: OrderNumber,
    /// Key.
    pub id: OrderId,
    /// Where it stands.
    pub state: StateWord,
    /// Last change, as a time stamp.
    pub updated: i64,
    /// Why, where a state has a reason.
    pub reason: Option<String>,
    reference: String,
    place: String,
    run: String,
    /// All that a word of the filter may be found in, in lower case.
    words: String,
}

impl Row {
    fn of(order: &Order) -> Self {
        let tracking = order.shipped.as_ref().map_or("", |shipped| shipped.tracking.as_str());
        let plan = order.standing.plan.as_ref();
        let run = plan.map_or_else(String::new, |plan| {
            let day = plan.day.map(|day| day.to_string()).unwrap_or_default();
            format!("{day} {} {:04}", plan.text.trim(), plan.sequence.unwrap_or(9_999))
        });
        let depot = order.depot.as_deref().unwrap_or_default();
        let method = order.method.as_deref().unwrap_or_default();
        let place = format!("{depot} {method} {}", order.service);
        let state = order.state.word();
        let reason = order.state.reason();
        let words = [
            order.number.to_string().as_str(),
            &order.reference,
            tracking,
            &order.postcode,
            &order.postcode.replace(' ', ""),
            state.word(),
            &place,
            &run,
            reason.as_deref().unwrap_or_default(),
        ]
        .join("\n")
        .to_lowercase();
        Self {
            number: order.number,
            id: order.id,
            state,
            updated: order.updated_at.0,
            reason,
            reference: order.reference.to_lowercase(),
            place: place.to_lowercase(),
            run: run.to_lowercase(),
            words,
        }
    }

    /// Whether a word of the filter is found in it.
    fn has(&self, word: &str) -> bool {
        let Some((field, value)) = word.split_once(':') else { return self.words.contains(word) };
        match field {
            "state" => self.state.word().starts_with(value),
            "number" | "order" => self.number.to_string().contains(value),
            "ref" | "reference" => self.reference.contains(value),
            "service" | "depot" | "method" => self.place.contains(value),
            "run" | "day" => self.run.contains(value),
            _ => self.words.contains(word),
        }
    }

    fn compared(&self, other: &Self, column: u8) -> Ordering {
        match column {
            1 => self.state.cmp(&other.state),
            2 => self.updated.cmp(&other.updated),
            3 => self.reference.cmp(&other.reference),
            4 => self.place.cmp(&other.place),
            5 => self.run.cmp(&other.run),
            _ => Ordering::Equal,
        }
        .then(self.number.cmp(&other.number))
    }
}

/// Whether an order is listed: those that are over are found by their number.
fn is_listed(state: StateWord) -> bool {
    !matches!(state, StateWord::Processed | StateWord::Cancelled)
}

/// All orders that are not over.
#[derive(Debug, Default)]
pub struct Index {
    rows: HashMap<OrderId, Row>,
    seen: u64,
}

/// A part of the orders, sorted.
#[derive(Debug)]
pub struct Part {
    /// How many match.
    pub total: u32,
    /// Rows before the first one here.
    pub offset: u32,
    /// Where the wanted one stands.
    pub focus: Option<u32>,
    /// Their keys.
    pub ids: Vec<OrderId>,
}

impl Index {
    /// Takes in what was written since.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn refresh(&mut self, store: &Store) -> Result<(), StoreError> {
        // Before reading: what is written meanwhile comes next time, once more perhaps.
        let (touched, seen) = store.touched(self.seen);
        match touched {
            Touched::These(ids) if ids.is_empty() => {}
            Touched::These(ids) => store.read(|view| self.read(view, ids))?,
            Touched::All => {
                self.rows.clear();
                store.read(|view| {
                    for word in StateWord::ALL.into_iter().filter(|word| is_listed(*word)) {
                        self.read(view, view.orders_in(word, None, usize::MAX)?)?;
                    }
                    Ok(())
                })?;
            }
        }
        self.seen = seen;
        Ok(())
    }

    fn read(&mut self, view: &View<'_>, ids: Vec<OrderId>) -> Result<(), StoreError> {
        for id in ids {
            match view.order(id) {
                Ok(Some(order)) if is_listed(order.state.word()) => {
                    self.rows.insert(id, Row::of(&order));
                }
                Ok(_) => {
                    self.rows.remove(&id);
                }
                // It is told of elsewhere; the list goes on without it.
                Err(StoreError::Damaged { .. }) => {
                    self.rows.remove(&id);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Those in these states.
    pub fn in_states(&self, states: &[StateWord]) -> Vec<&Row> {
        self.rows.values().filter(|row| states.contains(&row.state)).collect()
    }

    /// A part of those that match.
    pub fn part(&self, listing: &Listing) -> Part {
        let filter = listing.filter.to_lowercase();
        let words: Vec<&str> = filter.split_whitespace().collect();
        let mut rows: Vec<&Row> =
            self.rows.values().filter(|row| words.iter().all(|word| row.has(word))).collect();
        let by = |a: &&Row, b: &&Row| {
            let order = a.compared(b, listing.sort);
            if listing.descending { order.reverse() } else { order }
        };
        let wanted = rows.iter().find(|row| Some(row.number.0) == listing.focus).copied();
        let before = |wanted| rows.iter().filter(|row| by(row, &wanted) == Ordering::Less).count();
        let focus = wanted.map(before);
        let (offset, end) = window(rows.len(), focus, listing);
        // Only what is shown is sorted: sorting a hundred thousand texts is felt.
        if offset > 0 {
            rows.select_nth_unstable_by(offset, by);
        }
        if end > offset && end < rows.len() {
            rows[offset..].select_nth_unstable_by(end - offset, by);
        }
        rows[offset..end].sort_unstable_by(by);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Part {
            total: count(rows.len()),
            offset: count(offset),
            focus: focus.map(count),
            ids: rows[offset..end].iter().map(|row| row.id).collect(),
        }
    }
}

/// The part of so many rows that is shown: where it was asked for, moved so that the wanted row is in it.
pub(super) fn window(total: usize, focus: Option<usize>, listing: &Listing) -> (usize, usize) {
    let rows = (listing.rows.clamp(1, SCREEN_ROWS_MAX)) as usize;
    let mut offset = (listing.offset as usize).min(total.saturating_sub(rows));
    if let Some(focus) = focus {
        offset = offset.clamp((focus + 1).saturating_sub(rows), focus);
    }
    (offset, (offset + rows).min(total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::order::{HeldReason, OrderState};
    use crate::domain::time::Timestamp;

    fn index(count: u64) -> Index {
        let row = |n: u64| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&n.to_be_bytes());
            let mut order =
                Order::unknown(OrderId::from_bytes(bytes), OrderNumber(100_000 + n), Timestamp(0));
            order.reference = format!("SO-{}", n * 7);
            order.postcode = "LS18 4QB".into();
            order.state = match n % 3 {
                0 => OrderState::Waiting,
                1 => OrderState::Sent,
                _ => OrderState::Held(HeldReason::NoService),
            };
            (order.id, Row::of(&order))
        };
        Index { rows: (0..count).map(row).collect(), seen: 1 }
    }

    fn listing(filter: &str) -> Listing {
        Listing { filter: filter.into(), rows: 10, ..Listing::default() }
    }

    #[test]
    fn every_word_of_a_filter_must_be_found_and_a_field_can_be_named() {
        let index = index(30);
        for (filter, total) in [
            ("", 30),
            ("ls18", 30),
            ("LS184QB", 30),
            ("waiting", 10),
            ("state:wait", 10),
            ("state:waiting 100003", 1),
            ("ref:so-21", 1),
            ("nothing:such", 0),
        ] {
            assert_eq!(index.part(&listing(filter)).total, total, "{filter}");
        }
    }

    #[test]
    fn the_wanted_row_is_always_in_the_part_that_is_shown() {
        let index = index(1_000);
        let part = index.part(&Listing { focus: Some(100_500), ..listing("") });
        assert_eq!((part.focus, part.offset, part.ids.len()), (Some(500), 491, 10));
        let part = index.part(&Listing { offset: 5_000, ..listing("") });
        assert_eq!((part.offset, part.ids.len()), (990, 10), "never beyond the end");
        let part = index.part(&Listing { focus: Some(7), offset: 20, ..listing("") });
        assert_eq!((part.focus, part.offset), (None, 20), "one that is gone moves nothing");
        let last = index.part(&Listing { descending: true, focus: Some(100_000), ..listing("") });
        assert_eq!(last.focus, Some(999));
    }

    #[test]
    fn lists_are_sorted_by_every_column_and_then_by_number() {
        let index = index(9);
        for sort in 0..=5 {
            let ids = index.part(&Listing { sort, ..listing("") }).ids;
            let back = index.part(&Listing { sort, descending: true, ..listing("") }).ids;
            assert_eq!(ids, back.into_iter().rev().collect::<Vec<_>>(), "{sort}");
        }
    }
}
