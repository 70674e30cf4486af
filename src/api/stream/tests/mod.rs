//! The client of Stream against recorded and broken answers.

mod faults;
mod planning;
mod render;
mod sessions;
mod settings;

use std::sync::Arc;

use secrecy::SecretString;

use super::{Deleted, Stream, StreamSettings};
use crate::api::scripted::{Reply, Scripted, at, reply};
use crate::domain::answer::{Failure, Found, Look, Reason};
use crate::domain::depot::MethodKind;
use crate::domain::ids::{StreamOrderNo, TrackingNumber};
use crate::domain::shipment::{Item, OrderType, Party, Shipment};
use crate::domain::time::{Day, Delay, Moment};

const SECRET: &str = "c4n4ry-client-secret";
const TOKEN: &str = "c4n4ry-access-token";

fn signed_in() -> Reply {
    reply(200, &format!(r#"{{"access_token": "{TOKEN}", "expires_in": 3600, "scope": null}}"#))
}

/// A client that signs in and then gets these answers.
fn client(replies: Vec<Reply>) -> (Arc<Scripted>, Stream) {
    let transport = Scripted::new([signed_in()]);
    transport.then(replies);
    (Arc::clone(&transport), bare(transport))
}

fn settings() -> StreamSettings {
    StreamSettings {
        base_url: "https://www.demo.go2stream.net/".into(),
        client_id: "NWFUR000000000001".into(),
        client_secret: SecretString::from(SECRET),
        timeout: Delay::secs(30),
        requests_per_second: 1000.0,
        burst: 1000,
        not_found: vec!["not found".into()],
        started_at: Moment(0),
    }
}

fn bare(transport: Arc<Scripted>) -> Stream {
    Stream::new(transport, settings(), 7)
}

fn no() -> StreamOrderNo {
    StreamOrderNo::from("104512")
}

fn day(text: &str) -> Day {
    Day(text.parse().expect("a day"))
}

fn shipment() -> Shipment {
    Shipment {
        order_no: no(),
        order_date: day("2026-11-23"),
        order_type: OrderType::Delivery,
        service_level: "Two Man Room of Choice".into(),
        services: vec!["STREAM".into()],
        partner: None,
        customer_order_no: "SHOP-77120".into(),
        driver_notes: "Ring first".into(),
        party: Party {
            name: "Margaret Ellison".into(),
            lines: ["14 Beechwood Crescent".into(), "Horsforth".into(), String::new()],
            town: "Leeds".into(),
            county: "West Yorkshire".into(),
            postcode: "LS18 4QB".into(),
            country: "GB".into(),
            contact: "Margaret Ellison".into(),
            tel: "01632 960482".into(),
            mobile: "07700 900482".into(),
            email: "m.ellison@example.com".into(),
        },
        required: None,
        method: "Leeds".into(),
        booking_required: true,
        stock_location: "Leeds".into(),
        on_hand: Some(day("2026-11-23")),
        items: vec![Item {
            sequence: 1,
            parent: None,
            code: "OAK-TBL-150".into(),
            description: "Oak dining table 150cm".into(),
            quantity: 1,
            weight_grams: 38_000,
            volume_cm3: Some(640_000),
        }],
    }
}

fn reasons(failure: &Failure) -> Vec<(&str, &str)> {
    match failure {
        Failure::No(reasons) => {
            reasons.iter().map(|Reason { code, text }| (code.as_str(), text.as_str())).collect()
        }
        other => panic!("not a refusal: {other:?}"),
    }
}

const VALID: &str = r#"{"response": {"valid": true, "consignmentNo": "CN00481207",
    "orderNo": "104512", "customerOrderNo": "SHOP-77120",
    "trackingURL": "https://www.demo.go2stream.net/track/EXAMPLE-TRK-0001",
    "trackingId": "TRK0001A7Q4", "errors": []}}"#;

const NOT_FOUND: &str = r#"{"response": {"valid": false, "order": null, "errors": [
    {"code": "E-EXAMPLE-404", "description": "Order 999999 not found", "severity": "error"}]}}"#;

