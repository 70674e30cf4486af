//! Stored shape of an order. FROZEN, see the parent module.

use serde::{Deserialize, Serialize};

use super::standing::StandingV1;
use crate::domain::ids::{
    ConsignmentNo, Fingerprint, Generation, LocationId, OrderId, OrderNumber, Tag, TrackingNumber,
};
use crate::domain::order::{
    CancelledBy, Cause, Contact, Haste, HeldReason, NextRead, Noted, Order, OrderState, Refusal,
    RefusedBy, SentAs, Shipped,
};
use crate::domain::source::Payment;
use crate::domain::time::{Moment, Timestamp};

/// An order; its id is the key.
#[derive(Serialize, Deserialize)]
pub(in crate::store) enum OrderRec {
    V1(Box<OrderV1>),
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct OrderV1 {
    number: u64,
    reference: String,
    service: String,
    location: [u8; 16],
    postcode: String,
    depot: Option<String>,
    method: Option<String>,
    received: Option<i64>,
    found_at: i64,
    updated_at: i64,
    state: StateV1,
    generation: u32,
    content: u64,
    contact: ContactV1,
    refused_shipment: Option<u64>,
    shipped: Option<ShippedV1>,
    /// Fingerprints of all of it and of its leg.
    sent_as: Option<(u64, u64)>,
    unfollowed: Option<u64>,
    standing: StandingV1,
    /// Haste and moment.
    next_read: Option<(u8, u64)>,
    hinted: u32,
    tracked: Option<String>,
    tags: Vec<String>,
    demanded: bool,
    labelled: Option<i64>,
    /// Marker and text.
    notes: Vec<(u64, String)>,
}

#[derive(Serialize, Deserialize)]
enum StateV1 {
    Held(HeldV1),
    Waiting,
    Sending,
    Unsure,
    Refused { by_stream: bool, reasons: Vec<String> },
    Sent,
    Processed,
    Cancelled(CancelledV1),
    Attention(CauseV1, String),
    Planned,
    Dispatched,
    Delivered,
}

#[derive(Serialize, Deserialize)]
enum CancelledV1 {
    Linnworks,
    Person,
}

#[derive(Serialize, Deserialize)]
enum CauseV1 {
    Create,
    Delivery,
    Deleted,
    Gone,
    Processing,
}

#[derive(Serialize, Deserialize)]
enum HeldV1 {
    SyncOff,
    Parked,
    OnHold,
    NotPaid(PaymentV1),
    OtherVendor(String),
    NoService,
    OutsideLookback { days: u32 },
    NoDate,
    Removed,
}

#[derive(Serialize, Deserialize)]
enum PaymentV1 {
    Unpaid,
    Paid,
    Return,
    Pending,
    Resend,
    Other(i64),
}

#[derive(Serialize, Deserialize)]
enum ContactV1 {
    None,
    Known,
    Unanswered,
    Seen,
}

#[derive(Serialize, Deserialize)]
struct ShippedV1 {
    generation: u32,
    consignment: String,
    tracking: String,
    tracking_url: String,
    at: i64,
    adopted: bool,
}

impl OrderRec {
    pub(in crate::store) fn of(order: &Order) -> Self {
        Self::V1(Box::new(OrderV1 {
            number: order.number.0,
            reference: order.reference.clone(),
            service: order.service.clone(),
            location: order.location.bytes(),
            postcode: order.postcode.clone(),
            depot: order.depot.clone(),
            method: order.method.clone(),
            received: order.received.map(|at| at.0),
            found_at: order.found_at.0,
            updated_at: order.updated_at.0,
            state: StateV1::of(&order.state),
            generation: order.generation.0,
            content: order.content.0,
            contact: ContactV1::of(order.contact),
            refused_shipment: order.refused_shipment.map(|print| print.0),
            shipped: order.shipped.as_ref().map(ShippedV1::of),
            sent_as: order.sent_as.map(|sent| (sent.whole.0, sent.leg.0)),
            unfollowed: order.unfollowed.map(|print| print.0),
            standing: StandingV1::of(&order.standing),
            next_read: order.next_read.map(|next| (next.haste as u8, next.due.0)),
            hinted: order.hinted,
            tracked: order.tracked.as_ref().map(|number| number.0.clone()),
            tags: order.tags.iter().map(|tag| tag.0.clone()).collect(),
            demanded: order.demanded,
            labelled: order.labelled.map(|at| at.0),
            notes: order.notes.iter().map(|n| (n.marker.0, n.text.clone())).collect(),
        }))
    }

