//! Stream's notifications: kept, then acknowledged. What they say is not looked at here.

use std::sync::Arc;

use super::keys::{Rotating, Which};
use super::server::{Answer, Incoming, Verb};
use crate::clock::Clock;
use crate::flow::{LiveRules, inbox};
use crate::store::Store;
use crate::tally::Counts;
use crate::wake::Wake;

/// Longest notification. Real ones have some kilobytes; a run with hundreds of stops tens of them.
pub const BODY_BYTES_MAX: u64 = 1024 * 1024;

/// What became of a notification; words of a metric.
pub const RECEIVED: [&str; 3] = ["kept", "refused", "failed"];

/// Takes notifications. Holds secrets and has no `Debug`.
pub struct Hooks {
    /// The secret path segment.
    pub token: Arc<Rotating>,
    /// What a notification carries in `Authorization`.
    pub secret: Arc<Rotating>,
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
    /// How many came, by one of [`RECEIVED`].
    pub received: Arc<Counts<&'static str>>,
}

impl Hooks {
    /// Whether this is their path. The secret in it is compared in constant time.
    pub fn is_path(&self, path: &str) -> bool {
        let parts = path.strip_prefix('/').and_then(|path| path.split_once('/'));
        let now = self.clock.now().mono;
        parts
            .is_some_and(|(token, rest)| rest == "stream" && self.token.which(token, now).is_some())
    }

    /// Answers a request to their path: 200 only when the notification is on disk.
    pub fn answer(&self, incoming: &Incoming) -> Answer {
        if incoming.verb != Verb::Post {
            return Answer::empty(200);
        }
        let now = self.clock.now();
        if !self.may(incoming) {
            self.received.add("refused");
            log::warn!(
                request_id = incoming.id();
                "a notification with a wrong or missing secret was refused"
            );
            return Answer::empty(401);
        }
        let wanted = self.rules.get().webhooks;
        match inbox::receive(&self.store, now, incoming.body.clone(), wanted) {
            Ok(_) => {
                self.received.add("kept");
                self.wake.notify();
                Answer::json(200, &serde_json::json!({}))
            }
            Err(error) => {
                self.received.add("failed");
                log::error!(
                    request_id = incoming.id();
                    "a notification could not be kept, its sender is told so: {error}"
                );
                Answer::empty(503)
            }
        }
    }

    fn may(&self, incoming: &Incoming) -> bool {
        let given = incoming.header("authorization").map(str::trim).filter(|text| !text.is_empty());
        let Some(given) = given else { return !self.require_secret };
        let bare = given.get(..7).filter(|word| word.eq_ignore_ascii_case("bearer "));
        let inner = bare.and_then(|_| given.get(7..)).map_or("", str::trim);
        let now = self.clock.now().mono;
        match (self.secret.which(given, now), self.secret.which(inner, now)) {
            (Some(Which::Current), _) | (_, Some(Which::Current)) => true,
            (Some(Which::Before), _) | (_, Some(Which::Before)) => {
                log::warn!(
                    request_id = incoming.id();
                    "a notification came with the webhook secret that was replaced; it is accepted for a while"
                );
                true
            }
            (None, None) => false,
        }
    }
}
