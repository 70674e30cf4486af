//! The no-loss account: every eligible order is shipped once, refused, waiting, or in a person's
//! hands. What is neither is named.

use std::collections::BTreeSet;

use super::ids::OrderNumber;

/// The account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// With a shipment, from sent to processed.
    pub shipped: u64,
    /// Refused.
    pub refused: u64,
    /// Waiting, sending, unsure.
    pub waiting: u64,
    /// Needs a person.
    pub attention: u64,
    /// Nobody accounts for these.
    pub unexplained: BTreeSet<OrderNumber>,
    /// Shipped more than once, or with doubled lines.
    pub double: BTreeSet<OrderNumber>,
}

impl Account {
    /// All of them.
    pub fn eligible(&self) -> u64 {
        self.shipped + self.refused + self.waiting + self.attention
    }

    /// Whether it adds up.
    pub fn is_ok(&self) -> bool {
        self.unexplained.is_empty() && self.double.is_empty()
    }
}
