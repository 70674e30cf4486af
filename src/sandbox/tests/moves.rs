//! Shipments that move: by command and by themselves.

use super::*;

fn advance(bench: &mut Bench, body: Value) -> u16 {
    bench.control(at(5_000), Method::Post, "/advance", &body).0
}

fn subscribe(bench: &mut Bench, event: &str, kind: &str) {
    let body = json!({"event": event, "event_type": kind, "http_method": "POST",
        "url_path": "http://127.0.0.1:9/hook", "auth_header": "Bearer s"});
    let (_, answer) = bench.stream(at(0), Method::Post, "/api/webhooks/webhooks", &body);
    assert_eq!(answer["response"]["valid"], true);
}

fn state(bench: &mut Bench, at_index: usize) -> (Value, Value, Value) {
    let (_, state) = bench.control(at(0), Method::Get, "/state", &Value::Null);
    let shipment = &state["shipments"][at_index];
    (shipment["status"].clone(), shipment["run"].clone(), shipment["sequence"].clone())
}

#[test]
fn orders_go_on_a_run_move_follow_a_sequence_and_leave_it_again() {
    let mut bench = Bench::new(WorldOptions::default());
    bench.create(at(0), "7");
    bench.create(at(0), "8-2");
    let plan = json!({"action": "plan", "orders": [7, 8], "run": "RUN 03", "day": "2026-11-26",
        "sequence": 4});
    assert_eq!(advance(&mut bench, plan), 200);
    assert_eq!(state(&mut bench, 1), (json!("PLANNED"), json!("RUN 03"), json!(5)));
    let (_, shown) = bench.stream(at(0), Method::Get, "/api/orders/orders/7", &Value::Null);
    let group = &shown["response"]["order"]["groups"][0];
    assert_eq!(group["planned"]["fromDateTime"], "2026-11-26T00-01Z");
    assert_eq!(group["runDetails"]["groupSequence"], 4);
    assert_eq!(advance(&mut bench, json!({"action": "move", "orders": [7], "run": "Run 5"})), 200);
    assert_eq!(state(&mut bench, 0).1, json!("Run 5"));
    advance(&mut bench, json!({"action": "rename", "orders": [7], "run": "RUN 06"}));
    assert_eq!(state(&mut bench, 0).1, json!("RUN 06"));
    advance(&mut bench, json!({"action": "resequence", "orders": [8], "sequence": 1}));
    assert_eq!(state(&mut bench, 1).2, json!(1));
    advance(&mut bench, json!({"action": "unplan", "orders": [8]}));
    assert_eq!(state(&mut bench, 1), (json!("CONFIRMED"), Value::Null, Value::Null));
    assert_eq!(advance(&mut bench, json!({"action": "unplan", "orders": [8]})), 409);
    assert_eq!(advance(&mut bench, json!({"action": "unplan", "orders": [99]})), 404);
}

#[test]
fn dispatch_delivery_in_part_and_failure_show_in_status_and_items() {
    let mut bench = Bench::new(WorldOptions::default());
    for number in ["7", "8", "9"] {
        bench.create(at(0), number);
    }
    advance(&mut bench, json!({"action": "plan", "orders": [7, 8, 9]}));
    advance(&mut bench, json!({"action": "dispatch", "orders": [7]}));
    assert_eq!(state(&mut bench, 2).0, json!("RELEASED"), "the whole run goes out");
    advance(&mut bench, json!({"action": "deliver", "orders": [7]}));
    advance(&mut bench, json!({"action": "part", "orders": [8]}));
    advance(&mut bench, json!({"action": "fail", "orders": [9]}));
    let delivered = |at: usize| {
        bench.world.shipments()[at].items.iter().filter(|item| item.delivered.is_some()).count()
    };
    assert_eq!((delivered(0), delivered(1), delivered(2)), (2, 1, 0));
    assert_eq!(state(&mut bench, 2), (json!("FAILED"), Value::Null, Value::Null));
}

