//! Reads the text back, as strictly as its format is described.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::time::Delay;
use crate::tally::Histogram;

/// Families by name: kind, and rows of name, labels and value.
type Families = BTreeMap<String, (String, Vec<(String, BTreeMap<String, String>, f64)>)>;

fn parsed(text: &str) -> Families {
    assert!(text.ends_with('\n'));
    let mut families = Families::new();
    let mut current: Option<String> = None;
    let mut helped: Option<String> = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect("a name and its help");
            assert!(help.ends_with('.') && !families.contains_key(name), "{line}");
            helped = Some(name.to_owned());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a name and its kind");
            assert_eq!(helped.as_deref(), Some(name), "its help stands before it");
            assert!(matches!(kind, "gauge" | "counter" | "histogram"), "{line}");
            assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
            families.insert(name.to_owned(), (kind.to_owned(), Vec::new()));
            current = Some(name.to_owned());
        } else {
            let family = current.clone().expect("a family");
            let (name, labels, value) = row(line);
            let base = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end))
                .filter(|base| *base == family);
            assert!(name == family || base.is_some(), "{line} stands under {family}");
            families.get_mut(&family).expect("there").1.push((name, labels, value));
        }
    }
    families
}

fn row(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let end = line.find(['{', ' ']).expect("a name");
    let (name, mut rest) = line.split_at(end);
    assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{line}");
    let mut labels = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        while !rest.starts_with('}') {
            let (key, after) = rest.split_once("=\"").expect("a label");
            let mut value = String::new();
            let mut chars = after.char_indices();
            let closes = loop {
                match chars.next().expect("a closing quotation mark") {
                    (at, '"') => break at,
                    (_, '\\') => match chars.next().expect("what is escaped").1 {
                        'n' => value.push('\n'),
                        other => value.push(other),
                    },
                    (_, plain) => value.push(plain),
                }
            };
            assert!(labels.insert(key.to_owned(), value).is_none(), "{line}");
            rest = after[closes + 1..].trim_start_matches(',');
        }
        rest = &rest[1..];
    }
    let value = rest.strip_prefix(' ').expect("a value").parse().expect("a number");
    (name.to_owned(), labels, value)
}

fn facts() -> Facts {
    let latency = Histogram::default();
    latency.observe(Delay(120));
    latency.observe(Delay(60_000));
    let api = |name, answers| ApiFacts {
        name,
        state: if answers { "up" } else { "down" },
        answers,
        calls_last_minute: 7,
        calls: BTreeMap::from([(("Orders/GetOrdersById", "yes"), 3), (("create", "no"), 1)]),
        budgets: vec![("Orders/GetOrdersById", 222, 225)],
        latency: latency.read(),
    };
    Facts {
        apis: vec![api("linnworks", true), api("stream", false)],
        orders: vec![("sent".into(), 3)],
        received: vec![("kept", 9)],
        refusals: vec![((413, "the body is too long"), 2), ((413, "a \"quoted\\\nline"), 1)],
        alarms: vec!["stream-down".into(), "run-text".into(), "run-text".into()],
        commits: latency.read(),
        loops: vec![("poll", 1.5)],
        watchdog: (4, 1),
        started_at_s: 1_700_000_000.0,
        ..Facts::default()
    }
}

#[test]
fn the_text_reads_back_with_help_and_type_of_every_family_and_no_row_twice() {
    let families = parsed(&text(&facts()));
    assert!(families.len() >= 25, "{} families", families.len());
    for (name, (_, rows)) in &families {
        let unique: BTreeSet<String> =
            rows.iter().map(|(name, labels, _)| format!("{name}{labels:?}")).collect();
        assert_eq!(unique.len(), rows.len(), "{name} has a row twice");
    }
}

#[test]
fn what_stands_in_a_label_comes_back_as_it_was() {
    let families = parsed(&text(&facts()));
    let rejections = &families["linnstream_listener_rejections_total"].1;
    let odd = rejections.iter().find(|(_, labels, _)| labels["reason"] == "a \"quoted\\\nline");
    assert_eq!(odd.map(|(_, labels, n)| (labels["status"].as_str(), *n)), Some(("413", 1.0)));
    let refused = &families["linnstream_listener_refused_total"].1;
    assert_eq!(refused.len(), 1);
    assert_eq!((refused[0].1["status"].as_str(), refused[0].2), ("413", 3.0));
}

#[test]
fn the_ranges_of_a_histogram_grow_to_its_count() {
    let families = parsed(&text(&facts()));
    for name in ["linnstream_api_seconds", "linnstream_commit_seconds"] {
        let (kind, rows) = &families[name];
        assert_eq!(kind, "histogram");
        let mut series = BTreeMap::<String, Vec<(String, f64)>>::new();
        for (row, labels, value) in rows {
            let api = labels.get("api").cloned().unwrap_or_default();
            let part = labels.get("le").cloned().unwrap_or_else(|| row.clone());
            series.entry(api).or_default().push((part, *value));
        }
        for rows in series.values() {
            let n = rows.len();
            assert_eq!(n, BOUNDS_MS.len() + 3);
            assert!(rows[..n - 2].windows(2).all(|pair| pair[0].1 <= pair[1].1), "{rows:?}");
            assert_eq!((rows[n - 3].0.as_str(), rows[n - 3].1), ("+Inf", 2.0));
            assert_eq!(rows[n - 2], (format!("{name}_sum"), 60.12));
            assert_eq!(rows[n - 1], (format!("{name}_count"), 2.0));
            let within = rows.iter().find(|(le, _)| le == "0.25").expect("a range");
            assert_eq!(within.1, 1.0);
        }
    }
}

/// Dashboards and alert rules name them.
#[test]
fn no_name_is_ever_taken_away() {
    let families = parsed(&text(&facts()));
    for name in [
        "linnstream_alarm",
        "linnstream_api_budget_left",
        "linnstream_api_budget_limit",
        "linnstream_api_calls_last_minute",
        "linnstream_api_calls_total",
        "linnstream_api_seconds",
        "linnstream_api_state",
        "linnstream_api_up",
        "linnstream_build_info",
        "linnstream_commit_seconds",
        "linnstream_jobs",
        "linnstream_listener_connections",
        "linnstream_listener_refused_total",
        "linnstream_listener_rejections_total",
        "linnstream_loop_age_seconds",
        "linnstream_loops_stuck",
        "linnstream_oldest_job_seconds",
        "linnstream_oldest_read_seconds",
        "linnstream_orders",
        "linnstream_start_time_seconds",
        "linnstream_store_bytes",
        "linnstream_uptime_seconds",
        "linnstream_watchdog_total",
        "linnstream_webhooks",
        "linnstream_webhooks_received_total",
    ] {
        assert!(families.contains_key(name), "{name}");
    }
}
