//! What the doctor finds, and what it does not take for a fault.

use linnstream::clock::{Clock as _, SystemClock};
use linnstream::domain::time::{Delay, Moment, Now};
use linnstream::http::{Method, Request};
use linnstream::sandbox::{Mix, World, WorldOptions};
use serde_json::{Value, json};

use super::{Daemon, Site};

fn now() -> Now {
    SystemClock::continuing(Moment(0)).now()
}

fn request(method: Method, url: &str, headers: Vec<(String, String)>, body: &Value) -> Request {
    let timeout = Delay::secs(1);
    Request {
        method,
        url: url.into(),
        headers,
        body: body.to_string().into_bytes(),
        timeout,
        fresh_connection: false,
    }
}

/// One round: how it ended, and what it said.
fn round(site: &Site) -> (Option<i32>, Value) {
    let output = site.ask(&["doctor", "--json"]);
    let document =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"));
    let known = site.world(|world| world.options().credentials.clone());
    let text = format!("{output:?}");
    for secret in [&known.application_secret, &known.token, &known.client_secret, "test-segment"] {
        assert!(!text.contains(secret), "a secret is shown: {text}");
    }
    (output.status.code(), document)
}

fn check<'d>(document: &'d Value, name: &str) -> &'d Value {
    let checks = document["checks"].as_array().expect("a list");
    let found = checks.iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("no check {name}: {document:#}"))
}

fn faults(document: &Value) -> Vec<&str> {
    let checks = document["checks"].as_array().expect("a list");
    let faults = checks.iter().filter(|check| check["ok"] == false);
    faults
        .map(|check| {
            assert!(
                check["remedy"].as_str().is_some_and(|text| !text.is_empty()),
                "no remedy: {check}"
            );
            check["name"].as_str().expect("a name")
        })
        .collect()
}

/// A site that listens, with its daemon running and everything it needs.
fn healthy() -> (Site, Daemon) {
    let (site, address) = Site::listening("", "");
    let config = std::fs::read_to_string(site.path("config.toml")).expect("there");
    let config = format!("listener.public_url = \"http://{address}\"\n{config}");
    std::fs::write(site.path("config.toml"), config).expect("written");
    let daemon = site.run();
    site.wait_for("it is installed", |world| {
        world.identifiers().iter().filter(|one| one.custom).count() == 49
            && world.subscription_count() == 4
    });
    (site, daemon)
}

#[test]
fn r22_a_site_in_order_has_no_fault_and_is_not_changed_by_looking() {
    let (site, _daemon) = healthy();
    let numbers = site.world(|world| world.add_orders(now(), 4, &Mix::default()));
    site.wait_for("all are sent and marked", |world| {
        numbers.iter().all(|n| world.order(*n).is_some_and(|order| !order.tags.is_empty()))
    });
    let orders = site
        .world(|world| format!("{:?}", world.orders().map(|o| o.tags.clone()).collect::<Vec<_>>()));
    let (exit, document) = round(&site);
    assert_eq!((exit, faults(&document)), (Some(0), Vec::new()), "{document:#}");
    assert_eq!(document["ok"], true);
    for name in [
        "linnworks-permissions",
        "identifiers",
        "depots",
        "services",
        "webhook-url",
        "clock",
        "disk",
    ] {
        assert_eq!(check(&document, name)["ok"], true);
    }
    assert!(
        check(&document, "webhook-url")["text"]
            .as_str()
            .is_some_and(|text| text.ends_with("leads here"))
    );
    assert!(
        check(&document, "daemon")["text"]
            .as_str()
            .is_some_and(|text| text.contains("sync.orders is on"))
    );
    assert!(
        check(&document, "subscriptions")["text"]
            .as_str()
            .is_some_and(|text| text.contains("4 subscriptions of ours"))
    );
    let after = site
        .world(|world| format!("{:?}", world.orders().map(|o| o.tags.clone()).collect::<Vec<_>>()));
    assert_eq!(orders, after);
    assert_eq!(site.world(|world| world.subscription_count()), 4);
    // For people: one line each, a word before it.
    let people = site.ask(&["doctor"]);
    let text = String::from_utf8_lossy(&people.stdout).into_owned();
    assert!(text.contains("ok     linnworks-credentials  Linnworks accepts them\n"), "{text}");
    assert!(text.ends_with("\nEverything is in order.\n"), "{text}");
}

#[test]
fn a_daemon_that_does_not_run_is_the_only_fault_when_everything_else_is_there() {
    let (site, daemon) = healthy();
    daemon.kill();
    let (exit, document) = round(&site);
    assert_eq!((exit, faults(&document)), (Some(1), vec!["daemon"]), "{document:#}");
    assert_eq!(check(&document, "daemon")["remedy"], "systemctl start linnstream");
    assert!(
        check(&document, "database")["text"].as_str().is_some_and(|text| text.contains("sound"))
    );
    std::fs::write(site.path("stream-secret"), "wrong").expect("written");
    let (exit, document) = round(&site);
    assert_eq!((exit, faults(&document)), (Some(1), vec!["stream-credentials"]), "{document:#}");
}

