//! Notifications over the real port: kept over kills, refused with a wrong secret, shown; runs, addresses,
//! health and metrics.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use super::{DEADLINE, Daemon, Site, moment};

pub(super) fn request(address: SocketAddr, head: &str, body: &str) -> Option<(u16, String)> {
    request_with(address, head, "", body)
}

/// The same with lines of the head, each with its end.
pub(super) fn request_with(
    address: SocketAddr,
    head: &str,
    lines: &str,
    body: &str,
) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(DEADLINE)).ok()?;
    let length = body.len();
    let text =
        format!("{head} HTTP/1.1\r\nHost: h\r\n{lines}Content-Length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split_whitespace().nth(1)?.parse().ok()?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    Some((status, body.unwrap_or_default()))
}

fn post(address: SocketAddr, secret: Option<&str>, body: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(DEADLINE)).ok()?;
    let line = secret.map_or(String::new(), |secret| format!("Authorization: {secret}\r\n"));
    let text = format!(
        "POST /test-segment/stream HTTP/1.1\r\nHost: h\r\n{line}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_whitespace().nth(1)?.parse().ok()
}

pub(super) fn document(site: &Site, arguments: &[&str]) -> Value {
    let output = site.wait_for_exit_code(arguments, 0);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn till(site: &Site, what: &str, mut holds: impl FnMut() -> bool) {
    let mut waited = Duration::ZERO;
    while !holds() {
        assert!(waited < DEADLINE, "not in time: {what}\n{}", site.log());
        moment(Duration::from_millis(100));
        waited += Duration::from_millis(100);
    }
}

fn is_up(site: &Site, daemon: Daemon) -> Daemon {
    site.wait_for_exit_code(&["status"], 0);
    daemon
}

/// Sends orders and waits until they have their shipments.
fn sent(site: &Site, count: usize) -> Vec<u32> {
    let clock = linnstream::clock::SystemClock::continuing(linnstream::domain::time::Moment(0));
    let now = linnstream::clock::Clock::now(&clock);
    let numbers = site.world(|world| world.add_orders(now, count, &Default::default()));
    site.wait_for("every order has its shipment", |world| {
        numbers.iter().all(|number| world.live_shipments(*number).len() == 1)
    });
    numbers
}

fn advance(site: &Site, body: &Value) {
    let request = linnstream::http::Request {
        method: linnstream::http::Method::Post,
        url: "http://control/advance".into(),
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
        timeout: linnstream::domain::time::Delay::secs(1),
        fresh_connection: false,
    };
    let clock = linnstream::clock::SystemClock::continuing(linnstream::domain::time::Moment(0));
    let now = linnstream::clock::Clock::now(&clock);
    let answer = site.world(|world| world.handle_control(now, &request));
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

#[test]
fn i7_of_three_hundred_notifications_over_three_kills_every_acknowledged_one_is_kept() {
    let (site, address) = Site::listening("", "");
    let mut daemon = Some(is_up(&site, site.run()));
    let mut acknowledged = BTreeSet::new();
    for n in 0..300 {
        if matches!(n, 70 | 150 | 230) {
            daemon.take().expect("runs").kill();
            daemon = Some(is_up(&site, site.run()));
        }
        let reference = format!("CN-{n:03}");
        let body =
            json!({"event": {"event_code": "PLANNED"}, "order": {"id": reference}}).to_string();
        if post(address, None, &body) == Some(200) {
            acknowledged.insert(reference);
        }
    }
    assert!(acknowledged.len() > 250, "{} were acknowledged", acknowledged.len());
    daemon.take().expect("runs").kill();
    let _daemon = is_up(&site, site.run());
    let kept = document(&site, &["webhooks", "--json"]);
    till(&site, "all are looked at", || {
        let rows = document(&site, &["webhooks", "--json"]);
        rows.as_array().is_some_and(|rows| rows.iter().all(|row| row["state"] == "ignored"))
    });
    let kept: BTreeSet<String> = document(&site, &["webhooks", "--json"])
        .as_array()
        .or(kept.as_array())
        .expect("a list")
        .iter()
        .filter_map(|row| row["order_ref"].as_str().map(str::to_owned))
        .collect();
    let lost: Vec<&String> = acknowledged.difference(&kept).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
}

#[test]
fn a_wrong_secret_is_refused_and_a_missing_one_only_when_it_is_required() {
    let (site, address) = Site::listening("", "");
    let daemon = is_up(&site, site.run());
    let secret = std::fs::read_to_string(site.path("webhook-secret")).expect("made at the start");
    let body = r#"{"event":{"event_code":"DELIVERED"},"order":{"id":"CN-1"}}"#;
    assert_eq!(post(address, Some("wrong"), body), Some(401));
    assert_eq!(post(address, Some("Bearer wrong"), body), Some(401));
    assert_eq!(document(&site, &["webhooks", "--json"]), json!([]), "nothing of them is kept");
    assert_eq!(post(address, None, body), Some(200));
    assert_eq!(post(address, Some(&secret), body), Some(200));
    assert_eq!(post(address, Some(&format!("bearer {secret}")), body), Some(200));
    assert_eq!(post(address, None, "no JSON"), Some(200));
    till(&site, "they are looked at", || {
        let rows = document(&site, &["webhooks", "--json"]);
        let states: Vec<&str> =
            rows.as_array().expect("rows").iter().filter_map(|row| row["state"].as_str()).collect();
        states == ["ignored", "unreadable"]
    });
    let status = document(&site, &["status", "--json"]);
    assert_eq!(status["webhooks"]["received"], 2);
    assert_eq!(status["webhooks"]["unreadable"], 1);
    assert!(!site.log().contains(secret.trim()) && !site.log().contains("test-segment"));
    drop(daemon);
    let (strict, address) = Site::listening("listener.require_webhook_secret = true", "");
    let _daemon = is_up(&strict, strict.run());
    assert_eq!(post(address, None, body), Some(401));
}

#[test]
fn switched_off_notifications_are_kept_as_ignored_and_still_answered() {
    let (site, address) = Site::listening("", "[webhooks]\nenabled = false\n");
    let _daemon = is_up(&site, site.run());
    let body = r#"{"event":{"event_code":"DELIVERED"},"order":{"id":"CN-1"}}"#;
    assert_eq!(post(address, None, body), Some(200));
    let rows = document(&site, &["webhooks", "--json"]);
    assert_eq!(rows[0]["state"], "ignored");
}

#[test]
fn r7_r13_r100_r103_r104_r105_subscribed_by_itself_a_run_is_on_its_orders_within_five_seconds_and_delivered_processes_them()
 {
    let (site, address) = Site::listening("", "[delivered]\nmark_processed = true\n");
    let text = std::fs::read_to_string(site.path("config.toml")).expect("read");
    let public = format!("listener.public_url = \"http://{address}\"\n{text}");
    std::fs::write(site.path("config.toml"), public).expect("written");
    let _daemon = is_up(&site, site.run());
    let numbers = sent(&site, 5);
    site.wait_for("four subscriptions stand", |world| world.subscription_count() == 4);
    advance(
        &site,
        &json!({"action": "plan", "orders": numbers, "run": "RUN 03", "day": "2026-11-26", "sequence": 1}),
    );
    site.wait_for("run, day and place are on every order", |world| {
        (1..).zip(&numbers).all(|(n, number)| {
            let tags = &world.order(*number).expect("there").tags;
            ["RUN 03", "THURSDAY", &format!("SEQ {n:02}")]
                .iter()
                .all(|tag| tags.iter().any(|has| has == tag))
        })
    });
    let runs = document(&site, &["runs", "--day", "2026-11-26", "--json"]);
    assert_eq!(runs[0]["run"], 3);
    assert_eq!(runs[0]["stops"].as_array().map(Vec::len), Some(5));
    let sheet = site.ask(&["runsheet", "RUN 03", "--day", "2026-11-26"]);
    let sheet = String::from_utf8_lossy(&sheet.stdout).into_owned();
    let last = sheet.find(&numbers[4].to_string()).expect("listed");
    let first = sheet.find(&numbers[0].to_string()).expect("listed");
    assert!(last < first, "the last stop is loaded first:\n{sheet}");
    let why = document(&site, &["why", &numbers[0].to_string(), "--json"]);
    assert_eq!(why["state"], "planned");
    assert!(why["text"].as_str().is_some_and(|text| text.contains("RUN 03")), "{why}");
    advance(&site, &json!({"action": "deliver", "orders": numbers}));
    site.wait_for("every order is processed", |world| {
        numbers.iter().all(|number| world.order(*number).expect("there").processed.is_some())
    });
    let row = document(&site, &["order", &numbers[0].to_string(), "--json"]);
    assert_eq!((row["run"].clone(), row["sequence"].clone()), (json!(3), json!(1)));
    let shown = document(&site, &["endpoints", "--json"]);
    assert_eq!(shown["stream_webhook"], format!("http://{address}/test-segment/stream"));
    till(&site, "every notification is done", || {
        let rows = document(&site, &["webhooks", "--json"]);
        rows.as_array().expect("rows").iter().all(|row| row["state"] == "done")
    });
    let id = document(&site, &["webhooks", "--limit", "1", "--json"])[0]["id"].clone();
    let replayed = document(&site, &["replay", id.as_str().expect("text"), "--json"]);
    assert_eq!(replayed[0]["result"], "queued");
}

#[test]
fn r113_health_and_readiness_say_why_and_metrics_are_there() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let ops = free.local_addr().expect("an address");
    drop(free);
    let (site, _) = Site::listening(&format!("ops.bind = \"{ops}\""), "");
    let _daemon = is_up(&site, site.run());
    till(&site, "both APIs have answered", || {
        request(ops, "GET /readyz", "").is_some_and(|(status, _)| status == 200)
    });
    let (status, body) = request(ops, "GET /healthz", "").expect("answered");
    assert_eq!((status, body.as_str()), (200, r#"{"ok":true,"reasons":[]}"#));
    let (_, metrics) = request(ops, "GET /metrics", "").expect("answered");
    assert!(metrics.contains("linnstream_orders{state=\"sent\"} 0"), "{metrics}");
    assert!(metrics.contains("linnstream_api_up{api=\"stream\"} 1"), "{metrics}");
    assert_eq!(request(ops, "GET /other", "").expect("answered").0, 404);
}
