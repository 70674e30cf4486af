//! Inbound HTTP: bounded connections, whole requests, one handler. It takes no decisions about
//! orders; gate and server know nothing of the product at all.
//!
//! - `gate`: accepts connections and reads one whole request from each, under limits
//! - `rate`: how often one other machine may come
//! - `crew`: the threads that serve connections
//! - `request`: what a request must look like to be let through
//! - `server`: tiny_http on a private socket behind the gate, and the handlers
//! - `way`: from the gate to the inner server
//! - `socket`: TCP or Unix, alike
//! - `stream`: Stream's notifications
//! - `shipping`: the Linnworks shipping protocol
//! - `keys`: secrets that callers carry, and their replacement while running
//! - `ops`: health and readiness; `metrics`: the same in numbers

mod crew;
pub mod gate;
pub mod keys;
mod metrics;
pub mod ops;
mod rate;
mod request;
pub mod server;
pub mod shipping;
mod socket;
pub mod stream;
mod way;
