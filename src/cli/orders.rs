//! `linnstream orders`: the list.

use std::io::{self, Write as _};

use tui::client::Client;
use tui::protocol::views::OrderView;

use super::text::{Align, counted, table};
use super::{Exit, Failed, ask, json};

/// Prints the list.
pub(super) fn execute(
    client: &mut Client,
    as_json: bool,
    state: Option<String>,
    search: Option<String>,
    limit: Option<u32>,
) -> Result<Exit, Failed> {
    let rows = ask::orders(client, state.as_deref(), search.as_deref(), limit)?;
    let mut out = io::stdout().lock();
    if as_json {
        json::print(&mut out, &rows.iter().map(json::order).collect::<Vec<_>>())?;
    } else if rows.is_empty() {
        writeln!(out, "{}", nothing(state.as_deref(), search.as_deref()))?;
    } else {
        out.write_all(list(&rows).as_bytes())?;
        writeln!(out, "\n{}", counted(rows.len() as u64, "order"))?;
    }
    Ok(Exit::Done)
}

fn nothing(state: Option<&str>, search: Option<&str>) -> String {
    match (state, search) {
        (None, None) => {
            "No orders yet: they appear after the first poll. See: linnstream status".to_owned()
        }
        (Some(state), None) => format!("No order is {state}."),
        (None, Some(search)) => {
            format!("No order has \"{search}\" in its number, reference, tracking or postcode.")
        }
        (Some(state), Some(search)) => format!("No order that is {state} has \"{search}\" in it."),
    }
}

fn list(rows: &[OrderView]) -> String {
    let heading = [
        ("ORDER", Align::Right),
        ("STATE", Align::Left),
        ("SERVICE", Align::Left),
        ("POSTCODE", Align::Left),
        ("TRACKING", Align::Left),
        ("WHY", Align::Left),
    ];
    let cells = rows.iter().map(|row| {
        vec![
            row.number.to_string(),
            row.state.clone(),
            row.service.clone(),
            row.postcode.clone(),
            row.tracking_number.clone().unwrap_or_default(),
            row.reason.clone().unwrap_or_default(),
        ]
    });
    table(&heading, &cells.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::super::json::tests_order_example as example;
    use super::*;

    #[test]
    fn the_list_shows_state_and_reason_in_aligned_columns() {
        let text = list(&[example().order]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], " ORDER  STATE    SERVICE                POSTCODE  TRACKING  WHY");
        assert!(lines[1].starts_with("104512  refused  Two Man (Leeds Depot)"), "{text}");
        assert!(lines[1].ends_with("Not sent to Stream: the postcode is missing"), "{text}");
    }

    #[test]
    fn an_empty_list_says_what_that_means() {
        assert_eq!(nothing(Some("refused"), None), "No order is refused.");
        assert!(nothing(None, None).contains("first poll"));
    }
}
