//! What we know about one order, its states, and their one transition function.
//!
//! - `word`: the twelve words of lists and JSON

mod word;

use std::collections::BTreeSet;
use std::fmt;

pub use word::StateWord;

use super::ids::{
    ConsignmentNo, Fingerprint, Generation, LocationId, OrderId, OrderNumber, Tag, TrackingNumber,
};
use super::source::Payment;
use super::time::Timestamp;

/// Why an order is not eligible now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldReason {
    /// `sync.orders` is off.
    SyncOff,
    /// Parked in Linnworks.
    Parked,
    /// On hold (locked) in Linnworks.
    OnHold,
    /// Not paid, or in another state that is not shipped.
    NotPaid(Payment),
    /// Its shipping service belongs to somebody else.
    OtherVendor(String),
    /// No shipping service is assigned.
    NoService,
    /// Received before the lookback window began.
    OutsideLookback {
        /// Length of the window.
        days: u32,
    },
    /// Linnworks shows no date of receipt.
    NoDate,
}

impl fmt::Display for HeldReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SyncOff => f.write_str("order synchronisation is off"),
            Self::Parked => f.write_str("the order is parked in Linnworks"),
            Self::OnHold => f.write_str("the order is on hold in Linnworks"),
            Self::NotPaid(payment) => match payment {
                Payment::Unpaid => f.write_str("the order is not paid"),
                Payment::Pending => f.write_str("payment of the order is pending"),
                Payment::Return => f.write_str("the order is a return"),
                Payment::Paid | Payment::Resend => f.write_str("the order cannot be shipped now"),
                Payment::Other(status) => {
                    write!(f, "the order has the unknown payment status {status}")
                }
            },
            Self::OtherVendor(vendor) => {
                write!(f, "its shipping service belongs to \"{vendor}\", not to Stream")
            }
            Self::NoService => f.write_str("no shipping service is assigned to the order"),
            Self::OutsideLookback { days } => {
                write!(f, "the order was received more than {days} days ago (sync.lookback_days)")
            }
            Self::NoDate => f.write_str("Linnworks shows no date of receipt for the order"),
        }
    }
}

/// Who refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedBy {
    /// We did, before anything was sent.
    Us,
    /// Stream did.
    Stream,
}

/// A refusal, ours or Stream's, word for word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Who.
    pub by: RefusedBy,
    /// Each reason as it is shown.
    pub reasons: Vec<String>,
}

impl Refusal {
    /// The sentence shown and written as a note.
    pub fn text(&self) -> String {
        let opening = match self.by {
            RefusedBy::Us => "Not sent to Stream:",
            RefusedBy::Stream => "Stream rejected the order:",
        };
        format!("{opening} {}", self.reasons.join("; "))
    }

    /// Tells two refusals apart: the same one is noted once.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.text().as_bytes())
    }
}

/// Where an order stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderState {
    /// Seen, not eligible now.
    Held(HeldReason),
    /// To be sent.
    Waiting,
    /// The create is going out.
    Sending,
    /// The create may have happened.
    Unsure,
    /// Refused, by us or by Stream. Looked at again at each poll.
    Refused(Refusal),
    /// Stream has it.
    Sent,
    /// Processed in Linnworks.
    Processed,
    /// Cancelled in Linnworks.
    Cancelled,
    /// Needs a person.
    Attention(String),
}

impl OrderState {
    /// The word shown for it.
    pub const fn word(&self) -> StateWord {
        match self {
            Self::Held(_) => StateWord::Held,
            Self::Waiting => StateWord::Waiting,
            Self::Sending => StateWord::Sending,
            Self::Unsure => StateWord::Unsure,
            Self::Refused(_) => StateWord::Refused,
            Self::Sent => StateWord::Sent,
            Self::Processed => StateWord::Processed,
            Self::Cancelled => StateWord::Cancelled,
            Self::Attention(_) => StateWord::Attention,
        }
    }

    /// The reason shown beside the word, when there is one.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Held(reason) => Some(reason.to_string()),
            Self::Refused(refusal) => Some(refusal.text()),
            Self::Attention(reason) => Some(reason.clone()),
            Self::Waiting
            | Self::Sending
            | Self::Unsure
            | Self::Sent
            | Self::Processed
            | Self::Cancelled => None,
        }
    }
}

/// A shipment that exists in Stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// Which one.
    pub generation: Generation,
    /// Stream's key.
    pub consignment: ConsignmentNo,
    /// Tracking number.
    pub tracking: TrackingNumber,
    /// Public page; may be empty.
    pub tracking_url: String,
    /// When we learned of it.
    pub at: Timestamp,
    /// Found in Stream rather than confirmed by the answer to our create.
    pub adopted: bool,
}