const PLANNED: &str = r#"{"response": {"valid": true, "order": {
    "header": {"consignmentNo": "CN00481207", "orderNo": "104512", "orderStatus": "PLANNED",
        "orderType": "DELIVERY", "orderNotes": [], "orderWeight": "48.0",
        "customer": {"address": {"name": "Billing Name", "postcode": "LS1 1AA"}}},
    "groups": [
        {"id": 1, "type": "TRUNK", "address": {"name": "Depot"}, "items": []},
        {"id": 2, "type": "Delivery", "runDetails": null,
            "address": {"name": "Margaret Ellison", "postcode": "LS18 4QB"},
            "items": [{"sequence": 1, "code": "CARTON-L", "quantity": 1},
                      {"sequence": 2, "code": "OAK-TBL-150", "quantity": "2"}]}],
    "trackingURL": "https://www.demo.go2stream.net/track/EXAMPLE-TRK-0001",
    "trackingId": "TRK0001A7Q4"}, "errors": []}}"#;

#[test]
fn a_create_travels_on_a_fresh_connection_with_every_header_and_a_nonce_of_its_own() {
    let (transport, stream) = client(vec![reply(201, VALID), reply(200, NOT_FOUND)]);
    let receipt = stream.create(at(0), &shipment()).expect("a yes");
    assert_eq!(receipt.consignment.as_str(), "CN00481207");
    assert_eq!(receipt.tracking.as_str(), "TRK0001A7Q4");
    stream.find(at(1), &no()).expect("an answer");
    let asked = transport.asked();
    let [sign_in, create, find] = asked.as_slice() else { panic!("three requests") };
    assert_eq!(sign_in.url, "https://www.demo.go2stream.net/api/oauth");
    assert_eq!(sign_in.header("Authorization"), None);
    assert_eq!(create.url, "https://www.demo.go2stream.net/api/orders/orders");
    assert_eq!(create.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(create.header("Stream-Party"), Some("NWFUR000000000001"));
    assert!(create.fresh_connection && !find.fresh_connection);
    assert_eq!(find.url, "https://www.demo.go2stream.net/api/orders/orders/104512");
    let nonces: Vec<&str> = asked.iter().filter_map(|r| r.header("Stream-Nonce")).collect();
    assert!(nonces.iter().all(|n| n.len() == 32 && n.bytes().all(|b| b.is_ascii_alphanumeric())));
    assert!(nonces[0] != nonces[1] && nonces[1] != nonces[2]);
}

#[test]
fn a_yes_with_warnings_is_a_yes_and_keeps_them() {
    let body = VALID.replace(
        r#""errors": []"#,
        r#""errors": [{"code": "W-1", "description": "Service level not recognised, default used", "severity": "warning"}]"#,
    );
    let (_, stream) = client(vec![reply(200, &body)]);
    let receipt = stream.create(at(0), &shipment()).expect("a yes");
    assert_eq!(receipt.warnings[0].to_string(), "Service level not recognised, default used (W-1)");
}

#[test]
fn a_refusal_is_kept_word_for_word_in_each_shape_seen() {
    let errors = r#"[{"code": "E-1", "description": "Delivery postcode is missing", "severity": "error"},
        {"code": "E-2", "message": "Delivery method not found", "severity": "Error"},
        "Plain text", {"code": 17, "description": null}, {"description": {"a": 1}},
        {"code": "W-1", "description": "Default used", "severity": "WARNING"}]"#;
    let body =
        format!(r#"{{"response": {{"valid": false, "consignmentNo": null, "errors": {errors}}}}}"#);
    for status in [200, 400, 404, 409, 422] {
        let (_, stream) = client(vec![reply(status, &body)]);
        let refused = stream.create(at(0), &shipment()).expect_err("refused");
        assert_eq!(
            reasons(&refused),
            [
                ("E-1", "Delivery postcode is missing"),
                ("E-2", "Delivery method not found"),
                ("", "Plain text"),
                ("17", "no description"),
            ],
            "{status}"
        );
    }
}

#[test]
fn warnings_explain_a_refusal_only_when_there_is_nothing_else() {
    let body = |errors: &str| format!(r#"{{"response": {{"valid": false, "errors": {errors}}}}}"#);
    let warning = r#"[{"code": "W-1", "description": "Odd", "severity": "warning"}]"#;
    let (_, stream) = client(vec![reply(422, &body(warning)), reply(422, &body("[]"))]);
    let refused = stream.create(at(0), &shipment()).expect_err("refused");
    assert_eq!(reasons(&refused), [("W-1", "Odd")]);
    let refused = stream.create(at(1), &shipment()).expect_err("refused");
    assert_eq!(reasons(&refused), [("", "Stream refused it without saying why")]);
}

#[test]
fn a_found_order_shows_the_leg_of_its_type_and_never_a_trunk() {
    let (_, stream) = client(vec![reply(200, PLANNED)]);
    let Look::Found(found) = stream.find(at(0), &no()).expect("an answer") else { panic!("found") };
    let Found { tracking, status, name, postcode, items, .. } = *found;
    assert_eq!(tracking, Some(TrackingNumber::from("TRK0001A7Q4")));
    assert_eq!(
        (status.as_str(), name.as_str(), postcode.as_str()),
        ("PLANNED", "Margaret Ellison", "LS18 4QB")
    );
    assert_eq!(items, [("CARTON-L".to_owned(), 1), ("OAK-TBL-150".to_owned(), 2)]);
}

#[test]
fn another_order_than_the_one_asked_for_is_no_answer() {
    let (_, stream) = client(vec![reply(200, &PLANNED.replace("\"104512\"", "\"104512(1)\""))]);
    let failure = stream.find(at(0), &no()).expect_err("no answer");
    assert!(failure.to_string().contains("order.header.orderNo is another"), "{failure}");
}

#[test]
fn depots_are_read_with_their_methods() {
    let body = r#"{"response": {"valid": true, "errors": [], "depots": [
        {"id": "LEEDS", "address": {"name": "Leeds"}, "stockLocation": {"id": "L1", "name": "Leeds Store"},
         "deliveryMethods": [{"id": "LEEDS", "name": "Leeds", "type": "DELIVERY"},
            {"id": "LC", "name": "Leeds Click & Collect", "type": "collection"},
            {"id": "LT", "name": "T", "type": "TRUNK"}, {"id": "X", "name": "X", "type": "DRONE"}]},
        {"id": 17, "contact": null, "deliveryMethods": null}]}}"#;
    let (_, stream) = client(vec![reply(200, body)]);
    let depots = stream.depots(at(0)).expect("depots");
    assert_eq!(depots[0].stock_location, ("L1".to_owned(), "Leeds Store".to_owned()));
    let kinds: Vec<_> = depots[0].methods.iter().map(|method| method.kind.clone()).collect();
    let other = MethodKind::Other("DRONE".into());
    assert_eq!(kinds, [MethodKind::Delivery, MethodKind::Collection, MethodKind::Trunk, other]);
    assert_eq!((depots[1].id.as_str(), depots[1].methods.len()), ("17", 0));
}

