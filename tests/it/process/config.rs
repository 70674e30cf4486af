//! The configuration from outside: what is wrong with it, and what holds.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use linnstream::sandbox::WorldOptions;
use serde_json::{Value, json};

use super::Site;

fn json_of(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A file with a mode.
fn write(path: &Path, text: &str, mode: u32) {
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set");
}

#[test]
fn r31_every_mistake_of_a_file_is_reported_at_once_each_with_its_line() {
    let site = Site::new(WorldOptions::default(), "");
    write(&site.path("open-secret"), "canary-open\n", 0o644);
    let text = format!(
        "[listener]\nbind = \"somewhere\"\n[linnworks]\nauth_url = \"http://api.linnworks.net\"\n\
         token = \"canary-inline\"\napplication_secret_file = {:?}\n[stream]\ntimeout = \"30s\"\n\
         settle = [\"5s\", \"59s\"]\nburst = \"many\"\n[sync]\norders = \"yes\"\npoll_intervall = \"60s\"\n\
         [labels]\ncopies = 9\n[warehouse]\nuse_default_location = true\n",
        site.path("open-secret"),
    );
    std::fs::write(site.path("config.toml"), text).expect("written");
    let scripts = site.ask(&["check-config", "--json"]);
    assert_eq!(scripts.status.code(), Some(2), "{scripts:?}");
    let document = json_of(&scripts);
    assert_eq!(document["ok"], false);
    let found: Vec<(Value, Value)> = document["problems"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|problem| (problem["key"].clone(), problem["line"].clone()))
        .collect();
    let wanted = [
        ("listener.bind", json!(2)),
        ("linnworks.auth_url", json!(4)),
        ("linnworks.token", json!(5)),
        ("linnworks.application_secret_file", json!(6)),
        ("stream.settle", json!(9)),
        ("stream.burst", json!(10)),
        ("sync.orders", json!(12)),
        ("sync.poll_intervall", json!(13)),
        ("labels.copies", json!(15)),
        ("warehouse.default_location", Value::Null),
    ];
    assert_eq!(found, wanted.map(|(key, line)| (json!(key), line)));
    let people = site.ask(&["check-config"]);
    assert_eq!(people.status.code(), Some(2));
    let lines = text_of(&people.stdout);
    let file = site.path("config.toml").display().to_string();
    assert!(lines.contains(&format!("{file}:15: labels.copies: must be from 1 to 5")), "{lines}");
    assert!(lines.contains("the nearest is sync.poll_interval"), "{lines}");
    assert!(lines.contains("chmod 600") && lines.contains("linnworks.token_file"), "{lines}");
    assert_eq!(lines.lines().count(), 10, "{lines}");
    let all = format!("{lines}{document}");
    assert!(!all.contains("canary"), "{all}");
}

#[test]
fn a_configuration_in_order_is_said_to_be_so_and_missing_credentials_are_no_problem() {
    let site = Site::new(WorldOptions::default(), "");
    let people = site.ask(&["check-config"]);
    assert_eq!(people.status.code(), Some(0), "{people:?}");
    let file = site.path("config.toml").display().to_string();
    assert_eq!(text_of(&people.stdout), format!("{file}: the configuration is in order\n"));
    std::fs::write(site.path("config.toml"), "").expect("written");
    let scripts = site.ask(&["check-config", "--json"]);
    assert_eq!(scripts.status.code(), Some(0), "{scripts:?}");
    assert_eq!(json_of(&scripts), json!({"ok": true, "problems": []}));
    std::fs::remove_file(site.path("config.toml")).expect("removed");
    let absent = json_of(&site.ask(&["check-config", "--json"]));
    assert_eq!((&absent["problems"][0]["key"], &absent["ok"]), (&Value::Null, &json!(false)));
}

#[test]
fn r25_what_holds_is_shown_with_its_origin_and_secrets_are_masked() {
    let site = Site::new(WorldOptions::default(), "[labels]\ncopies = 3\n");
    for (name, text) in [("linnworks-secret", "canary-1"), ("linnworks-token", "canary-2")] {
        write(&site.path(name), text, 0o600);
    }
    let people = site.ask(&["config", "show"]);
    assert_eq!(people.status.code(), Some(0), "{people:?}");
    let shown = text_of(&people.stdout);
    assert!(shown.contains("labels.copies = 3\n"), "{shown}");
    assert!(shown.contains("# linnworks.token_file is set\n"), "{shown}");
    assert!(shown.contains("# listener.path_token_file is not set\n"), "{shown}");
    let with_origin = site.ask(&["config", "show", "--origin", "--json"]);
    let document = json_of(&with_origin);
    let config = std::fs::read_to_string(site.path("config.toml")).expect("there");
    let line = 1 + config.lines().position(|line| line == "copies = 3").expect("there");
    let file = site.path("config.toml").display().to_string();
    let wanted = json!({"value": 3, "origin": format!("{file}:{line}")});
    assert_eq!(document["labels.copies"], wanted);
    assert_eq!(document["labels.dpi"], json!({"value": 203, "origin": "default"}));
    let plain = json_of(&site.ask(&["config", "show", "--json"]));
    assert_eq!(plain["linnworks.application_secret_file"], "set");
    assert_eq!(plain["stream.settle"], json!(["300ms", "1s", "2s"]));
    let all = format!("{shown}{document}{plain}");
    assert!(!all.contains("canary"), "{all}");
    std::fs::write(site.path("config.toml"), "labels.copies = 9").expect("written");
    let bad = site.ask(&["config", "show"]);
    assert_eq!(bad.status.code(), Some(2), "{bad:?}");
    assert!(text_of(&bad.stderr).contains("must be from 1 to 5, not 9"), "{bad:?}");
}

#[test]
fn an_operator_asks_the_daemon_without_reading_secrets_and_despite_mistakes_elsewhere() {
    let site = Site::new(WorldOptions::default(), "");
    let _daemon = site.run();
    site.wait_for_exit_code(&["status"], 0);
    // Nobody but the daemon's user can read the secrets, and somebody is editing the file.
    std::fs::remove_file(site.path("stream-secret")).expect("removed");
    let config = std::fs::read_to_string(site.path("config.toml")).expect("there");
    std::fs::write(site.path("config.toml"), format!("{config}\nnonsense = 1\n")).expect("written");
    assert_eq!(site.ask(&["status"]).status.code(), Some(0));
    let moved = config.replace("admin.socket = ", "admin.socket = 7 #");
    std::fs::write(site.path("config.toml"), moved).expect("written");
    let refused = site.ask(&["status"]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("admin.socket"), "{refused:?}");
}
