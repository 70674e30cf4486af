//! What each command prints and how it ends.

use linnstream::clock::{Clock as _, SystemClock};
use linnstream::domain::time::Moment;
use linnstream::sandbox::{Mix, WorldOptions};
use serde_json::Value;

use super::Site;

fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
fn every_command_answers_for_people_and_as_one_json_document() {
    let site = Site::new(WorldOptions::default(), "");
    let now = SystemClock::continuing(Moment(0)).now();
    let numbers = site.world(|world| world.add_orders(now, 3, &Mix::default()));
    let bad = site
        .world(|world| world.add_orders(now, 1, &Mix { missing_postcode: 100, ..Mix::default() }))
        [0];
    let _daemon = site.run();
    site.wait_for("sent and tracked", |world| {
        numbers
            .iter()
            .all(|number| world.order(*number).is_some_and(|order| !order.tracking.is_empty()))
            && world
                .order(bad)
                .is_some_and(|order| !order.notes.is_empty() && !order.tags.is_empty())
    });
    let first = numbers[0].to_string();
    for arguments in [
        vec!["status"],
        vec!["orders"],
        vec!["order", &first],
        vec!["jobs"],
        vec!["services"],
        vec!["audit", "--local"],
        vec!["audit"],
    ] {
        let people = site.ask(&arguments);
        assert_eq!(people.status.code(), Some(0), "{arguments:?}: {people:?}");
        assert!(people.stderr.is_empty() && !people.stdout.is_empty(), "{arguments:?}: {people:?}");
        let mut arguments = arguments.clone();
        arguments.push("--json");
        let scripts = site.ask(&arguments);
        assert_eq!(scripts.status.code(), Some(0), "{arguments:?}: {scripts:?}");
        json(&scripts);
    }
    let order = json(&site.ask(&["order", &first, "--json"]));
    assert_eq!(order["state"], "sent");
    assert_eq!(order["identifiers"], serde_json::json!(["SENT TO STREAM"]));
    assert_eq!(order["identifiers_wanted"], order["identifiers"]);
    let tracking = site.world(|world| world.live_shipments(numbers[0])[0].tracking.clone());
    assert_eq!(order["tracking_number"], tracking);
    let refused = json(&site.ask(&["orders", "--state", "refused", "--json"]));
    assert_eq!(refused.as_array().map(Vec::len), Some(1));
    assert_eq!(refused[0]["number"], bad);
    let status = json(&site.ask(&["status", "--json"]));
    assert_eq!((&status["orders"]["sent"], &status["orders"]["refused"]), (&3.into(), &1.into()));
    assert_eq!(status["linnworks"]["state"], "up");
    let text = String::from_utf8(site.ask(&["status"]).stdout).expect("text");
    assert!(text.contains("1 order needs you."), "{text}");
    let audit = json(&site.ask(&["audit", "--json"]));
    assert_eq!(
        (&audit["eligible"], &audit["shipped"], &audit["ok"]),
        (&4.into(), &3.into(), &true.into())
    );
}

#[test]
fn a_shipment_that_vanished_from_stream_makes_the_account_fail() {
    let site = Site::new(WorldOptions::default(), "");
    let now = SystemClock::continuing(Moment(0)).now();
    let number = site.world(|world| world.add_orders(now, 1, &Mix::default()))[0];
    let daemon = site.run();
    site.wait_for("sent", |world| {
        world.order(number).is_some_and(|order| !order.tracking.is_empty())
    });
    assert_eq!(site.ask(&["audit"]).status.code(), Some(0));
    daemon.kill();
    // The same site against a Stream that knows nothing.
    let other = Site::new(WorldOptions::default(), "");
    let config = std::fs::read_to_string(site.path("config.toml")).expect("there");
    let moved = config.replace(&site.server.stream(), &other.server.stream());
    std::fs::write(site.path("config.toml"), moved).expect("written");
    let _daemon = site.run();
    let audit = site.wait_for_exit_code(&["audit", "--json"], 1);
    assert_eq!(json(&audit)["unexplained"], serde_json::json!([number]), "{audit:?}");
}

#[test]
fn mistakes_end_with_a_sentence_and_the_documented_code() {
    let site = Site::new(WorldOptions::default(), "");
    let nobody = site.ask(&["status"]);
    assert_eq!(nobody.status.code(), Some(3));
    let text = String::from_utf8_lossy(&nobody.stderr).into_owned();
    assert!(
        text.contains("no linnstream daemon answers at")
            && text.contains("systemctl status linnstream"),
        "{text}"
    );
    let nobody = site.ask(&["status", "--json"]);
    assert_eq!(nobody.status.code(), Some(3));
    assert!(
        json(&nobody)["error"].as_str().is_some_and(|text| text.contains("no linnstream daemon"))
    );
    assert_eq!(site.ask(&["ship"]).status.code(), Some(2));
    let usage = site.ask(&["order", "many", "--json"]);
    assert_eq!(usage.status.code(), Some(2));
    assert!(json(&usage)["error"].is_string());
    let _daemon = site.run();
    site.wait_for_exit_code(&["status"], 0);
    let unknown = site.ask(&["order", "999999999"]);
    assert_eq!(unknown.status.code(), Some(1));
    let text = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(text.contains("no order 999999999, neither here nor in Linnworks"), "{text}");
    let states = site.ask(&["orders", "--state", "lost"]);
    assert_eq!(states.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&states.stderr).contains("refused"), "{states:?}");
    let remote = site.ask(&["sandbox", "--bind", "0.0.0.0:0"]);
    assert_eq!(remote.status.code(), Some(2), "{remote:?}");
}

#[test]
fn r39_an_order_we_leave_alone_is_explained_when_somebody_asks() {
    let site = Site::new(WorldOptions::default(), "");
    let now = SystemClock::continuing(Moment(0)).now();
    let other = site
        .world(|world| world.add_orders(now, 1, &Mix { other_vendor: 100, ..Mix::default() }))[0];
    let _daemon = site.run();
    site.wait_for_exit_code(&["status"], 0);
    let order = json(&site.wait_for_exit_code(&["order", &other.to_string(), "--json"], 0));
    assert_eq!((&order["number"], &order["state"]), (&other.into(), &"held".into()));
    let reason = order["reason"].as_str().expect("a reason");
    assert!(reason.contains("Royal Mail"), "{reason}");
}

#[test]
fn r1_the_demo_sends_every_order_that_waits_and_says_so() {
    let site = Site::new(WorldOptions::default(), "");
    let demo = site.ask(&["demo", "--headless", "--until-sent", "--orders", "12"]);
    assert_eq!(demo.status.code(), Some(0), "{demo:?}");
    let text = String::from_utf8(demo.stdout).expect("text");
    let first: Value = serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    for key in ["config", "socket", "stream", "linnworks_auth", "control"] {
        assert!(first[key].is_string(), "{key}: {first}");
    }
    assert_eq!(text.lines().last(), Some("sent 12 of 12, audit ok"));
}
