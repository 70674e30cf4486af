//! One behaviour a test: the real daemon against the models, in a quiet world.

use linnstream::domain::order::StateWord;
use linnstream::domain::rules::Mode;
use linnstream::domain::time::Delay;
use serde_json::json;

use crate::bench::quiet;
use crate::net::lock;

const SENT: &str = "SENT TO STREAM";
const ERROR: &str = "ERROR FROM STREAM";

#[test]
fn r1_r5_r11_r69_an_eligible_order_is_sent_marked_and_tracked_unaided() {
    let mut sim = quiet();
    let number = sim.order(json!({}));
    sim.run_for(Delay::mins(3));
    assert_eq!(sim.state(number), Some(StateWord::Sent));
    assert_eq!(sim.shipments(number), 1);
    assert_eq!(sim.tags(number), [SENT]);
    let tracking = lock(&sim.net.world).live_shipments(number)[0].tracking.clone();
    assert_eq!(sim.tracking(number), tracking);
    assert!(sim.notes(number).is_empty());
}

#[test]
fn r102_every_step_of_a_creation_stands_in_the_timeline() {
    let mut sim = quiet();
    let number = sim.order(json!({"service": "Two Man (Leeds Depot)"}));
    sim.run_for(Delay::mins(3));
    let tracking = lock(&sim.net.world).live_shipments(number)[0].tracking.clone();
    let timeline = sim.timeline(number);
    let at = |words: &str| {
        let found = timeline.iter().position(|line| line.contains(words));
        found.unwrap_or_else(|| panic!("{words}: {timeline:?}"))
    };
    let steps = [
        at("found in Linnworks"),
        at("ready to send to Leeds Depot › Two Man"),
        at("sending"),
        at("created in Stream"),
        at("tracking written"),
    ];
    assert!(steps.is_sorted(), "{timeline:?}");
    assert!(timeline[steps[3]].contains(&tracking), "{timeline:?}");
}

#[test]
fn r4_r34_two_services_end_with_their_own_depot_and_method_in_stream() {
    let mut sim = quiet();
    let leeds = sim.order(json!({"service": "Two Man (Leeds Depot)"}));
    let bristol = sim.order(json!({"service": "Courier (Bristol Depot)"}));
    sim.run_for(Delay::mins(3));
    let world = lock(&sim.net.world);
    let leg = |number: u32| world.live_shipments(number)[0].leg().clone();
    assert_eq!(leg(leeds)["deliveryMethod"], "Two Man");
    assert_eq!(leg(bristol)["deliveryMethod"], "Courier");
}

#[test]
fn r14_r17_r23_r37_r126_the_first_start_creates_forty_nine_identifiers_once_and_no_service() {
    let mut sim = quiet();
    let services = sim.calls("PostalServices/CreatePostalService");
    sim.run_for(Delay::mins(5));
    assert_eq!(sim.our_identifiers(), 49);
    assert_eq!(sim.calls("OpenOrders/SaveIdentifier"), 49);
    sim.cut();
    sim.run_for(Delay::mins(90));
    assert_eq!(
        sim.calls("OpenOrders/SaveIdentifier"),
        49,
        "a restart and an hourly look create none"
    );
    assert_eq!(services, 0);
}

#[test]
fn r15_r20_r79_r127_a_local_refusal_makes_no_call_and_shows_as_identifier_and_note() {
    let mut sim = quiet();
    let number = sim.order(json!({"postcode": ""}));
    sim.run_for(Delay::mins(3));
    assert_eq!(sim.state(number), Some(StateWord::Refused));
    assert_eq!(sim.calls("POST orders/orders"), 0);
    assert_eq!(sim.tags(number), [ERROR]);
    let notes = sim.notes(number);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].starts_with("Not sent to Stream: "), "{notes:?}");
    assert!(notes[0].to_lowercase().contains("postcode"), "{notes:?}");
}

#[test]
fn r12_r59_a_refusal_by_stream_shows_its_own_words_as_identifier_and_note() {
    let mut sim = quiet();
    let number = sim.order(json!({}));
    sim.refuse_next_create();
    sim.run_for(Delay::mins(3));
    assert_eq!(sim.state(number), Some(StateWord::Refused));
    assert_eq!(sim.shipments(number), 0);
    assert_eq!(sim.tags(number), [ERROR]);
    let notes = sim.notes(number);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].starts_with("Stream rejected the order: "), "{notes:?}");
}

