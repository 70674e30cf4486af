//! The model of Linnworks: encodings, limits, sessions, orders.

use super::*;

#[test]
fn every_encoding_of_the_arguments_is_accepted() {
    let mut bench = Bench::new(WorldOptions::default());
    bench.world.add_orders(at(0), 3, &Mix::default());
    let id = bench.world.order(100_001).expect("made").id.clone();
    let path = "/api/OpenOrders/GetOpenOrdersDetails";
    let encoded = format!("%7B%22OrderIds%22%3A%5B%22{id}%22%5D%7D");
    let mut calls = vec![
        form(path, &format!("request={encoded}")),
        form(path, &format!("OrderIds=%5B%22{id}%22%5D")),
        request(Method::Post, path, &json!({"OrderIds": [id]}).to_string()),
        request(Method::Post, path, &json!({"request": {"orderIds": [id]}}).to_string()),
        request(Method::Get, &format!("{path}?request={encoded}"), ""),
    ];
    for call in &mut calls {
        call.headers.push(("authorization".into(), bench.session.clone()));
        let response = bench.world.handle_linnworks(at(1), call);
        assert_eq!(response.status, 200);
        assert_eq!(read(&response)["Orders"][0]["NumOrderId"], 100_001);
    }
}

#[test]
fn authorisation_takes_plain_form_fields_and_the_request_object_and_no_wrong_secret() {
    let mut world = World::new(WorldOptions::default());
    let known = world.options().credentials.clone();
    let path = "/api/Auth/AuthorizeByApplication";
    let fields = |secret: &str| {
        format!(
            "ApplicationId={}&ApplicationSecret={secret}&Token={}",
            known.application_id, known.token
        )
    };
    let good = world.handle_linnworks(at(0), &form(path, &fields(&known.application_secret)));
    assert_eq!((good.status, &read(&good)["TTL"]), (200, &json!(1800)));
    assert_eq!(world.handle_linnworks(at(0), &form(path, &fields("wrong"))).status, 401);
    assert_eq!(world.handle_linnworks(at(0), &form(path, "")).status, 400);
    // A form body under a JSON content type is the classic mistake.
    let confused = request(Method::Post, path, &fields(&known.application_secret));
    assert_eq!(world.handle_linnworks(at(0), &confused).status, 400);
}

#[test]
fn a_session_ends_after_twenty_idle_minutes_and_lives_while_it_is_used() {
    let mut bench = Bench::new(WorldOptions::default());
    let minutes = |n: u64| at(n * 60_000);
    let none = json!({});
    for minute in [15, 30, 45] {
        assert_eq!(bench.linnworks(minutes(minute), "OpenOrders/GetIdentifiers", &none).0, 200);
    }
    assert_eq!(bench.linnworks(minutes(66), "OpenOrders/GetIdentifiers", &none).0, 401);
}

#[test]
fn the_limit_slides_over_sixty_seconds_and_refused_calls_do_not_count() {
    let mut bench = Bench::new(WorldOptions::default());
    let mut call = |ms: u64| bench.linnworks(at(ms), "OpenOrders/GetIdentifiers", &json!({})).0;
    for n in 0..150 {
        assert_eq!(call(1_000 + n * 100), 200);
    }
    for n in 0..50 {
        assert_eq!(call(40_000 + n), 429);
    }
    assert_eq!(call(60_999), 429);
    assert_eq!(call(61_000), 200, "the first call is 60 s old");
    assert_eq!(call(61_050), 429);
    assert_eq!(bench.world.throttled(), 52);
}

#[test]
fn a_refusal_for_the_limit_says_so_and_when_to_come_again() {
    let mut bench = Bench::new(WorldOptions::default());
    let mut request = request(Method::Get, "/api/Inventory/GetStockLocations", "");
    request.headers.push(("Authorization".into(), bench.session.clone()));
    for _ in 0..150 {
        bench.world.handle_linnworks(at(0), &request);
    }
    let refused = bench.world.handle_linnworks(at(20_500), &request);
    assert_eq!(refused.header("retry-after"), Some("40"));
    let text = read(&refused)["Message"].as_str().unwrap_or_default().to_owned();
    assert_eq!(text, "API calls quota exceeded! Maximum admitted 150 per Minute.");
    bench.world.options_mut().retry_after = false;
    assert_eq!(bench.world.handle_linnworks(at(20_500), &request).header("retry-after"), None);
    assert_eq!((limit_of("Orders/GetOrdersById"), limit_of("Auth/X")), (250, 150));
}

