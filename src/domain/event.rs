//! What happened to an order, in the past tense: for people. Nothing is ever decided from an event.

use std::fmt;

use super::ids::{ConsignmentNo, Tag, TrackingNumber};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// First seen in Linnworks.
    Found {
        /// Its service.
        service: String,
    },
    /// Not eligible now.
    Held(String),
    /// Eligible and complete: which depot and method it goes to.
    Ready(String),
    /// Its content changed in Linnworks.
    Changed,
    /// Would be sent, but this is a dry run.
    DryRun(String),
    /// Refused, with the sentence shown.
    Refused(String),
    /// A create was begun.
    Started {
        /// Counts from 1.
        attempt: u32,
        /// Stream's order number.
        order_no: String,
    },
    /// Its labels were printed.
    Labelled(String),
    /// A call did not go out, or was put off.
    PutOff(String),
    /// No clear answer came.
    Lost(String),
    /// A look was made.
    Looked(String),
    /// Stream has it.
    Shipped {
        /// Key.
        consignment: ConsignmentNo,
        /// Tracking number.
        tracking: TrackingNumber,
        /// Found there rather than just created.
        adopted: bool,
    },
    /// Stream added a remark to its yes, or our mapping did.
    Warned(String),
    /// Tracking was written to Linnworks.
    TrackingWritten(TrackingNumber),
    /// Somebody else's tracking number stands there and was kept.
    TrackingKept(String),
    /// Identifiers were changed.
    Identifiers {
        /// Added.
        added: Vec<Tag>,
        /// Removed.
        removed: Vec<Tag>,
    },
    /// A note was written.
    Noted(String),
    /// A job was not needed any more.
    Withdrawn(String),
    /// A person must look.
    Attention(String),
    /// Somebody asked for something, and who.
    Asked(String),
    /// Put on a run, moved, given another place or another day.
    Planned(String),
    /// Taken off its run.
    Unplanned(String),
    /// Its run went out.
    Dispatched(String),
    /// Delivered whole.
    Delivered,
    /// Stream shows a person's change, or does not have it any more.
    InStream(String),
    /// Its shipment was taken back or changed by us.
    Amended(String),
    /// Processed in Linnworks.
    Processed,
    /// Cancelled.
    Cancelled(String),
    /// An order of the account could not be read.
    Unreadable(String),
    /// What is personal of it was erased: by whom.
    Forgotten(String),
    /// Not about one order: the daemon itself.
    Daemon(String),
}

/// Whether the detail beside these words of [`Event::what`] holds nothing that leads to a person: numbers,
/// identifiers, names of ours. Details of all others may quote an address.
pub fn is_impersonal(what: &str) -> bool {
    [
        "sending",
        "created in Stream",
        "found in Stream",
        "tracking written",
        "identifiers changed",
        "label printed",
        "forgotten",
    ]
    .contains(&what)
}

impl Event {
    /// A few words that say what happened.
    pub const fn what(&self) -> &'static str {
        match self {
            Self::Found { .. } => "found in Linnworks",
            Self::Held(_) => "held",
            Self::Ready(_) => "ready to send",
            Self::Changed => "changed in Linnworks",
            Self::DryRun(_) => "dry run",
            Self::Refused(_) => "refused",
            Self::Started { .. } => "sending",
            Self::PutOff(_) => "put off",
            Self::Lost(_) => "no clear answer",
            Self::Looked(_) => "looked in Stream",
            Self::Shipped { adopted: false, .. } => "created in Stream",
            Self::Shipped { adopted: true, .. } => "found in Stream",
            Self::Warned(_) => "warning",
            Self::TrackingWritten(_) => "tracking written",
            Self::TrackingKept(_) => "tracking kept",
            Self::Identifiers { .. } => "identifiers changed",
            Self::Noted(_) => "note written",
            Self::Withdrawn(_) => "withdrawn",
            Self::Attention(_) => "needs a person",
            Self::Asked(_) => "asked by a person",
            Self::Planned(_) => "planned",
            Self::Labelled(_) => "label printed",
            Self::Unplanned(_) => "taken off its run",
            Self::Dispatched(_) => "dispatched",
            Self::Delivered => "delivered",
            Self::InStream(_) => "changed in Stream",
            Self::Amended(_) => "changed by us in Stream",
            Self::Processed => "processed in Linnworks",
            Self::Cancelled(_) => "cancelled",
            Self::Unreadable(_) => "could not be read",
            Self::Forgotten(_) => "forgotten",
            Self::Daemon(_) => "daemon",
        }
    }
}

/// The detail beside [`Event::what`].
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |tags: &[Tag]| tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ");
        match self {
            Self::Found { service } => write!(f, "service {service}"),
            Self::Started { attempt: 1, order_no } => write!(f, "as {order_no}"),
            Self::Started { attempt, order_no } => write!(f, "as {order_no}, attempt {attempt}"),
            Self::Shipped { consignment, tracking, .. } => {
                write!(f, "consignment {consignment}, tracking {tracking}")
            }
            Self::TrackingWritten(tracking) => write!(f, "{tracking}"),
            Self::Identifiers { added, removed } if removed.is_empty() => {
                write!(f, "added {}", list(added))
            }
            Self::Identifiers { added, removed } if added.is_empty() => {
                write!(f, "removed {}", list(removed))
            }
            Self::Identifiers { added, removed } => {
                write!(f, "removed {}, added {}", list(removed), list(added))
            }
            Self::Held(text)
            | Self::Ready(text)
            | Self::DryRun(text)
            | Self::Refused(text)
            | Self::PutOff(text)
            | Self::Lost(text)
            | Self::Looked(text)
            | Self::Warned(text)
            | Self::TrackingKept(text)
            | Self::Noted(text)
            | Self::Withdrawn(text)
            | Self::Attention(text)
            | Self::Asked(text)
            | Self::Planned(text)
            | Self::Labelled(text)
            | Self::Unplanned(text)
            | Self::Dispatched(text)
            | Self::InStream(text)
            | Self::Amended(text)
            | Self::Cancelled(text)
            | Self::Unreadable(text)
            | Self::Forgotten(text)
            | Self::Daemon(text) => f.write_str(text),
            Self::Changed | Self::Delivered | Self::Processed => Ok(()),
        }
    }
}
