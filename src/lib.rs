//! linnstream.

pub mod clock;
pub mod config;
pub mod domain;
pub mod http;
pub mod logging;
pub mod wake;
