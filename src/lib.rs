//! linnstream.

pub mod actor;
pub mod api;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod demo;
pub mod domain;
pub mod flow;
pub mod http;
pub mod logging;
pub mod poll;
pub mod pulse;
pub mod runtime;
pub mod sandbox;
pub mod store;
pub mod wake;
pub mod worker;