#[test]
fn r73_r75_r80_a_corrected_order_is_sent_once_and_its_error_mark_gives_way_to_sent() {
    let mut sim = quiet();
    let number = sim.order(json!({"postcode": ""}));
    sim.run_for(Delay::mins(3));
    assert_eq!(sim.tags(number), [ERROR]);
    sim.edit(number, &json!({"postcode": "LS1 4AP"}));
    sim.run_for(Delay::mins(3));
    assert_eq!(sim.state(number), Some(StateWord::Sent));
    assert_eq!(sim.shipments(number), 1);
    assert_eq!(sim.tags(number), [SENT]);
    assert_eq!(sim.notes(number).len(), 1, "the old note stays as history");
}

#[test]
fn r74_the_same_error_again_adds_no_note_and_another_error_adds_one() {
    let mut sim = quiet();
    let number = sim.order(json!({"postcode": ""}));
    sim.run_for(Delay::mins(3));
    sim.edit(number, &json!({"reference": "SHOP-CHANGED"}));
    sim.run_for(Delay::mins(3));
    assert_eq!(sim.notes(number).len(), 1);
    sim.edit(number, &json!({"postcode": "NOT A POSTCODE"}));
    sim.run_for(Delay::mins(3));
    assert_eq!(sim.notes(number).len(), 2);
    sim.edit(number, &json!({"postcode": ""}));
    sim.run_for(Delay::mins(3));
    assert_eq!(sim.notes(number).len(), 2, "that error was noted before");
}

#[test]
fn r75_i15_an_unchanged_order_that_stream_refused_is_not_sent_again() {
    let mut sim = quiet();
    let number = sim.order(json!({}));
    sim.refuse_next_create();
    sim.run_for(Delay::mins(60));
    assert_eq!(sim.calls("POST orders/orders"), 1);
    assert_eq!(sim.state(number), Some(StateWord::Refused));
    sim.edit(number, &json!({"address1": "22 Corrected Street"}));
    sim.run_for(Delay::mins(3));
    assert_eq!(sim.state(number), Some(StateWord::Sent));
    assert_eq!(sim.shipments(number), 1);
}

#[test]
fn r19_r39_orders_parked_on_hold_unpaid_or_of_others_are_left_alone() {
    let mut sim = quiet();
    let cases = [
        (json!({"parked": true}), "parked"),
        (json!({"hold": true}), "on hold"),
        (json!({"payment": "unpaid"}), "not paid"),
        (json!({"payment": "pending"}), "pending"),
        (json!({"payment": "return"}), "return"),
    ];
    let held: Vec<(u32, &str)> =
        cases.into_iter().map(|(fields, why)| (sim.order(fields), why)).collect();
    let other = sim.order(json!({"vendor": "Royal Mail", "service": "Tracked 48"}));
    let processed = sim.order(json!({"processed": true}));
    sim.run_for(Delay::mins(10));
    assert_eq!(sim.calls("POST orders/orders"), 0);
    for (number, why) in held {
        assert_eq!(sim.state(number), Some(StateWord::Held), "{why}");
        assert!(sim.reason(number).contains(why), "{why}: {}", sim.reason(number));
        assert!(sim.tags(number).is_empty() && sim.notes(number).is_empty(), "{why}");
    }
    for number in [other, processed] {
        assert!(sim.tags(number).is_empty() && sim.notes(number).is_empty());
        assert_eq!(sim.shipments(number), 0);
    }
}

#[test]
fn r19_a_held_order_is_sent_once_it_is_released_and_paid() {
    let mut sim = quiet();
    let (parked, unpaid) =
        (sim.order(json!({"parked": true})), sim.order(json!({"payment": "unpaid"})));
    sim.run_for(Delay::mins(3));
    sim.by_hand(parked, "release");
    sim.by_hand(unpaid, "pay");
    sim.run_for(Delay::mins(3));
    assert_eq!((sim.shipments(parked), sim.shipments(unpaid)), (1, 1));
}

