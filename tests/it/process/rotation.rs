//! Secrets replaced while the daemon runs: the one before is valid until the new one has proved to be.

use std::net::SocketAddr;
use std::time::Duration;

use linnstream::clock::{Clock as _, SystemClock};
use linnstream::domain::time::Moment;
use linnstream::sandbox::{Mix, WorldOptions};
use serde_json::Value;

use super::notified::{document, request_with};
use super::{DEADLINE, Site, moment};

const BODY: &str = r#"{"event":{"event_code":"DELIVERED"},"order":{"id":"CN-1"}}"#;

fn status(address: SocketAddr, path: &str, secret: &str) -> Option<u16> {
    request_with(address, &format!("POST {path}"), &format!("Authorization: {secret}\r\n"), BODY)
        .map(|(status, _)| status)
}

/// Sends an order and waits for its shipment: both systems accept our credentials.
fn sends(site: &Site) {
    let now = SystemClock::continuing(Moment(0)).now();
    let number = site.world(|world| world.add_orders(now, 1, &Mix::default()))[0];
    site.wait_for("an order is sent", |world| world.live_shipments(number).len() == 1);
}

#[test]
fn path_and_webhook_secret_are_replaced_and_those_before_are_accepted_until_a_restart() {
    let (site, address) = Site::listening("", "");
    site.edit("[linnworks]", &format!("listener.public_url = \"http://{address}\"\n[linnworks]"));
    let daemon = site.run();
    site.wait_for("it has subscribed", |world| world.subscription_count() == 4);
    let old = std::fs::read_to_string(site.path("webhook-secret")).expect("made at the start");
    std::fs::write(site.path("path-token"), "another-segment").expect("written");
    std::fs::write(site.path("webhook-secret"), "another-canary").expect("written");
    daemon.signal("HUP");
    site.wait_for_log("the webhook secret was replaced: Stream is given the new one");
    site.wait_for_log("the secret path segment was replaced");
    for path in ["/another-segment/stream", "/test-segment/stream"] {
        for secret in ["another-canary", "Bearer another-canary", &old] {
            assert_eq!(status(address, path, secret), Some(200), "{path}\n{}", site.log());
        }
        assert_eq!(status(address, path, "wrong"), Some(401), "{path}");
    }
    assert_eq!(status(address, "/wrong-segment/stream", "another-canary"), Some(404));
    site.wait_for_log("came with the webhook secret that was replaced");
    site.wait_for_log("came to the path that was replaced");
    let endpoints = document(&site, &["endpoints", "--json"]);
    let hook = format!("http://{address}/another-segment/stream");
    assert_eq!(endpoints["stream_webhook"], Value::from(hook.clone()));
    site.wait_for("Stream has the new address and the new secret", |world| {
        let secret = world.subscription_secret(&hook);
        world.subscription_count() == 4 && secret.as_deref() == Some("another-canary")
    });
    drop(daemon);
    let _daemon = site.run();
    site.wait_for_exit_code(&["status"], 0);
    assert_eq!(status(address, "/test-segment/stream", "another-canary"), Some(404));
    assert_eq!(status(address, "/another-segment/stream", &old), Some(401));
    assert_eq!(status(address, "/another-segment/stream", "another-canary"), Some(200));
    let log = site.log();
    for secret in ["another-canary", "another-segment", "test-segment", old.trim()] {
        assert!(!log.contains(secret), "a secret stands in the log:\n{log}");
    }
}

#[test]
fn credentials_that_are_refused_do_not_replace_those_that_work() {
    let site = Site::new(WorldOptions::default(), "");
    let daemon = site.run();
    sends(&site);
    for (file, system) in [("stream-secret", "Stream"), ("linnworks-token", "Linnworks")] {
        let good = std::fs::read_to_string(site.path(file)).expect("there");
        std::fs::write(site.path(file), "canary-refused").expect("written");
        daemon.signal("HUP");
        site.wait_for_log(&format!(
            "the new credentials of {system} are not used, those before still hold: {system} refuses them"
        ));
        sends(&site);
        std::fs::write(site.path(file), good).expect("written");
    }
    let document = document(&site, &["status", "--json"]);
    assert_eq!(
        (&document["stream"]["state"], &document["linnworks"]["state"]),
        (&"up".into(), &"up".into())
    );
    // Stream gave us another one: both work for a moment, the new one is tried and taken.
    site.world(|world| world.options_mut().credentials.client_secret = "canary-new".to_owned());
    std::fs::write(site.path("stream-secret"), "canary-new").expect("written");
    daemon.signal("HUP");
    site.wait_for_log("read again, changed: stream.client_secret_file");
    sends(&site);
    let log = site.log();
    assert!(!log.contains("canary-"), "a secret stands in the log:\n{log}");
}

#[test]
fn credentials_of_a_system_that_does_not_answer_are_kept_and_signals_are_not_held_up() {
    let site = Site::new(WorldOptions::default(), "");
    let mut daemon = site.run();
    sends(&site);
    // Nobody answers there: the connection is taken, and nothing follows.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let text = std::fs::read_to_string(site.path("config.toml")).expect("there");
    let line = text.lines().find(|line| line.starts_with("base_url")).expect("there").to_owned();
    let elsewhere = format!("base_url = \"http://{}\"", silent.local_addr().expect("bound"));
    site.edit(&line, &elsewhere);
    daemon.signal("HUP");
    site.wait_for_log("the new credentials of Stream are not used, those before still hold: Stream could not be asked");
    sends(&site);
    daemon.signal("HUP");
    let (_accepted, _) = silent.accept().expect("asked once");
    daemon.signal("TERM");
    let mut waited = Duration::ZERO;
    while daemon.ended(Duration::from_millis(20)).is_none() {
        assert!(waited < Duration::from_secs(5).min(DEADLINE), "{}", site.log());
        moment(Duration::from_millis(20));
        waited += Duration::from_millis(40);
    }
}
