//! `linnstream webhooks`, `replay` and `endpoints`: what Stream sent, and where both systems reach us.

use std::io::{self, Write as _};

use tui::client::Client;
use tui::protocol::views::{EndpointsView, WebhookView};
use tui::protocol::{Reply, Request};

use super::text::{Align, counted, table};
use super::{Exit, Failed, ask, json};

/// Prints the notifications.
pub(super) fn execute(
    client: &mut Client,
    as_json: bool,
    limit: Option<u32>,
) -> Result<Exit, Failed> {
    let rows = ask::webhooks(client, limit)?;
    let mut out = io::stdout().lock();
    if as_json {
        json::print(&mut out, &rows.iter().map(json::webhook).collect::<Vec<_>>())?;
    } else if rows.is_empty() {
        writeln!(out, "Stream has told us of nothing yet. See: linnstream status")?;
    } else {
        out.write_all(list(&rows).as_bytes())?;
        writeln!(out, "\n{}", counted(rows.len() as u64, "notification"))?;
    }
    Ok(Exit::Done)
}

fn list(rows: &[WebhookView]) -> String {
    let heading = [
        ("ID", Align::Left),
        ("STATE", Align::Left),
        ("EVENT", Align::Left),
        ("ORDER", Align::Right),
        ("RUN", Align::Left),
        ("DETAIL", Align::Left),
    ];
    let cells = rows.iter().map(|row| {
        let order = row.order.map(|number| number.to_string());
        vec![
            row.id.clone(),
            row.state.clone(),
            row.event.clone(),
            order.or_else(|| row.order_ref.clone()).unwrap_or_default(),
            row.run.clone().unwrap_or_default(),
            row.detail.clone(),
        ]
    });
    table(&heading, &cells.collect::<Vec<_>>())
}

/// Prints the addresses. The only command beside `setup` that shows their secret.
pub(super) fn endpoints(client: &mut Client, as_json: bool) -> Result<Exit, Failed> {
    let view = match client.ask(&Request::Endpoints)? {
        Reply::Endpoints(view) => view,
        other => return Err(ask::unexpected(&other)),
    };
    let mut out = io::stdout().lock();
    if as_json {
        json::print(&mut out, &json::endpoints(&view))?;
    } else {
        out.write_all(page(&view).as_bytes())?;
    }
    Ok(Exit::Done)
}

fn page(view: &EndpointsView) -> String {
    let mut text = String::from("These addresses hold a secret: show them to nobody else.\n\n");
    match &view.stream_webhook {
        Some(url) => text.push_str(&format!(
            "Stream, notifications (subscribed by linnstream itself):\n  {url}\n"
        )),
        None => text.push_str("Nothing listens: listener.bind is \"none\".\n"),
    }
    for (key, url) in &view.linnworks {
        text.push_str(&format!("Linnworks, {key}:\n  {url}\n"));
    }
    text
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::cli) fn example() -> WebhookView {
        WebhookView {
            id: "w1795413600000".into(),
            key: 1_795_413_600_000,
            at: 1_795_413_600_000,
            event: "DELIVERED".into(),
            event_type: "CONSHEADER".into(),
            order: Some(104_512),
            order_ref: Some("CN00481207".into()),
            run: None,
            state: "done".into(),
            detail: String::new(),
        }
    }

    #[test]
    fn the_list_names_the_order_as_the_warehouse_does() {
        let text = list(&[example()]);
        assert!(
            text.lines().nth(1).is_some_and(|line| line.contains("DELIVERED  104512")),
            "{text}"
        );
        let strange = WebhookView { order: None, ..example() };
        assert!(list(&[strange]).contains("CN00481207"));
    }
}
