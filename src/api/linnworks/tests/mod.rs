//! The client of Linnworks against recorded and broken answers.

mod faults;
mod orders;
mod sessions;

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::Value;

use super::{IDENTIFIER_ORDERS_MAX, Linnworks, LinnworksSettings};
use crate::api::scripted::{Kind, Reply, Scripted, at, kind, reply};
use crate::domain::answer::Failure;
use crate::domain::ids::{LocationId, OrderId, PostalServiceId, Tag, TrackingNumber};
use crate::domain::source::{Assigned, Identifier, Shipping};
use crate::domain::time::Delay;
use crate::http::{Method, Request};

const SECRET: &str = "c4n4ry-application-secret";
const INSTALL: &str = "c4n4ry-installation-token";
const TOKEN: &str = "c4n4ry-session-token";

const A: &str = "05d47a64-3aaf-43cd-a99c-a48b7d84365e";
const B: &str = "16e58b75-4bb0-44de-8aad-b59c8e95476f";
const C: &str = "27f69c86-5cc1-45ef-9bbe-c6ad9fa65870";

fn id(text: &str) -> OrderId {
    OrderId::parse(text).expect("a GUID")
}

fn signed_in() -> Reply {
    reply(
        200,
        &format!(
            r#"{{"Token": "{TOKEN}", "Server": "https://eu-ext.linnworks.net/", "TTL": "1800", "Locality": "EU"}}"#
        ),
    )
}

fn settings() -> LinnworksSettings {
    LinnworksSettings {
        auth_url: "https://api.linnworks.net".into(),
        application_id: "11111111-2222-3333-4444-555555555555".into(),
        application_secret: SecretString::from(SECRET),
        token: SecretString::from(INSTALL),
        vendor: "Stream".into(),
        calls_percent: 90,
        timeout: Delay::secs(30),
        resumed_at: None,
    }
}

fn bare(transport: Arc<Scripted>) -> Linnworks {
    Linnworks::new(transport, settings())
}

/// A client that signs in and then gets these answers.
fn client(replies: Vec<Reply>) -> (Arc<Scripted>, Linnworks) {
    let transport = Scripted::new([signed_in()]);
    transport.then(replies);
    (Arc::clone(&transport), bare(transport))
}

