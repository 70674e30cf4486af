//! The ways a call to another system can end. Three answers, never two: yes, no, unknown; and
//! beside them the ways in which nothing was decided yet and nothing was changed.

use std::fmt;

use super::ids::{ConsignmentNo, TrackingNumber};
use super::plan::{Arrival, Goods, Plan, Stage, arrival, stage};
use super::time::{Delay, Moment};

/// One error of a business rejection, word for word as the other system wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reason {
    /// Its code, or empty. Shown, never branched on: no list of codes is published.
    pub code: String,
    /// Its text.
    pub text: String,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.code.is_empty() {
            f.write_str(&self.text)
        } else {
            write!(f, "{} ({})", self.text, self.code)
        }
    }
}

/// Why a call did not answer yes.
///
/// For a call that changes something, every variant but [`Failure::Unknown`] says for certain that
/// nothing was changed. A read that fails is simply read again, whatever the variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The other system understood and said no. Not repeated unchanged.
    No(Vec<Reason>),
    /// It said "not now" (429), perhaps with the delay it wants.
    Throttled {
        /// From `Retry-After`.
        retry_after: Option<Delay>,
    },
    /// 401 or 403, or the sign-in itself was refused: nothing was done.
    Unauthorised {
        /// What it said, for the administrator; holds no secret.
        what: String,
    },
    /// It could not be reached and nothing was sent.
    Down {
        /// What failed, in words.
        what: String,
    },
    /// The request may have been carried out: time-out after sending, reset, 5xx, a page instead of
    /// JSON, an answer cut short, a yes without the facts that make it one.
    Unknown {
        /// What was seen, in words, without personal data.
        what: String,
    },
    /// Our own budget or breaker says: not before this moment. Nothing was sent.
    NotBefore(Moment),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::No(reasons) => {
                for (n, reason) in reasons.iter().enumerate() {
                    if n > 0 {
                        f.write_str("; ")?;
                    }
                    write!(f, "{reason}")?;
                }
                Ok(())
            }
            Self::Throttled { .. } => f.write_str("too many calls: asked to wait"),
            Self::Unauthorised { what } => write!(f, "not authorised: {what}"),
            Self::Down { what } => write!(f, "not reached: {what}"),
            Self::Unknown { what } => write!(f, "no clear answer: {what}"),
            Self::NotBefore(_) => f.write_str("waiting for its turn"),
        }
    }
}

/// What Stream gives back for a shipment it accepted (`api/orders` create and get).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Stream's key of the order.
    pub consignment: ConsignmentNo,
    /// The tracking number.
    pub tracking: TrackingNumber,
    /// The public tracking page; may be empty.
    pub tracking_url: String,
    /// Warnings that came with a yes, word for word.
    pub warnings: Vec<Reason>,
}

/// An order found in Stream, as far as it is compared with what we meant to send.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// Its key and tracking; the tracking number may not be there yet.
    pub consignment: ConsignmentNo,
    /// `None`: Stream has the order but gives no tracking number yet.
    pub tracking: Option<TrackingNumber>,
    /// May be empty.
    pub tracking_url: String,
    /// The order's status word, as written.
    pub status: String,
    /// Recipient's name of the deciding leg.
    pub name: String,
    /// Postcode of the deciding leg.
    pub postcode: String,
    /// The reference we gave it (`customerOrderNo`).
    pub reference: String,
    /// Whether it is collected from the customer rather than delivered.
    pub collection: bool,
    /// The run it is on.
    pub plan: Option<Plan>,
    /// Which of its lines have arrived.
    pub goods: Goods,
    /// `(code, quantity)` of every item line of the deciding leg, in Stream's order.
    pub items: Vec<(String, i64)>,
}

impl Found {
    /// Whether the goods have arrived.
    pub fn arrival(&self) -> Arrival {
        arrival(&self.status, self.collection, self.goods)
    }

    /// How far it has come.
    pub fn stage(&self) -> Stage {
        stage(self.arrival(), &self.status, self.plan.as_ref())
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found")
            .field("consignment", &self.consignment)
            .field("status", &self.status)
            .field("items", &self.items.len())
            .finish_non_exhaustive()
    }
}

/// The answer to a look by order number. A failed look is not an absence: that is a [`Failure`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is there.
    Found(Box<Found>),
    /// Stream said explicitly that there is no such order.
    Absent,
}
