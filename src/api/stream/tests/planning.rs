//! Runs, days, places and arrivals in the answer to a look; changes; subscriptions.

use super::*;
use crate::api::stream::{Standing, Subscribe};
use crate::domain::plan::{Arrival, Stage};

/// The answer to a look whose leg and header have these members too.
fn found(leg: &str, header: &str) -> Found {
    let body = format!(
        r#"{{"response": {{"valid": true, "order": {{
            "header": {{"consignmentNo": "CN1", "orderNo": "104512", {header} "orderType": "DELIVERY"}},
            "groups": [{{"id": 1, "type": "DELIVERY", {leg}
                "items": [{{"code": "A", "quantity": 1, "delivered": false}},
                          {{"code": "B", "quantity": 1, "delivered": true}}]}}],
            "trackingId": "T1"}}, "errors": []}}}}"#
    );
    let (_, stream) = client(vec![reply(200, &body)]);
    let Look::Found(found) = stream.find(at(0), &no()).expect("an answer") else { panic!("found") };
    *found
}

const RUN: &str = r#""runDetails": {"id": "RUN0031184", "description": "RUN 03", "groupSequence": "7",
    "vehicleName": "Luton 3", "driverName": "A Driver", "dispatched": false,
    "start": {"plannedDateTime": "2026-11-26T07-00Z"}}, "planned": {"fromDateTime": "2026-11-27T00-01Z"},"#;

#[test]
fn run_day_and_place_are_read_from_the_deciding_leg() {
    let found = found(&format!(r#"{RUN} "estimateArrivalDateTime": "0","#), "");
    let plan = found.plan.expect("on a run");
    assert_eq!((plan.run.as_str(), plan.text.as_str()), ("RUN0031184", "RUN 03"));
    assert_eq!((plan.sequence, plan.vehicle.as_str()), (Some(7), "Luton 3"));
    assert_eq!(plan.day, Day::parse("2026-11-26"), "the start of the run before the slot");
    assert_eq!(plan.leaves, "2026-11-26T07-00Z");
}

#[test]
fn r87_the_day_is_that_of_the_arrival_then_of_the_run_then_of_the_slot_then_of_the_header() {
    let day = |leg: &str, header: &str| {
        found(leg, header).plan.expect("on a run").day.map(|day| day.to_string())
    };
    let bare = r#""runDetails": {"id": "R", "description": "RUN 1"},"#;
    let eta = r#""estimateArrivalDateTime": "2026-11-28T10-55Z","#;
    assert_eq!(day(&format!("{RUN} {eta}"), "").as_deref(), Some("2026-11-28"));
    let slot = r#""planned": {"fromDateTime": "2026-07-05T23-59Z"},"#;
    assert_eq!(day(&format!("{bare} {slot}"), "").as_deref(), Some("2026-07-05"));
    let header = r#""deliveryDate": "2026-11-25","#;
    assert_eq!(day(bare, header).as_deref(), Some("2026-11-25"));
    assert_eq!(day(bare, ""), None);
}

#[test]
fn r93_a_leg_is_on_no_run_when_the_details_are_absent_null_or_empty() {
    for details in [
        "",
        r#""runDetails": null,"#,
        r#""runDetails": {},"#,
        r#""runDetails": {"id": "0", "description": ""},"#,
        r#""runDetails": {"id": "", "description": " ", "groupSequence": 3},"#,
    ] {
        assert_eq!(found(details, "").plan, None, "{details}");
    }
    let odd = found(r#""runDetails": {"id": 9, "groupSequence": "soon", "dispatched": 7},"#, "");
    let plan = odd.plan.expect("on a run");
    assert_eq!((plan.run.as_str(), plan.sequence, plan.dispatched), ("9", None, false));
}

#[test]
fn an_arrival_is_whole_only_when_the_lines_do_not_contradict_the_word() {
    let found = found("", r#""orderStatus": "DELIVERED","#);
    assert_eq!((found.goods.arrived, found.goods.lines), (1, 2));
    assert_eq!(found.arrival(), Arrival::Part);
    assert_eq!(self::found("", r#""orderStatus": "RELEASED","#).stage(), Stage::Sent);
}

#[test]
fn r77_a_change_sends_the_header_alone_and_is_taken_at_its_word_only_for_a_refusal() {
    let yes = r#"{"response": {"valid": true, "errors": []}}"#;
    let no_body =
        r#"{"response": {"valid": false, "errors": [{"code": "E", "description": "too late"}]}}"#;
    let (transport, stream) =
        client(vec![reply(200, yes), reply(422, no_body), reply(502, "<html>"), reply(200, "{}")]);
    assert_eq!(stream.change_header(at(0), &no(), &shipment()), Ok(()));
    let asked = transport.last();
    assert_eq!(asked.method.as_str(), "PATCH");
    assert!(asked.url.ends_with("/api/orders/orders/104512"));
    let body: serde_json::Value = serde_json::from_slice(&asked.body).expect("JSON");
    let keys: Vec<&String> = body["header"].as_object().expect("a header").keys().collect();
    assert_eq!(keys, ["customerOrderNo", "driverNotes", "serviceLevel"]);
    let refused = stream.change_header(at(1), &no(), &shipment());
    assert!(matches!(refused, Err(Failure::No(_))), "{refused:?}");
    for at_ms in [2, 3] {
        let unclear = stream.change_header(at(at_ms), &no(), &shipment());
        assert!(matches!(unclear, Err(Failure::Unknown { .. })), "{unclear:?}");
    }
}

#[test]
fn subscriptions_are_listed_with_what_is_shown_and_made_with_what_is_wanted() {
    let list = r#"{"response": {"valid": true, "errors": [], "subscriptions": [
        {"id": 41207, "event": "ORDERSTATUS", "event_type": "CONSHEADER", "url_path": "https://h/p/stream"},
        {"id": "41208"}]}}"#;
    let made = r#"{"response": {"valid": true, "errors": [], "id": 41209}}"#;
    let refused = r#"{"response": {"valid": false, "errors": [{"description": "Unknown event type"}], "id": 0}}"#;
    let (transport, stream) =
        client(vec![reply(200, list), reply(200, made), reply(200, refused), reply(200, made)]);
    let listed = stream.subscriptions(at(0)).expect("listed");
    assert_eq!(listed[0].url, "https://h/p/stream");
    let bare = Standing {
        id: 41_208,
        event: String::new(),
        event_type: String::new(),
        url: String::new(),
    };
    assert_eq!(listed[1], bare);
    assert!(!format!("{listed:?}").contains("https://h"), "the address holds a secret");
    let wish =
        Subscribe { event: "RUNSTATUS", event_type: "LOADHEADER", url: "https://h/p", secret: "s" };
    assert_eq!(stream.subscribe(at(1), &wish), Ok(41_209));
    let body: serde_json::Value = serde_json::from_slice(&transport.last().body).expect("JSON");
    assert_eq!(
        body,
        serde_json::json!({"event": "RUNSTATUS", "event_type": "LOADHEADER", "url_path": "https://h/p",
            "http_method": "POST", "content_type": "application/json", "auth_header": "s"})
    );
    assert!(matches!(stream.subscribe(at(2), &wish), Err(Failure::No(_))));
    assert_eq!(stream.unsubscribe(at(3), 41_209), Ok(Deleted::Gone));
    assert!(transport.last().url.ends_with("/api/webhooks/webhooks/41209"));
}
