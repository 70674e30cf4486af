//! Typed calls to the two other systems.
//!
//! One call sends at most a sign-in and one request, and ends in a value or in a
//! [`Failure`](crate::domain::answer::Failure). Nothing here waits, retries, stores or decides; no
//! lock is held while a request is out. The two clients do not know each other, and neither knows
//! the store, the configuration or any job.
//!
//! - `linnworks`, `stream`: the clients
//! - `gate`: the seam to call budgets and breakers
//! - `access`: settings and session, replaced together
//! - `flight`: one sign-in at a time
//! - `lenient`: reading JSON that others wrote
//! - `encode`: percent and form encoding
//! - `outcome`: what both clients make of a failed request

mod access;
mod encode;
mod flight;
pub mod gate;
mod lenient;
pub mod linnworks;
mod outcome;
#[cfg(test)]
mod scripted;
pub mod stream;

pub use outcome::http_date;
