//! Runs, days, places and deliveries: what a planner does in Stream stands on the order in Linnworks.

use linnstream::domain::order::StateWord;
use linnstream::domain::time::Delay;
use linnstream::domain::webhook::WebhookState;
use linnstream::flow::{commands, inbox};
use linnstream::sandbox::{Api, Fault, FaultKind};
use serde_json::{Value, json};

use crate::bench::{quiet, told};
use crate::net::lock;
use crate::post::Mail;
use crate::sim::Sim;

/// Thursday; the simulation begins on Monday the 23rd.
const THURSDAY: &str = "2026-11-26";

fn sent(sim: &mut Sim, count: usize) -> Vec<u32> {
    let numbers = sim.good_orders(count);
    sim.run_for(Delay::mins(8));
    for number in &numbers {
        assert_eq!(sim.state(*number), Some(StateWord::Sent));
    }
    numbers
}

fn run(text: &str, day: &str) -> Value {
    json!({"run": text, "day": day, "run_id": "R-1", "sequence": 1})
}

/// Whether an order carries exactly these beside Sent.
fn shows(sim: &Sim, number: u32, tags: &[&str]) -> bool {
    let mut wanted: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
    wanted.push("SENT TO STREAM".to_owned());
    let mut has = sim.tags(number);
    wanted.sort();
    has.sort();
    has == wanted
}

fn place(n: usize) -> String {
    format!("SEQ {n:02}")
}

fn all_show(sim: &Sim, numbers: &[u32], run: &str, day: &str) -> bool {
    (1..).zip(numbers).all(|(n, number)| shows(sim, *number, &[run, day, &place(n)]))
}

#[test]
fn r6_r71_r78_r82_r88_r106_a_run_of_twenty_stops_is_right_within_five_seconds_and_twenty_five_calls()
 {
    let mut sim = told(Mail::GOOD);
    let numbers = sent(&mut sim, 20);
    let before = sim.linnworks_calls();
    sim.planner("plan", &numbers, run("RUN 03", THURSDAY));
    let took = sim.run_till(Delay::secs(5), |sim| all_show(sim, &numbers, "RUN 03", "THURSDAY"));
    sim.run_for(Delay::secs(10));
    let calls = sim.linnworks_calls() - before;
    println!("right after {} ms with {calls} Linnworks calls", took.0);
    assert!(calls <= 25, "{calls} Linnworks calls");
    assert!(numbers.iter().all(|number| sim.state(*number) == Some(StateWord::Planned)));
}

#[test]
fn r107_without_notifications_the_sweep_finds_the_same_within_its_times() {
    let mut sim = quiet();
    let numbers = sent(&mut sim, 20);
    sim.planner("plan", &numbers, run("RUN 03", "2026-11-24"));
    sim.run_till(Delay::mins(16), |sim| all_show(sim, &numbers, "RUN 03", "TUESDAY"));
    // On a run of tomorrow: within five minutes.
    sim.planner("resequence", &[numbers[1], numbers[0]], json!({"sequence": 1}));
    sim.run_till(Delay::secs(330), |sim| {
        shows(sim, numbers[1], &["RUN 03", "TUESDAY", "SEQ 01"])
            && shows(sim, numbers[0], &["RUN 03", "TUESDAY", "SEQ 02"])
    });
}

#[test]
fn r92_r93_r94_r95_r96_moved_renamed_resequenced_on_another_day_and_taken_off_each_ends_as_stream_has_it()
 {
    let mut sim = told(Mail::GOOD);
    let numbers = sent(&mut sim, 3);
    let soon = Delay::secs(10);
    sim.planner("plan", &numbers, run("RUN 02", THURSDAY));
    sim.run_till(soon, |sim| all_show(sim, &numbers, "RUN 02", "THURSDAY"));
    sim.planner(
        "move",
        &numbers[..1],
        json!({"run": "RUN 05", "day": THURSDAY, "run_id": "R-2", "sequence": 4}),
    );
    sim.run_till(soon, |sim| shows(sim, numbers[0], &["RUN 05", "THURSDAY", "SEQ 04"]));
    sim.planner("rename", &numbers[1..], json!({"run": "RUN 07"}));
    sim.run_till(soon, |sim| shows(sim, numbers[1], &["RUN 07", "THURSDAY", "SEQ 02"]));
    sim.planner(
        "plan",
        &numbers[1..2],
        json!({"run_id": "R-1", "day": "2026-11-27", "sequence": 2}),
    );
    sim.run_till(soon, |sim| {
        shows(sim, numbers[1], &["RUN 07", "FRIDAY", "SEQ 02"])
            && shows(sim, numbers[2], &["RUN 07", "FRIDAY", "SEQ 03"])
    });
    sim.planner("resequence", &[numbers[2], numbers[1]], json!({"sequence": 1}));
    sim.run_till(soon, |sim| {
        shows(sim, numbers[2], &["RUN 07", "FRIDAY", "SEQ 01"])
            && shows(sim, numbers[1], &["RUN 07", "FRIDAY", "SEQ 02"])
    });
    sim.planner("unplan", &numbers[2..], json!({}));
    sim.run_till(soon, |sim| shows(sim, numbers[2], &[]));
    assert_eq!(sim.state(numbers[2]), Some(StateWord::Sent));
}

