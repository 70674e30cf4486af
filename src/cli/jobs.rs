//! `linnstream jobs`: what is to be done.

use std::io::{self, Write as _};

use tui::client::Client;
use tui::protocol::views::JobView;
use tui::protocol::{Reply, Request};

use super::text::{Align, age, counted, local, table};
use super::{Exit, Failed, ask, json};

/// Prints the list.
pub(super) fn execute(
    client: &mut Client,
    as_json: bool,
    state: Option<String>,
    limit: Option<u32>,
) -> Result<Exit, Failed> {
    let rows = ask::jobs(client, state.as_deref(), limit)?;
    let mut out = io::stdout().lock();
    if as_json {
        json::print(&mut out, &rows.iter().map(json::job).collect::<Vec<_>>())?;
    } else if rows.is_empty() {
        let nothing = state
            .map_or("Nothing is to be done.".to_owned(), |state| format!("No job is {state}."));
        writeln!(out, "{nothing}")?;
    } else {
        // Whose clock and zone the times are in: the daemon's.
        let Reply::Status(status) = client.ask(&Request::Status)? else {
            return Ok(Exit::Internal);
        };
        out.write_all(list(&rows, &status.zone, status.now).as_bytes())?;
        writeln!(out, "\n{}", counted(rows.len() as u64, "job"))?;
    }
    Ok(Exit::Done)
}

fn list(rows: &[JobView], zone: &str, now: i64) -> String {
    let heading = [
        ("JOB", Align::Right),
        ("KIND", Align::Left),
        ("ORDER", Align::Right),
        ("STATE", Align::Left),
        ("TRIES", Align::Right),
        ("DUE", Align::Left),
        ("LAST ERROR", Align::Left),
    ];
    let cells = rows.iter().map(|row| {
        vec![
            row.id.clone(),
            row.kind.clone(),
            row.order.to_string(),
            row.state.clone(),
            row.attempt.to_string(),
            row.due_at.map_or_else(|| "-".to_owned(), |at| due(zone, now, at)),
            row.last_error.clone().unwrap_or_default(),
        ]
    });
    table(&heading, &cells.collect::<Vec<_>>())
}

/// Soon in one unit, later as the local time.
fn due(zone: &str, now: i64, at: i64) -> String {
    match at.saturating_sub(now) {
        ..=999 => "now".to_owned(),
        1_000..=3_599_999 => format!("in {}", age(at, now)),
        _ => local(zone, at),
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::tests_order_example as example;
    use super::*;

    #[test]
    fn the_list_of_jobs_shows_tries_and_the_last_error() {
        let text = list(&example().jobs, "Europe/London", 1_795_413_600_000);
        assert!(text.lines().nth(1).expect("a row").contains("  in 5s  "), "{text}");
        assert!(
            text.lines().nth(1).expect("a row").ends_with("no clear answer: timed out"),
            "{text}"
        );
    }
}
