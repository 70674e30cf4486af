//! What changes after an order was sent: in Linnworks, in Stream, and on command.

use linnstream::domain::ids::OrderNumber;
use linnstream::domain::order::StateWord;
use linnstream::domain::time::Delay;
use linnstream::flow::commands::{self, Acted};
use serde_json::json;

use crate::bench::{quiet, told};
use crate::checks;
use crate::net::lock;
use crate::post::Mail;
use crate::sim::Sim;

fn sent(sim: &mut Sim) -> u32 {
    let number = sim.good_orders(1)[0];
    sim.run_for(Delay::mins(4));
    assert_eq!(sim.state(number), Some(StateWord::Sent));
    number
}

/// Number and reference of what Stream has of an order.
fn in_stream(sim: &Sim, number: u32) -> Vec<(String, String)> {
    let world = lock(&sim.net.world);
    let of = |reference: &serde_json::Value| reference.as_str().unwrap_or_default().to_owned();
    world
        .live_shipments(number)
        .iter()
        .map(|shipment| (shipment.order_no.clone(), of(&shipment.header()["customerOrderNo"])))
        .collect()
}

fn cancel(sim: &Sim, number: u32) -> Acted {
    let number = OrderNumber(u64::from(number));
    sim.ask(|store, now, rules| commands::cancel(store, now, rules, number, "pat".into()))
}

#[test]
fn r44_r77_an_address_edited_before_planning_is_taken_back_and_sent_under_the_next_number() {
    let mut sim = quiet();
    let number = sent(&mut sim);
    let first = sim.tracking(number);
    sim.edit(number, &json!({"address1": "99 New Street"}));
    sim.run_till(Delay::mins(15), |sim| {
        in_stream(sim, number).first().is_some_and(|(no, _)| *no == format!("{number}-2"))
            && sim.state(number) == Some(StateWord::Sent)
    });
    sim.run_for(Delay::mins(2));
    assert_eq!(in_stream(&sim, number).len(), 1);
    let second = sim.tracking(number);
    assert!(!second.is_empty() && second != first, "the tracking number is the new one");
    checks::at_rest(&sim);
}

#[test]
fn r77_a_reference_edited_before_planning_is_an_update_of_the_header() {
    let mut sim = quiet();
    let number = sent(&mut sim);
    sim.edit(number, &json!({"reference": "SHOP-EDITED"}));
    sim.run_till(Delay::mins(15), |sim| {
        in_stream(sim, number) == [(number.to_string(), "SHOP-EDITED".to_owned())]
    });
    sim.run_for(Delay::mins(20));
    assert_eq!(sim.calls("PATCH orders/orders"), 1);
    assert_eq!(in_stream(&sim, number).len(), 1);
}

#[test]
fn r77_edited_on_a_run_nothing_is_changed_and_one_note_says_so_until_it_leaves_the_run() {
    let mut sim = told(Mail::GOOD);
    let number = sent(&mut sim);
    sim.planner("plan", &[number], json!({"run": "RUN 03", "sequence": 1}));
    sim.run_till(Delay::secs(10), |sim| sim.state(number) == Some(StateWord::Planned));
    sim.edit(number, &json!({"address1": "99 New Street"}));
    sim.run_till(Delay::mins(15), |sim| {
        sim.notes(number).iter().any(|note| note.contains("changed after it was sent"))
    });
    sim.run_for(Delay::mins(40));
    let notes = sim.notes(number);
    assert_eq!(notes.iter().filter(|note| note.contains("changed after")).count(), 1);
    assert_eq!(in_stream(&sim, number)[0].0, number.to_string());
    assert_eq!(sim.state(number), Some(StateWord::Planned));
    sim.planner("unplan", &[number], json!({}));
    sim.run_till(Delay::mins(20), |sim| {
        in_stream(sim, number).first().is_some_and(|(no, _)| *no == format!("{number}-2"))
    });
}