#[test]
fn r15_r42_r51_r67_odd_orders_are_handled_and_never_delay_the_others() {
    let mut sim = quiet();
    let apostrophe =
        sim.order(json!({"name": "Siobhán O'Brien", "address1": "St. John's Cottage"}));
    let emoji = sim.order(json!({"name": "Ada 🎉 Lovelace", "items": [{"sku": "CUP-🎉", "title": "Cup 🎉", "quantity": 2}]}));
    let long = sim.order(json!({"address1": "x".repeat(200)}));
    let postcode = sim.order(json!({"postcode": ""}));
    let unmapped = sim.order(json!({"service": "Stream Express (Atlantis Depot)"}));
    let unreadable = sim.order(json!({"unreadable": true}));
    let good = sim.good_orders(20);
    sim.run_for(Delay::mins(3));
    for number in good.iter().chain([&apostrophe, &emoji, &long]) {
        assert_eq!(sim.state(*number), Some(StateWord::Sent), "{number}: {}", sim.reason(*number));
        assert_eq!(sim.shipments(*number), 1);
    }
    for number in [postcode, unmapped, unreadable] {
        assert_eq!(sim.state(number), Some(StateWord::Refused), "{number}");
        assert_eq!(sim.tags(number), [ERROR]);
        assert_eq!(sim.notes(number).len(), 1);
        assert_eq!(sim.shipments(number), 0);
    }
    assert!(
        sim.reason(unmapped).contains("Stream Express (Atlantis Depot)"),
        "{}",
        sim.reason(unmapped)
    );
}

#[test]
fn r51_one_refused_order_in_a_batch_of_ten_leaves_the_other_nine_sent() {
    let mut sim = quiet();
    let numbers = sim.good_orders(10);
    sim.refuse_next_create();
    sim.run_for(Delay::mins(3));
    let sent = numbers.iter().filter(|number| sim.state(**number) == Some(StateWord::Sent)).count();
    assert_eq!(sent, 9);
    assert_eq!(numbers.iter().map(|number| sim.shipments(*number)).sum::<usize>(), 9);
}

#[test]
fn r49_r50_r120_r129_many_orders_go_in_batches_of_at_most_ten_and_each_has_its_result() {
    for count in [11, 25, 100] {
        let mut sim = quiet();
        let numbers = sim.good_orders(count);
        let limit = sim.now().mono.after(Delay::mins(5));
        let mut most = 0;
        while sim.step(limit) {
            most = most.max(sim.taken_creates());
        }
        assert!(most > 1 && most <= 2 * 10, "two workers hold at most ten each: {most}");
        for number in numbers {
            assert_eq!((sim.shipments(number), sim.state(number)), (1, Some(StateWord::Sent)));
        }
        assert_eq!(sim.calls("POST orders/orders"), count as u64);
    }
}

#[test]
fn r30_r62_off_reads_and_holds_creates_identifiers_and_writes_nothing_else() {
    let mut sim = quiet();
    sim.set_rules(|rules| rules.mode = Mode::Off);
    let (good, bad) = (sim.order(json!({})), sim.order(json!({"postcode": ""})));
    sim.run_for(Delay::mins(10));
    for number in [good, bad] {
        assert_eq!(sim.state(number), Some(StateWord::Held));
        assert!(sim.tags(number).is_empty() && sim.notes(number).is_empty());
    }
    assert_eq!(sim.calls("POST orders/orders"), 0);
    assert_eq!(sim.our_identifiers(), 49);
}

#[test]
fn r30_a_dry_run_decides_everything_and_writes_to_neither_system() {
    let mut sim = quiet();
    sim.set_rules(|rules| rules.mode = Mode::DryRun);
    let (good, bad) = (sim.order(json!({})), sim.order(json!({"postcode": ""})));
    sim.run_for(Delay::mins(10));
    assert_eq!(sim.state(good), Some(StateWord::Waiting));
    assert_eq!(sim.state(bad), Some(StateWord::Refused));
    assert_eq!(sim.our_identifiers(), 0);
    assert_eq!(sim.calls("POST orders/orders"), 0);
    assert!(sim.tags(bad).is_empty() && sim.notes(bad).is_empty());
    sim.set_rules(|rules| rules.mode = Mode::On);
    sim.run_for(Delay::mins(5));
    assert_eq!((sim.shipments(good), sim.tags(good)), (1, vec![SENT.to_owned()]));
    assert_eq!((sim.notes(bad).len(), sim.tags(bad)), (1, vec![ERROR.to_owned()]));
}

