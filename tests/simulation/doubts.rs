//! Orders that Stream may have without our knowing, and orders whose way is barred for a while: none
//! doubled, none lost, none turning in circles.

use linnstream::domain::order::StateWord;
use linnstream::domain::rules::Mode;
use linnstream::domain::time::Delay;
use linnstream::sandbox::{Api, Fault, FaultKind};
use serde_json::json;

use crate::bench::quiet;
use crate::net::lock;
use crate::sim::Sim;

const SENT: &str = "SENT TO STREAM";
const ERROR: &str = "ERROR FROM STREAM";
const CREATES: &str = "/api/orders/orders";
const OLD: &str = "2026-11-22T10:00:00Z";

fn fault(sim: &Sim, api: Api, path: &str, count: u32, kind: FaultKind) {
    let fault = Fault { api: Some(api), path: Some(path.to_owned()), count, kind };
    assert!(lock(&sim.net.world).add_fault(fault));
}

/// The next create is lost on its way: Stream never sees it, and we do not know.
fn lose_next_create(sim: &Sim) {
    fault(sim, Api::Stream, CREATES, 1, FaultKind::DropBefore);
}

fn until(sim: &mut Sim, number: u32, word: StateWord) {
    for _ in 0..1_200 {
        if sim.state(number) == Some(word) {
            return;
        }
        sim.run_for(Delay(100));
    }
    panic!("order {number} is {:?} and never became {word:?}", sim.state(number));
}

#[test]
fn an_order_of_a_predecessor_that_we_refused_in_a_dry_run_is_looked_up_before_it_is_sent() {
    let mut sim = quiet();
    let number = sim.order(json!({}));
    sim.run_for(Delay::mins(3));
    let mut again = Sim::beside(&sim);
    again.set_rules(|rules| rules.mode = Mode::DryRun);
    again.edit(number, &json!({"postcode": ""}));
    again.run_for(Delay::mins(3));
    assert_eq!(again.state(number), Some(StateWord::Refused));
    again.edit(number, &json!({"postcode": "LS1 4AP"}));
    again.set_rules(|rules| rules.mode = Mode::On);
    again.run_for(Delay::mins(5));
    assert_eq!(again.state(number), Some(StateWord::Sent), "{}", again.reason(number));
    assert_eq!((again.shipments(number), again.calls("POST orders/orders")), (1, 1));
}

#[test]
fn an_order_of_a_predecessor_that_stream_does_not_have_is_looked_up_once_and_then_sent() {
    let sim = quiet();
    let first = {
        let mut sim = sim;
        sim.order(json!({}));
        sim.run_for(Delay::mins(3));
        sim
    };
    let mut again = Sim::beside(&first);
    let unsent = again.order(json!({"received": OLD}));
    let refused = again.order(json!({"received": OLD, "postcode": ""}));
    let reads = again.calls("Orders/GetOrdersById");
    again.run_for(Delay::mins(10));
    assert_eq!(again.shipments(unsent), 1);
    assert_eq!(again.state(refused), Some(StateWord::Refused));
    assert_eq!(again.tags(refused), [ERROR]);
    // Three old orders, each looked for once.
    assert_eq!(again.calls("GET orders/orders"), 3);
    let reads = again.calls("Orders/GetOrdersById") - reads;
    assert!(reads <= 4, "read {reads} times before they were sent");
}

#[test]
fn an_order_marked_as_sent_by_somebody_else_while_it_waits_is_looked_up_first() {
    let mut sim = quiet();
    sim.run_for(Delay::mins(2));
    let numbers = sim.good_orders(400);
    while sim.calls("POST orders/orders") < 40 {
        sim.run_for(Delay(100));
    }
    let last = numbers.into_iter().rfind(|n| sim.state(*n) == Some(StateWord::Waiting));
    let number = last.expect("one still waits");
    sim.edit(number, &json!({"tags": [SENT]}));
    sim.run_for(Delay::mins(10));
    assert_eq!((sim.state(number), sim.shipments(number)), (Some(StateWord::Sent), 1));
    assert_eq!(sim.calls("GET orders/orders"), 1);
}

#[test]
fn i1_an_order_put_on_hold_while_its_create_is_in_doubt_is_not_sent_until_it_is_released() {
    let mut sim = quiet();
    sim.run_for(Delay::mins(2));
    lose_next_create(&sim);
    let number = sim.order(json!({}));
    until(&mut sim, number, StateWord::Unsure);
    sim.by_hand(number, "hold");
    sim.run_for(Delay::mins(20));
    assert_eq!(sim.shipments(number), 0, "{:?}", sim.state(number));
    assert_eq!(sim.state(number), Some(StateWord::Held));
    sim.by_hand(number, "release");
    sim.run_for(Delay::mins(10));
    assert_eq!((sim.state(number), sim.shipments(number)), (Some(StateWord::Sent), 1));
    assert_eq!(sim.tags(number), [SENT]);
}

