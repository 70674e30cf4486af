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

mod client;
mod error;
mod read;
mod session;
#[cfg(test)]
mod tests;
mod wire;

use std::fmt;

use secrecy::SecretString;

use crate::domain::time::Delay;

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
}

impl fmt::Debug for StreamSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamSettings")
            .field("base_url", &self.base_url)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// The answer to a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// Stream accepted it, or has no such order.
    Gone,
}