#[test]
fn a_deletion_is_done_when_accepted_or_not_there_and_a_refusal_is_kept() {
    let refused = r#"{"response": {"valid": false, "errors": [{"code": "E-DEL",
        "description": "Order cannot be deleted once it is on a run", "severity": "error"}]}}"#;
    let (transport, stream) = client(vec![
        reply(200, r#"{"response": {"valid": true, "errors": []}}"#),
        reply(404, NOT_FOUND),
        reply(422, refused),
    ]);
    assert_eq!(stream.delete(at(0), &no()), Ok(Deleted::Gone));
    assert_eq!(transport.last().method.as_str(), "DELETE");
    assert_eq!(stream.delete(at(1), &no()), Ok(Deleted::Gone));
    let failure = stream.delete(at(2), &no()).expect_err("refused");
    assert_eq!(reasons(&failure), [("E-DEL", "Order cannot be deleted once it is on a run")]);
}

#[test]
fn the_short_status_is_a_word_or_an_explicit_absence() {
    let body = r#"{"response": {"valid": true, "orderStatus": "PLANNED", "errors": []}}"#;
    let (transport, stream) = client(vec![
        reply(200, body),
        reply(422, NOT_FOUND),
        reply(200, r#"{"response": {"valid": true}}"#),
    ]);
    assert_eq!(stream.status(at(0), &StreamOrderNo::from("1/2")), Ok(Some("PLANNED".to_owned())));
    assert!(transport.last().url.ends_with("/api/orders/status/1%2F2"));
    assert_eq!(stream.status(at(1), &no()), Ok(None));
    assert!(matches!(stream.status(at(2), &no()), Err(Failure::Unknown { .. })));
}
