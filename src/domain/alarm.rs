//! Standing warnings: one table of codes, what raises each and what clears it. Pure: what stands follows
//! from the facts alone, so an alarm ends when its cause does, and nobody acknowledges anything.
//!
//! - `rules`: from facts to warnings
//! - `tests`: each code raised and cleared

mod rules;
#[cfg(test)]
mod tests;

pub use rules::{DISK_FREE_MIN, Facts, standing};

use super::time::Timestamp;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// What is wrong. The words are in JSON and in the database: they are never changed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $name),+ }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Short and stable.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

codes! {
    /// Neither notifications nor dispatch synchronisation: Linnworks learns nothing (R130).
    NoUpdates = "no-updates",
    /// Dispatch synchronisation is off (R64).
    DispatchOff = "dispatch-off",
    /// Somebody paused creating.
    Paused = "paused",
    /// Linnworks does not answer (R113).
    LinnworksDown = "linnworks-down",
    /// Stream does not answer (R113).
    StreamDown = "stream-down",
    /// Linnworks refuses our credentials (R113).
    LinnworksRefuses = "linnworks-unauthorised",
    /// Stream refuses our credentials (R113).
    StreamRefuses = "stream-unauthorised",
    /// Orders need a person (R124).
    Attention = "needs-person",
    /// Orders are in error for too long (R124, R128).
    ErrorAge = "error-age",
    /// A create is in doubt for too long.
    Unsure = "unsure",
    /// A mapped depot or method is not in Stream any more (R43).
    ServiceGone = "service-gone",
    /// Part delivered, failed or returned (R110).
    NotDelivered = "not-delivered",
    /// Sent, and no tracking number in Linnworks (R113, R117).
    TrackingMissing = "tracking-missing",
    /// The identifiers on an order are not the wanted ones (R121, R122).
    IdentifiersLate = "identifiers-late",
    /// A run whose description shows no number (R85, R121).
    RunText = "run-text",
    /// A run number without an identifier (R84, R101).
    RunBeyond = "run-beyond-20",
    /// A place on a run without an identifier (R89).
    PlaceBeyond = "place-beyond-20",
    /// Two stops of a run show the same place (R94).
    PlaceTwice = "place-twice",
    /// A run leaves soon and not all of its orders are in order.
    RunLeaves = "run-leaves",
    /// An order changed in Linnworks too late to be followed (R44, R77).
    ChangedLate = "changed-late",
    /// Notifications are expected and none comes (R123).
    WebhooksSilent = "webhooks-silent",
    /// Stream refused a subscription.
    SubscriptionRefused = "subscription-refused",
    /// Notifications that could not be read.
    WebhookUnreadable = "webhook-unreadable",
    /// Shipments were not read for too long (R118).
    ReadsLate = "reads-late",
    /// Jobs wait for a person.
    Parked = "jobs-parked",
    /// The disk of the database is nearly full.
    DiskFull = "disk-full",
}

impl Code {
    /// The reverse of [`Self::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.word() == word)
    }
}

/// A warning that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// What.
    pub code: Code,
    /// Which run, service or the like; empty where there is one of a code. Tells two of a code apart.
    pub about: String,
    /// A sentence with the order number or the run, and what to do.
    pub text: String,
    /// Since when.
    pub since: Timestamp,
}

/// A warning that should stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What.
    pub code: Code,
    /// As in [`Raised`].
    pub about: String,
    /// As in [`Raised`].
    pub text: String,
}

/// What stands after this look: what is wanted keeps its beginning, what is not wanted is cleared.
/// Answers the warnings, those raised by this look and those cleared by it.
pub fn compare(
    before: &[Raised],
    wanted: Vec<Wanted>,
    now: Timestamp,
) -> (Vec<Raised>, Vec<Raised>, Vec<Raised>) {
    let same =
        |raised: &Raised, code: Code, about: &str| raised.code == code && raised.about == about;
    let (mut stand, mut new) = (Vec::new(), Vec::new());
    for Wanted { code, about, text } in wanted {
        let known = before.iter().find(|raised| same(raised, code, &about));
        let since = known.map_or(now, |raised| raised.since);
        let raised = Raised { code, about, text, since };
        if known.is_none() {
            new.push(raised.clone());
        }
        stand.push(raised);
    }
    let over = before
        .iter()
        .filter(|old| !stand.iter().any(|raised| same(raised, old.code, &old.about)))
        .cloned()
        .collect();
    (stand, new, over)
}
