//! linnstream.

pub mod actor;
pub mod api;
pub mod clock;
pub mod domain;
pub mod http;
pub mod pulse;
pub mod sandbox;
pub mod wake;
