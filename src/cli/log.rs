//! `linnstream log LEVEL`: what the daemon logs, for a while.

use std::io::{self, Write as _};

use tui::client::Client;
use tui::protocol::{Reply, Request};

use super::{Exit, Failed, ask, json};
use crate::config::show_duration;
use crate::domain::time::Delay;

/// Changes the level and says until when.
pub(super) fn execute(
    client: &mut Client,
    as_json: bool,
    level: &str,
    lasts: Delay,
) -> Result<Exit, Failed> {
    let request = Request::LogLevel { level: level.to_owned(), lasts_ms: lasts.0 };
    let set = match client.ask(&request)? {
        Reply::LogLevel(set) => set,
        other => return Err(ask::unexpected(&other)),
    };
    let mut out = io::stdout().lock();
    if as_json {
        json::print(&mut out, &json::log_level(&set))?;
    } else {
        let lasts = show_duration(lasts);
        writeln!(out, "Logging at {} for {lasts}, then at {} again.", set.level, set.then)?;
    }
    Ok(Exit::Done)
}