#[test]
fn i16_an_order_cancelled_while_its_create_is_in_doubt_is_never_sent() {
    let mut sim = quiet();
    sim.run_for(Delay::mins(2));
    lose_next_create(&sim);
    let number = sim.order(json!({}));
    until(&mut sim, number, StateWord::Unsure);
    sim.by_hand(number, "cancel");
    sim.run_for(Delay::mins(20));
    assert_eq!(sim.shipments(number), 0);
    assert_eq!(sim.state(number), Some(StateWord::Cancelled));
}

#[test]
fn a_resend_has_the_bytes_of_the_first_call_whatever_was_edited_since() {
    let mut sim = quiet();
    sim.run_for(Delay::mins(2));
    lose_next_create(&sim);
    let number = sim.order(json!({"postcode": "LS1 4AP"}));
    until(&mut sim, number, StateWord::Unsure);
    sim.edit(number, &json!({"postcode": "BS1 5TY"}));
    sim.run_for(Delay::mins(10));
    assert_eq!((sim.state(number), sim.shipments(number)), (Some(StateWord::Sent), 1));
    assert_eq!(lock(&sim.net.world).live_shipments(number)[0].postcode(), "LS1 4AP");
}

#[test]
fn an_order_put_off_and_then_edited_is_sent_as_it_stands_now() {
    let mut sim = quiet();
    let number = sim.order(json!({"postcode": "LS1 4AP"}));
    fault(&sim, Api::Stream, CREATES, 1, FaultKind::Status { status: 429, retry_after: Some(90) });
    sim.run_for(Delay::secs(30));
    assert_eq!(sim.shipments(number), 0);
    sim.edit(number, &json!({"postcode": "BS1 5TY"}));
    sim.run_for(Delay::mins(5));
    assert_eq!(sim.state(number), Some(StateWord::Sent), "{}", lock(&sim.net.trace).tail());
    assert_eq!(lock(&sim.net.world).live_shipments(number)[0].postcode(), "BS1 5TY");
}

#[test]
fn marks_that_linnworks_refused_are_written_once_the_order_calls_for_others() {
    let mut sim = quiet();
    sim.run_for(Delay::mins(2));
    fault(&sim, Api::Linnworks, "OpenOrders/AssignOrderIdentifier", 60, FaultKind::Refuse);
    let number = sim.order(json!({"postcode": ""}));
    sim.run_for(Delay::mins(10));
    assert!(sim.tags(number).is_empty());
    lock(&sim.net.world).clear_faults();
    sim.run_for(Delay::mins(10));
    assert!(sim.tags(number).is_empty(), "a permanent refusal is not repeated by itself");
    sim.edit(number, &json!({"postcode": "LS1 4AP"}));
    sim.run_for(Delay::mins(10));
    assert_eq!(sim.tags(number), [SENT]);
}

#[test]
fn a_list_that_linnworks_refuses_for_good_stops_no_order() {
    for path in ["PostalServices/GetPostalServices", "OpenOrders/SaveIdentifier"] {
        let mut sim = quiet();
        fault(&sim, Api::Linnworks, path, 100_000, FaultKind::Refuse);
        let number = sim.order(json!({}));
        sim.run_for(Delay::mins(10));
        assert_eq!(sim.shipments(number), 1, "{path}");
        lock(&sim.net.world).clear_faults();
        sim.run_for(Delay::mins(10));
        assert_eq!(sim.tags(number), [SENT], "{path}");
    }
}

#[test]
fn looks_without_an_answer_are_made_ever_less_often_and_flood_no_timeline() {
    let mut sim = quiet();
    sim.run_for(Delay::mins(2));
    fault(&sim, Api::Stream, CREATES, 1, FaultKind::DropAfter);
    // Every answer to a look has values of another type: nothing can be read from it.
    fault(&sim, Api::Stream, "/api/orders/orders/*", 100_000, FaultKind::WrongType);
    let number = sim.order(json!({}));
    sim.run_for(Delay::mins(60));
    assert_eq!(sim.state(number), Some(StateWord::Unsure));
    let looks = sim.calls("GET orders/orders");
    assert!((5..=60).contains(&looks), "{looks} looks in an hour");
    let lines = sim.timeline(number);
    assert!(lines.len() < 20, "{lines:#?}");
    lock(&sim.net.world).clear_faults();
    sim.run_for(Delay::mins(10));
    assert_eq!((sim.state(number), sim.shipments(number)), (Some(StateWord::Sent), 1));
}
