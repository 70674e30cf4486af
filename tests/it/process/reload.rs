//! What changes while the daemon runs: the configuration at SIGHUP, the log level when asked.

use std::time::Duration;

use linnstream::clock::{Clock as _, SystemClock};
use linnstream::domain::time::Moment;
use linnstream::sandbox::{Mix, WorldOptions};
use serde_json::Value;

use super::{DEADLINE, Site, moment};

/// Does something until the log says this.
fn until_logged(site: &Site, text: &str, mut again: impl FnMut()) {
    let mut waited = Duration::ZERO;
    while !site.log().contains(text) {
        assert!(waited < DEADLINE, "not logged: {text}\n{}", site.log());
        again();
        moment(Duration::from_millis(50));
        waited += Duration::from_millis(50);
    }
}

/// By the socket itself, which a file that cannot be read does not name.
fn status(site: &Site) -> Value {
    let socket = site.path("admin.sock");
    let socket = socket.to_str().expect("text");
    let output = site.wait_for_exit_code(&["status", "--json", "--socket", socket], 0);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn until_status(site: &Site, what: &str, there: impl Fn(&Value) -> bool) {
    let mut waited = Duration::ZERO;
    loop {
        let seen = status(site);
        if there(&seen) {
            return;
        }
        assert!(waited < DEADLINE, "not within {DEADLINE:?}: {what}: {seen}\n{}", site.log());
        moment(Duration::from_millis(50));
        waited += Duration::from_millis(50);
    }
}

/// Replaces text of the configuration.
fn edit(site: &Site, from: &str, to: &str) {
    let text = std::fs::read_to_string(site.path("config.toml")).expect("there");
    assert!(text.contains(from), "{from} stands in {text}");
    std::fs::write(site.path("config.toml"), text.replace(from, to)).expect("written");
}

#[test]
fn r32_work_that_waited_for_good_credentials_goes_out_once_they_are_there() {
    let site = Site::new(WorldOptions::default(), "");
    let now = SystemClock::continuing(Moment(0)).now();
    let first = site.world(|world| world.add_orders(now, 1, &Mix::default()))[0];
    let daemon = site.run();
    site.wait_for("one is sent", |world| !world.live_shipments(first).is_empty());
    daemon.kill();
    std::fs::write(site.path("stream-secret"), "canary-refused").expect("written");
    let numbers = site.world(|world| world.add_orders(now, 3, &Mix::default()));
    let daemon = site.run();
    until_status(&site, "the work waits and Stream refuses us", |status| {
        status["stream"]["state"] == "unauthorised" && status["orders"]["waiting"] == 3
    });
    let good = site.world(|world| world.options().credentials.client_secret.clone());
    std::fs::write(site.path("stream-secret"), &good).expect("written");
    daemon.signal("HUP");
    site.wait_for("all are sent", |world| {
        numbers.iter().all(|number| world.live_shipments(*number).len() == 1)
    });
    until_status(&site, "Stream is up", |status| status["stream"]["state"] == "up");
    let log = site.log();
    assert!(log.contains("changed: stream.client_secret_file"), "{log}");
    assert!(!log.contains("canary-refused") && !log.contains(&good), "{log}");
    assert_eq!(site.wait_for_exit_code(&["audit"], 0).status.code(), Some(0));
}

#[test]
fn r31_a_bad_file_changes_nothing_and_every_problem_is_logged() {
    let site = Site::new(WorldOptions::default(), "");
    let daemon = site.run();
    until_status(&site, "it polls", |status| !status["sync"]["last_poll_at"].is_null());
    edit(&site, "orders = \"on\"", "orders = \"loud\"\nlookback_days = 400");
    daemon.signal("HUP");
    until_logged(&site, "lookback_days: must be from 1 to 90, not 400", || {});
    let log = site.log();
    assert!(log.contains("is not used; the one before still holds"), "{log}");
    assert!(log.contains("sync.orders: \"loud\" is not one of"), "{log}");
    assert_eq!(status(&site)["sync"]["orders"], "on");
    let now = SystemClock::continuing(Moment(0)).now();
    let number = site.world(|world| world.add_orders(now, 1, &Mix::default()))[0];
    site.wait_for("it goes on", |world| !world.live_shipments(number).is_empty());
}

#[test]
fn what_can_change_is_taken_over_and_what_cannot_is_named() {
    let site = Site::new(WorldOptions::default(), "");
    let daemon = site.run();
    until_status(&site, "it runs", |status| status["sync"]["orders"] == "on");
    edit(&site, "orders = \"on\"", "orders = \"dry-run\"");
    edit(&site, "site.name = \"Test\"", "site.name = \"Other\"");
    edit(&site, "timeout = \"1s\"", "timeout = \"900ms\"");
    daemon.signal("HUP");
    until_status(&site, "a dry run", |status| status["sync"]["orders"] == "dry-run");
    until_logged(&site, "stream.timeout differs in the file", || {});
    let log = site.log();
    assert!(log.contains("changed: sync.orders\n"), "{log}");
    assert!(log.contains("site.name differs in the file and cannot change while running"), "{log}");
    assert_eq!(status(&site)["site"], "Test");
}

#[test]
fn the_log_level_changes_for_a_while_and_comes_back_by_itself() {
    let site = Site::new(WorldOptions::default(), "");
    let daemon = site.run();
    site.wait_for_exit_code(&["status"], 0);
    let people = site.ask(&["log", "debug"]);
    assert_eq!(people.status.code(), Some(0), "{people:?}");
    let text = String::from_utf8_lossy(&people.stdout).into_owned();
    assert_eq!(text, "Logging at debug for 15m, then at info again.\n");
    let scripts = site.ask(&["log", "error", "--for", "500ms", "--json"]);
    let document: Value = serde_json::from_slice(&scripts.stdout).expect("JSON");
    assert_eq!((&document["level"], &document["then"]), (&"error".into(), &"info".into()));
    assert!(document["until"].as_str().is_some_and(|until| until.ends_with('Z')), "{document}");
    // Said at the level that is usual, so only after the quiet while.
    until_logged(&site, "read again: nothing changed", || daemon.signal("HUP"));
    for (arguments, code) in [
        (["log", "loud", "--for", "1m"], 2),
        (["log", "debug", "--for", "2d"], 2),
        (["log", "debug", "--for", "soon"], 2),
    ] {
        assert_eq!(site.ask(&arguments).status.code(), Some(code), "{arguments:?}");
    }
}
