//! The examples: what they name of the program exists there.

use std::collections::BTreeSet;
use std::path::Path;

use linnstream::config::{Config, Environment};
use linnstream::domain::alarm::Code;
use linnstream::domain::order::StateWord;
use linnstream::listener::{gate, shipping};

use super::{path, text};

const RULES: &str = "systemd/examples/prometheus-rules.yml";
const DASHBOARD: &str = "systemd/examples/grafana-dashboard.json";

/// Words that begin like a metric.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = text.split(|letter| !is_part(letter));
    let metrics = words.filter(|word| word.starts_with("linnstream_"));
    // A histogram is asked for by its parts.
    let family = |word: &str| {
        let parts = ["_bucket", "_sum", "_count"].into_iter();
        parts
            .fold(word.to_owned(), |word, part| word.strip_suffix(part).unwrap_or(&word).to_owned())
    };
    metrics.map(family).collect()
}

/// The sources of what serves the metrics, without their tests.
fn ops_sources() -> String {
    fn collect(folder: &Path, all: &mut String) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, all);
            } else {
                let source = std::fs::read_to_string(&path).expect("text");
                all.push_str(source.split("#[cfg(test)]").next().unwrap_or_default());
            }
        }
    }
    let mut all = String::new();
    collect(&path("src/listener"), &mut all);
    all
}

#[test]
fn every_metric_of_the_rules_and_of_the_dashboard_is_served() {
    let served = metrics_in(&ops_sources());
    assert!(served.len() >= 10, "{served:?}");
    for file in [RULES, DASHBOARD] {
        let named = metrics_in(&text(file));
        assert!(named.len() >= 6, "{file}: {named:?}");
        let unknown: Vec<_> = named.difference(&served).collect();
        assert!(unknown.is_empty(), "{file}: {unknown:?}");
    }
    let shown = metrics_in(&text(DASHBOARD));
    for metric in ["linnstream_orders", "linnstream_jobs", "linnstream_alarm", "linnstream_api_up"]
    {
        assert!(shown.contains(metric), "{metric} is on no panel");
    }
}

#[test]
fn every_rule_is_whole_and_names_states_and_codes_that_there_are() {
    let rules = text(RULES);
    let alerts: Vec<&str> = rules.split("- alert: ").skip(1).collect();
    assert!(alerts.len() >= 8);
    for alert in &alerts {
        for part in
            ["\n        expr: ", "\n        for: ", "severity: ", "summary: ", "description: "]
        {
            assert_eq!(alert.matches(part).count(), 1, "{part}\n{alert}");
        }
    }
    let quoted = |label: &str| -> Vec<String> {
        let values = rules.split(label).skip(1).filter_map(|rest| rest.split('"').nth(1));
        values.flat_map(|value| value.split('|')).map(str::to_owned).collect()
    };
    let codes = quoted("linnstream_alarm{code");
    assert!(!codes.is_empty());
    for code in codes {
        assert!(Code::parse(&code).is_some(), "{code}");
    }
    for state in quoted("linnstream_orders{state") {
        assert!(StateWord::ALL.iter().any(|word| word.word() == state), "{state}");
    }
}

#[test]
fn the_dashboard_is_one_that_grafana_reads() {
    let dashboard: serde_json::Value = serde_json::from_str(&text(DASHBOARD)).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let ids: BTreeSet<_> =
        panels.iter().map(|panel| panel["id"].as_u64().expect("an id")).collect();
    assert_eq!(ids.len(), panels.len());
    for panel in panels {
        let place = &panel["gridPos"];
        let end = place["x"].as_u64().expect("x") + place["w"].as_u64().expect("w");
        assert!(end <= 24, "{panel}");
        for target in panel["targets"].as_array().expect("targets") {
            assert!(target["expr"].as_str().is_some_and(|e| e.contains("linnstream_")), "{panel}");
        }
    }
}

#[test]
fn the_second_account_has_places_of_its_own_and_those_of_its_unit() {
    let config = text("systemd/examples/instance.toml");
    let unit = text("systemd/linnstream@.service");
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path().join("linnstream.redb").display().to_string();
    // The folder of the database is made by the unit.
    let there = "/var/lib/linnstream/leeds/linnstream.redb";
    assert!(config.contains(there));
    assert!(unit.contains("\nStateDirectory=linnstream/%i\n"));
    let parse = |text: &str| Config::parse(text, &Environment::default()).expect("good");
    let (values, defaults) = (parse(&config.replace(there, &here)).values(), parse("").values());
    for key in ["store.path", "admin.socket", "listener.bind", "ops.bind"] {
        assert_ne!(values[key], defaults[key], "{key}");
    }
    assert!(unit.contains("\nRuntimeDirectory=linnstream-%i\n"));
    assert_eq!(values["admin.socket"], "/run/linnstream-leeds/admin.sock");
}

#[test]
fn the_proxies_pass_what_the_listener_takes_and_wait_as_long_as_it_does() {
    let listener = Config::parse("", &Environment::default()).expect("good").values();
    let bind = listener["listener.bind"].as_str().expect("an address").to_owned();
    for file in ["Caddyfile", "nginx.conf", "cloudflared.yml", "tailscale-funnel.sh"] {
        assert!(text(&format!("systemd/examples/{file}")).contains(&bind), "{file}");
    }
    let megabytes = shipping::BODY_BYTES_MAX / (1024 * 1024);
    // Caddy counts in powers of ten unless told otherwise; ours are of two.
    assert!(text("systemd/examples/Caddyfile").contains(&format!("max_size {megabytes}MiB")));
    assert!(
        text("systemd/examples/nginx.conf")
            .contains(&format!("client_max_body_size {megabytes}m;"))
    );
    let waits = |text: &str, before: &str| -> u64 {
        let rest = text.split(before).nth(1).unwrap_or_else(|| panic!("no {before}"));
        rest.split('s').next().and_then(|n| n.trim().parse().ok()).expect("seconds")
    };
    let reply = gate::REPLY_WITHIN.as_secs();
    assert!(waits(&text("systemd/examples/nginx.conf"), "proxy_read_timeout ") > reply);
    assert!(waits(&text("systemd/examples/Caddyfile"), "response_header_timeout ") > reply);
}
