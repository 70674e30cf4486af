//! Reading orders.

use serde_json::{Value, json};

use super::{A, B, C, client, id};
use crate::api::scripted::{Kind, at, kind, reply};
use crate::domain::answer::Failure;
use crate::domain::ids::{OrderNumber, Tag};
use crate::domain::source::{Payment, SourceOrder, Unreadable};
use crate::domain::time::Timestamp;

fn order(id: &str, number: u64) -> Value {
    json!({
        "OrderId": id, "NumOrderId": number, "Processed": false, "ProcessedDateTime": null,
        "FulfilmentLocationId": "00000000-0000-0000-0000-000000000000",
        "GeneralInfo": {"Status": 1, "IsParked": false, "HoldOrCancel": false, "Notes": 1,
            "ReferenceNum": "SO-1001", "ReceivedDate": "2026-09-01T08:15:00.1234567",
            "ScheduledDelivery": {"From": "2026-09-03T08:00:00Z", "To": "2026-09-03T12:00:00Z"},
            "Identifiers": [{"IdentifierId": 12, "IsCustom": true, "Tag": "STREAM_SENT", "Name": "x"}],
            "PIIRedactionDays": 30},
        "ShippingInfo": {"Vendor": "Stream", "PostalServiceId": B, "PostalServiceName": "Stream Next Day",
            "TotalWeight": "4200.0", "TrackingNumber": null},
        "CustomerInfo": {"ChannelBuyerName": "jdoe", "Address": {"FullName": "J Doe", "Address1": "1 High St",
            "Address2": null, "Town": "Leeds", "PostCode": "LS1 1AA", "Country": "United Kingdom",
            "PhoneNumber": "", "EmailAddress": "j@example.test"}},
        "Items": [
            {"SKU": "SET-1", "Title": "Set", "Quantity": 1, "Weight": 4200.0, "CompositeSubItems": [
                {"SKU": "CHAIR-1", "Quantity": "4", "Weight": 1000}]},
            {"SKU": null, "ChannelSKU": "CH-2", "Quantity": 2.0, "IsService": true, "Width": 10, "Height": 20, "Depth": "30.5"}],
        "Notes": [], "ExtendedProperties": [], "FolderName": []})
}

fn read_one(order: &Value) -> Result<SourceOrder, Unreadable> {
    let (_, linnworks) = client(vec![reply(200, &json!({"Orders": [order]}).to_string())]);
    let mut details = linnworks.open_order_details(at(0), &[id(A)]).expect("an answer");
    match details.orders.pop() {
        Some(order) => Ok(order),
        None => Err(details.unreadable.pop().expect("one or the other")),
    }
}

#[test]
fn an_order_is_read_with_all_that_is_used_of_it() {
    let order = read_one(&order(A, 596_475)).expect("readable");
    assert_eq!((order.id, order.number), (id(A), OrderNumber(596_475)));
    assert_eq!(order.payment, Payment::Paid);
    assert_eq!(order.received, Timestamp::parse_lenient("2026-09-01T08:15:00.123Z"));
    let (from, to) = order.scheduled.expect("a window");
    assert_eq!(to.since(from).0, 4 * 3_600_000);
    assert_eq!(order.shipping.total_weight, 4200.0);
    assert_eq!(order.shipping.tracking, "");
    assert_eq!((order.address.full_name.as_str(), order.address.region.as_str()), ("J Doe", ""));
    assert_eq!(order.tags, [Tag::from("STREAM_SENT")]);
    let [set, service] = order.lines.as_slice() else { panic!("two lines") };
    assert_eq!((set.children[0].sku.as_str(), set.children[0].quantity), ("CHAIR-1", 4));
    assert_eq!((service.sku.as_str(), service.quantity, service.is_service), ("", 2, true));
    assert_eq!(service.size_cm, Some([10.0, 20.0, 30.5]));
}

