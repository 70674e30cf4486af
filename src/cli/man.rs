//! `linnstream man`: not there yet.

use std::path::Path;

use super::{Exit, Failed};

/// Not there yet.
pub(super) fn execute(_out: Option<&Path>) -> Result<Exit, Failed> {
    Err(Failed::new(Exit::Internal, "not there yet"))
}