#[test]
fn r63_switched_off_in_mid_queue_nothing_new_is_sent_and_what_is_out_finishes() {
    let mut sim = quiet();
    let numbers = sim.good_orders(60);
    while sim.calls("POST orders/orders") < 5 {
        sim.run_for(Delay(50));
    }
    sim.set_rules(|rules| rules.mode = Mode::Off);
    let sent = sim.calls("POST orders/orders");
    sim.run_for(Delay::mins(10));
    let after = sim.calls("POST orders/orders");
    assert!(after <= sent + 2, "at most one call of each worker was out: {sent} then {after}");
    for number in numbers {
        match sim.shipments(number) {
            1 => assert_eq!(sim.tags(number), [SENT], "what was sent is marked"),
            _ => assert_eq!(sim.state(number), Some(StateWord::Held)),
        }
    }
}

#[test]
fn r64_without_dispatch_synchronisation_no_tracking_is_written() {
    let mut sim = quiet();
    sim.set_rules(|rules| rules.dispatch = false);
    let number = sim.order(json!({}));
    sim.run_for(Delay::mins(10));
    assert_eq!(sim.tags(number), [SENT]);
    assert_eq!(sim.tracking(number), "");
}

#[test]
fn r65_r66_the_lookback_is_kept_to_the_minute_and_may_be_raised_and_lowered() {
    let mut sim = quiet();
    let week = 7 * 24 * 60 * 60 * 1000;
    let received = |sim: &crate::sim::Sim, minutes: i64| {
        linnstream::domain::time::Timestamp(sim.now().wall.0 - week + minutes * 60_000).rfc3339()
    };
    // A margin for the minutes until the first poll has read the order.
    let inside = sim.order(json!({"received": received(&sim, 3)}));
    let outside = sim.order(json!({"received": received(&sim, -1)}));
    sim.run_for(Delay::mins(2));
    assert_eq!(sim.state(inside), Some(StateWord::Sent));
    assert_eq!(sim.state(outside), Some(StateWord::Held));
    assert!(sim.reason(outside).contains("7 days"), "{}", sim.reason(outside));
    sim.set_rules(|rules| rules.lookback_days = 8);
    sim.run_for(Delay::mins(3));
    assert_eq!((sim.state(outside), sim.shipments(outside)), (Some(StateWord::Sent), 1));
    sim.set_rules(|rules| rules.lookback_days = 1);
    sim.run_for(Delay::mins(30));
    assert_eq!((sim.shipments(inside), sim.shipments(outside)), (1, 1));
}

#[test]
fn r66_lowering_the_lookback_abandons_nothing_already_in_work() {
    let mut sim = quiet();
    let two_days =
        linnstream::domain::time::Timestamp(sim.now().wall.0 - 2 * 24 * 3_600_000).rfc3339();
    let numbers: Vec<u32> =
        (0..60).map(|_| sim.order(json!({"received": two_days.as_str()}))).collect();
    while sim.calls("POST orders/orders") < 5 {
        sim.run_for(Delay(50));
    }
    sim.set_rules(|rules| rules.lookback_days = 1);
    sim.run_for(Delay::mins(10));
    for number in numbers {
        assert_eq!(sim.shipments(number), 1);
    }
}

#[test]
fn r70_r72_an_order_is_found_within_one_poll_and_no_later_cycle_sends_it_again() {
    let mut sim = quiet();
    sim.run_for(Delay::mins(5));
    let number = sim.order(json!({}));
    sim.run_for(Delay::secs(65));
    assert_eq!(sim.shipments(number), 1);
    sim.run_for(Delay::mins(120));
    assert_eq!(sim.calls("POST orders/orders"), 1);
}

#[test]
fn r19_an_order_put_on_hold_while_it_waits_is_not_sent() {
    let mut sim = quiet();
    let numbers = sim.good_orders(300);
    while numbers.iter().any(|number| sim.state(*number).is_none()) {
        sim.run_for(Delay(50));
    }
    let waiting: Vec<u32> = numbers
        .iter()
        .copied()
        .filter(|number| sim.state(*number) == Some(StateWord::Waiting))
        .collect();
    for number in &waiting {
        sim.by_hand(*number, "hold");
    }
    sim.run_for(Delay::mins(10));
    // Those read within the last minute were already on their way: 30 at once, then 2 a second.
    let untouched = waiting.iter().filter(|number| sim.shipments(**number) == 0).count();
    assert!(untouched >= 100, "{untouched} of {} were left alone", waiting.len());
}

