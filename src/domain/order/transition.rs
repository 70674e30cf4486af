//! The events of an order and the one place where they change its state.

use super::{CancelledBy, Cause, HeldReason, OrderState, Refusal};
use crate::domain::plan::Stage;

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
    /// Cancelled: before it was sent, or its shipment is for certain no longer in Stream.
    Cancel(CancelledBy),
    /// A person must look.
    Attend(Cause, String),
    /// Stream says how far its shipment has come.
    Came(Stage),
    /// Processed before or gone, open again, and its shipment is still there.
    Reopened,
    /// Somebody settled what needed a person, or wants what was cancelled after all: it is looked for
    /// anew.
    Doubted,
    /// Its shipment was taken back, confirmed, because it changed: the next generation is to be sent.
    Renewed,
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
        OrderState::Held(_) | OrderState::Refused(_) => at_rest(event),
        OrderState::Cancelled(CancelledBy::Linnworks) => at_rest(event),
        OrderState::Cancelled(CancelledBy::Person) => from_called_off(event),
        OrderState::Processed => match event {
            OrderEvent::Reopened => Some(OrderState::Sent),
            other => at_rest(other),
        },
        OrderState::Waiting => from_waiting(event),
        OrderState::Sending | OrderState::Unsure => on_its_way(state, event),
        OrderState::Attention(cause, _) => from_attention(*cause, event),
        OrderState::Sent | OrderState::Planned | OrderState::Dispatched | OrderState::Delivered => {
            with_stream(event)
        }
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
        OrderEvent::Cancel(by) => Some(OrderState::Cancelled(*by)),
        OrderEvent::Started
        | OrderEvent::NotNow
        | OrderEvent::Lost
        | OrderEvent::Shipped
        | OrderEvent::Attend(..)
        | OrderEvent::Came(_)
        | OrderEvent::Reopened
        | OrderEvent::Doubted
        | OrderEvent::Renewed => None,
    }
}

/// Cancelled because somebody asked for it: only somebody who asks brings it back.
fn from_called_off(event: &OrderEvent) -> Option<OrderState> {
    match event {
        OrderEvent::Process => Some(OrderState::Processed),
        OrderEvent::Cancel(by) => Some(OrderState::Cancelled(*by)),
        OrderEvent::Doubted => Some(OrderState::Unsure),
        OrderEvent::Hold(_)
        | OrderEvent::Ready
        | OrderEvent::Refuse(_)
        | OrderEvent::Started
        | OrderEvent::NotNow
        | OrderEvent::Lost
        | OrderEvent::Shipped
        | OrderEvent::Attend(..)
        | OrderEvent::Came(_)
        | OrderEvent::Reopened
        | OrderEvent::Renewed => None,
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
        | OrderEvent::Cancel(_)
        | OrderEvent::Shipped
        | OrderEvent::Attend(..)
        | OrderEvent::Came(_)
        | OrderEvent::Reopened
        | OrderEvent::Doubted
        | OrderEvent::Renewed => at_rest(event),
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
        OrderEvent::Attend(cause, reason) if unsure => {
            Some(OrderState::Attention(*cause, reason.clone()))
        }
        OrderEvent::Refuse(_)
        | OrderEvent::Attend(..)
        | OrderEvent::Hold(_)
        | OrderEvent::Ready
        | OrderEvent::Started
        | OrderEvent::Process
        | OrderEvent::Cancel(_)
        | OrderEvent::Came(_)
        | OrderEvent::Reopened
        | OrderEvent::Doubted
        | OrderEvent::Renewed => None,
    }
}

fn with_stream(event: &OrderEvent) -> Option<OrderState> {
    match event {
        OrderEvent::Attend(cause, reason) => Some(OrderState::Attention(*cause, reason.clone())),
        OrderEvent::Process => Some(OrderState::Processed),
        OrderEvent::Came(stage) => Some(OrderState::at(*stage)),
        OrderEvent::Cancel(by) => Some(OrderState::Cancelled(*by)),
        OrderEvent::Renewed => Some(OrderState::Waiting),
        OrderEvent::Hold(_)
        | OrderEvent::Ready
        | OrderEvent::Refuse(_)
        | OrderEvent::Started
        | OrderEvent::NotNow
        | OrderEvent::Lost
        | OrderEvent::Shipped
        | OrderEvent::Reopened
        | OrderEvent::Doubted => None,
    }
}