#[test]
fn subscribers_are_told_of_what_they_subscribed_to_with_their_secret() {
    let mut bench = Bench::new(WorldOptions::default());
    subscribe(&mut bench, "ORDERSTATUS", "CONSHEADER");
    subscribe(&mut bench, "RUNSTATUS", "LOADHEADER");
    bench.create(at(0), "7");
    advance(&mut bench, json!({"action": "plan", "orders": [7], "run": "RUN 03"}));
    let told = bench.world.take_notifications();
    let bodies: Vec<Value> =
        told.iter().map(|n| serde_json::from_str(&n.body).expect("JSON")).collect();
    let codes: Vec<&str> =
        bodies.iter().filter_map(|b| b["webhook"]["event"]["event_code"].as_str()).collect();
    assert_eq!(codes, ["UNCONFIRMED", "PLANNED", "OPENPLANNING"]);
    assert_eq!(bodies[2]["webhook"]["run"]["description"], "RUN 03");
    assert_eq!(bodies[2]["webhook"]["orders"][0]["order"], "CN00481000");
    assert_eq!(told[0].authorization.as_deref(), Some("Bearer s"));
}

#[test]
fn the_webhook_endpoint_posts_to_this_machine_only() {
    let mut bench = Bench::new(WorldOptions::default());
    bench.create(at(0), "7");
    let mut post = |url: &str| {
        let body = json!({"url": url, "event": "DELIVERED", "orders": [7]});
        bench.control(at(0), Method::Post, "/webhook", &body).0
    };
    assert_eq!(post("http://127.0.0.1:9/x"), 200);
    assert_eq!(post("http://localhost/x"), 200);
    for url in ["https://127.0.0.1/x", "http://example.com/", "http://127.0.0.1.example.com/"] {
        assert_eq!(post(url), 400, "{url}");
    }
    assert_eq!(bench.world.take_notifications().len(), 2);
}

#[test]
fn in_auto_mode_every_shipment_gets_a_run_with_a_tag_and_is_delivered() {
    let options = WorldOptions { mode: Mode::Auto, auto_orders: false, ..WorldOptions::default() };
    let mut bench = Bench::new(options);
    for number in 1..=60 {
        bench.create(at(0), &number.to_string());
    }
    let mut runs = std::collections::BTreeSet::new();
    for second in 0..600 {
        bench.world.tick(at(second * 1000));
        let (_, state) = bench.control(at(0), Method::Get, "/state", &Value::Null);
        let shipments = state["shipments"].as_array().expect("shipments");
        runs.extend(shipments.iter().filter_map(|s| s["run"].as_str().map(str::to_owned)));
    }
    assert!(bench.world.shipments().iter().all(|s| s.status == Status::Delivered));
    assert!(runs.len() >= 5 && runs.iter().all(|run| run.starts_with("RUN 0")), "{runs:?}");
}

#[test]
fn in_explicit_mode_nothing_moves_and_in_auto_mode_a_few_more_orders_come() {
    let mut still = Bench::new(WorldOptions::default());
    let mut auto = Bench::new(WorldOptions { mode: Mode::Auto, ..WorldOptions::default() });
    still.create(at(0), "7");
    for second in 0..400 {
        still.world.tick(at(second * 1000));
        auto.world.tick(at(second * 1000));
    }
    assert_eq!(still.world.shipments()[0].status, Status::Unconfirmed);
    assert_eq!(still.world.orders().count(), 0);
    assert!(auto.world.orders().count() >= 5);
    assert!(auto.world.orders().any(|order| order.address.postcode.is_empty()));
}

#[test]
fn people_hold_release_cancel_and_edit_orders_in_linnworks() {
    let mut bench = Bench::new(WorldOptions::default());
    bench.world.add_orders(at(0), 1, &Mix::default());
    assert_eq!(advance(&mut bench, json!({"action": "hold", "orders": [100_001]})), 200);
    assert!(bench.world.order(100_001).expect("there").hold);
    advance(&mut bench, json!({"action": "release", "orders": [100_001]}));
    let edit = json!({"action": "edit", "orders": [100_001], "fields": {"postcode": "LS1 1AA"}});
    assert_eq!(advance(&mut bench, edit), 200);
    assert_eq!(bench.world.order(100_001).expect("there").address.postcode, "LS1 1AA");
    advance(&mut bench, json!({"action": "cancel", "orders": [100_001]}));
    assert!(!bench.world.order(100_001).expect("there").is_open());
    let typo = json!({"orders": [{"postcod": "LS1 1AA"}]});
    let (status, answer) = bench.control(at(0), Method::Post, "/orders", &typo);
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().is_some_and(|text| text.contains("postcod;")));
}
