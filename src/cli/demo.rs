//! `linnstream demo`: the main job with models of both systems.

use super::run::chain;
use super::{Exit, Failed};
use crate::demo::{self, DemoError, DemoOptions};

/// Runs the demo until interrupted, or until everything is sent.
pub(super) fn execute(until_sent: bool, orders: u32) -> Result<Exit, Failed> {
    let options = DemoOptions { until_sent, orders: orders as usize };
    match demo::run(options) {
        Ok(()) => Ok(Exit::Done),
        Err(error @ DemoError::Audit(_)) => Err(Failed::new(Exit::No, chain(&error))),
        Err(error) => Err(Failed::new(Exit::Internal, chain(&error))),
    }
}