/// The value of a form field, decoded.
fn field(request: &Request, name: &str) -> String {
    let form = std::str::from_utf8(&request.body).expect("ASCII");
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(key, _)| *key == name).expect("the field");
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let Some((&first, more)) = rest.split_first() {
        if first == b'%' {
            let hex = std::str::from_utf8(&more[..2]).expect("hex");
            bytes.push(u8::from_str_radix(hex, 16).expect("hex"));
            rest = &more[2..];
        } else {
            bytes.push(first);
            rest = more;
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

fn json_field(request: &Request, name: &str) -> Value {
    serde_json::from_str(&field(request, name)).expect("JSON")
}

#[test]
fn open_orders_are_asked_for_by_location_and_vendor_in_a_form() {
    let (transport, linnworks) = client(vec![reply(200, &format!(r#"["{A}", "{B}"]"#))]);
    let nil = LocationId(uuid::Uuid::nil());
    assert_eq!(linnworks.all_open_orders(at(0), nil), Ok(vec![id(A), id(B)]));
    let request = transport.last();
    assert_eq!(request.url, "https://eu-ext.linnworks.net/api/Orders/GetAllOpenOrders");
    assert_eq!(request.header("Authorization"), Some(TOKEN));
    let kind = request.header("content-type").expect("a type");
    assert_eq!(kind, "application/x-www-form-urlencoded; charset=UTF-8");
    assert_eq!(field(&request, "fulfilmentCenter"), "00000000-0000-0000-0000-000000000000");
    let filter = &json_field(&request, "filters")["TextFields"][0];
    assert_eq!(filter["FieldCode"], "SHIPPING_INFORMATION_VENDOR");
    assert_eq!((&filter["Type"], &filter["Text"]), (&"Contains".into(), &"Stream".into()));
}

#[test]
fn a_note_with_odd_characters_arrives_whole() {
    let text = "50% off & +1 \u{1F69A} = \"ring\" [LS 1234abcd]";
    let answer = r#"{"OrderNotes": [{"Note": "x"}, {"Note": "x"}]}"#;
    let (transport, linnworks) = client(vec![reply(200, answer)]);
    assert_eq!(linnworks.add_note(at(0), &[id(A), id(B)], text, true), Ok(()));
    let request = transport.last();
    assert!(request.body.iter().all(|byte| byte.is_ascii_graphic()));
    assert!(!request.body.contains(&b'+') && !request.body.contains(&b'"'));
    let sent = json_field(&request, "request");
    assert_eq!(sent["NoteText"], text);
    assert_eq!((&sent["IsInternal"], &sent["IsProcessingNote"]), (&true.into(), &false.into()));
    assert_eq!(sent["OrderIds"][1], B);
}

#[test]
fn a_note_that_the_answer_does_not_show_for_every_order_is_unknown() {
    for answer in [r#"{"OrderNotes": [{}]}"#, r#"{"OrderNotes": null}"#, "{}", "null", ""] {
        let (_, linnworks) = client(vec![reply(200, answer)]);
        let result = linnworks.add_note(at(0), &[id(A), id(B)], "text", true);
        assert_eq!(kind(&result), Kind::Unknown, "{answer}");
    }
}

#[test]
fn reference_data_is_read_by_get() {
    let (transport, linnworks) = client(vec![
        reply(
            200,
            r#"[{"StockLocationId": "00000000-0000-0000-0000-000000000000", "LocationName": "Default"}]"#,
        ),
        reply(
            200,
            &format!(
                r#"[{{"pkPostalServiceId": "{A}", "PostalServiceName": "Stream Next Day", "Vendor": null}}]"#
            ),
        ),
        reply(
            200,
            r#"[{"IdentifierId": "12", "IsCustom": true, "Tag": "RUN 01", "Name": "RUN 01", "ImageUrl": null}]"#,
        ),
    ]);
    assert_eq!(linnworks.stock_locations(at(0)).expect("locations")[0].name, "Default");
    let request = transport.last();
    assert_eq!((request.method, request.path()), (Method::Get, "/api/Inventory/GetStockLocations"));
    assert!(request.body.is_empty());
    let services = linnworks.postal_services(at(0)).expect("services");
    assert_eq!(services[0].id, PostalServiceId::parse(A).expect("a GUID"));
    let run = Identifier { id: 12, tag: Tag::from("RUN 01"), name: "RUN 01".into(), custom: true };
    assert_eq!(linnworks.identifiers(at(0)), Ok(vec![run]));
}

#[test]
fn identifiers_are_made_put_on_and_taken_off_in_bulk() {
    let (transport, linnworks) = client(vec![
        reply(
            200,
            r#"{"IdentifierId": 7, "IsCustom": true, "Tag": "SENT TO STREAM", "Name": "Sent to Stream"}"#,
        ),
        reply(200, &format!(r#"{{"Changed": ["{A}"], "NotChanged": ["{B}"]}}"#)),
        reply(200, &format!(r#"{{"Changed": ["{A}"], "NotChanged": null}}"#)),
        reply(200, "{}"),
    ]);
    let tag = Tag::from("SENT TO STREAM");
    let made = linnworks.save_identifier(at(0), &tag, "Sent to Stream").expect("made");
    assert_eq!((made.id, made.custom), (7, true));
    let sent = json_field(&transport.last(), "request")["Identifier"].clone();
    assert_eq!((&sent["Tag"], &sent["IsCustom"]), (&"SENT TO STREAM".into(), &true.into()));
    let both = [id(A), id(B)];
    assert_eq!(
        linnworks.assign_identifier(at(0), &tag, &both),
        Ok(Assigned { changed: vec![id(A)], not_changed: vec![id(B)] })
    );
    assert_eq!(transport.last().path(), "/api/OpenOrders/AssignOrderIdentifier");
    assert_eq!(
        linnworks.unassign_identifier(at(0), &tag, &both[..1]),
        Ok(Assigned { changed: vec![id(A)], not_changed: Vec::new() })
    );
    assert_eq!(transport.last().path(), "/api/OpenOrders/UnassignOrderIdentifier");
    assert_eq!(kind(&linnworks.assign_identifier(at(0), &tag, &both)), Kind::Unknown);
}

#[test]
fn tags_are_gathered_by_order_and_an_order_without_any_has_an_entry() {
    let rows = format!(
        r#"[{{"fkOrderId": "{A}", "Tag": "RUN 01"}}, {{"fkOrderId": "{A}", "Tag": "MONDAY"}},
            {{"fkOrderId": "{C}", "Tag": "SEQ 01"}}]"#
    );
    let (_, linnworks) = client(vec![reply(200, &rows)]);
    let tags = linnworks.identifiers_of(at(0), &[id(A), id(B)]).expect("tags");
    assert_eq!(tags[&id(A)], [Tag::from("RUN 01"), Tag::from("MONDAY")]);
    assert_eq!(tags[&id(B)], []);
    assert_eq!(tags.len(), 2);
}

#[test]
fn writing_tracking_sends_the_whole_block_and_returns_what_was_stored() {
    let current = Shipping {
        vendor: "Stream".into(),
        service_id: PostalServiceId::parse(B).expect("a GUID"),
        service: "Stream Next Day".into(),
        total_weight: 4200.5,
        item_weight: 4000.0,
        postage_cost: 1.25,
        tracking: String::new(),
        manual_adjust: true,
    };
    let stored = |tracking: &str| {
        format!(r#"{{"TotalsInfo": {{}}, "ShippingInfo": {{"TrackingNumber": {tracking}}}}}"#)
    };
    let (transport, linnworks) = client(vec![
        reply(200, &stored("\"TRK1\"")),
        reply(200, &stored("\"OTHER\"")),
        reply(200, &stored("\"\"")),
        reply(200, "{}"),
        reply(204, ""),
    ]);
    let new = TrackingNumber::from("TRK1");
    let write = || linnworks.set_tracking(at(0), id(A), &current, &new);
    assert_eq!(write(), Ok("TRK1".to_owned()));
    let request = transport.last();
    assert_eq!(field(&request, "orderId"), A);
    let expected = serde_json::json!({"PostalServiceId": B, "TotalWeight": 4200.5, "ItemWeight": 4000.0,
        "PostageCost": 1.25, "TrackingNumber": "TRK1", "ManualAdjust": true});
    assert_eq!(json_field(&request, "info"), expected);
    assert_eq!(write(), Ok("OTHER".to_owned()));
    for _ in 0..3 {
        assert_eq!(kind(&write()), Kind::Unknown);
    }
}

#[test]
fn notes_are_read_as_their_texts() {
    let (transport, linnworks) = client(vec![
        reply(200, r#"[{"Note": "Ring first", "Internal": true}, {"Note": null}]"#),
        reply(200, "null"),
        reply(200, r#"[{"Note": ["Ring"]}]"#),
    ]);
    assert_eq!(linnworks.order_notes(at(0), id(A)), Ok(vec!["Ring first".into(), String::new()]));
    assert_eq!(transport.last().query(), format!("orderId={A}"));
    assert_eq!(linnworks.order_notes(at(0), id(A)), Ok(Vec::new()));
    assert_eq!(kind(&linnworks.order_notes(at(0), id(A))), Kind::Unknown);
}

#[test]
fn bulk_calls_refuse_too_many_orders_and_need_no_call_for_none() {
    let (transport, linnworks) = client(Vec::new());
    let many = vec![id(A); IDENTIFIER_ORDERS_MAX + 1];
    let tag = Tag::from("RUN 01");
    let now = at(0);
    for result in [
        linnworks.open_order_details(now, &many).map(drop),
        linnworks.orders_by_id(now, &many).map(drop),
        linnworks.assign_identifier(now, &tag, &many).map(drop),
        linnworks.unassign_identifier(now, &tag, &many).map(drop),
        linnworks.identifiers_of(now, &many).map(drop),
        linnworks.add_note(now, &many, "text", true),
    ] {
        let Err(Failure::No(reasons)) = result else { panic!("not refused: {result:?}") };
        assert_eq!(reasons[0].text, "101 orders in one call, at most 100 are allowed");
    }
    assert!(linnworks.open_order_details(now, &[]).is_ok());
    assert!(linnworks.orders_by_id(now, &[]).is_ok());
    assert!(linnworks.assign_identifier(now, &tag, &[]).is_ok());
    assert!(linnworks.identifiers_of(now, &[]).is_ok());
    assert!(linnworks.add_note(now, &[], "text", true).is_ok());
    assert!(transport.asked().is_empty());
}
