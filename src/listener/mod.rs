//! Inbound HTTP: bounded connections, whole requests, one handler. It takes no decisions about
//! orders; gate and server know nothing of the product at all.
//!
//! - `gate`: accepts connections and reads one whole request from each, under limits
//! - `request`: what a request must look like to be let through
//! - `server`: tiny_http on a private socket behind the gate, and the handlers
//! - `socket`: TCP or Unix, alike
//! - `stream`: Stream's notifications
//! - `ops`: health, readiness and metrics

pub mod gate;
pub mod ops;
mod request;
pub mod server;
mod socket;
pub mod stream;