    pub(in crate::store) fn order(self, id: OrderId) -> Order {
        let Self::V1(v1) = self;
        Order {
            id,
            number: OrderNumber(v1.number),
            reference: v1.reference,
            service: v1.service,
            location: LocationId::from_bytes(v1.location),
            postcode: v1.postcode,
            depot: v1.depot,
            method: v1.method,
            received: v1.received.map(Timestamp),
            found_at: Timestamp(v1.found_at),
            updated_at: Timestamp(v1.updated_at),
            state: v1.state.state(),
            generation: Generation(v1.generation),
            content: Fingerprint(v1.content),
            contact: v1.contact.contact(),
            refused_shipment: v1.refused_shipment.map(Fingerprint),
            shipped: v1.shipped.map(ShippedV1::shipped),
            sent_as: v1
                .sent_as
                .map(|(whole, leg)| SentAs { whole: Fingerprint(whole), leg: Fingerprint(leg) }),
            unfollowed: v1.unfollowed.map(Fingerprint),
            standing: v1.standing.standing(),
            next_read: v1.next_read.map(|(haste, due)| NextRead {
                haste: Haste::ALL.get(usize::from(haste)).copied().unwrap_or(Haste::Rest),
                due: Moment(due),
            }),
            hinted: v1.hinted,
            tracked: v1.tracked.map(TrackingNumber),
            tags: v1.tags.into_iter().map(Tag).collect(),
            demanded: v1.demanded,
            labelled: v1.labelled.map(Timestamp),
            notes: v1
                .notes
                .into_iter()
                .map(|(marker, text)| Noted { marker: Fingerprint(marker), text })
                .collect(),
        }
    }
}

impl StateV1 {
    fn of(state: &OrderState) -> Self {
        match state {
            OrderState::Held(reason) => Self::Held(HeldV1::of(reason)),
            OrderState::Waiting => Self::Waiting,
            OrderState::Sending => Self::Sending,
            OrderState::Unsure => Self::Unsure,
            OrderState::Refused(refusal) => Self::Refused {
                by_stream: refusal.by == RefusedBy::Stream,
                reasons: refusal.reasons.clone(),
            },
            OrderState::Sent => Self::Sent,
            OrderState::Planned => Self::Planned,
            OrderState::Dispatched => Self::Dispatched,
            OrderState::Delivered => Self::Delivered,
            OrderState::Processed => Self::Processed,
            OrderState::Cancelled(CancelledBy::Linnworks) => {
                Self::Cancelled(CancelledV1::Linnworks)
            }
            OrderState::Cancelled(CancelledBy::Person) => Self::Cancelled(CancelledV1::Person),
            OrderState::Attention(cause, reason) => {
                Self::Attention(CauseV1::of(*cause), reason.clone())
            }
        }
    }

    fn state(self) -> OrderState {
        match self {
            Self::Held(reason) => OrderState::Held(reason.reason()),
            Self::Waiting => OrderState::Waiting,
            Self::Sending => OrderState::Sending,
            Self::Unsure => OrderState::Unsure,
            Self::Refused { by_stream, reasons } => OrderState::Refused(Refusal {
                by: if by_stream { RefusedBy::Stream } else { RefusedBy::Us },
                reasons,
            }),
            Self::Sent => OrderState::Sent,
            Self::Planned => OrderState::Planned,
            Self::Dispatched => OrderState::Dispatched,
            Self::Delivered => OrderState::Delivered,
            Self::Processed => OrderState::Processed,
            Self::Cancelled(CancelledV1::Linnworks) => {
                OrderState::Cancelled(CancelledBy::Linnworks)
            }
            Self::Cancelled(CancelledV1::Person) => OrderState::Cancelled(CancelledBy::Person),
            Self::Attention(cause, reason) => OrderState::Attention(cause.cause(), reason),
        }
    }
}

impl CauseV1 {
    const fn of(cause: Cause) -> Self {
        match cause {
            Cause::Create => Self::Create,
            Cause::Delivery => Self::Delivery,
            Cause::Deleted => Self::Deleted,
            Cause::Gone => Self::Gone,
            Cause::Processing => Self::Processing,
        }
    }

