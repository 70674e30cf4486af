//! `linnstream completions`: not there yet.

use clap_complete::Shell;

use super::{Exit, Failed};

/// Not there yet.
pub(super) fn execute(_shell: Shell) -> Result<Exit, Failed> {
    Err(Failed::new(Exit::Internal, "not there yet"))
}
