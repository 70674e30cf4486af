//! `why` answers with one sentence, and its next step works when it is followed; so do the commands
//! that act.

use std::time::Duration;

use linnstream::sandbox::{Api, Fault, FaultKind, WorldOptions};
use serde_json::{Value, json};

use super::{DEADLINE, Site, moment};

fn document(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn why(site: &Site, number: u32) -> Value {
    let answer = document(&site.wait_for_exit_code(&["why", &number.to_string(), "--json"], 0));
    assert_eq!(answer["number"], number, "{answer}");
    answer
}

/// Waits until `why` says this.
fn until(site: &Site, number: u32, words: &str) -> Value {
    let mut waited = Duration::ZERO;
    loop {
        let answer = why(site, number);
        if answer["text"].as_str().is_some_and(|text| text.contains(words)) {
            return answer;
        }
        assert!(waited < DEADLINE, "{words:?}: {answer}\n{}", site.log());
        moment(Duration::from_millis(50));
        waited += Duration::from_millis(50);
    }
}

fn control(site: &Site, path: &str, body: &Value) -> Value {
    let clock = linnstream::clock::SystemClock::continuing(linnstream::domain::time::Moment(0));
    let now = linnstream::clock::Clock::now(&clock);
    let request = linnstream::http::Request {
        method: linnstream::http::Method::Post,
        url: format!("http://control{path}"),
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
        timeout: linnstream::domain::time::Delay::secs(1),
        fresh_connection: false,
    };
    let answer = site.world(|world| world.handle_control(now, &request));
    assert_eq!(answer.status, 200, "{:?}", String::from_utf8_lossy(&answer.body));
    serde_json::from_slice(&answer.body).expect("JSON")
}

fn order(site: &Site, fields: Value) -> u32 {
    let numbers = control(site, "/orders", &json!({"orders": [fields]}));
    u32::try_from(numbers[0].as_u64().expect("a number")).expect("fits")
}

fn by_hand(site: &Site, number: u32, action: &str) {
    control(site, "/advance", &json!({"action": action, "orders": [number]}));
}

fn edit(site: &Site, number: u32, fields: Value) {
    let body = json!({"action": "edit", "orders": [number], "fields": fields});
    control(site, "/advance", &body);
}

#[test]
fn r114_an_order_that_is_not_sent_says_why_and_is_sent_when_the_next_step_is_followed() {
    let site = Site::new(WorldOptions::default(), "");
    let held = order(&site, json!({"hold": true}));
    let unpaid = order(&site, json!({"payment": "unpaid"}));
    let nowhere = order(&site, json!({"service": "", "vendor": "Stream"}));
    let incomplete = order(&site, json!({"postcode": ""}));
    let _daemon = site.run();
    let answer = until(&site, held, "on hold");
    assert_eq!(answer["state"], "held");
    by_hand(&site, held, "release");
    until(&site, unpaid, "not paid");
    by_hand(&site, unpaid, "pay");
    until(&site, nowhere, "no shipping service");
    edit(&site, nowhere, json!({"service": "Two Man (Leeds Depot)"}));
    let answer = until(&site, incomplete, "postcode");
    assert_eq!(answer["state"], "refused");
    edit(&site, incomplete, json!({"postcode": "LS1 4AP"}));
    for number in [held, unpaid, nowhere, incomplete] {
        let answer = until(&site, number, "is in Stream as consignment");
        assert_eq!(answer["state"], "sent");
    }
}

#[test]
fn r115_what_stream_refused_is_sent_again_with_resend_and_only_that() {
    let site = Site::new(WorldOptions::default(), "");
    let fault = Fault::once(Api::Stream, "/api/orders/orders", FaultKind::Refuse);
    assert!(site.world(|world| world.add_fault(fault)));
    let number = order(&site, json!({}));
    let _daemon = site.run();
    let answer = until(&site, number, "was rejected by Stream");
    let step = format!("linnstream resend {number}");
    assert!(answer["next"].as_str().is_some_and(|next| next.contains(&step)), "{answer}");
    let acted = site.ask(&["resend", &number.to_string(), "1", "--json"]);
    assert_eq!(acted.status.code(), Some(1), "one of the two is not known: {acted:?}");
    let rows = document(&acted);
    assert_eq!((&rows[0]["number"], &rows[0]["result"]), (&json!(number), &json!("queued")));
    assert_eq!((&rows[1]["number"], &rows[1]["result"]), (&json!(1), &json!("refused")));
    until(&site, number, "is in Stream as consignment");
    let again = site.ask(&["resend", &number.to_string()]);
    assert_eq!(again.status.code(), Some(1));
    let text = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(text.contains("has the shipment"), "{text}");
}

#[test]
fn paused_orders_say_who_paused_and_go_out_after_resume() {
    let site = Site::new(WorldOptions::default(), "");
    let _daemon = site.run();
    site.wait_for_exit_code(&["pause"], 0);
    let number = order(&site, json!({}));
    let answer = until(&site, number, "was paused by");
    assert_eq!(answer["next"], "Run: linnstream resume.");
    let status = document(&site.ask(&["status", "--json"]));
    assert!(status["paused"]["by"].is_string(), "{status}");
    let rows = document(&site.ask(&["resume", "--json"]));
    assert_eq!(rows[0]["result"], "done");
    until(&site, number, "is in Stream as consignment");
    assert_eq!(site.ask(&["retry", "--all-parked"]).status.code(), Some(0));
    let unknown = site.ask(&["retry", "j999999"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stdout).contains("no job j999999"), "{unknown:?}");
}

#[test]
fn orders_that_are_not_ours_are_explained_and_an_unknown_number_is_said_to_be_unknown() {
    let site = Site::new(WorldOptions::default(), "linnworks.locations = [\"Nowhere\"]\n");
    let config = std::fs::read_to_string(site.path("config.toml")).expect("there");
    let moved = config
        .replace("linnworks.locations = [\"Nowhere\"]\n", "")
        .replace("[linnworks]\n", "[linnworks]\nlocations = [\"Nowhere\"]\n");
    std::fs::write(site.path("config.toml"), moved).expect("written");
    let number = order(&site, json!({}));
    let _daemon = site.run();
    let answer = until(&site, number, "not among those that are watched");
    assert_eq!(answer["state"], "held");
    let unknown = site.wait_for_exit_code(&["why", "9999", "--json"], 1);
    let text = document(&unknown)["error"].as_str().expect("a sentence").to_owned();
    assert!(text.contains("9999") && text.contains("check the number"), "{text}");
}