#[test]
fn r83_r84_r85_a_run_beyond_twenty_or_without_a_number_shows_day_and_place_alone() {
    let mut sim = told(Mail::GOOD);
    let numbers = sent(&mut sim, 1);
    let soon = Delay::secs(10);
    for text in ["RUN 21", "Van A"] {
        sim.planner("plan", &numbers, run(text, THURSDAY));
        sim.run_till(soon, |sim| shows(sim, numbers[0], &["THURSDAY", "SEQ 01"]));
        sim.run_till(soon, |sim| {
            sim.timeline(numbers[0]).iter().any(|line| line.contains("RUN 01"))
        });
    }
    assert_eq!(sim.our_identifiers(), 49, "none is invented");
    sim.planner("rename", &numbers, json!({"run": "run 4: vans"}));
    sim.run_till(soon, |sim| shows(sim, numbers[0], &["RUN 04", "THURSDAY", "SEQ 01"]));
}

#[test]
fn r91_places_go_when_they_are_switched_off_and_come_back_when_they_are_switched_on() {
    let mut sim = told(Mail::GOOD);
    let numbers = sent(&mut sim, 2);
    sim.planner("plan", &numbers, run("RUN 03", THURSDAY));
    sim.run_till(Delay::secs(10), |sim| all_show(sim, &numbers, "RUN 03", "THURSDAY"));
    sim.set_rules(|rules| rules.sequence = false);
    sim.run_till(Delay::mins(3), |sim| {
        numbers.iter().all(|number| shows(sim, *number, &["RUN 03", "THURSDAY"]))
    });
    sim.set_rules(|rules| rules.sequence = true);
    sim.run_till(Delay::mins(3), |sim| all_show(sim, &numbers, "RUN 03", "THURSDAY"));
}

#[test]
fn r97_two_runs_of_the_same_name_on_two_days_do_not_mix() {
    let mut sim = told(Mail::GOOD);
    let numbers = sent(&mut sim, 2);
    sim.planner(
        "plan",
        &numbers[..1],
        json!({"run": "RUN 01", "day": "2026-11-24", "sequence": 1}),
    );
    sim.planner(
        "plan",
        &numbers[1..],
        json!({"run": "RUN 01", "day": "2026-11-25", "sequence": 1}),
    );
    sim.run_till(Delay::secs(10), |sim| {
        shows(sim, numbers[0], &["RUN 01", "TUESDAY", "SEQ 01"])
            && shows(sim, numbers[1], &["RUN 01", "WEDNESDAY", "SEQ 01"])
    });
    let run = |number| sim.known(number).expect("known").standing.plan.expect("planned").run;
    assert_ne!(run(numbers[0]), run(numbers[1]));
}

#[test]
fn r98_an_identifier_of_ours_changed_by_hand_is_put_right_and_others_are_not_touched() {
    let mut sim = told(Mail::GOOD);
    let numbers = sent(&mut sim, 1);
    sim.planner("plan", &numbers, run("RUN 03", THURSDAY));
    sim.run_till(Delay::secs(10), |sim| all_show(sim, &numbers, "RUN 03", "THURSDAY"));
    sim.edit(numbers[0], &json!({"tags": ["SENT TO STREAM", "RUN 09", "AMAZON_PRIME"]}));
    sim.run_till(Delay::mins(8), |sim| {
        let mut tags = sim.tags(numbers[0]);
        tags.sort();
        tags == ["AMAZON_PRIME", "RUN 03", "SENT TO STREAM", "SEQ 01", "THURSDAY"]
    });
}

#[test]
fn r64_with_dispatch_synchronisation_off_nothing_of_the_plan_is_written_and_all_of_it_is_recorded()
{
    let mut sim = told(Mail::GOOD);
    sim.set_rules(|rules| rules.dispatch = false);
    let numbers = sent(&mut sim, 1);
    sim.planner("plan", &numbers, run("RUN 03", THURSDAY));
    sim.run_till(Delay::secs(10), |sim| sim.state(numbers[0]) == Some(StateWord::Planned));
    sim.planner("deliver", &numbers, json!({}));
    sim.run_till(Delay::secs(10), |sim| sim.state(numbers[0]) == Some(StateWord::Delivered));
    sim.run_for(Delay::mins(20));
    assert!(shows(&sim, numbers[0], &[]) && !sim.is_processed(numbers[0]));
    assert_eq!(sim.tracking(numbers[0]), "");
}

