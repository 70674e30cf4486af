//! What we know about one order, its states, and their one transition function.
//!
//! - `transition`: events, and the one place where they change a state
//! - `word`: the twelve words of lists and JSON

mod transition;
mod word;

use std::collections::BTreeSet;
use std::fmt;

pub use transition::{Forbidden, OrderEvent, next};
pub use word::StateWord;

use super::ids::{
    ConsignmentNo, Fingerprint, Generation, LocationId, OrderId, OrderNumber, StreamOrderNo, Tag,
    TrackingNumber,
};
use super::plan::{Plan, Stage};
use super::source::Payment;
use super::time::{Moment, Timestamp};

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
    /// The integration was removed in Linnworks.
    Removed,
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
            Self::Removed => f.write_str("the integration was removed in Linnworks"),
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

/// Why a person must look. It decides what ends that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// What became of a create cannot be settled. Ended by `resend`, after the person put it right.
    Create,
    /// Part delivered, failed or returned. Ended by a read that shows otherwise.
    Delivery,
    /// Deleted or cancelled in Stream by somebody. Ended by `resend`.
    Deleted,
    /// Cancelled, merged or split in Linnworks when the shipment could not be taken back. Ended when
    /// the order is open again or Stream cancels.
    Gone,
    /// Linnworks refuses to process it. Ended when it is processed.
    Processing,
}

/// Who cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelledBy {
    /// It is no longer open in Linnworks and was not processed. Open again, it is judged anew.
    Linnworks,
    /// Somebody asked us. It stays cancelled until somebody asks for it again.
    Person,
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
    /// It is on a run.
    Planned,
    /// Its run went out.
    Dispatched,
    /// It was delivered whole.
    Delivered,
    /// Processed in Linnworks.
    Processed,
    /// Cancelled.
    Cancelled(CancelledBy),
    /// Needs a person.
    Attention(Cause, String),
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
            Self::Planned => StateWord::Planned,
            Self::Dispatched => StateWord::Dispatched,
            Self::Delivered => StateWord::Delivered,
            Self::Processed => StateWord::Processed,
            Self::Cancelled(_) => StateWord::Cancelled,
            Self::Attention(..) => StateWord::Attention,
        }
    }

    /// The reason shown beside the word, when there is one.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Held(reason) => Some(reason.to_string()),
            Self::Refused(refusal) => Some(refusal.text()),
            Self::Attention(_, reason) => Some(reason.clone()),
            Self::Waiting
            | Self::Sending
            | Self::Unsure
            | Self::Sent
            | Self::Planned
            | Self::Dispatched
            | Self::Delivered
            | Self::Processed
            | Self::Cancelled(_) => None,
        }
    }

    /// Whether it is over: nothing happens to it any more unless somebody opens it again.
    pub const fn is_over(&self) -> bool {
        match self {
            Self::Processed | Self::Cancelled(_) => true,
            Self::Held(_)
            | Self::Waiting
            | Self::Sending
            | Self::Unsure
            | Self::Refused(_)
            | Self::Sent
            | Self::Planned
            | Self::Dispatched
            | Self::Delivered
            | Self::Attention(..) => false,
        }
    }

    /// How far its shipment has come, while nothing else is to be said of it.
    pub const fn stage(&self) -> Option<Stage> {
        match self {
            Self::Sent => Some(Stage::Sent),
            Self::Planned => Some(Stage::Planned),
            Self::Dispatched => Some(Stage::Dispatched),
            Self::Delivered => Some(Stage::Delivered),
            Self::Held(_)
            | Self::Waiting
            | Self::Sending
            | Self::Unsure
            | Self::Refused(_)
            | Self::Processed
            | Self::Cancelled(_)
            | Self::Attention(..) => None,
        }
    }

    /// The state of a shipment that has come so far.
    pub const fn at(stage: Stage) -> Self {
        match stage {
            Stage::Sent => Self::Sent,
            Stage::Planned => Self::Planned,
            Stage::Dispatched => Self::Dispatched,
            Stage::Delivered => Self::Delivered,
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

/// How soon a shipment is read again. The numbers are keys on disk and frozen; a lower one goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Haste {
    /// A notification or a person asked for it.
    Asked = 0,
    /// On a run of today or tomorrow, or on one that should have ended.
    Near = 1,
    /// On a later run.
    Planned = 2,
    /// On no run.
    Rest = 3,
}

impl Haste {
    /// All, the first to be read first.
    pub const ALL: [Self; 4] = [Self::Asked, Self::Near, Self::Planned, Self::Rest];
}

/// When a shipment is read next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextRead {
    /// Which line it stands in.
    pub haste: Haste,
    /// Its place in that line.
    pub due: Moment,
}

