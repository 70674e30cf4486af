//! Which listed orders must be read in detail, and which of those in work are no longer listed.

use std::collections::BTreeSet;

use crate::domain::ids::OrderId;
use crate::domain::job::JobKind;
use crate::domain::order::{CancelledBy, Cause, OrderState, StateWord};
use crate::domain::rules::Mode;
use crate::flow::readable;
use crate::store::{Store, StoreError};

/// What a list of open orders means for the round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Triage {
    /// To be read in detail.
    pub read: Vec<OrderId>,
    /// With Stream: read from time to time, to see what somebody changed in Linnworks.
    pub at_rest: Vec<OrderId>,
    /// Known, in work or at rest, and no longer listed.
    pub gone: Vec<OrderId>,
}

/// `None` for what is damaged.
fn sound<T>(found: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    readable(found.map(Some))
}

/// Which of the listed open orders must be read in detail: those we do not know, and those whose
/// correction we wait for. Also says which orders in work are no longer listed.
///
/// # Errors
/// When the store cannot be read.
pub fn triage(store: &Store, listed: &BTreeSet<OrderId>, mode: Mode) -> Result<Triage, StoreError> {
    store.read(|view| {
        let mut triage = Triage::default();
        for id in listed {
            // One that is damaged is neither known nor new: it is left alone and said in the log.
            let Some(order) = sound(view.order(*id))? else { continue };
            let wanted = match order {
                None => true,
                Some(order) => match order.state {
                    OrderState::Held(_)
                    | OrderState::Refused(_)
                    | OrderState::Processed
                    | OrderState::Cancelled(CancelledBy::Linnworks)
                    | OrderState::Attention(Cause::Gone, _) => true,
                    OrderState::Waiting if mode != Mode::On => true,
                    OrderState::Waiting => {
                        let generation = u64::from(order.generation.0);
                        sound(view.live_job(*id, JobKind::Create, generation))?
                            .is_some_and(|live| live.is_none())
                    }
                    OrderState::Sent
                    | OrderState::Planned
                    | OrderState::Dispatched
                    | OrderState::Delivered
                    | OrderState::Cancelled(CancelledBy::Person)
                    | OrderState::Attention(..) => {
                        triage.at_rest.push(*id);
                        false
                    }
                    OrderState::Sending | OrderState::Unsure => false,
                },
            };
            if wanted {
                triage.read.push(*id);
            }
        }
        for state in [
            StateWord::Held,
            StateWord::Waiting,
            StateWord::Refused,
            StateWord::Sent,
            StateWord::Planned,
            StateWord::Dispatched,
            StateWord::Delivered,
            StateWord::Attention,
        ] {
            for id in view.orders_in(state, None, usize::MAX)? {
                if !listed.contains(&id) {
                    triage.gone.push(id);
                }
            }
        }
        Ok(triage)
    })
}