fn processed(sim: &mut Sim, numbers: &[u32]) {
    sim.run_till(Delay::mins(5), |sim| {
        numbers.iter().all(|number| {
            sim.is_processed(*number) && sim.state(*number) == Some(StateWord::Processed)
        })
    });
}

#[test]
fn r108_r111_delivered_before_dispatched_and_told_twice_is_processed_once() {
    let mut sim = told(Mail { times: 3, ..Mail::GOOD });
    let numbers = sent(&mut sim, 3);
    sim.planner("plan", &numbers, run("RUN 03", THURSDAY));
    sim.planner("deliver", &numbers, json!({}));
    sim.planner("deliver", &numbers[..0], json!({}));
    processed(&mut sim, &numbers);
    let calls = sim.calls("Orders/ProcessOrdersInBatch");
    sim.run_for(Delay::mins(60));
    assert_eq!(sim.calls("Orders/ProcessOrdersInBatch"), calls);
    assert!(calls <= 3, "in bulk: {calls} calls");
}

#[test]
fn r108_with_the_option_off_delivered_is_recorded_and_nothing_is_processed() {
    let mut sim = told(Mail::GOOD);
    sim.set_rules(|rules| rules.mark_processed = false);
    let numbers = sent(&mut sim, 1);
    sim.planner("deliver", &numbers, json!({}));
    sim.run_till(Delay::secs(10), |sim| sim.state(numbers[0]) == Some(StateWord::Delivered));
    sim.run_for(Delay::mins(30));
    assert!(!sim.is_processed(numbers[0]));
    sim.set_rules(|rules| rules.mark_processed = true);
    processed(&mut sim, &numbers);
}

#[test]
fn r110_part_delivered_and_failed_are_never_processed_and_end_when_stream_plans_them_again() {
    let mut sim = told(Mail::GOOD);
    let numbers = sent(&mut sim, 2);
    sim.planner("plan", &numbers, run("RUN 03", THURSDAY));
    sim.planner("part", &numbers[..1], json!({}));
    sim.planner("fail", &numbers[1..], json!({}));
    sim.run_till(Delay::secs(10), |sim| {
        numbers.iter().all(|number| sim.state(*number) == Some(StateWord::Attention))
    });
    sim.run_for(Delay::mins(40));
    assert!(numbers.iter().all(|number| !sim.is_processed(*number)));
    sim.planner("plan", &numbers[1..], run("RUN 04", "2026-11-27"));
    sim.run_till(Delay::secs(10), |sim| sim.state(numbers[1]) == Some(StateWord::Planned));
}

#[test]
fn r112_delivered_for_an_order_processed_by_hand_ends_without_an_error() {
    let mut sim = told(Mail::GOOD);
    let numbers = sent(&mut sim, 2);
    sim.by_hand(numbers[0], "process");
    sim.planner("deliver", &numbers, json!({}));
    processed(&mut sim, &numbers);
    sim.run_for(Delay::mins(30));
    assert_eq!(commands::parked(&sim.daemon.store, None, 9).expect("read"), []);
}

#[test]
fn what_linnworks_refuses_to_process_is_shown_in_its_words_and_done_on_retry() {
    let mut sim = told(Mail::GOOD);
    let numbers = sent(&mut sim, 1);
    sim.by_hand(numbers[0], "hold");
    sim.planner("deliver", &numbers, json!({}));
    sim.run_till(Delay::mins(5), |sim| sim.state(numbers[0]) == Some(StateWord::Attention));
    assert!(sim.reason(numbers[0]).contains("locked or parked"), "{}", sim.reason(numbers[0]));
    sim.by_hand(numbers[0], "release");
    sim.retry_parked();
    processed(&mut sim, &numbers);
}

