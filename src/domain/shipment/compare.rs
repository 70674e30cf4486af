//! Is what was found in Stream the shipment we meant to send?
//!
//! Compared are postcode, recipient and goods. Goods are compared as the total of each code, so it
//! does not matter how lines are ordered or whether Stream merged two lines of one code; a repeated
//! create that added or doubled lines shows as an exact multiple. Must not know what is done about
//! the answer.

use std::collections::BTreeMap;
use std::fmt;

use super::Shipment;
use crate::domain::answer::Found;
use crate::domain::validate::{postcode, text};

/// What the comparison says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// It is our shipment.
    Same,
    /// It is our shipment, but every item is in it more than once: two creates were merged.
    Doubled,
    /// Something else stands under our number.
    Different(Difference),
}

/// What differs; never what stands there, because that is personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The postcode.
    pub postcode: bool,
    /// The recipient's name.
    pub name: bool,
    /// Item codes or quantities.
    pub items: bool,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [(self.postcode, "postcode"), (self.name, "name"), (self.items, "items")];
        let words: Vec<_> = parts.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
        write!(f, "different in Stream: {}", words.join(", "))
    }
}

impl Shipment {
    /// Compares with what a look by our order number found.
    pub fn matches(&self, found: &Found) -> Match {
        let multiple = multiple(
            totals(self.items.iter().map(|item| (item.code.as_str(), item.quantity))),
            totals(found.items.iter().map(|(code, quantity)| (code.as_str(), *quantity))),
        );
        let difference = Difference {
            postcode: postcode::compare_key(&self.party.postcode)
                != postcode::compare_key(&found.postcode),
            name: text::key(&self.party.name) != text::key(&text::clean(&found.name)),
            items: multiple.is_none(),
        };
        match multiple {
            Some(times) if !difference.postcode && !difference.name => {
                if times == 1 {
                    Match::Same
                } else {
                    Match::Doubled
                }
            }
            Some(_) | None => Match::Different(difference),
        }
    }
}

/// The total quantity of each code. Wide enough that no answer can overflow it.
fn totals<'a>(items: impl Iterator<Item = (&'a str, i64)>) -> BTreeMap<String, i128> {
    let mut totals = BTreeMap::new();
    for (code, quantity) in items {
        *totals.entry(text::key(code)).or_insert(0) += i128::from(quantity);
    }
    totals
}

/// How many times our goods are what was found; `None` when they are not.
fn multiple(ours: BTreeMap<String, i128>, found: BTreeMap<String, i128>) -> Option<i128> {
    if ours.len() != found.len() {
        return None;
    }
    let mut times = 1;
    for (n, ((code, quantity), (other, amount))) in ours.iter().zip(&found).enumerate() {
        if code != other || *quantity < 1 {
            return None;
        }
        if n == 0 {
            times = amount / quantity;
        }
        if times < 1 || quantity * times != *amount {
            return None;
        }
    }
    Some(times)
}
