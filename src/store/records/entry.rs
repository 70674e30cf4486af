//! Stored shape of lines for people: timeline and journal. FROZEN, see the parent module.

use serde::{Deserialize, Serialize};

use crate::domain::event::{self, Event};
use crate::domain::ids::{OrderId, OrderNumber};
use crate::domain::time::Timestamp;
use crate::store::view::{Entry, JournalEntry};

/// A line of an order's timeline.
#[derive(Serialize, Deserialize)]
pub(in crate::store) enum EntryRec {
    V1(EntryV1),
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct EntryV1 {
    at: i64,
    what: String,
    detail: String,
}

/// A line of the journal.
#[derive(Serialize, Deserialize)]
pub(in crate::store) enum JournalRec {
    V1 { order: Option<([u8; 16], u64)>, entry: EntryV1 },
}

impl EntryV1 {
    fn of(at: Timestamp, event: &Event) -> Self {
        Self { at: at.0, what: event.what().to_owned(), detail: event.to_string() }
    }

    /// Without what may be personal; `None` when nothing is.
    fn impersonal(self) -> Option<Self> {
        let plain = self.detail.is_empty() || event::is_impersonal(&self.what);
        (!plain).then(|| Self { detail: String::new(), ..self })
    }

    fn entry(self) -> Entry {
        Entry { at: Timestamp(self.at), what: self.what, detail: self.detail }
    }
}

impl EntryRec {
    pub(in crate::store) fn of(at: Timestamp, event: &Event) -> Self {
        Self::V1(EntryV1::of(at, event))
    }

    pub(in crate::store) fn entry(self) -> Entry {
        match self {
            Self::V1(v1) => v1.entry(),
        }
    }

    /// Without what may be personal; `None` when nothing is.
    pub(in crate::store) fn impersonal(self) -> Option<Self> {
        match self {
            Self::V1(v1) => v1.impersonal().map(Self::V1),
        }
    }
}

impl JournalRec {
    pub(in crate::store) fn of(
        at: Timestamp,
        order: Option<(OrderId, OrderNumber)>,
        event: &Event,
    ) -> Self {
        let order = order.map(|(id, number)| (id.bytes(), number.0));
        Self::V1 { order, entry: EntryV1::of(at, event) }
    }

    /// Without what may be personal; `None` when nothing is.
    pub(in crate::store) fn impersonal(self) -> Option<Self> {
        match self {
            Self::V1 { order, entry } => entry.impersonal().map(|entry| Self::V1 { order, entry }),
        }
    }

    pub(in crate::store) fn entry(self, seq: u64) -> JournalEntry {
        match self {
            Self::V1 { order, entry } => JournalEntry {
                seq,
                order: order.map(|(id, number)| (OrderId::from_bytes(id), OrderNumber(number))),
                entry: entry.entry(),
            },
        }
    }
}
