//! Secrets that callers carry and that may be replaced while running: for a while the one before is accepted
//! beside the new one, until everybody who was given it has the new one.

use std::sync::{PoisonError, RwLock};

use secrecy::{ExposeSecret as _, SecretString};
use sha2::Digest as _;
use subtle::ConstantTimeEq as _;

use crate::domain::time::{Delay, Moment};

/// How long the secret before is accepted. Stream gets the new one with the next call to it; the addresses in
/// Linnworks are changed by a person, who has a working day for it. A restart ends it at once.
pub const OLD_KEPT: Delay = Delay::mins(24 * 60);

/// Which secret a caller had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one that holds.
    Current,
    /// The one before.
    Before,
}

struct Held {
    current: SecretString,
    before: Option<(SecretString, Moment)>,
}

/// A secret that may be replaced. Has no `Debug`.
pub struct Rotating(RwLock<Held>);

impl Rotating {
    /// This one holds, and none was before.
    pub fn new(current: SecretString) -> Self {
        Self(RwLock::new(Held { current, before: None }))
    }

    /// The one that holds.
    pub fn get(&self) -> SecretString {
        self.0.read().unwrap_or_else(PoisonError::into_inner).current.clone()
    }

    /// Another holds from now on; the one that did is accepted for [`OLD_KEPT`] more, the one before it no longer.
    /// Answers whether it is another.
    pub fn replace(&self, new: SecretString, now: Moment) -> bool {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if same(new.expose_secret(), held.current.expose_secret()) {
            return false;
        }
        let old = std::mem::replace(&mut held.current, new);
        held.before = Some((old, now.after(OLD_KEPT)));
        true
    }

    /// Whether one of the two is given. Both are compared, in constant time.
    pub fn which(&self, given: &str, now: Moment) -> Option<Which> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let current = same(given, held.current.expose_secret());
        let before = held.before.as_ref().is_some_and(|(before, until)| {
            let equal = same(given, before.expose_secret());
            equal & (now < *until)
        });
        match (current, before) {
            (true, _) => Some(Which::Current),
            (false, true) => Some(Which::Before),
            (false, false) => None,
        }
    }
}

/// In constant time whatever the lengths: both sides are hashed first.
fn same(given: &str, wanted: &str) -> bool {
    let hash = |text: &str| -> [u8; 32] { sha2::Sha256::digest(text.as_bytes()).into() };
    bool::from(hash(given).ct_eq(&hash(wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_before_is_accepted_for_its_time_and_no_longer() {
        let key = Rotating::new("one".into());
        let (before, after) = (Moment(OLD_KEPT.0 + 4), Moment(OLD_KEPT.0 + 5));
        assert_eq!(key.which("one", Moment(0)), Some(Which::Current));
        assert!(key.replace("two".into(), Moment(5)));
        assert_eq!(key.which("two", Moment(5)), Some(Which::Current));
        assert_eq!(key.which("one", before), Some(Which::Before));
        assert_eq!(key.which("one", after), None);
        assert_eq!(key.which("three", before), None);
        assert_eq!(key.get().expose_secret(), "two");
    }

    #[test]
    fn two_live_at_once_and_the_same_again_changes_nothing() {
        let key = Rotating::new("one".into());
        assert!(!key.replace("one".into(), Moment(0)));
        assert!(key.replace("two".into(), Moment(0)));
        assert!(!key.replace("two".into(), Moment(1)));
        assert_eq!(key.which("one", Moment(2)), Some(Which::Before));
        assert!(key.replace("three".into(), Moment(2)));
        assert_eq!(key.which("one", Moment(3)), None, "two are live and no more");
        assert_eq!(key.which("two", Moment(3)), Some(Which::Before));
    }
}