#[test]
fn what_may_be_missing_has_a_harmless_default() {
    let bare = json!({
        "orderid": A.to_uppercase(), "numorderid": "7", "GeneralInfo": {"Status": "RESEND", "location": C},
        "ShippingInfo": {"PostalServiceId": B}, "CustomerInfo": null, "Items": null});
    let order = read_one(&bare).expect("readable");
    assert_eq!((order.number, order.payment), (OrderNumber(7), Payment::Resend));
    assert_eq!(order.location.to_string(), C);
    assert!(!order.processed && !order.parked && !order.hold_or_cancel);
    assert_eq!((order.received, order.scheduled), (None, None));
    assert!(order.lines.is_empty() && order.tags.is_empty());
}

#[test]
fn a_wrong_type_makes_the_order_unreadable_and_names_the_place_but_none_of_the_data() {
    let canary = "Margaret Ellison";
    let cases = [
        ("/NumOrderId", json!(canary), "NumOrderId is not a whole number"),
        ("/NumOrderId", json!(-4), "NumOrderId is negative"),
        ("/Processed", json!(canary), "Processed is not true or false"),
        ("/FulfilmentLocationId", json!(canary), "FulfilmentLocationId is not a GUID"),
        ("/GeneralInfo", json!([canary]), "GeneralInfo is not an object"),
        ("/GeneralInfo/Status", json!(canary), "GeneralInfo.Status is not a whole number"),
        ("/GeneralInfo/Status", Value::Null, "GeneralInfo.Status is missing"),
        ("/GeneralInfo/HoldOrCancel", json!({}), "GeneralInfo.HoldOrCancel is not true or false"),
        ("/GeneralInfo/ReceivedDate", json!(canary), "GeneralInfo.ReceivedDate is not a date"),
        (
            "/GeneralInfo/Identifiers/0/Tag",
            json!({}),
            "GeneralInfo.Identifiers[0].Tag is not a text",
        ),
        ("/ShippingInfo/PostalServiceId", Value::Null, "ShippingInfo.PostalServiceId is missing"),
        ("/ShippingInfo/TotalWeight", json!(canary), "ShippingInfo.TotalWeight is not a number"),
        ("/CustomerInfo/Address", json!(canary), "CustomerInfo.Address is not an object"),
        ("/CustomerInfo/Address/Town", json!([canary]), "CustomerInfo.Address.Town is not a text"),
        ("/Items", json!({"a": canary}), "Items is not a list"),
        ("/Items/1/Quantity", json!(canary), "Items[1].Quantity is not a whole number"),
        ("/Items/1/Quantity", json!(1.5), "Items[1].Quantity is not a whole number"),
        (
            "/Items/0/CompositeSubItems/0/Quantity",
            Value::Null,
            "Items[0].CompositeSubItems[0].Quantity is missing",
        ),
    ];
    for (place, wrong, what) in cases {
        let mut spoilt = order(A, 7);
        *spoilt.pointer_mut(place).expect(place) = wrong;
        let unreadable = read_one(&spoilt).expect_err(place);
        assert_eq!((unreadable.id, unreadable.what.as_str()), (id(A), what));
        let shows_number = !place.starts_with("/NumOrderId");
        assert_eq!(unreadable.number, shows_number.then_some(OrderNumber(7)), "{place}");
    }
}

#[test]
fn one_unreadable_order_among_three_spoils_neither_of_the_others() {
    let mut bad = order(B, 2);
    bad["Items"][1]["Quantity"] = json!("two");
    let answer = json!([order(A, 1), bad, order(C, 3), order(C, 3)]);
    let (_, linnworks) = client(vec![reply(200, &answer.to_string())]);
    let details = linnworks.orders_by_id(at(0), &[id(A), id(B), id(C)]).expect("an answer");
    let numbers: Vec<u64> = details.orders.iter().map(|order| order.number.0).collect();
    assert_eq!(numbers, [1, 3]);
    let what = "Items[1].Quantity is not a whole number".to_owned();
    assert_eq!(details.unreadable, [Unreadable { id: id(B), number: Some(OrderNumber(2)), what }]);
}