#[test]
fn the_vendor_filter_and_the_location_choose_the_open_orders() {
    let mut bench = Bench::new(WorldOptions::default());
    let (status, numbers) = bench.control(
        at(0),
        Method::Post,
        "/orders",
        &json!({"orders": [
        {"number": 7}, {"number": 8, "vendor": "Royal Mail"}, {"number": 9, "location": "Bristol"},
        {"number": 10, "processed": true}]}),
    );
    assert_eq!((status, numbers), (200, json!([7, 8, 9, 10])));
    let filters = json!({"TextFields": [
        {"FieldCode": "SHIPPING_INFORMATION_VENDOR", "Type": "Contains", "Text": "stream"}]});
    let body = json!({"filters": filters, "fulfilmentCenter": encoding::ZERO_GUID});
    let (status, ids) = bench.linnworks(at(0), "Orders/GetAllOpenOrders", &body);
    let seven = bench.world.order(7).expect("there").id.clone();
    assert_eq!((status, ids), (200, json!([seven])));
    let body = json!({"filters": {"TextFields": [{"FieldCode": "FOLDER", "Text": "x"}]}});
    assert_eq!(bench.linnworks(at(0), "Orders/GetAllOpenOrders", &body).0, 501);
}

#[test]
fn tags_are_assigned_once_to_open_orders_and_shown_with_the_order() {
    let mut bench = Bench::new(WorldOptions::default());
    bench.world.add_orders(at(0), 2, &Mix::default());
    let ids: Vec<String> = bench.world.orders().map(|order| order.id.clone()).collect();
    let tag = json!({"OrderIds": ids, "Tag": "RUN_01"});
    assert_eq!(bench.linnworks(at(0), "OpenOrders/AssignOrderIdentifier", &tag).0, 400);
    let new =
        json!({"request": {"Identifier": {"Tag": "RUN_01", "Name": "RUN 01", "IsCustom": true}}});
    assert_eq!(bench.linnworks(at(0), "OpenOrders/SaveIdentifier", &new).0, 200);
    bench.world.by_hand(at(0), 100_002, ByHand::Process).expect("there");
    let (_, answer) = bench.linnworks(at(0), "OpenOrders/AssignOrderIdentifier", &tag);
    assert_eq!(answer, json!({"Changed": [ids[0]], "NotChanged": [ids[1]]}));
    let (_, rows) = bench.linnworks(at(0), "OpenOrders/GetIdentifiersByOrderIds", &tag);
    assert_eq!(
        (rows[0]["fkOrderId"].as_str(), rows[0]["Tag"].as_str()),
        (Some(&*ids[0]), Some("RUN_01"))
    );
}

#[test]
fn setting_notes_replaces_them_all_and_adding_appends() {
    let mut bench = Bench::new(WorldOptions::default());
    bench.world.add_orders(at(0), 1, &Mix::default());
    let id = bench.world.order(100_001).expect("made").id.clone();
    let add =
        |text: &str| json!({"request": {"OrderIds": [id], "NoteText": text, "IsInternal": true}});
    bench.linnworks(at(0), "Orders/AddOrdersNote", &add("one"));
    bench.linnworks(at(0), "Orders/AddOrdersNote", &add("two"));
    let (_, notes) = bench.linnworks(at(0), "Orders/GetOrderNotes", &json!({"orderId": id}));
    assert_eq!((notes[0]["Note"].as_str(), notes[1]["Note"].as_str()), (Some("one"), Some("two")));
    let set = json!({"orderId": id, "orderNotes": [{"Note": "three"}]});
    assert_eq!(bench.linnworks(at(0), "Orders/SetOrderNotes", &set).0, 204);
    let (_, notes) = bench.linnworks(at(0), "Orders/GetOrdersNotes", &json!({"orderIds": [id]}));
    assert_eq!(notes[&id].as_array().map(Vec::len), Some(1));
}

