//! `linnstream resend`, `retry`, `pause`, `resume`: what operators ask for.

use std::io::{self, Write as _};

use tui::client::Client;
use tui::protocol::views::ActedView;
use tui::protocol::{ACTIONS_MAX, Action, Reply, Request};

use super::{Exit, Failed, ask, json};

/// Orders to be sent again.
pub(super) fn resend(client: &mut Client, as_json: bool, numbers: &[u64]) -> Result<Exit, Failed> {
    let parts = numbers.chunks(ACTIONS_MAX).map(|part| Action::Resend { numbers: part.to_vec() });
    execute(client, as_json, parts)
}

/// Shipments to be read again.
pub(super) fn refresh(client: &mut Client, as_json: bool, numbers: &[u64]) -> Result<Exit, Failed> {
    let parts = numbers.chunks(ACTIONS_MAX).map(|part| Action::Refresh { numbers: part.to_vec() });
    execute(client, as_json, parts)
}

/// Shipments to be cancelled.
pub(super) fn cancel(client: &mut Client, as_json: bool, numbers: &[u64]) -> Result<Exit, Failed> {
    let parts = numbers.chunks(ACTIONS_MAX).map(|part| Action::Cancel { numbers: part.to_vec() });
    execute(client, as_json, parts)
}

/// Jobs to be tried again; none named: all that are parked.
pub(super) fn retry(client: &mut Client, as_json: bool, jobs: &[String]) -> Result<Exit, Failed> {
    if jobs.is_empty() {
        return print(&retry_parked(client)?, as_json);
    }
    let parts = jobs.chunks(ACTIONS_MAX).map(|part| Action::Retry { jobs: part.to_vec() });
    execute(client, as_json, parts)
}

/// All parked jobs, page by page; one that is parked again meanwhile is not tried twice.
fn retry_parked(client: &mut Client) -> Result<Vec<ActedView>, Failed> {
    let mut rows: Vec<ActedView> = Vec::new();
    loop {
        let last = rows.last().and_then(|row| row.id.as_deref());
        let after = last.and_then(|id| id.trim_start_matches('j').parse().ok());
        let more = ask_for(client, Action::RetryParked { after })?;
        let full = more.len() >= ACTIONS_MAX;
        rows.extend(more);
        if !full {
            return Ok(rows);
        }
    }
}

fn ask_for(client: &mut Client, action: Action) -> Result<Vec<ActedView>, Failed> {
    match client.ask(&Request::Act(action))? {
        Reply::Acted(rows) => Ok(rows),
        other => Err(ask::unexpected(&other)),
    }
}

/// Asks, prints a line for each order or job; `No` when one of them was refused.
pub(super) fn execute(
    client: &mut Client,
    as_json: bool,
    actions: impl IntoIterator<Item = Action>,
) -> Result<Exit, Failed> {
    let mut rows = Vec::new();
    for action in actions {
        rows.extend(ask_for(client, action)?);
    }
    print(&rows, as_json)
}

fn print(rows: &[ActedView], as_json: bool) -> Result<Exit, Failed> {
    let mut out = io::stdout().lock();
    if as_json {
        json::print(&mut out, &rows.iter().map(json::acted).collect::<Vec<_>>())?;
    } else if rows.is_empty() {
        writeln!(out, "No job is parked: there is nothing to try again.")?;
    } else {
        for row in rows {
            writeln!(out, "{}", line(row))?;
        }
    }
    let refused = rows.iter().any(|row| row.result == "refused");
    Ok(if refused { Exit::No } else { Exit::Done })
}

fn line(row: &ActedView) -> String {
    let name = match (row.number, &row.id) {
        (Some(number), _) => format!("order {number}"),
        (None, Some(id)) => id.clone(),
        (None, None) => String::new(),
    };
    format!("{name}: {}: {}", row.result, row.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_order_or_job_has_its_line() {
        let row = |number, id: Option<&str>| ActedView {
            number,
            id: id.map(str::to_owned),
            result: "refused".into(),
            text: "it is in Stream".into(),
        };
        assert_eq!(line(&row(Some(7), None)), "order 7: refused: it is in Stream");
        assert_eq!(line(&row(None, Some("j9"))), "j9: refused: it is in Stream");
    }
}
