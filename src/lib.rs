//! linnstream sends Linnworks orders to Stream, each exactly once, and keeps Linnworks telling the
//! warehouse the truth about them.
//!
//! # Invariants
//!
//! What the tests hold the program to, and what a change must not break:
//!
//! - The intent to create a shipment is on disk before the call leaves. After a crash an intent means
//!   *unknown*; an unknown outcome is looked up, never retried blind.
//! - A call ends in yes, no or unknown, never in two answers. A failed look is not an absence.
//! - No order has two live shipments; no shipment has its lines twice; no order is both sent and in
//!   error; no error is noted twice; identifiers and notes of others are never touched.
//! - One decision is one transaction. No transaction is held across a call, and no lock is.
//! - `domain` is pure: it does not know that HTTP, redb, TOML or clocks exist. Time is an argument.
//! - Only `store` knows redb, only `http::ureq` knows ureq, only `console` knows tokio, only `listener` (and the
//!   sandbox) tiny_http, only `clock`
//!   reads time, only `config::environment` reads the environment, only `main` ends the process.
//! - There are three seams and no others: time, [`http::Transport::send`], and redb's storage
//!   backend. Nothing of our own is mocked: the fakes are the other side of the wire, in `sandbox`, and
//!   share no type with the clients.
//! - Events and the journal are for people. Decisions read orders and jobs.
//!
//! # Layers
//!
//! A module imports only from lower layers; `tests/layering.rs` checks it.
//!
//! ```text
//!  7  main
//!  6  cli   demo (cli starts demo)
//!  5  runtime   sandbox
//!  4  worker   poll   listener   console   probe
//!  3  flow
//!  2  store   api   actor   label
//!  1  http   clock   config   wake   pulse   logging   tally
//!  0  domain
//! ```

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
pub mod label;
pub mod listener;
pub mod logging;
pub mod poll;
pub mod probe;
pub mod pulse;
pub mod runtime;
pub mod sandbox;
pub mod store;
pub mod tally;
pub mod wake;
pub mod worker;
