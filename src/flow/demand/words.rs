//! What a packer reads: one sentence that says what stands in the way, and one that says what to do.

use crate::domain::ids::OrderNumber;
use crate::domain::order::{CancelledBy, HeldReason, Order, OrderState};
use crate::domain::rules::Rules;
use crate::store::{StoreError, View};

/// What a demand waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Linnworks is asked for the order.
    Reading,
    /// It is to be sent.
    Turn,
    /// Stream was asked.
    Stream,
    /// Stream's answer was lost and is looked for.
    Doubt,
    /// Its shipment is brought in line with the order.
    Change,
}

/// The wait is over and the label is not there.
pub fn overdue(number: OrderNumber, waits: Waits) -> String {
    let what = match waits {
        Waits::Reading => "Linnworks did not show the order in time",
        Waits::Turn => "it waits for its turn at Stream, which is slow or not reachable",
        Waits::Stream => "Stream has not answered yet",
        Waits::Doubt => "Stream's answer was lost and is being looked for",
        Waits::Change => "its shipment is still being changed in Stream",
    };
    format!(
        "Order {number} has no label yet: {what}. The work goes on; print again in a minute. Nothing is sent twice."
    )
}

/// Why nothing may be sent or printed for anybody.
pub(super) fn closed(
    view: &View<'_>,
    order: Option<&Order>,
    rules: &Rules,
) -> Result<Option<String>, StoreError> {
    if super::is_dry(rules) {
        let text = "This is a dry run: nothing is sent to Stream, so there is no label. Ask the office to set \
                    Order Synchronization to On.";
        return Ok(Some(text.to_owned()));
    }
    if order.is_some_and(|order| order.shipped.is_some()) {
        return Ok(None);
    }
    Ok(view.paused()?.map(|paused| {
        let since = rules.shipping.zone.show(paused.at);
        format!(
            "Sending to Stream was paused by {} on {since}, so no new label can be made. Ask them, or the office.",
            paused.by
        )
    }))
}

/// Our record of it cannot be read.
pub(super) fn unreadable(number: OrderNumber) -> String {
    format!(
        "Order {number} cannot be printed: its record in linnstream is damaged. Tell the office."
    )
}

/// Linnworks shows no such open order.
pub fn not_open(number: OrderNumber) -> String {
    format!(
        "Order {number} is not among the open orders of Linnworks, so it is not sent. If it is to go out, reopen it \
         there and print again."
    )
}

/// It is not in Stream and not on its way there.
pub(super) fn without_shipment(number: OrderNumber, state: &OrderState) -> String {
    match state {
        OrderState::Refused(refusal) => format!(
            "Order {number}: {}. Correct the order in Linnworks and print again.",
            refusal.text().trim_end_matches('.')
        ),
        OrderState::Held(HeldReason::NoService) => {
            format!(
                "Order {number} has no shipping service. Assign a Stream service and print again."
            )
        }
        OrderState::Held(reason) => format!(
            "Order {number} is not sent because {reason}. Put that right in Linnworks and print again."
        ),
        OrderState::Cancelled(CancelledBy::Person) => {
            format!(
                "The shipment of order {number} was cancelled a moment ago. Print again in a minute."
            )
        }
        OrderState::Cancelled(CancelledBy::Linnworks) | OrderState::Processed => not_open(number),
        OrderState::Attention(_, why) => needs_person(number, why),
        OrderState::Waiting
        | OrderState::Sending
        | OrderState::Unsure
        | OrderState::Sent
        | OrderState::Planned
        | OrderState::Dispatched
        | OrderState::Delivered => overdue(number, Waits::Stream),
    }
}

/// Somebody in the office must look first.
pub(super) fn needs_person(number: OrderNumber, why: &str) -> String {
    format!("Order {number} needs the office first: {}.", why.trim_end_matches('.'))
}

/// Its change could not be made in Stream.
pub(super) fn stuck_change(number: OrderNumber) -> String {
    format!(
        "Order {number} was changed in Linnworks and Stream does not take the change. Cancel its label and print \
         again, or ask the office."
    )
}

/// What it is now is not what Stream delivers.
pub(super) fn changed_late(order: &Order) -> String {
    let number = order.number;
    let on = order.standing.plan.as_ref().map_or_else(
        || "after it was sent to Stream".to_owned(),
        |plan| format!("after it was put on {plan}"),
    );
    format!(
        "Order {number} was changed in Linnworks {on}, and Stream still has it as it was. Tell the planner; a new \
         label comes after its label is cancelled."
    )
}
