//! linnstream.

pub mod api;
pub mod clock;
pub mod domain;
pub mod http;
pub mod sandbox;
