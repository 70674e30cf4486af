//! `linnstream support`: not there yet.

use std::path::{Path, PathBuf};

use super::{Exit, Failed};

/// Not there yet.
pub(super) fn execute(
    _config: &Path,
    _socket: Option<PathBuf>,
    _json: bool,
    _file: &Path,
) -> Result<Exit, Failed> {
    Err(Failed::new(Exit::Internal, "not there yet"))
}