#[test]
fn with_sync_changes_off_an_edit_is_noted_and_not_followed() {
    let mut sim = quiet();
    sim.set_rules(|rules| rules.changes = false);
    let number = sent(&mut sim);
    sim.edit(number, &json!({"address1": "99 New Street"}));
    sim.run_for(Delay::mins(30));
    assert_eq!(in_stream(&sim, number)[0].0, number.to_string());
    assert!(sim.notes(number).iter().any(|note| note.contains("sync.changes")));
}

#[test]
fn r76_i16_cancelled_in_linnworks_after_sending_is_deleted_in_stream() {
    let mut sim = quiet();
    let number = sent(&mut sim);
    sim.by_hand(number, "cancel");
    sim.run_till(Delay::mins(15), |sim| {
        sim.shipments(number) == 0 && sim.state(number) == Some(StateWord::Cancelled)
    });
}

#[test]
fn r76_cancelled_in_linnworks_on_the_road_needs_a_person() {
    let mut sim = told(Mail::GOOD);
    let number = sent(&mut sim);
    sim.planner("plan", &[number], json!({"run": "RUN 03", "sequence": 1}));
    sim.planner("dispatch", &[number], json!({}));
    sim.run_till(Delay::secs(10), |sim| sim.state(number) == Some(StateWord::Dispatched));
    sim.by_hand(number, "cancel");
    sim.run_till(Delay::mins(15), |sim| sim.state(number) == Some(StateWord::Attention));
    assert_eq!(sim.shipments(number), 1);
    assert!(matches!(cancel(&sim, number), Acted::Refused(_)));
}

#[test]
fn r110_deleted_in_stream_by_somebody_loses_its_identifiers_and_resend_makes_the_next_number() {
    let mut sim = told(Mail::GOOD);
    let number = sent(&mut sim);
    sim.planner("delete", &[number], json!({}));
    sim.run_till(Delay::mins(3), |sim| sim.state(number) == Some(StateWord::Attention));
    sim.run_till(Delay::mins(1), |sim| {
        sim.tags(number).is_empty() && !sim.notes(number).is_empty()
    });
    sim.run_for(Delay::secs(5));
    assert!(matches!(sim.resend(number), Acted::Queued(_)));
    sim.run_till(Delay::mins(5), |sim| sim.state(number) == Some(StateWord::Sent));
    sim.run_for(Delay::mins(2));
    assert_eq!(in_stream(&sim, number)[0].0, format!("{number}-2"));
    checks::at_rest(&sim);
}

#[test]
fn a_cancelled_order_stays_cancelled_until_somebody_sends_it_again() {
    let mut sim = quiet();
    let number = sent(&mut sim);
    assert!(matches!(sim.resend(number), Acted::Refused(_)), "it has a shipment");
    assert!(matches!(cancel(&sim, number), Acted::Queued(_)));
    sim.run_till(Delay::mins(3), |sim| {
        sim.state(number) == Some(StateWord::Cancelled) && sim.tags(number).is_empty()
    });
    assert_eq!(sim.shipments(number), 0);
    sim.run_for(Delay::mins(60));
    assert_eq!(sim.state(number), Some(StateWord::Cancelled), "the poller never sends it");
    assert!(matches!(sim.resend(number), Acted::Queued(_)));
    sim.run_till(Delay::mins(5), |sim| sim.state(number) == Some(StateWord::Sent));
    assert_eq!(in_stream(&sim, number)[0].0, format!("{number}-2"));
}

#[test]
fn r118_refresh_reads_a_shipment_at_once() {
    let mut sim = quiet();
    let number = sent(&mut sim);
    sim.planner("plan", &[number], json!({"run": "RUN 03", "sequence": 1}));
    let asked =
        sim.ask(|store, now, _| commands::refresh(store, now, OrderNumber(u64::from(number))));
    assert!(matches!(asked, Acted::Queued(_)));
    sim.run_till(Delay::secs(5), |sim| sim.state(number) == Some(StateWord::Planned));
}