#[test]
fn an_order_that_is_not_in_the_answer_is_simply_absent() {
    let answer = json!({"Orders": [order(A, 1)]});
    let (transport, linnworks) = client(vec![reply(200, &answer.to_string())]);
    let details = linnworks.open_order_details(at(0), &[id(A), id(B)]).expect("an answer");
    assert_eq!((details.orders.len(), details.unreadable.len()), (1, 0));
    let sent = super::json_field(&transport.last(), "request");
    assert_eq!(sent["OrderIds"], json!([A, B]));
}

#[test]
fn an_order_without_a_readable_id_makes_nobody_absent() {
    let mut nameless = order(B, 2);
    nameless["OrderId"] = json!(17);
    let answer = json!([order(A, 1), nameless, "text"]);
    let (_, linnworks) = client(vec![reply(200, &answer.to_string())]);
    let details = linnworks.orders_by_id(at(0), &[id(A), id(B)]).expect("an answer");
    assert_eq!(details.orders.len(), 1);
    assert_eq!(details.unreadable[0].id, id(B));
}

#[test]
fn an_order_in_a_json_string_is_read_like_any_other() {
    let answer = Value::String(json!([order(A, 1)]).to_string());
    let (_, linnworks) = client(vec![reply(200, &answer.to_string())]);
    let details = linnworks.orders_by_id(at(0), &[id(A)]).expect("an answer");
    assert_eq!(details.orders.len(), 1);
}

#[test]
fn an_order_by_number_is_there_or_is_an_empty_one_or_is_no_answer() {
    let none = json!({"OrderId": "00000000-0000-0000-0000-000000000000", "NumOrderId": 0});
    let mut bad = order(A, 7);
    bad["Items"] = json!(5);
    let (transport, linnworks) = client(vec![
        reply(200, &order(A, 7).to_string()),
        reply(200, &none.to_string()),
        reply(200, "{}"),
        reply(200, &order(A, 8).to_string()),
        reply(200, &bad.to_string()),
        reply(200, "null"),
    ]);
    let read = || linnworks.order_by_number(at(0), OrderNumber(7));
    assert_eq!(read().expect("an answer").expect("an order").id, id(A));
    assert_eq!(transport.last().query(), "OrderId=7");
    assert_eq!(read(), Ok(None));
    assert_eq!(read(), Ok(None));
    for _ in 0..3 {
        assert_eq!(kind(&read()), Kind::Unknown);
    }
}

#[test]
fn a_list_of_ids_with_one_bad_id_is_no_answer_and_says_where() {
    let (_, linnworks) = client(vec![reply(200, &format!(r#"["{A}", 5]"#))]);
    let location = crate::domain::ids::LocationId(uuid::Uuid::nil());
    let failure = linnworks.all_open_orders(at(0), location).expect_err("no answer");
    assert_eq!(
        failure,
        Failure::Unknown { what: "Orders/GetAllOpenOrders: [1] is not a GUID".into() }
    );
}

/// Every place inside a value.
fn places(value: &Value, here: &str, all: &mut Vec<String>) {
    all.push(here.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                places(member, &format!("{here}/{name}"), all);
            }
        }
        Value::Array(elements) => {
            for (at, element) in elements.iter().enumerate() {
                places(element, &format!("{here}/{at}"), all);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn anything_at_any_place_leaves_an_order_either_readable_or_unreadable_but_never_lost() {
    let good = order(A, 7);
    let mut all = Vec::new();
    places(&good, "", &mut all);
    let odd =
        [json!(null), json!(true), json!(-1.5), json!("\u{1F69A}"), json!([[1]]), json!({"a": {}})];
    for place in all {
        for value in &odd {
            let mut spoilt = good.clone();
            *spoilt.pointer_mut(&place).expect("a place") = value.clone();
            let answer = json!([spoilt]);
            let (_, linnworks) = client(vec![reply(200, &answer.to_string())]);
            let details = linnworks.orders_by_id(at(0), &[id(A)]).expect("an answer");
            let seen = details.orders.len() + details.unreadable.len();
            assert_eq!(seen, 1, "{place} {value}");
        }
    }
}
