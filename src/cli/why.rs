//! `linnstream why N`: one sentence, and the next step.

use std::io::{self, Write as _};

use tui::client::Client;
use tui::protocol::{Reply, Request};

use super::{Exit, Failed, ask, json};

/// Prints the sentence; `No` when there is no such order.
pub(super) fn execute(client: &mut Client, as_json: bool, number: u64) -> Result<Exit, Failed> {
    let why = match client.ask(&Request::Why { number })? {
        Reply::Why(why) => why,
        other => return Err(ask::unexpected(&other)),
    };
    let mut out = io::stdout().lock();
    if as_json {
        json::print(&mut out, &json::why(&why))?;
    } else {
        writeln!(out, "{}\nNext: {}", why.text, why.next)?;
    }
    Ok(Exit::Done)
}
