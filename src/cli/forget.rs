//! `linnstream forget`: not there yet.

use tui::client::Client;

use super::{Exit, Failed};

/// Not there yet.
pub(super) fn execute(_daemon: &mut Client, _json: bool, _number: u64) -> Result<Exit, Failed> {
    Err(Failed::new(Exit::Internal, "not there yet"))
}
