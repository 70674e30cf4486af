//! `linnstream forget`: what is personal of one order is erased.

use tui::client::Client;
use tui::protocol::Action;

use super::{Exit, Failed, act};

/// Erases, and says what is left to do.
pub(super) fn execute(daemon: &mut Client, as_json: bool, number: u64) -> Result<Exit, Failed> {
    act::execute(daemon, as_json, [Action::Forget { numbers: vec![number] }])
}
