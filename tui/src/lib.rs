//! The console of linnstream, and the protocol it speaks with the daemon.
//!
//! A library crate, so that it can never import the daemon. The daemon's side of the protocol
//! imports [`protocol`] and nothing else from here.
//!
//! - [`protocol`]: the messages, and their frames
//! - `client`: connect, greet, ask

pub mod client;
pub mod protocol;