/// Something that is not as it should be, and the checks that say so.
type Fault = (&'static str, fn(&Site), &'static [&'static str], &'static str);

const FAULTS: [Fault; 12] = [
    (
        "a wrong token",
        |site| std::fs::write(site.path("linnworks-token"), "wrong").expect("written"),
        &["linnworks-credentials"],
        "does not accept them",
    ),
    (
        "no right to a method",
        |site| site.world(|w| w.options_mut().denied_methods = vec!["Orders/GetOrderNotes".into()]),
        &["linnworks-permissions"],
        "Orders/GetOrderNotes is refused, which needs Open Orders",
    ),
    (
        "no depots",
        |site| site.world(|w| w.options_mut().without_depots = true),
        &["depots"],
        "0 depots with 0 delivery methods",
    ),
    (
        "clocks that differ",
        |site| site.world(|w| w.options_mut().clocks_ahead_ms = 600_000),
        &["clock"],
        "behind that of 127.0.0.1",
    ),
    (
        "a subscription of somebody else",
        |site| site.world(|w| subscribe(w, "https://old.example/secret-part")),
        &["subscriptions"],
        "\"old.example\"",
    ),
    (
        "an order that somebody else sent today",
        |site| {
            let body =
                json!({"orders": [{"number": 990_001, "tags": ["SENT TO STREAM"], "hold": true}]});
            // On hold, so that our own daemon leaves it alone.
            let control = request(Method::Post, "http://c/orders", Vec::new(), &body);
            site.world(|w| assert_eq!(w.handle_control(now(), &control).status, 200));
        },
        &["foreign-activity"],
        "990001",
    ),
    (
        "an open secret file",
        |site| {
            use std::os::unix::fs::PermissionsExt as _;
            let open = std::fs::Permissions::from_mode(0o644);
            std::fs::set_permissions(site.path("path-token"), open).expect("set");
        },
        &["secret-files"],
        "chmod 600",
    ),
    (
        "names that do not exist",
        |site| {
            append(
                site,
                "[warehouse]\ndefault_location = \"Atlantis\"\n[[services]]\nname = \"X\"\ndepot = \"Hull\"\nmethod = \"Y\"\n",
            );
        },
        &["services", "warehouse"],
        "depot \"Hull\" is not in Stream",
    ),
    (
        "a location that does not exist",
        |site| edit(site, "calls_percent = 50", "calls_percent = 50\nlocations = [\"Atlantis\"]"),
        &["locations"],
        "there are \"Default\", \"Bristol\"",
    ),
    (
        "a vendor without services",
        |site| edit(site, "calls_percent = 50", "calls_percent = 50\nvendor = \"Atlantis\""),
        &["postal-services"],
        "correct linnworks.vendor",
    ),
    (
        "nobody at Stream's address",
        |site| edit(site, &site.server.stream(), "http://127.0.0.1:1"),
        &["stream-reach"],
        "refused the connection",
    ),
    (
        "a group that does not exist",
        |site| edit(site, "admin.socket", "admin.operators = \"no-such-group\"\nadmin.socket"),
        &["admin-socket"],
        "groupadd --system no-such-group",
    ),
];

fn append(site: &Site, text: &str) {
    let config = std::fs::read_to_string(site.path("config.toml")).expect("there");
    std::fs::write(site.path("config.toml"), config + text).expect("written");
}

fn edit(site: &Site, from: &str, to: &str) {
    let config = std::fs::read_to_string(site.path("config.toml")).expect("there");
    assert!(config.contains(from), "{config}");
    std::fs::write(site.path("config.toml"), config.replace(from, to)).expect("written");
}

/// Somebody else subscribes.
fn subscribe(world: &mut World, url: &str) {
    let known = world.options().credentials.clone();
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let json_type = || header("Content-Type", "application/json");
    let body = json!({"grant_type": "client_credentials", "client_id": known.client_id, "client_secret": known.client_secret});
    let headers = vec![json_type(), header("Stream-Nonce", "other-1")];
    let answer =
        world.handle_stream(now(), &request(Method::Post, "http://s/api/oauth", headers, &body));
    let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let bearer = format!("Bearer {}", answer["access_token"].as_str().expect("a token"));
    let headers = vec![
        json_type(),
        header("Stream-Nonce", "other-2"),
        header("Stream-Party", &known.client_id),
        header("Authorization", &bearer),
    ];
    let body = json!({"event": "RUNSTATUS", "event_type": "LOADHEADER", "url_path": url, "http_method": "POST"});
    let wish = request(Method::Post, "http://s/api/webhooks/webhooks", headers, &body);
    assert_eq!(world.handle_stream(now(), &wish).status, 200);
}

#[test]
fn r22_each_fault_is_named_with_its_remedy_and_no_other_thing_is() {
    let (site, _daemon) = healthy();
    let config = std::fs::read_to_string(site.path("config.toml")).expect("there");
    let token = std::fs::read_to_string(site.path("linnworks-token")).expect("there");
    for (what, make, names, says) in FAULTS {
        make(&site);
        let (exit, document) = round(&site);
        assert_eq!((exit, faults(&document).as_slice()), (Some(1), names), "{what}: {document:#}");
        let text = document.to_string().replace("\\\"", "\"");
        assert!(text.contains(says) && !text.contains("secret-part"), "{what}: {document:#}");
        // As it was, for the next one.
        std::fs::write(site.path("config.toml"), &config).expect("written");
        std::fs::write(site.path("linnworks-token"), &token).expect("written");
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(site.path("path-token"), std::fs::Permissions::from_mode(0o600))
            .expect("set");
        site.world(|world| {
            let options = world.options_mut();
            options.denied_methods.clear();
            (options.without_depots, options.clocks_ahead_ms) = (false, 0);
        });
        if what.starts_with("a subscription") {
            site.world(unsubscribe_others);
        }
        if what.starts_with("an order") {
            let body = json!({"action": "cancel", "orders": [990_001]});
            let control = request(Method::Post, "http://c/advance", Vec::new(), &body);
            site.world(|w| assert_eq!(w.handle_control(now(), &control).status, 200));
        }
    }
}

/// The one that `subscribe` made is the last.
fn unsubscribe_others(world: &mut World) {
    let last = 41_206 + world.subscription_count();
    let known = world.options().credentials.clone();
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let body = json!({"grant_type": "client_credentials", "client_id": known.client_id, "client_secret": known.client_secret});
    let headers =
        vec![header("Content-Type", "application/json"), header("Stream-Nonce", "other-3")];
    let answer =
        world.handle_stream(now(), &request(Method::Post, "http://s/api/oauth", headers, &body));
    let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let headers = vec![
        header("Stream-Nonce", "other-4"),
        header("Stream-Party", &known.client_id),
        header(
            "Authorization",
            &format!("Bearer {}", answer["access_token"].as_str().expect("a token")),
        ),
    ];
    let mut wish = request(
        Method::Delete,
        &format!("http://s/api/webhooks/webhooks/{last}"),
        headers,
        &Value::Null,
    );
    wish.body.clear();
    assert_eq!(world.handle_stream(now(), &wish).status, 200);
}

#[test]
fn what_is_missing_before_setup_is_named_and_the_first_start_is_no_fault() {
    let site = Site::new(WorldOptions::default(), "");
    std::fs::write(
        site.path("config.toml"),
        format!(
            "store.path = {:?}\nadmin.socket = {:?}\nlistener.bind = \"none\"\n",
            site.path("db.redb"),
            site.path("s")
        ),
    )
    .expect("written");
    let (exit, document) = round(&site);
    assert_eq!(
        (exit, faults(&document)),
        (Some(1), vec!["linnworks-credentials", "stream-credentials"])
    );
    assert!(
        check(&document, "stream-credentials")["text"]
            .as_str()
            .is_some_and(|t| t.contains("stream.client_id"))
    );
    assert_eq!(check(&document, "database")["ok"], true, "none yet");
    assert!(
        check(&document, "daemon")["remedy"]
            .as_str()
            .is_some_and(|text| text.contains("at fault above"))
    );
    assert_eq!(site.world(|world| world.ledger().len()), 0, "nobody is asked");
    std::fs::write(site.path("db.redb.installed"), "x").expect("written");
    let (_, document) = round(&site);
    assert!(
        check(&document, "database")["remedy"]
            .as_str()
            .is_some_and(|text| text.contains("linnstream restore"))
    );
}

#[test]
fn r31_a_configuration_that_cannot_be_used_ends_with_two_and_every_problem() {
    let site = Site::new(WorldOptions::default(), "");
    append(&site, "order = \"on\"\nlookback_days = 400\n");
    let (exit, document) = round(&site);
    assert_eq!(
        (exit, faults(&document)),
        (Some(2), vec!["configuration", "configuration"]),
        "{document:#}"
    );
    let people = site.ask(&["doctor"]);
    assert_eq!(people.status.code(), Some(2));
    let text = String::from_utf8_lossy(&people.stdout).into_owned();
    assert!(text.contains("FAULT  configuration") && text.contains("sync.lookback_days"), "{text}");
    std::fs::remove_file(site.path("config.toml")).expect("removed");
    assert_eq!(round(&site).0, Some(2));
}