/// What passed between us and Stream about an order's current generation. It outlives the jobs: an
/// order that was held or refused meanwhile is sent again by a new job, which must know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// Nothing: what Stream has of it was put there by somebody else.
    None,
    /// Stream was asked and did not have it, or every create of ours was answered.
    Known,
    /// Stream has or had something of this number that is not what we meant.
    Seen,
    /// A create of ours went unanswered once. A twin of it may come late, so each later create is
    /// preceded by looks and verified.
    Unanswered,
}

/// A note we wrote or are writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// How it is recognised.
    pub marker: Fingerprint,
    /// The whole text.
    pub text: String,
}

/// What we know about one order. No personal data but the postcode; the shipment to send is kept
/// with its job.
#[derive(Clone, PartialEq, Eq)]
pub struct Order {
    /// Key.
    pub id: OrderId,
    /// What people call it.
    pub number: OrderNumber,
    /// Channel reference.
    pub reference: String,
    /// Postal service name.
    pub service: String,
    /// Where it is fulfilled.
    pub location: LocationId,
    /// Postcode as last read.
    pub postcode: String,
    /// Depot name the service resolved to.
    pub depot: Option<String>,
    /// Delivery method name the service resolved to.
    pub method: Option<String>,
    /// Received.
    pub received: Option<Timestamp>,
    /// First seen by us.
    pub found_at: Timestamp,
    /// Last change of this record.
    pub updated_at: Timestamp,
    /// Where it stands.
    pub state: OrderState,
    /// The generation being sent or sent.
    pub generation: Generation,
    /// What was read last, to see that it changed.
    pub content: Fingerprint,
    /// What Stream may know of this generation.
    pub contact: Contact,
    /// The shipment Stream refused: not sent again until something about it changes.
    pub refused_shipment: Option<Fingerprint>,
    /// The live shipment.
    pub shipped: Option<Shipped>,
    /// Identifiers of ours on the Linnworks order, as last read or written.
    pub tags: BTreeSet<Tag>,
    /// Notes of ours.
    pub notes: Vec<Noted>,
}

/// Without postcode and reference: both lead to a person.
impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order")
            .field("number", &self.number)
            .field("state", &self.state)
            .field("generation", &self.generation)
            .field("shipped", &self.shipped)
            .field("tags", &self.tags)
            .finish_non_exhaustive()
    }
}

/// What happens to an order's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderEvent {
    /// Not eligible now.
    Hold(HeldReason),
    /// Eligible and complete.
    Ready,
    /// Its create goes out.
    Started,
    /// Its create did not happen; it waits again.
    NotNow,
    /// Its create may have happened.
    Lost,
    /// Refused.
    Refuse(Refusal),
    /// Stream has it.
    Shipped,
    /// Processed in Linnworks.
    Process,
    /// Cancelled in Linnworks before it was sent.
    Cancel,
    /// A person must look.
    Attend(String),
    /// Processed before, open again, and its shipment is still there.
    Reopened,
    /// Somebody settled what needed a person: it is looked for anew.
    Doubted,
}

/// A pair of state and event that must not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {state:?} cannot take {event:?}")]
pub struct Forbidden {
    /// The state it was in.
    pub state: OrderState,
    /// The event refused.
    pub event: OrderEvent,
}

/// The one place where an event turns an order's state into the next.
///
/// # Errors
/// [`Forbidden`] for every pair that must not happen; the order stays as it is.
pub fn next(state: &OrderState, event: &OrderEvent) -> Result<OrderState, Forbidden> {
    let after = match state {
        OrderState::Held(_) | OrderState::Refused(_) | OrderState::Cancelled => at_rest(event),
        OrderState::Processed => match event {
            OrderEvent::Reopened => Some(OrderState::Sent),
            other => at_rest(other),
        },
        OrderState::Waiting => from_waiting(event),
        OrderState::Sending | OrderState::Unsure => on_its_way(state, event),
        OrderState::Attention(_) if *event == OrderEvent::Doubted => Some(OrderState::Unsure),
        OrderState::Sent | OrderState::Attention(_) => with_stream(event),
    };
    after.ok_or_else(|| Forbidden { state: state.clone(), event: event.clone() })
}

/// Nothing of it is with Stream or on the way there: everything may still change.
fn at_rest(event: &OrderEvent) -> Option<OrderState> {
    match event {
        OrderEvent::Hold(reason) => Some(OrderState::Held(reason.clone())),
        OrderEvent::Ready => Some(OrderState::Waiting),
        OrderEvent::Refuse(refusal) => Some(OrderState::Refused(refusal.clone())),
        OrderEvent::Process => Some(OrderState::Processed),
        OrderEvent::Cancel => Some(OrderState::Cancelled),
        OrderEvent::Started
        | OrderEvent::NotNow
        | OrderEvent::Lost
        | OrderEvent::Shipped
        | OrderEvent::Attend(_)
        | OrderEvent::Reopened
        | OrderEvent::Doubted => None,
    }
}