/// What Stream showed when it was read last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Its status word, as written; empty before the first read.
    pub status: String,
    /// The run it is on.
    pub plan: Option<Plan>,
    /// When it was read.
    pub read_at: Option<Timestamp>,
    /// Since when Stream has said that it is not there.
    pub absent_since: Option<Moment>,
    /// First seen on a run, sent out, delivered: each when it was read.
    pub planned_at: Option<Timestamp>,
    /// See `planned_at`.
    pub dispatched_at: Option<Timestamp>,
    /// See `planned_at`.
    pub delivered_at: Option<Timestamp>,
}

/// The shipment that Stream was asked to carry, to see what has changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentAs {
    /// Of all of it ([`super::shipment::Shipment::fingerprint`]).
    pub whole: Fingerprint,
    /// Of what an update of the header cannot change
    /// ([`super::shipment::Shipment::leg_fingerprint`]).
    pub leg: Fingerprint,
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
    /// What was sent as it; `None` for what a predecessor sent, whose changes are not followed.
    pub sent_as: Option<SentAs>,
    /// A change in Linnworks that came too late to be followed.
    pub unfollowed: Option<Fingerprint>,
    /// What Stream says of it.
    pub standing: Standing,
    /// When Stream is read next; `None` while there is nothing to read.
    pub next_read: Option<NextRead>,
    /// How often a notification or a person asked for a read: what was asked for after a read began
    /// causes one more.
    pub hinted: u32,
    /// The tracking number of ours that is settled: it stands in Linnworks and may be replaced by a later
    /// one of ours, or another number was found there and kept.
    pub tracked: Option<TrackingNumber>,
    /// Identifiers of ours on the Linnworks order, as last read or written.
    pub tags: BTreeSet<Tag>,
    /// A packer waits for its label: it is sent whether orders are sent by themselves or not.
    pub demanded: bool,
    /// When a label of its live shipment was printed last.
    pub labelled: Option<Timestamp>,
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

impl Order {
    /// A new order of which nothing is known but who it is.
    pub fn unknown(id: OrderId, number: OrderNumber, now: Timestamp) -> Self {
        Self {
            id,
            number,
            reference: String::new(),
            service: String::new(),
            location: LocationId::from_bytes([0; 16]),
            postcode: String::new(),
            depot: None,
            method: None,
            received: None,
            found_at: now,
            updated_at: now,
            state: OrderState::Held(HeldReason::SyncOff),
            generation: Generation::FIRST,
            content: Fingerprint(0),
            contact: Contact::None,
            refused_shipment: None,
            shipped: None,
            sent_as: None,
            unfollowed: None,
            standing: Standing::default(),
            next_read: None,
            hinted: 0,
            tracked: None,
            tags: BTreeSet::new(),
            demanded: false,
            labelled: None,
            notes: Vec::new(),
        }
    }

    /// Under which number Stream has it, or will have it.
    pub fn stream_no(&self) -> StreamOrderNo {
        StreamOrderNo::of(self.number, self.generation)
    }

    /// Asks for a read of its shipment. A place in the line that it has already is kept.
    pub fn ask_to_read(&mut self, due: Moment) {
        self.hinted = self.hinted.wrapping_add(1);
        let asked = self.next_read.filter(|next| next.haste == Haste::Asked);
        let due = asked.map_or(due, |next| next.due.min(due));
        self.next_read = Some(NextRead { haste: Haste::Asked, due });
    }

    /// Its shipment is for certain no longer in Stream: what was known of it is over.
    pub fn lose_shipment(&mut self) {
        self.shipped = None;
        self.sent_as = None;
        self.unfollowed = None;
        self.labelled = None;
        self.standing = Standing::default();
        self.next_read = None;
    }
}
