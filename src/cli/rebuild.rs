//! `linnstream rebuild`: not there yet.

use std::path::Path;

use super::{Exit, Failed};

/// Not there yet.
pub(super) fn execute(_config: &Path, _json: bool) -> Result<Exit, Failed> {
    Err(Failed::new(Exit::Internal, "not there yet"))
}
