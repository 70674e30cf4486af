//! `linnstream order N`: one order with what happened to it.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use tui::client::Client;
use tui::protocol::views::OrderDetailView;
use tui::protocol::{Reply, Request};

use super::text::{age, local};
use super::{Exit, Failed, ask, json};

/// Prints the order; `No` when there is none.
pub(super) fn execute(client: &mut Client, as_json: bool, number: u64) -> Result<Exit, Failed> {
    let order = match client.ask(&Request::Order { number })? {
        Reply::Order(order) => order,
        other => return Err(ask::unexpected(&other)),
    };
    let mut out = io::stdout().lock();
    if as_json {
        json::print(&mut out, &json::order_detail(&order))?;
    } else {
        out.write_all(page(&order).as_bytes())?;
    }
    Ok(Exit::Done)
}

/// What the state means for a person.
fn sentence(view: &OrderDetailView) -> String {
    let order = &view.order;
    match (order.state.as_str(), order.reason.as_deref()) {
        (_, Some(reason)) => match order.state.as_str() {
            "held" => format!("Held: {reason}. Looked at again at every poll."),
            "refused" => format!(
                "{reason}.\nCorrect it in Linnworks: it is read again at every poll and sent by itself."
            ),
            "attention" => format!("Needs a person: {reason}."),
            _ => reason.to_owned(),
        },
        ("waiting", None) => "Waiting to be sent to Stream.".to_owned(),
        ("sending", None) => "Being sent to Stream now.".to_owned(),
        ("unsure", None) => {
            "Stream gave no clear answer: it is looked up before anything is sent again.".to_owned()
        }
        ("sent", None) => "In Stream.".to_owned(),
        ("processed", None) => "Processed in Linnworks.".to_owned(),
        ("cancelled", None) => "Cancelled in Linnworks.".to_owned(),
        (state, None) => state.to_owned(),
    }
}

fn page(view: &OrderDetailView) -> String {
    let order = &view.order;
    let mut text = format!("Order {}  {}\n\n{}\n\n", order.number, order.state, sentence(view));
    let none = || "-".to_owned();
    let list = |tags: &[String]| if tags.is_empty() { none() } else { tags.join(", ") };
    let place = match (&order.depot, &order.method) {
        (Some(depot), Some(method)) => format!("{depot} › {method}"),
        _ => none(),
    };
    for (name, value) in [
        ("Reference", order.reference.clone()),
        ("Service", order.service.clone()),
        ("Depot", place),
        ("Postcode", order.postcode.clone()),
        ("Tracking", order.tracking_number.clone().unwrap_or_else(none)),
        ("Page", order.tracking_url.clone().unwrap_or_else(none)),
        ("Consignment", order.consignment.clone().unwrap_or_else(none)),
        ("Wanted", list(&view.identifiers_wanted)),
        ("Held", list(&view.identifiers)),
    ] {
        let _ = writeln!(text, "  {name:<12} {}", if value.is_empty() { none() } else { value });
    }
    if !view.notes.is_empty() {
        text.push_str("\n  NOTES WE WROTE\n");
        for note in &view.notes {
            let _ = writeln!(text, "  {note}");
        }
    }
    text.push_str("\n  WHAT HAPPENED\n");
    for entry in &view.timeline {
        let line =
            format!("  {}  {:<22}  {}", local(&view.zone, entry.at), entry.what, entry.detail);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let open: Vec<_> = view.jobs.iter().filter(|job| job.state != "done").collect();
    if !open.is_empty() {
        text.push_str("\n  TO DO\n");
        for job in open {
            let due = job.due_at.map_or_else(String::new, |at| {
                if at > view.now {
                    format!(", in {}", age(at, view.now))
                } else {
                    ", now".to_owned()
                }
            });
            let error =
                job.last_error.as_deref().map_or_else(String::new, |error| format!("  {error}"));
            let _ = writeln!(text, "  {:<12} {}{due}{error}", job.kind, job.state);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::json::tests_order_example as example;
    use super::*;

    #[test]
    fn an_order_begins_with_its_state_and_what_to_do() {
        let text = page(&example());
        let begin = "Order 104512  refused\n\nNot sent to Stream: the postcode is missing.\nCorrect it in Linnworks: it is \
                     read again at every poll and sent by itself.\n";
        assert!(text.starts_with(begin), "{text}");
        assert!(text.contains("  Mon 23 Nov 06:00:00  refused "), "{text}");
        assert!(text.contains("  create       unsure, now  no clear answer: timed out"), "{text}");
    }
}