fn from_waiting(event: &OrderEvent) -> Option<OrderState> {
    match event {
        OrderEvent::Started => Some(OrderState::Sending),
        OrderEvent::NotNow => Some(OrderState::Waiting),
        // It may have been sent before we knew it.
        OrderEvent::Lost => Some(OrderState::Unsure),
        OrderEvent::Hold(_)
        | OrderEvent::Ready
        | OrderEvent::Refuse(_)
        | OrderEvent::Process
        | OrderEvent::Cancel
        | OrderEvent::Shipped
        | OrderEvent::Attend(_)
        | OrderEvent::Reopened
        | OrderEvent::Doubted => at_rest(event),
    }
}

/// What became of it is learned before anything else may change.
fn on_its_way(state: &OrderState, event: &OrderEvent) -> Option<OrderState> {
    let unsure = *state == OrderState::Unsure;
    match event {
        OrderEvent::NotNow => Some(OrderState::Waiting),
        OrderEvent::Lost => Some(OrderState::Unsure),
        OrderEvent::Shipped => Some(OrderState::Sent),
        OrderEvent::Refuse(refusal) if unsure => Some(OrderState::Refused(refusal.clone())),
        OrderEvent::Attend(reason) if unsure => Some(OrderState::Attention(reason.clone())),
        OrderEvent::Refuse(_)
        | OrderEvent::Attend(_)
        | OrderEvent::Hold(_)
        | OrderEvent::Ready
        | OrderEvent::Started
        | OrderEvent::Process
        | OrderEvent::Cancel
        | OrderEvent::Reopened
        | OrderEvent::Doubted => None,
    }
}

fn with_stream(event: &OrderEvent) -> Option<OrderState> {
    match event {
        OrderEvent::Attend(reason) => Some(OrderState::Attention(reason.clone())),
        OrderEvent::Process => Some(OrderState::Processed),
        OrderEvent::Hold(_)
        | OrderEvent::Ready
        | OrderEvent::Refuse(_)
        | OrderEvent::Started
        | OrderEvent::NotNow
        | OrderEvent::Lost
        | OrderEvent::Shipped
        | OrderEvent::Cancel
        | OrderEvent::Reopened
        | OrderEvent::Doubted => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal() -> Refusal {
        Refusal { by: RefusedBy::Stream, reasons: vec!["Delivery method not found".into()] }
    }

    fn states() -> Vec<OrderState> {
        vec![
            OrderState::Held(HeldReason::Parked),
            OrderState::Waiting,
            OrderState::Sending,
            OrderState::Unsure,
            OrderState::Refused(refusal()),
            OrderState::Sent,
            OrderState::Processed,
            OrderState::Cancelled,
            OrderState::Attention("look".into()),
        ]
    }

    fn allowed(event: &OrderEvent) -> Vec<&'static str> {
        states()
            .iter()
            .filter(|state| next(state, event).is_ok())
            .map(|state| state.word().word())
            .collect()
    }

    #[test]
    fn r70_an_order_that_is_with_stream_or_may_be_there_never_waits_to_be_sent_again() {
        assert_eq!(
            allowed(&OrderEvent::Ready),
            ["held", "waiting", "refused", "processed", "cancelled"]
        );
        assert_eq!(allowed(&OrderEvent::Started), ["waiting"]);
    }

    #[test]
    fn what_is_on_its_way_is_neither_held_nor_cancelled_nor_processed_before_its_outcome_is_known()
    {
        for event in [OrderEvent::Hold(HeldReason::OnHold), OrderEvent::Cancel, OrderEvent::Process]
        {
            let may = allowed(&event);
            assert!(!may.contains(&"sending") && !may.contains(&"unsure"), "{event:?}: {may:?}");
        }
    }

    #[test]
    fn only_what_was_looked_up_becomes_refused_by_stream_or_a_matter_for_a_person() {
        assert!(next(&OrderState::Sending, &OrderEvent::Refuse(refusal())).is_err());
        assert!(next(&OrderState::Unsure, &OrderEvent::Refuse(refusal())).is_ok());
        assert_eq!(allowed(&OrderEvent::Attend("x".into())), ["unsure", "sent", "attention"]);
    }

    #[test]
    fn the_text_of_a_refusal_says_who_refused() {
        assert_eq!(refusal().text(), "Stream rejected the order: Delivery method not found");
        let ours = Refusal { by: RefusedBy::Us, reasons: vec!["the postcode is missing".into()] };
        assert_eq!(ours.text(), "Not sent to Stream: the postcode is missing");
        assert_ne!(ours.fingerprint(), refusal().fingerprint());
    }
}