    const fn cause(self) -> Cause {
        match self {
            Self::Create => Cause::Create,
            Self::Delivery => Cause::Delivery,
            Self::Deleted => Cause::Deleted,
            Self::Gone => Cause::Gone,
            Self::Processing => Cause::Processing,
        }
    }
}

impl HeldV1 {
    fn of(reason: &HeldReason) -> Self {
        match reason {
            HeldReason::SyncOff => Self::SyncOff,
            HeldReason::Parked => Self::Parked,
            HeldReason::OnHold => Self::OnHold,
            HeldReason::NotPaid(payment) => Self::NotPaid(PaymentV1::of(*payment)),
            HeldReason::OtherVendor(vendor) => Self::OtherVendor(vendor.clone()),
            HeldReason::NoService => Self::NoService,
            HeldReason::OutsideLookback { days } => Self::OutsideLookback { days: *days },
            HeldReason::NoDate => Self::NoDate,
            HeldReason::Removed => Self::Removed,
        }
    }

    fn reason(self) -> HeldReason {
        match self {
            Self::SyncOff => HeldReason::SyncOff,
            Self::Parked => HeldReason::Parked,
            Self::OnHold => HeldReason::OnHold,
            Self::NotPaid(payment) => HeldReason::NotPaid(payment.payment()),
            Self::OtherVendor(vendor) => HeldReason::OtherVendor(vendor),
            Self::NoService => HeldReason::NoService,
            Self::OutsideLookback { days } => HeldReason::OutsideLookback { days },
            Self::NoDate => HeldReason::NoDate,
            Self::Removed => HeldReason::Removed,
        }
    }
}

impl PaymentV1 {
    const fn of(payment: Payment) -> Self {
        match payment {
            Payment::Unpaid => Self::Unpaid,
            Payment::Paid => Self::Paid,
            Payment::Return => Self::Return,
            Payment::Pending => Self::Pending,
            Payment::Resend => Self::Resend,
            Payment::Other(status) => Self::Other(status),
        }
    }

    const fn payment(self) -> Payment {
        match self {
            Self::Unpaid => Payment::Unpaid,
            Self::Paid => Payment::Paid,
            Self::Return => Payment::Return,
            Self::Pending => Payment::Pending,
            Self::Resend => Payment::Resend,
            Self::Other(status) => Payment::Other(status),
        }
    }
}

impl ContactV1 {
    const fn of(contact: Contact) -> Self {
        match contact {
            Contact::None => Self::None,
            Contact::Known => Self::Known,
            Contact::Unanswered => Self::Unanswered,
            Contact::Seen => Self::Seen,
        }
    }

    const fn contact(self) -> Contact {
        match self {
            Self::None => Contact::None,
            Self::Known => Contact::Known,
            Self::Unanswered => Contact::Unanswered,
            Self::Seen => Contact::Seen,
        }
    }
}

impl ShippedV1 {
    fn of(shipped: &Shipped) -> Self {
        Self {
            generation: shipped.generation.0,
            consignment: shipped.consignment.0.clone(),
            tracking: shipped.tracking.0.clone(),
            tracking_url: shipped.tracking_url.clone(),
            at: shipped.at.0,
            adopted: shipped.adopted,
        }
    }

    fn shipped(self) -> Shipped {
        Shipped {
            generation: Generation(self.generation),
            consignment: ConsignmentNo(self.consignment),
            tracking: TrackingNumber(self.tracking),
            tracking_url: self.tracking_url,
            at: Timestamp(self.at),
            adopted: self.adopted,
        }
    }
}