/// Every order is moved so often; the notifications of it come doubled, shuffled, late or never.
fn badly_told(orders: usize, rounds: usize) {
    let mut sim = told(Mail::BAD);
    let numbers = sent(&mut sim, orders);
    for round in 0..rounds {
        let text = format!("RUN {:02}", round % 20 + 1);
        // Runs of at most twenty stops, so that each place has its identifier.
        for (at, stops) in numbers.chunks(20).enumerate() {
            let mut stops = stops.to_vec();
            let shift = round % stops.len();
            stops.rotate_left(shift);
            let id = format!("{text}-{at}");
            sim.planner(
                "move",
                &stops,
                json!({"run": text, "day": THURSDAY, "run_id": id, "sequence": 1}),
            );
        }
        sim.run_for(Delay::mins(40));
    }
    sim.run_for(Delay::mins(50 * 60));
    println!("{} notifications arrived", sim.post.count);
    let text = format!("RUN {:02}", (rounds - 1) % 20 + 1);
    for stops in numbers.chunks(20) {
        let mut stops = stops.to_vec();
        let shift = (rounds - 1) % stops.len();
        stops.rotate_left(shift);
        assert!(all_show(&sim, &stops, &text, "THURSDAY"));
    }
    let counts = sim.daemon.store.read(|view| view.webhook_counts()).expect("readable");
    for state in [WebhookState::New, WebhookState::Asked, WebhookState::Failed] {
        assert_eq!(counts.get(&state), Some(&0), "{state:?}");
    }
}

#[test]
fn r99_i7_notifications_doubled_shuffled_late_and_a_tenth_lost_end_in_the_same_state() {
    badly_told(40, 30);
}

#[test]
#[ignore = "takes minutes: a hundred thousand notifications"]
fn a_hundred_thousand_bad_notifications_end_in_the_same_state() {
    badly_told(200, 100);
}

#[test]
fn each_pair_of_events_is_subscribed_once_though_answers_are_lost_and_one_is_refused() {
    let mut sim = told(Mail::GOOD);
    let path = "/api/webhooks/webhooks";
    for kind in [FaultKind::DropAfter, FaultKind::Truncate, FaultKind::Refuse] {
        assert!(lock(&sim.net.world).add_fault(Fault::once(Api::Stream, path, kind)));
    }
    sim.run_for(Delay::mins(70));
    assert_eq!(lock(&sim.net.world).subscription_count(), 4);
    let kept = sim.daemon.store.read(|view| view.subscriptions()).expect("readable");
    assert_eq!(kept.len(), 4);
}

#[test]
fn forged_and_senseless_notifications_change_nothing() {
    let mut sim = told(Mail::GOOD);
    let numbers = sent(&mut sim, 1);
    sim.planner("plan", &numbers, run("RUN 03", THURSDAY));
    sim.run_till(Delay::secs(10), |sim| all_show(sim, &numbers, "RUN 03", "THURSDAY"));
    let known = sim.known(numbers[0]).expect("known");
    let consignment = known.shipped.expect("shipped").consignment.0;
    for body in [
        json!({"event": {"event_code": "DELIVERED"}, "order": {"id": consignment}}).to_string(),
        json!({"event": {"event_code": "CANCELLED"}, "order": {"id": numbers[0]}}).to_string(),
        json!({"webhook": {"run": {"loadId": "R-1", "description": "RUN 09"}, "orders": []}})
            .to_string(),
        json!({"event": {"event_code": "DELIVERED"}, "order": {"id": "CN-OF-NOBODY"}}).to_string(),
        "no JSON".to_owned(),
    ] {
        let now = sim.now();
        inbox::receive(&sim.daemon.store, now, body.into_bytes(), true).expect("kept");
        sim.daemon.wake.notify();
    }
    sim.run_for(Delay::mins(3));
    assert!(all_show(&sim, &numbers, "RUN 03", "THURSDAY"));
    assert_eq!(sim.state(numbers[0]), Some(StateWord::Planned));
    let counts = sim.daemon.store.read(|view| view.webhook_counts()).expect("readable");
    let of = |state| counts.get(&state).copied().unwrap_or(0);
    assert_eq!((of(WebhookState::Unreadable), of(WebhookState::New)), (1, 0));
    assert_eq!(of(WebhookState::Asked), 0);
}

#[test]
fn a_notification_that_comes_before_the_order_is_known_to_be_in_stream_is_followed_later() {
    let mut sim = told(Mail::GOOD);
    let number = sim.good_orders(1)[0];
    sim.run_till(Delay::mins(3), |sim| sim.shipments(number) == 1);
    let consignment = lock(&sim.net.world).live_shipments(number)[0].consignment.clone();
    let early = json!({"event": {"event_code": "PLANNED"}, "order": {"id": consignment}});
    let now = sim.now();
    if sim.state(number) != Some(StateWord::Sent) {
        inbox::receive(&sim.daemon.store, now, early.to_string().into_bytes(), true).expect("kept");
    }
    sim.planner("plan", &[number], run("RUN 03", THURSDAY));
    sim.run_till(Delay::secs(20), |sim| all_show(sim, &[number], "RUN 03", "THURSDAY"));
}
