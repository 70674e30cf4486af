//! Orders that are not on their way: held, refused, or not found yet.

use super::{Answer, Site};
use crate::domain::ids::OrderNumber;
use crate::domain::order::{HeldReason, Order, Refusal, RefusedBy};
use crate::domain::source::Payment;

/// An order that is not eligible now, in our records or not.
pub fn held(number: OrderNumber, reason: &HeldReason, site: &Site) -> Answer {
    let text = format!("Order {number} is not sent because {reason}.");
    let taken = format!("it is taken at {}", site.poll());
    let next = match reason {
        HeldReason::SyncOff => {
            "Set sync.orders = \"on\" in the configuration and reload linnstream (systemctl reload linnstream)"
                .to_owned()
        }
        HeldReason::Parked => format!("Unpark the order in Linnworks: {taken}"),
        HeldReason::OnHold => format!("Take the order off hold in Linnworks: {taken}"),
        HeldReason::NotPaid(Payment::Return) => {
            "Nothing: returns are not delivered. If it is to be delivered all the same, enter it as a new \
             order in Linnworks"
                .to_owned()
        }
        HeldReason::NotPaid(
            Payment::Unpaid
            | Payment::Pending
            | Payment::Paid
            | Payment::Resend
            | Payment::Other(_),
        ) => format!("Mark the order as paid in Linnworks: {taken}"),
        HeldReason::OtherVendor(_) => format!(
            "Nothing, if that is right. If Stream is to deliver it, assign a Stream service to the order in \
             Linnworks: {taken}"
        ),
        HeldReason::NoService => {
            format!("Assign a Stream service to the order in Linnworks: {taken}")
        }
        HeldReason::OutsideLookback { .. } => {
            "Raise sync.lookback_days in the configuration (up to 90) and reload linnstream (systemctl reload \
             linnstream)"
                .to_owned()
        }
        HeldReason::Removed => {
            "Add the integration again in Linnworks under Shipping > Integrations".to_owned()
        }
        HeldReason::NoDate => {
            format!("Enter the date of receipt of the order in Linnworks: {taken}")
        }
    };
    Answer::new(text, format!("{next}."))
}

/// An order of Linnworks that we have not taken in yet although it is ours.
pub fn to_be_found(number: OrderNumber, site: &Site) -> Answer {
    Answer::new(
        format!("Order {number} is new in Linnworks and was not read yet."),
        format!("Nothing: it is taken at {}.", site.poll()),
    )
}

pub(super) fn refused(order: &Order, refusal: &Refusal, site: &Site) -> Answer {
    let number = order.number;
    let reasons = refusal.reasons.join("; ");
    let reasons = reasons.trim_end_matches('.');
    match refusal.by {
        RefusedBy::Us => Answer::new(
            format!("Order {number} was not sent to Stream: {reasons}."),
            format!(
                "Correct that: the order is read again at {} and is then sent by itself.",
                site.poll()
            ),
        ),
        RefusedBy::Stream => Answer::new(
            format!("Order {number} was rejected by Stream: {reasons}."),
            format!(
                "Correct the order in Linnworks: the change is seen at {} and the order is sent by itself. If the \
                 cause was in Stream, put it right there and run: linnstream resend {number}.",
                site.poll()
            ),
        ),
    }
}
