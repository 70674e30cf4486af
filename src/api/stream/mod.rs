//! Stream: typed calls of its REST API.
//!
//! It does not know Linnworks, the store or what any answer leads to. Stream's own reference is not
//! public; paths and members are those that public clients use, and every answer is read as if it
//! might differ.
//!
//! - `client`: the calls
//! - `wire`: a shipment as JSON
//! - `read`: the shapes of answers
//! - `session`: signing in, and how long a session is used
//! - `error`: what an answer means
//! - `about`: which order a request is about

mod about;
mod client;
mod error;
mod read;
mod session;
#[cfg(test)]
mod tests;
mod wire;

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::time::{Delay, Moment};

pub use about::about;
pub use client::Stream;
pub use wire::render;

/// What the client needs to know. Holds a secret.
#[derive(Clone)]
pub struct StreamSettings {
    /// Scheme and host, without `/api`.
    pub base_url: String,
    /// The client id, which is also the party.
    pub client_id: String,
    /// The client secret.
    pub client_secret: SecretString,
    /// Every request must end within this.
    pub timeout: Delay,
    /// Our own pace: no limit is published.
    pub requests_per_second: f64,
    /// Requests that may go at once after a pause.
    pub burst: u32,
    /// Words, in lower case, one of which stands in every answer that says an order is not there.
    pub not_found: Vec<String>,
    /// When the budget begins, full.
    pub started_at: Moment,
}

impl StreamSettings {
    /// Whether everything needed to sign in is there.
    pub fn is_configured(&self) -> bool {
        !self.client_id.is_empty() && !self.client_secret.expose_secret().is_empty()
    }
}

impl fmt::Debug for StreamSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamSettings")
            .field("base_url", &self.base_url)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A subscription as Stream lists it. Of a list only the id is certain; the rest may be empty.
#[derive(Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its number.
    pub id: u64,
    /// `event`.
    pub event: String,
    /// `event_type`.
    pub event_type: String,
    /// The address, which may hold a secret.
    pub url: String,
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Standing({} {}/{})", self.id, self.event, self.event_type)
    }
}

/// A subscription that is to be made. Holds secrets and has no `Debug`.
#[derive(Clone, Copy)]
pub struct Subscribe<'a> {
    /// `event`.
    pub event: &'a str,
    /// `event_type`.
    pub event_type: &'a str,
    /// Our whole address.
    pub url: &'a str,
    /// What each notification is to carry in `Authorization`.
    pub secret: &'a str,
}

/// The answer to a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// Stream accepted it, or has no such order.
    Gone,
}
