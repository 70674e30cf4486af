//! `linnstream status`: is all well; if not, what, since when, and what to do.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use tui::client::Client;
use tui::protocol::views::{ApiView, StatusView};
use tui::protocol::{Reply, Request};

use super::text::{age, counted, cut, local, long_age};
use super::{Exit, Failed, ask, json};

/// Width of a reason on the screen: the line fits 80 columns.
const REASON_WIDTH: usize = 54;

/// Width of an alarm on the screen.
const ALARM_WIDTH: usize = 72;

/// Prints the screen.
pub(super) fn execute(client: &mut Client, as_json: bool) -> Result<Exit, Failed> {
    let status = match client.ask(&Request::Status)? {
        Reply::Status(status) => status,
        other => return Err(ask::unexpected(&other)),
    };
    let mut out = io::stdout().lock();
    if as_json {
        json::print(&mut out, &json::status(&status))?;
    } else {
        out.write_all(screen(&status).as_bytes())?;
    }
    Ok(Exit::Done)
}

fn count(list: &[(String, u64)], word: &str) -> u64 {
    list.iter().find(|(name, _)| name == word).map_or(0, |(_, count)| *count)
}

/// The first line: a verdict in words.
fn verdict(status: &StatusView) -> String {
    for (name, api) in [("Linnworks", &status.linnworks), ("Stream", &status.stream)] {
        match api.state.as_str() {
            "unconfigured" => {
                return format!(
                    "{name} has no credentials yet: nothing is sent. See the configuration."
                );
            }
            "unauthorised" => {
                return format!(
                    "{name} refuses our credentials: nothing goes there until they are right."
                );
            }
            "down" => {
                let since = api.last_ok_at.map_or_else(
                    || "It has not answered since the start.".to_owned(),
                    |at| format!("It answered last {} ago.", long_age(status.now, at)),
                );
                return format!(
                    "{name} does not answer. {since} Work waits and goes on by itself."
                );
            }
            _ => {}
        }
    }
    if let Some(paused) = &status.paused {
        return format!(
            "Creating was paused by {} {} ago. Go on with: linnstream resume",
            paused.by,
            long_age(status.now, paused.at)
        );
    }
    let stuck = count(&status.orders, "refused") + count(&status.orders, "attention");
    if stuck > 0 {
        let oldest = status.stuck.iter().map(|order| order.since).min().unwrap_or(status.now);
        let need = if stuck == 1 { "needs" } else { "need" };
        let waited = long_age(status.now, oldest);
        return format!("{} {need} you. The oldest has waited {waited}.", counted(stuck, "order"));
    }
    match status.sync_orders.as_str() {
        "off" => {
            "Order synchronisation is off: orders are read and held, nothing is sent (sync.orders)."
                .to_owned()
        }
        "dry-run" => {
            "This is a dry run: everything is decided and shown, nothing is sent (sync.orders)."
                .to_owned()
        }
        _ => "All is well.".to_owned(),
    }
}

fn api_line(name: &str, api: &ApiView, now: i64) -> String {
    let last = api
        .last_ok_at
        .map_or_else(|| "no answer yet".to_owned(), |at| format!("answered {} ago", age(now, at)));
    format!(
        "  {name:<10} {:<13} {:>4} calls this minute   {last}\n",
        api.state, api.calls_last_minute
    )
}

/// What Stream has told us, and how old the oldest read is.
fn told(status: &StatusView) -> String {
    let last = match status.webhooks_last_at {
        Some(at) => format!("last {} ago", age(status.now, at)),
        None if status.webhooks_subscribed == 0 => "not subscribed: the sweep does all".to_owned(),
        None => "none yet".to_owned(),
    };
    match status.oldest_read_at {
        Some(at) => format!("{last}, oldest read of a shipment {} ago", age(status.now, at)),
        None => last,
    }
}

/// The whole screen.
fn screen(status: &StatusView) -> String {
    let mut text = format!(
        "linnstream {}  {}  {}\n\n",
        status.version,
        status.site,
        local(&status.zone, status.now)
    );
    let _ = writeln!(text, "{}\n", verdict(status));
    text.push_str(&api_line("Linnworks", &status.linnworks, status.now));
    text.push_str(&api_line("Stream", &status.stream, status.now));
    let open: u64 =
        ["waiting", "sending", "unsure"].iter().map(|word| count(&status.jobs, word)).sum();
    let oldest = match status.oldest_job_at {
        Some(at) if open > 0 => format!(", oldest {}", age(status.now, at)),
        _ => String::new(),
    };
    let _ = writeln!(
        text,
        "  {:<10} {} to do{oldest}, {} parked",
        "Queue",
        open,
        count(&status.jobs, "parked")
    );
    let polled = status
        .last_poll_at
        .map_or_else(|| "not yet".to_owned(), |at| format!("{} ago", age(status.now, at)));
    let next = status
        .next_poll_at
        .map_or_else(String::new, |at| format!(", next in {}", age(at, status.now)));
    let _ = writeln!(text, "  {:<10} {polled}{next}", "Last poll");
    let _ = writeln!(text, "  {:<10} {}\n", "Webhooks", told(status));
    text.push_str("  ORDERS\n");
    for (word, count) in status.orders.iter().filter(|(_, count)| *count > 0) {
        let _ = writeln!(text, "  {word:<10} {count:>8}");
    }
    if status.orders.iter().all(|(_, count)| *count == 0) {
        text.push_str("  none seen yet: orders appear here after the first poll\n");
    }
    if !status.stuck.is_empty() {
        text.push_str("\n  NEEDS YOU\n");
        for order in &status.stuck {
            let waited = age(status.now, order.since);
            let reason = cut(&order.reason, REASON_WIDTH);
            let _ =
                writeln!(text, "  {:>8}  {:<9}  {waited:>4}  {reason}", order.number, order.state);
        }
        text.push_str("\n  More about one: linnstream order NUMBER\n");
    }
    if !status.alarms.is_empty() {
        text.push_str("\n  ALARMS\n");
        for alarm in &status.alarms {
            let waited = age(status.now, alarm.since);
            let _ = writeln!(text, "  {waited:>4}  {}", cut(&alarm.text, ALARM_WIDTH));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::json::tests_status_example as example;
    use super::*;

    #[test]
    fn the_first_line_says_what_matters_most() {
        let mut status = example();
        assert_eq!(verdict(&status), "15 orders need you. The oldest has waited 41 minutes.");
        status.paused =
            Some(tui::protocol::views::PausedView { by: "pat".into(), at: status.now - 120_000 });
        assert_eq!(
            verdict(&status),
            "Creating was paused by pat 2 minutes ago. Go on with: linnstream resume"
        );
        status.stream.state = "down".into();
        let down = "Stream does not answer. It answered last 1 minute ago. Work waits and goes on by itself.";
        assert_eq!(verdict(&status), down);
        status.linnworks.state = "unconfigured".into();
        assert!(verdict(&status).starts_with("Linnworks has no credentials yet"));
        let mut well = example();
        well.orders = vec![("sent".into(), 412)];
        well.stuck.clear();
        assert_eq!(verdict(&well), "All is well.");
    }

    #[test]
    fn the_screen_fits_eighty_columns_and_names_what_needs_a_person() {
        let screen = screen(&example());
        for line in screen.lines() {
            assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
        }
        assert!(
            screen
                .contains("  104512  refused     41m  Not sent to Stream: the postcode is missing"),
            "{screen}"
        );
        assert!(screen.contains("Queue      3 to do, oldest 12s, 3 parked"), "{screen}");
    }
}
