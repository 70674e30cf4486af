//! The model of Stream: creates, doubling, refusals, reads.

use super::*;

#[test]
fn a_second_create_of_an_unconfirmed_order_doubles_its_lines() {
    let mut bench = Bench::new(WorldOptions::default());
    let first = bench.create(at(0), "104512");
    let second = bench.create(at(1), "104512");
    assert_eq!((first.0, &first.1["response"]["valid"]), (200, &json!(true)));
    assert_eq!(first.1["response"]["consignmentNo"], second.1["response"]["consignmentNo"]);
    let [shipment] = bench.world.shipments() else { panic!("one shipment") };
    assert_eq!((shipment.items.len(), shipment.creations), (4, 2));
    let (_, shown) = bench.stream(at(2), Method::Get, "/api/orders/orders/104512", &Value::Null);
    let items = &shown["response"]["order"]["groups"][0]["items"];
    assert_eq!(items.as_array().map(Vec::len), Some(4));
}

#[test]
fn a_second_create_of_a_confirmed_order_is_refused() {
    let mut bench = Bench::new(WorldOptions::default());
    bench.create(at(0), "7");
    bench.control(at(0), Method::Post, "/advance", &json!({"action": "confirm", "orders": [7]}));
    let (status, answer) = bench.create(at(1), "7");
    assert_eq!((status, &answer["response"]["valid"]), (200, &json!(false)));
    assert_eq!(bench.world.shipments()[0].items.len(), 2);
}

#[test]
fn where_duplicates_are_allowed_a_second_create_makes_a_second_order() {
    let mut bench = Bench::new(WorldOptions { allow_duplicates: true, ..WorldOptions::default() });
    bench.create(at(0), "7");
    let (_, answer) = bench.create(at(1), "7");
    assert_eq!(answer["response"]["orderNo"], "7(1)");
    assert_eq!(bench.world.live_shipments(7).len(), 2);
}

#[test]
fn what_cannot_be_delivered_is_refused_with_its_reasons() {
    let mut bench = Bench::new(WorldOptions { refusals_are_422: true, ..WorldOptions::default() });
    let mut body = delivery("7");
    body["delivery"]["address"]["postcode"] = json!("");
    body["delivery"]["address"]["country"] = json!("United Kingdom");
    body["delivery"]["address"]["address1"] = json!("x".repeat(36));
    body["delivery"]["deliveryMethod"] = json!("Carrier pigeon");
    body["delivery"]["items"] = json!([]);
    let (status, answer) = bench.stream(at(0), Method::Post, "/api/orders/orders", &body);
    assert_eq!((status, &answer["response"]["valid"]), (422, &json!(false)));
    assert_eq!(answer["response"]["errors"].as_array().map(Vec::len), Some(5));
    assert!(bench.world.shipments().is_empty());
}

#[test]
fn an_order_nobody_sent_is_a_422_envelope_and_an_unknown_path_501() {
    let mut bench = Bench::new(WorldOptions::default());
    for path in ["/api/orders/orders/999999", "/api/orders/status/999999"] {
        let (status, answer) = bench.stream(at(0), Method::Get, path, &Value::Null);
        assert_eq!((status, &answer["response"]["valid"]), (422, &json!(false)));
    }
    let (status, answer) = bench.stream(at(0), Method::Get, "/api/labels/labels", &Value::Null);
    assert_eq!(status, 501);
    assert!(answer.to_string().contains("/api/labels/labels"));
}

#[test]
fn without_token_party_or_nonce_nothing_is_answered() {
    let mut bench = Bench::new(WorldOptions::default());
    let good = bench.stream_request(Method::Get, "/api/depots/depots", &Value::Null);
    assert_eq!(bench.world.handle_stream(at(0), &good).status, 200);
    for (header, status) in [("stream-nonce", 400), ("Stream-Party", 401), ("Authorization", 401)] {
        let mut without = good.clone();
        without.headers.retain(|(name, _)| name != header);
        assert_eq!(bench.world.handle_stream(at(0), &without).status, status, "{header}");
    }
    assert_eq!(bench.world.handle_stream(at(0), &good).status, 200, "a repeated nonce passes");
    bench.world.options_mut().refuse_repeated_nonce = true;
    assert_eq!(bench.world.handle_stream(at(0), &good).status, 200);
    assert_eq!(bench.world.handle_stream(at(0), &good).status, 400);
}

#[test]
fn a_new_order_can_be_read_only_after_the_read_delay() {
    let read_after_write = Delay::secs(3);
    let mut bench = Bench::new(WorldOptions { read_after_write, ..WorldOptions::default() });
    bench.create(at(1_000), "7");
    let mut look = |ms| bench.stream(at(ms), Method::Get, "/api/orders/orders/7", &Value::Null).0;
    assert_eq!((look(3_999), look(4_000)), (422, 200));
}

#[test]
fn a_deleted_order_is_gone_and_one_on_a_run_cannot_be_deleted() {
    let mut bench = Bench::new(WorldOptions::default());
    bench.create(at(0), "7");
    bench.create(at(0), "8");
    bench.control(at(0), Method::Post, "/advance", &json!({"action": "plan", "orders": [8]}));
    let mut delete = |id: &str| {
        let path = format!("/api/orders/orders/{id}");
        bench.stream(at(1), Method::Delete, &path, &Value::Null).1["response"]["valid"].clone()
    };
    assert_eq!((delete("7"), delete("8"), delete("7")), (json!(true), json!(false), json!(false)));
    assert!(bench.world.live_shipments(7).is_empty());
}

#[test]
fn a_change_of_the_header_keeps_what_it_does_not_name() {
    let mut bench = Bench::new(WorldOptions::default());
    bench.create(at(0), "7");
    let body = json!({"header": {"driverNotes": "Side door", "customer": {"name": "Someone"}}});
    let (status, _) = bench.stream(at(0), Method::Patch, "/api/orders/orders/7", &body);
    let header = bench.world.shipments()[0].header();
    assert_eq!((status, &header["driverNotes"]), (200, &json!("Side door")));
    assert_eq!(header["customer"]["address"]["postcode"], "LS18 4QB");
}

#[test]
fn all_generations_and_suffixes_of_an_order_are_found_and_no_other_order() {
    let mut bench = Bench::new(WorldOptions::default());
    for order_no in ["7", "7-2", "70", "700", "17"] {
        bench.create(at(0), order_no);
    }
    let live: Vec<&str> =
        bench.world.live_shipments(7).iter().map(|s| s.order_no.as_str()).collect();
    assert_eq!(live, ["7", "7-2"]);
}

#[test]
fn an_account_that_is_not_set_up_lists_no_depot() {
    let options = WorldOptions { without_depots: true, ..WorldOptions::default() };
    let mut bench = Bench::new(options);
    let (status, answer) = bench.stream(at(0), Method::Get, "/api/depots/depots", &Value::Null);
    assert_eq!((status, &answer["response"]["depots"]), (200, &json!([])));
}