#[test]
fn an_identifier_of_others_and_a_users_note_are_never_touched() {
    let mut sim = quiet();
    let number =
        sim.order(json!({"postcode": "", "tags": ["AMAZON_PRIME"], "notes": ["Ring first"]}));
    sim.run_for(Delay::mins(3));
    sim.edit(number, &json!({"postcode": "LS1 4AP"}));
    sim.run_for(Delay::mins(3));
    assert_eq!(sim.tags(number), ["AMAZON_PRIME", SENT]);
    assert_eq!(sim.notes(number)[0], "Ring first");
}

#[test]
fn a_tracking_number_that_somebody_typed_is_kept_and_noted() {
    let mut sim = quiet();
    let number = sim.order(json!({"tracking": "TYPED-1"}));
    sim.run_for(Delay::mins(5));
    assert_eq!(sim.tracking(number), "TYPED-1");
    let notes = sim.notes(number);
    assert!(notes.len() == 1 && notes[0].contains("TYPED-1"), "{notes:?}");
}

#[test]
fn beside_a_predecessor_older_orders_are_looked_up_and_adopted_as_they_are() {
    let mut sim = quiet();
    let first = sim.order(json!({}));
    sim.run_for(Delay::mins(3));
    assert_eq!(sim.shipments(first), 1);
    // The database is lost with its marker, as when another program worked here before.
    let mut again = crate::sim::Sim::beside(&sim);
    let fresh = again.order(json!({}));
    let unsent = again.order(json!({"received": "2026-11-22T10:00:00Z"}));
    again.run_for(Delay::mins(5));
    assert_eq!(again.shipments(first), 1);
    assert_eq!(again.state(first), Some(StateWord::Sent));
    assert!(again.known(first).expect("known").shipped.expect("shipped").adopted);
    assert_eq!((again.shipments(fresh), again.shipments(unsent)), (1, 1));
    assert_eq!(again.calls("POST orders/orders"), 3);
}

#[test]
fn a_number_that_stream_has_with_other_content_is_a_matter_for_a_person() {
    let mut sim = quiet();
    let number = sim.order(json!({}));
    sim.run_for(Delay::mins(3));
    // Marked as sent, unknown here, and changed since.
    let mut again = crate::sim::Sim::beside(&sim);
    again.edit(number, &json!({"postcode": "BS1 5TY"}));
    again.forget_predecessor();
    again.run_for(Delay::mins(5));
    assert_eq!(again.state(number), Some(StateWord::Attention), "{}", again.reason(number));
    assert!(again.reason(number).contains("postcode"), "{}", again.reason(number));
    assert_eq!((again.shipments(number), again.calls("POST orders/orders")), (1, 1));
    assert_eq!(again.tags(number), [ERROR]);
}

#[test]
fn an_order_marked_as_sent_without_a_record_is_looked_up_and_never_sent_blind() {
    let mut sim = quiet();
    let number = sim.order(json!({}));
    sim.run_for(Delay::mins(3));
    let mut again = crate::sim::Sim::beside(&sim);
    again.forget_predecessor();
    again.run_for(Delay::mins(5));
    assert_eq!(again.state(number), Some(StateWord::Sent));
    assert_eq!((again.shipments(number), again.calls("POST orders/orders")), (1, 1));
}

#[test]
fn i2_an_outage_in_the_middle_of_a_batch_doubles_nothing_when_stream_comes_back() {
    for seed in 0..6 {
        let mut sim = crate::sim::Sim::new(crate::sim::Plan::quiet(seed, 0));
        sim.run_for(Delay::mins(2));
        let numbers = sim.good_orders(40);
        while sim.calls("POST orders/orders") < 5 {
            sim.run_for(Delay(50));
        }
        // Nothing of Stream answers for half an hour: not the creates, not the looks.
        let fault = linnstream::sandbox::Fault {
            api: Some(linnstream::sandbox::Api::Stream),
            path: None,
            count: 1_000_000,
            kind: linnstream::sandbox::FaultKind::DropBefore,
        };
        lock(&sim.net.world).add_fault(fault);
        sim.run_for(Delay::mins(30));
        lock(&sim.net.world).clear_faults();
        sim.run_for(Delay::mins(20));
        for number in numbers {
            assert_eq!(sim.shipments(number), 1, "seed {seed}: {:?}", sim.state(number));
        }
        let creations = lock(&sim.net.world).shipments().iter().map(|one| one.creations).max();
        assert_eq!(creations, Some(1), "seed {seed}");
    }
}
