//! The console of linnstream, and the protocol it speaks with the daemon.
//!
//! A library crate, so that it can never import the daemon. The daemon's side of the protocol
//! imports [`protocol`] and nothing else from here.
//!
//! - [`protocol`]: the messages, and their frames
//! - `client`: connect, greet, ask
//! - `app`: what the console knows and what a message makes of it
//! - `view`: what that looks like
//! - `text`: widths and times
//! - `link`: threads that talk to the daemon
//! - `terminal`: the terminal taken and given back
//! - `printer`: the command that prints
//! - `record`: a session written down, and played again
//! - `run`: all of it together

pub mod app;
pub mod client;
mod link;
mod printer;
pub mod protocol;
mod record;
pub mod run;
pub mod terminal;
mod text;
mod view;
