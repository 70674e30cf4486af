//! What people ask for at a console works, and leads nothing past the exactly-once protocol.

use linnstream::domain::order::StateWord;
use linnstream::domain::rules::Mode;
use linnstream::domain::time::Delay;
use linnstream::flow::commands::Acted;
use linnstream::sandbox::{Api, Fault, FaultKind};
use serde_json::json;

use crate::bench::quiet;
use crate::net::lock;
use crate::sim::{Plan, Sim};

const SENT: &str = "SENT TO STREAM";

fn refused(acted: &Acted, with: &str) {
    match acted {
        Acted::Refused(text) => assert!(text.contains(with), "{text}"),
        Acted::Done(_) | Acted::Queued(_) => panic!("{acted:?} should be refused"),
    }
}

#[test]
fn r75_r115_an_order_that_stream_refused_is_sent_again_on_command_and_never_by_itself() {
    let mut sim = quiet();
    let number = sim.order(json!({}));
    sim.refuse_next_create();
    sim.run_for(Delay::mins(60));
    assert_eq!(sim.state(number), Some(StateWord::Refused));
    assert_eq!(sim.calls("POST orders/orders"), 1);
    assert!(matches!(sim.resend(number), Acted::Queued(_)));
    sim.run_for(Delay::mins(3));
    assert_eq!((sim.state(number), sim.shipments(number)), (Some(StateWord::Sent), 1));
    assert_eq!(sim.tags(number), [SENT]);
}

#[test]
fn r74_a_resend_that_is_refused_for_the_same_reason_adds_no_note() {
    let mut sim = quiet();
    let number = sim.order(json!({}));
    sim.refuse_next_create();
    sim.run_for(Delay::mins(3));
    sim.refuse_next_create();
    assert!(matches!(sim.resend(number), Acted::Queued(_)));
    sim.run_for(Delay::mins(3));
    assert_eq!(sim.state(number), Some(StateWord::Refused));
    assert_eq!((sim.calls("POST orders/orders"), sim.notes(number).len()), (2, 1));
}

#[test]
fn r70_a_resend_of_what_is_sent_held_or_on_its_way_is_refused_with_the_reason() {
    let mut sim = quiet();
    let (sent, held) = (sim.order(json!({})), sim.order(json!({"parked": true})));
    sim.run_for(Delay::mins(3));
    refused(&sim.resend(sent), "has the shipment");
    refused(&sim.resend(held), "parked");
    refused(&sim.resend(7), "no record");
    sim.set_rules(|rules| rules.mode = Mode::Off);
    refused(&sim.resend(sent), "sync.orders is \"off\"");
    sim.run_for(Delay::mins(10));
    assert_eq!((sim.shipments(sent), sim.shipments(held)), (1, 0));
}

#[test]
fn a_conflict_that_a_person_removed_in_stream_is_looked_up_and_sent_once_under_the_next_number() {
    for cancelled in [false, true] {
        conflict_removed(cancelled);
    }
}

/// `cancelled`: Stream shows a deleted order as cancelled, not as unknown.
fn conflict_removed(cancelled: bool) {
    let mut plan = Plan::quiet(1, 0);
    plan.options.deleted_is_cancelled = cancelled;
    let mut first = Sim::new(plan);
    let number = first.order(json!({}));
    first.run_for(Delay::mins(3));
    let mut sim = Sim::beside(&first);
    sim.edit(number, &json!({"postcode": "BS1 5TY"}));
    sim.forget_predecessor();
    sim.run_for(Delay::mins(5));
    assert_eq!(sim.state(number), Some(StateWord::Attention));
    // Nothing was put right: it is found as before, and nothing is sent.
    assert!(matches!(sim.resend(number), Acted::Queued(_)));
    sim.run_for(Delay::mins(10));
    assert_eq!(sim.state(number), Some(StateWord::Attention));
    assert_eq!(sim.calls("POST orders/orders"), 1);
    sim.by_hand(number, "delete");
    assert!(matches!(sim.resend(number), Acted::Queued(_)));
    sim.run_for(Delay::mins(10));
    let timeline = sim.timeline(number);
    assert_eq!(sim.state(number), Some(StateWord::Sent), "cancelled {cancelled}: {timeline:#?}");
    assert_eq!(sim.shipments(number), 1);
    let world = lock(&sim.net.world);
    let shipments = world.live_shipments(number);
    assert_eq!(shipments[0].postcode(), "BS1 5TY");
    assert_eq!(shipments[0].order_no, format!("{number}-2"));
    drop(world);
    assert_eq!(sim.tags(number), [SENT]);
}

#[test]
fn while_paused_nothing_is_created_even_over_a_restart_and_what_is_sent_is_marked() {
    let mut sim = quiet();
    let before = sim.order(json!({}));
    sim.run_for(Delay::secs(1));
    assert!(matches!(sim.pause(true), Acted::Done(_)));
    let number = sim.order(json!({}));
    sim.run_for(Delay::mins(10));
    sim.cut();
    sim.run_for(Delay::mins(30));
    assert_eq!((sim.state(number), sim.shipments(number)), (Some(StateWord::Waiting), 0));
    let sent = sim.shipments(before);
    assert_eq!(sim.tags(before).len(), sent, "what was sent before is marked");
    assert!(matches!(sim.pause(false), Acted::Done(_)));
    sim.run_for(Delay::mins(3));
    assert_eq!((sim.shipments(before), sim.shipments(number)), (1, 1));
}

#[test]
fn marks_that_linnworks_refused_are_written_when_somebody_asks() {
    let mut sim = quiet();
    sim.run_for(Delay::mins(2));
    let fault = Fault {
        api: Some(Api::Linnworks),
        path: Some("OpenOrders/AssignOrderIdentifier".into()),
        count: 1_000,
        kind: FaultKind::Refuse,
    };
    assert!(lock(&sim.net.world).add_fault(fault));
    let number = sim.order(json!({}));
    sim.run_for(Delay::mins(20));
    assert!(sim.tags(number).is_empty());
    lock(&sim.net.world).clear_faults();
    assert_eq!(sim.retry_parked(), 1);
    sim.run_for(Delay::mins(2));
    assert_eq!(sim.tags(number), [SENT]);
    assert_eq!(sim.retry_parked(), 0);
}
