//! Linnworks: typed calls of its REST API, version 1.
//!
//! It does not know Stream, the store or what any answer leads to. Every POST is form-encoded: the
//! one encoding with a single rule, and the one the official SDK has always used. Sources of paths,
//! member names and limits: the published API description and the official SDK.
//!
//! - `client`: the calls
//! - `methods`: path, verb and published limit of every method used
//! - `wire`: the shapes of answers other than orders
//! - `order`: reading an order
//! - `session`: signing in, and how long a session is used
//! - `error`: what an answer means
//! - `about`: which order a request is about

mod about;
mod client;
mod error;
mod methods;
mod order;
mod session;
#[cfg(test)]
mod tests;
mod wire;

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::time::{Delay, Moment};

pub use about::{About, about};
pub use client::{
    DETAILS_MAX, IDENTIFIER_ORDERS_MAX, Linnworks, NOTE_ORDERS_MAX, PROCESS_ORDERS_MAX,
};

/// What the client needs to know. Holds secrets.
#[derive(Clone)]
pub struct LinnworksSettings {
    /// Scheme and host of the sign-in.
    pub auth_url: String,
    /// Application id (GUID).
    pub application_id: String,
    /// Application secret (GUID).
    pub application_secret: SecretString,
    /// Installation token (GUID).
    pub token: SecretString,
    /// Open orders are asked for whose shipping vendor contains this.
    pub vendor: String,
    /// Our share of each method's limit, in percent.
    pub calls_percent: u32,
    /// Every request must end within this.
    pub timeout: Delay,
    /// When another run of the program may have called just before: budgets begin with care.
    pub resumed_at: Option<Moment>,
}

impl LinnworksSettings {
    /// Whether everything needed to sign in is there.
    pub fn is_configured(&self) -> bool {
        let there = |secret: &SecretString| !secret.expose_secret().is_empty();
        !self.application_id.is_empty() && there(&self.application_secret) && there(&self.token)
    }
}

impl fmt::Debug for LinnworksSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinnworksSettings")
            .field("auth_url", &self.auth_url)
            .field("vendor", &self.vendor)
            .field("calls_percent", &self.calls_percent)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
