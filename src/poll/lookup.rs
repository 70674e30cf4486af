//! An order we have no record of, looked up in Linnworks because somebody asked: most are orders we
//! leave alone, and the answer says why.

use super::Sources;
use crate::domain::answer::Failure;
use crate::domain::decide::{self, Known, Verdict};
use crate::domain::ids::{Generation, OrderNumber};
use crate::domain::source::SourceOrder;
use crate::domain::time::Now;
use crate::store::StoreError;

/// What was found.
#[derive(Clone, Debug)]
pub struct Stranger {
    /// The order as Linnworks shows it.
    pub order: SourceOrder,
    /// Why it is not in our records.
    pub why: String,
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
    now: Now,
    number: OrderNumber,
) -> Result<Option<Stranger>, LookupError> {
    let found = sources.linnworks.order_by_number(now, number).map_err(LookupError::Unread)?;
    let Some(order) = found else { return Ok(None) };
    if order.processed {
        let what = if order.hold_or_cancel { "cancelled" } else { "processed" };
        let why = format!("the order was {what} in Linnworks before linnstream saw it");
        return Ok(Some(Stranger { order, why }));
    }
    let rules = sources.rules.get();
    let known = sources.store.read(|view| {
        Ok(Known {
            depots: view.depots()?.map(|(_, depots)| depots).unwrap_or_default(),
            locations: view.locations()?,
        })
    })?;
    let watched = rules.locations.is_empty()
        || known.locations.iter().any(|location| {
            location.id == order.location
                && rules
                    .locations
                    .iter()
                    .any(|name| name.trim().eq_ignore_ascii_case(location.name.trim()))
        });
    let why = match decide::judge(&order, Generation::FIRST, false, &known, &rules, now.wall) {
        Verdict::Hold(reason) => reason.to_string(),
        Verdict::Refuse(..) | Verdict::Send(_) if !watched => {
            "its location is not among those that are watched (linnworks.locations)".to_owned()
        }
        Verdict::Refuse(..) | Verdict::Send(_) => "it is new: the next poll takes it in".to_owned(),
    };
    Ok(Some(Stranger { order, why }))
}