#[test]
fn writing_the_shipping_block_loses_what_is_left_out() {
    let mut bench = Bench::new(WorldOptions::default());
    bench.world.add_orders(at(0), 1, &Mix::default());
    let order = bench.world.order(100_001).expect("made").clone();
    let mut info = json!({"PostalServiceId": order.service_id, "TotalWeight": order.total_weight,
        "ItemWeight": order.item_weight, "PostageCost": 1.0, "TrackingNumber": "TRK1"});
    let body = json!({"orderId": order.id, "info": info});
    let (_, answer) = bench.linnworks(at(0), "Orders/SetOrderShippingInfo", &body);
    assert_eq!(answer["ShippingInfo"]["TrackingNumber"], "TRK1");
    assert_eq!(answer["ShippingInfo"]["PostalServiceName"], json!(order.service));
    info["PostalServiceId"] = Value::Null;
    bench.linnworks(
        at(0),
        "Orders/SetOrderShippingInfo",
        &json!({"orderId": order.id, "info": info}),
    );
    assert_eq!(bench.world.order(100_001).expect("there").vendor, "Default");
}

#[test]
fn a_number_nobody_has_gives_an_object_of_defaults_and_an_unknown_call_501() {
    let mut bench = Bench::new(WorldOptions::default());
    let ask = json!({"OrderId": 42});
    let (status, answer) = bench.linnworks(at(0), "Orders/GetOrderDetailsByNumOrderId", &ask);
    assert_eq!((status, answer["OrderId"].as_str()), (200, Some(encoding::ZERO_GUID)));
    let (status, answer) = bench.linnworks(at(0), "Orders/MergeEverything", &ask);
    let text = answer["Message"].as_str().unwrap_or_default().to_owned();
    assert_eq!((status, text.contains("/api/Orders/MergeEverything")), (501, true));
}

#[test]
fn an_unreadable_order_has_wrong_types_and_the_others_are_whole() {
    let mut bench = Bench::new(WorldOptions::default());
    let orders = json!({"orders": [{"number": 7, "unreadable": true}, {"number": 8}]});
    bench.control(at(0), Method::Post, "/orders", &orders);
    let ids: Vec<String> = bench.world.orders().map(|order| order.id.clone()).collect();
    let (_, answer) = bench.linnworks(at(0), "Orders/GetOrdersById", &json!({"pkOrderIds": ids}));
    assert!(answer[0]["Items"][0]["Quantity"].is_object());
    assert!(answer[1]["Items"][0]["Quantity"].is_i64());
}

#[test]
fn the_same_seed_makes_the_same_orders_and_all_are_good() {
    let make = |seed| {
        let mut world = World::new(WorldOptions { seed, ..WorldOptions::default() });
        world.add_orders(at(0), 200, &Mix::default());
        world.orders().cloned().collect::<Vec<_>>()
    };
    let orders = make(5);
    assert!(orders == make(5) && orders != make(6));
    let good = |o: &Order| {
        o.status == 1 && !o.parked && !o.hold && !o.unreadable && !o.address.postcode.is_empty()
    };
    assert!(orders.iter().all(good));
    let mut world = World::new(WorldOptions::default());
    world.add_orders(at(0), 2_000, &Mix::everything());
    assert!(world.orders().any(|o| o.parked) && world.orders().any(|o| o.unreadable));
}

#[test]
fn a_method_without_the_right_to_it_answers_403_and_others_as_always() {
    let denied_methods = vec!["OpenOrders/GetIdentifiers".to_owned()];
    let mut bench = Bench::new(WorldOptions { denied_methods, ..WorldOptions::default() });
    assert_eq!(bench.linnworks(at(0), "OpenOrders/GetIdentifiers", &json!({})).0, 403);
    assert_eq!(bench.linnworks(at(0), "Inventory/GetStockLocations", &json!({})).0, 200);
}
