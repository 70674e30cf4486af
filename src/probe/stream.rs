//! Stream asked: the sign-in, depots with their delivery methods, the subscriptions that stand.

use super::in_turn;
use crate::api::stream::{Standing, Stream};
use crate::clock::Clock;
use crate::domain::answer::Failure;
use crate::domain::depot::Depot;

/// What became of asking.
pub enum Asked {
    /// Nobody answered, or nothing that can be used.
    Unreached(String),
    /// The credentials are not accepted.
    Refused(String),
    /// Signed in, but not allowed to read depots, or unable to.
    NoDepots(String),
    /// Signed in.
    In(Account),
}

/// What the account lists.
pub struct Account {
    /// Depots, perhaps none.
    pub depots: Vec<Depot>,
    /// Subscriptions of everybody, or why they could not be read.
    pub subscriptions: Result<Vec<Standing>, String>,
}

/// Signs in and reads.
pub fn ask(client: &Stream, clock: &dyn Clock) -> Asked {
    match in_turn(clock, |now| client.open_session(now)) {
        Ok(()) => {}
        Err(Failure::Unauthorised { what }) => return Asked::Refused(what),
        Err(failure) => return Asked::Unreached(failure.to_string()),
    }
    match in_turn(clock, |now| client.depots(now)) {
        Err(failure) => Asked::NoDepots(failure.to_string()),
        Ok(depots) => {
            let subscriptions = in_turn(clock, |now| client.subscriptions(now));
            Asked::In(Account {
                depots,
                subscriptions: subscriptions.map_err(|why| why.to_string()),
            })
        }
    }
}

/// Whether anything can be delivered from somewhere.
pub fn has_methods(depots: &[Depot]) -> bool {
    depots.iter().any(|depot| !depot.methods.is_empty())
}
