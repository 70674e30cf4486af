//! An order we have no record of, looked up in Linnworks because somebody asked: most are orders we
//! leave alone, and the answer says why.

use super::Sources;
use crate::domain::answer::Failure;
use crate::domain::decide::{self, Occasion, Verdict};
use crate::domain::explain::{self, Answer, Site};
use crate::domain::ids::{Generation, OrderNumber};
use crate::domain::source::SourceOrder;
use crate::domain::time::Now;
use crate::store::StoreError;

/// What was found.
#[derive(Clone, Debug)]
pub struct Stranger {
    /// The order as Linnworks shows it.
    pub order: SourceOrder,
    /// Why it is not in our records, and what to do.
    pub why: Answer,
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Linnworks could not be read.
    #[error("it is not in our records, and Linnworks could not be read: {0}")]
    Unread(Failure),
}

/// Looks once. `None`: Linnworks has no such order either.
///
/// # Errors
/// [`LookupError`].
pub fn lookup(
    sources: &Sources,
    site: &Site,
    now: Now,
    number: OrderNumber,
) -> Result<Option<Stranger>, LookupError> {
    let found = sources.linnworks.order_by_number(now, number).map_err(LookupError::Unread)?;
    let Some(order) = found else { return Ok(None) };
    if order.processed {
        let what = if order.hold_or_cancel { "cancelled" } else { "processed" };
        let why = Answer {
            text: format!("Order {number} was {what} in Linnworks before linnstream saw it."),
            next: "Nothing. If it is open again in Linnworks, the next poll takes it in."
                .to_owned(),
        };
        return Ok(Some(Stranger { order, why }));
    }
    let rules = sources.rules.get();
    let known = sources.store.read(|view| view.known())?;
    let watched = rules.locations.is_empty()
        || known.locations.iter().any(|location| {
            location.id == order.location
                && rules
                    .locations
                    .iter()
                    .any(|name| name.trim().eq_ignore_ascii_case(location.name.trim()))
        });
    let why = match decide::judge(&order, Generation::FIRST, Occasion::Found, &known, &rules, now.wall) {
        Verdict::Hold(reason) => explain::held(number, &reason, site),
        Verdict::Refuse(..) | Verdict::Send(_) if !watched => Answer {
            text: format!(
                "Order {number} is not sent because its location is not among those that are watched."
            ),
            next: "Add its location to linnworks.locations in the configuration and restart linnstream."
                .to_owned(),
        },
        Verdict::Refuse(..) | Verdict::Send(_) => explain::to_be_found(number, site),
    };
    Ok(Some(Stranger { order, why }))
}