/// Each cause is ended by its own events; Linnworks may process or Stream cancel the order whatever it is.
fn from_attention(cause: Cause, event: &OrderEvent) -> Option<OrderState> {
    match (event, cause) {
        (OrderEvent::Attend(cause, reason), _) => {
            Some(OrderState::Attention(*cause, reason.clone()))
        }
        (OrderEvent::Process, _) => Some(OrderState::Processed),
        (
            OrderEvent::Cancel(by),
            Cause::Delivery | Cause::Deleted | Cause::Gone | Cause::Processing,
        ) => Some(OrderState::Cancelled(*by)),
        (OrderEvent::Doubted, Cause::Create | Cause::Deleted) => Some(OrderState::Unsure),
        (OrderEvent::Came(stage), Cause::Delivery | Cause::Processing) => {
            Some(OrderState::at(*stage))
        }
        (OrderEvent::Reopened, Cause::Gone) => Some(OrderState::Sent),
        (OrderEvent::Renewed, Cause::Delivery | Cause::Processing) => Some(OrderState::Waiting),
        (
            OrderEvent::Cancel(_)
            | OrderEvent::Doubted
            | OrderEvent::Came(_)
            | OrderEvent::Reopened
            | OrderEvent::Hold(_)
            | OrderEvent::Ready
            | OrderEvent::Refuse(_)
            | OrderEvent::Started
            | OrderEvent::NotNow
            | OrderEvent::Lost
            | OrderEvent::Shipped
            | OrderEvent::Renewed,
            _,
        ) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::order::RefusedBy;

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
            OrderState::Planned,
            OrderState::Dispatched,
            OrderState::Delivered,
            OrderState::Processed,
            OrderState::Cancelled(CancelledBy::Linnworks),
            OrderState::Attention(Cause::Create, "look".into()),
            OrderState::Attention(Cause::Deleted, "look".into()),
            OrderState::Cancelled(CancelledBy::Person),
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
        for event in [
            OrderEvent::Hold(HeldReason::OnHold),
            OrderEvent::Cancel(CancelledBy::Person),
            OrderEvent::Process,
        ] {
            let may = allowed(&event);
            assert!(!may.contains(&"sending") && !may.contains(&"unsure"), "{event:?}: {may:?}");
        }
    }

    #[test]
    fn only_what_was_looked_up_becomes_refused_by_stream_or_a_matter_for_a_person() {
        assert!(next(&OrderState::Sending, &OrderEvent::Refuse(refusal())).is_err());
        assert!(next(&OrderState::Unsure, &OrderEvent::Refuse(refusal())).is_ok());
        assert_eq!(
            allowed(&OrderEvent::Attend(Cause::Delivery, "x".into())),
            ["unsure", "sent", "planned", "dispatched", "delivered", "attention", "attention"]
        );
    }

    #[test]
    fn the_text_of_a_refusal_says_who_refused() {
        assert_eq!(refusal().text(), "Stream rejected the order: Delivery method not found");
        let ours = Refusal { by: RefusedBy::Us, reasons: vec!["the postcode is missing".into()] };
        assert_eq!(ours.text(), "Not sent to Stream: the postcode is missing");
        assert_ne!(ours.fingerprint(), refusal().fingerprint());
    }

    #[test]
    fn what_stream_says_moves_only_what_stream_has_and_never_what_a_create_left_in_doubt() {
        let came = OrderEvent::Came(Stage::Planned);
        assert_eq!(allowed(&came), ["sent", "planned", "dispatched", "delivered"]);
        let create = OrderState::Attention(Cause::Create, "look".into());
        assert!(next(&create, &came).is_err());
        let part = OrderState::Attention(Cause::Delivery, "part".into());
        assert_eq!(next(&part, &came), Ok(OrderState::Planned), "its cause has ended");
    }

    #[test]
    fn what_somebody_cancelled_comes_back_only_when_somebody_asks() {
        let cancelled = OrderState::Cancelled(CancelledBy::Person);
        assert!(next(&cancelled, &OrderEvent::Ready).is_err());
        assert_eq!(next(&cancelled, &OrderEvent::Doubted), Ok(OrderState::Unsure));
        let gone = OrderState::Cancelled(CancelledBy::Linnworks);
        assert_eq!(next(&gone, &OrderEvent::Ready), Ok(OrderState::Waiting));
    }
}
