//! Stream's notifications: kept, then acknowledged. What they say is not looked at here.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use sha2::Digest as _;
use subtle::ConstantTimeEq as _;

use super::server::{Answer, Incoming, Verb};
use crate::clock::Clock;
use crate::flow::{LiveRules, inbox};
use crate::store::Store;
use crate::wake::Wake;

/// Longest notification. Real ones have some kilobytes; a run with hundreds of stops tens of them.
pub const BODY_BYTES_MAX: u64 = 1024 * 1024;

/// Takes notifications. Holds a secret and has no `Debug`.
pub struct Hooks {
    /// The path, with the secret segment.
    pub path: SecretString,
    /// What a notification carries in `Authorization`.
    pub secret: SecretString,
    /// Whether one without it is refused.
    pub require_secret: bool,
    /// Where they are kept.
    pub store: Arc<Store>,
    /// Whether they are followed.
    pub rules: Arc<LiveRules>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Woken after one was kept.
    pub wake: Wake,
}

impl Hooks {
    /// Whether this is their path. Compared in constant time: it holds a secret.
    pub fn is_path(&self, path: &str) -> bool {
        same(path, self.path.expose_secret())
    }

    /// Answers a request to their path: 200 only when the notification is on disk.
    pub fn answer(&self, incoming: &Incoming) -> Answer {
        if incoming.verb != Verb::Post {
            return Answer::empty(200);
        }
        if !self.may(incoming.header("authorization")) {
            log::warn!("a notification with a wrong or missing secret was refused");
            return Answer::empty(401);
        }
        let (now, wanted) = (self.clock.now(), self.rules.get().webhooks);
        match inbox::receive(&self.store, now, incoming.body.clone(), wanted) {
            Ok(_) => {
                self.wake.notify();
                Answer::json(200, &serde_json::json!({}))
            }
            Err(error) => {
                log::error!("a notification could not be kept, its sender is told so: {error}");
                Answer::empty(503)
            }
        }
    }

    fn may(&self, authorization: Option<&str>) -> bool {
        match authorization.map(str::trim).filter(|text| !text.is_empty()) {
            None => !self.require_secret,
            Some(given) => {
                let secret = self.secret.expose_secret();
                let bare = given.get(..7).filter(|word| word.eq_ignore_ascii_case("bearer "));
                let inner = bare.and_then(|_| given.get(7..)).map_or("", str::trim);
                same(given, secret) | same(inner, secret)
            }
        }
    }
}

/// In constant time whatever the lengths: both sides are hashed first.
pub(super) fn same(given: &str, wanted: &str) -> bool {
    let hash = |text: &str| -> [u8; 32] { sha2::Sha256::digest(text.as_bytes()).into() };
    bool::from(hash(given).ct_eq(&hash(wanted)))
}
