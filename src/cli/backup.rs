//! `linnstream backup`: not there yet.

use std::path::Path;

use tui::client::Client;

use super::{Exit, Failed};

/// Not there yet.
pub(super) fn execute(_daemon: &mut Client, _json: bool, _file: &Path) -> Result<Exit, Failed> {
    Err(Failed::new(Exit::Internal, "not there yet"))
}
