//! `linnstream jobs`: what is to be done.

use std::io::{self, Write as _};

use tui::client::Client;
use tui::protocol::views::JobView;

use super::text::{Align, counted, table};
use super::{Exit, Failed, ask, json};
use crate::domain::time::Timestamp;

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
        out.write_all(list(&rows).as_bytes())?;
        writeln!(out, "\n{}", counted(rows.len() as u64, "job"))?;
    }
    Ok(Exit::Done)
}

fn list(rows: &[JobView]) -> String {
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
            row.due_at.map_or_else(|| "-".to_owned(), |at| Timestamp(at).rfc3339()),
            row.last_error.clone().unwrap_or_default(),
        ]
    });
    table(&heading, &cells.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::super::json::tests_order_example as example;
    use super::*;

    #[test]
    fn the_list_of_jobs_shows_tries_and_the_last_error() {
        let text = list(&example().jobs);
        assert!(
            text.lines().nth(1).expect("a row").ends_with("no clear answer: timed out"),
            "{text}"
        );
    }
}
