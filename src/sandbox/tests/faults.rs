//! Faults: what is seen on the wire and what was carried out.

use super::*;

fn create_with(bench: &mut Bench, now: Now, kind: FaultKind) -> Wire {
    assert!(bench.world.add_fault(Fault::once(Api::Stream, "/api/orders/orders", kind)));
    let request = bench.stream_request(Method::Post, "/api/orders/orders", &delivery("7"));
    bench.world.exchange(now, Api::Stream, &request)
}

#[test]
fn a_call_dropped_before_does_nothing_and_one_dropped_after_was_carried_out() {
    let mut bench = Bench::new(WorldOptions::default());
    assert_eq!(create_with(&mut bench, at(0), FaultKind::DropBefore), Wire::DroppedBefore);
    assert!(bench.world.shipments().is_empty());
    assert_eq!(create_with(&mut bench, at(0), FaultKind::DropAfter), Wire::DroppedAfter);
    assert_eq!(bench.world.shipments().len(), 1);
    assert_eq!(bench.world.faults_waiting(), 0);
}

#[test]
fn a_create_may_land_long_after_its_answer_was_lost() {
    let late_application = Delay::secs(20);
    let mut bench = Bench::new(WorldOptions { late_application, ..WorldOptions::default() });
    create_with(&mut bench, at(1_000), FaultKind::DropAfter);
    bench.world.tick(at(20_999));
    assert!(bench.world.shipments().is_empty());
    bench.world.tick(at(21_000));
    assert_eq!(bench.world.shipments().len(), 1);
}

#[test]
fn spoilt_answers_are_spoilt_and_refusals_change_nothing() {
    let mut bench = Bench::new(WorldOptions::default());
    let mut answer = |kind| match create_with(&mut bench, at(0), kind) {
        Wire::Answer { response, after } => (response, after),
        other => panic!("{other:?}"),
    };
    let (refused, _) = answer(FaultKind::Refuse);
    assert_eq!((refused.status, &read(&refused)["response"]["valid"]), (200, &json!(false)));
    let (page, _) = answer(FaultKind::Html { status: 502 });
    assert_eq!((page.status, read(&page)), (502, Value::Null));
    let (busy, _) = answer(FaultKind::Status { status: 429, retry_after: Some(7) });
    assert_eq!((busy.status, busy.header("retry-after")), (429, Some("7")));
    let (wrong, _) = answer(FaultKind::WrongType);
    assert!(read(&wrong)["response"]["valid"].is_array());
    let (half, _) = answer(FaultKind::Truncate);
    assert!(!half.body.is_empty() && read(&half).is_null());
    assert_eq!(answer(FaultKind::Delay(Delay(750))).1, Delay(750));
    // Only the last three were carried out.
    assert_eq!(bench.world.shipments()[0].creations, 3);
}

#[test]
fn faults_of_the_control_endpoint_count_down_and_hit_their_path_only() {
    let mut bench = Bench::new(WorldOptions::default());
    let fault = json!({"api": "linnworks", "path": "Orders/GetAllOpenOrders", "count": 2,
        "fault": "status", "status": 500});
    assert_eq!(bench.control(at(0), Method::Post, "/faults", &fault).0, 200);
    assert_eq!(bench.world.next_fault(Api::Linnworks, "/api/Orders/GetOrdersById"), None);
    for _ in 0..2 {
        assert!(bench.world.next_fault(Api::Linnworks, "/api/Orders/GetAllOpenOrders").is_some());
    }
    assert_eq!(bench.world.next_fault(Api::Linnworks, "/api/Orders/GetAllOpenOrders"), None);
    let odd = json!({"fault": "status", "pth": "x"});
    assert_eq!(bench.control(at(0), Method::Post, "/faults", &odd).0, 400);
    bench.control(at(0), Method::Post, "/faults", &fault);
    bench.control(at(0), Method::Delete, "/faults", &Value::Null);
    assert_eq!(bench.world.faults_waiting(), 0);
}

#[test]
fn the_ledger_names_status_and_order_of_every_call() {
    let mut bench = Bench::new(WorldOptions::default());
    bench.create(at(0), "104512-2");
    bench.linnworks(at(0), "Orders/Nonsense", &json!({}));
    let (_, ledger) = bench.control(at(0), Method::Get, "/ledger", &Value::Null);
    let rows = ledger.as_array().expect("an array");
    let create = &rows[rows.len() - 2];
    assert_eq!((&create["path"], &create["order"]), (&json!("/api/orders/orders"), &json!(104512)));
    assert_eq!(rows[rows.len() - 1]["status"], 501);
    let calls =
        bench.world.calls_per_method().find(|(_, method, ..)| *method == "POST orders/orders");
    assert_eq!(calls.map(|(_, _, calls, most)| (calls, most)), Some((1, 1)));
}
