//! Labels asked for at the packing bench: what a packer gets, whatever else happens to the order.

use linnstream::domain::ids::OrderNumber;
use linnstream::domain::order::StateWord;
use linnstream::domain::rules::Mode;
use linnstream::domain::time::Delay;
use linnstream::flow::commands;
use linnstream::sandbox::{Api, Fault, FaultKind};
use serde_json::json;

use crate::bench::quiet;
use crate::checks;
use crate::net::lock;
use crate::people;
use crate::post::Mail;
use crate::sim::{Plan, Point, Sim};

/// Orders of the day on which the power fails at every point.
pub const ORDERS: usize = 8;

/// Where orders go out only when they are printed, once depots are known.
fn off() -> Sim {
    let mut sim = quiet();
    sim.set_rules(|rules| rules.mode = Mode::Off);
    sim.run_for(Delay::mins(3));
    sim
}

fn lose_next_create(sim: &Sim) {
    let lost = Fault::once(Api::Stream, "/api/orders/orders", FaultKind::DropAfter);
    assert!(lock(&sim.net.world).add_fault(lost));
}

fn print(sim: &mut Sim, number: u32) {
    if !sim.press_print(number, true) {
        checks::fail(sim, &format!("{number} has no service that could be printed"));
    }
}

/// Tracking number of the label that was handed out last.
fn label(sim: &Sim, number: u32) -> Option<String> {
    sim.bench.handed.get(&number).map(|labels| labels.printed.tracking.0.clone())
}

fn tracking_in_stream(sim: &Sim, number: u32) -> String {
    lock(&sim.net.world).live_shipments(number)[0].tracking.clone()
}

/// Eight orders: printed twice at once, with an answer lost, refused by Stream, taken back and printed
/// again, and sent by themselves while somebody prints them.
pub fn day(crashes: Vec<Point>) -> Sim {
    let mut plan = Plan::quiet(32, 0);
    plan.day = "DAY=printing ";
    plan.crashes = crashes;
    let mut sim = Sim::new(plan);
    sim.set_rules(|rules| rules.mode = Mode::Off);
    let orders = sim.good_orders(ORDERS);
    sim.run_for(Delay::mins(3));
    print(&mut sim, orders[0]);
    print(&mut sim, orders[0]);
    print(&mut sim, orders[1]);
    sim.run_for(Delay::secs(10));
    lose_next_create(&sim);
    print(&mut sim, orders[2]);
    sim.run_for(Delay::secs(1));
    sim.refuse_next_create();
    print(&mut sim, orders[3]);
    sim.press_cancel(orders[1]);
    sim.run_for(Delay::secs(90));
    print(&mut sim, orders[1]);
    sim.set_rules(|rules| rules.mode = Mode::On);
    for number in &orders[4..6] {
        print(&mut sim, *number);
    }
    sim.run_for(Delay::mins(8));
    sim
}

/// Whoever pressed until there was a label has one, of the shipment that is there.
pub fn all_have_labels(sim: &Sim) {
    for number in (100_001..).take(6) {
        let world = lock(&sim.net.world);
        let live: Vec<&str> =
            world.live_shipments(number).iter().map(|one| one.tracking.as_str()).collect();
        let label = label(sim, number);
        if live != label.as_deref().as_slice() {
            checks::fail(sim, &format!("{number} has the label {label:?}, Stream has {live:?}"));
        }
    }
}

#[test]
fn r46_r47_r48_a_label_comes_at_once_with_its_tracking_number_and_the_order_is_marked() {
    let mut sim = off();
    let (number, other) = (sim.order(json!({})), sim.order(json!({})));
    print(&mut sim, number);
    let took = sim.run_till(Delay::secs(60), |sim| label(sim, number).is_some());
    assert!(took <= Delay::secs(2), "{} ms", took.0);
    assert_eq!(label(&sim, number), Some(tracking_in_stream(&sim, number)));
    sim.run_for(Delay::mins(5));
    assert_eq!(sim.tags(number), ["SENT TO STREAM"]);
    assert_eq!(sim.tracking(number), tracking_in_stream(&sim, number));
    assert_eq!((sim.shipments(other), sim.state(other)), (0, Some(StateWord::Held)), "R62");
}

#[test]
fn r45_r59_an_order_that_stream_refuses_has_no_label_but_a_sentence_an_identifier_and_a_note() {
    let mut sim = off();
    let number = sim.order(json!({}));
    sim.refuse_next_create();
    assert!(sim.press_print(number, false));
    sim.run_for(Delay::mins(2));
    assert_eq!(label(&sim, number), None);
    assert_eq!(sim.bench.refused.len(), 1, "{:?}", sim.bench.refused);
    assert!(sim.bench.refused[0].contains("Stream"), "{:?}", sim.bench.refused);
    assert_eq!((sim.tags(number), sim.notes(number).len()), (vec!["ERROR FROM STREAM".into()], 1));
    print(&mut sim, number);
    sim.run_for(Delay::mins(2));
    assert_eq!(label(&sim, number), Some(tracking_in_stream(&sim, number)), "asked for again");
    assert_eq!(sim.tags(number), ["SENT TO STREAM"]);
}

#[test]
fn r15_r42_an_order_that_cannot_be_sent_is_refused_before_stream_is_asked() {
    let mut sim = off();
    let number = sim.order(json!({"postcode": ""}));
    assert!(sim.press_print(number, false));
    sim.run_for(Delay::mins(2));
    assert!(sim.bench.refused[0].to_lowercase().contains("postcode"), "{:?}", sim.bench.refused);
    assert_eq!((sim.calls("POST orders/orders"), label(&sim, number)), (0, None));
    assert_eq!(sim.tags(number), ["ERROR FROM STREAM"]);
}

#[test]
fn r60_an_outcome_unknown_at_the_deadline_is_a_sentence_and_the_next_print_has_the_label() {
    let mut sim = off();
    let number = sim.order(json!({}));
    // Two minutes of looks before it may be sent again.
    let before = Fault::once(Api::Stream, "/api/orders/orders", FaultKind::DropBefore);
    let drop = |sim: &Sim| assert!(lock(&sim.net.world).add_fault(before.clone()));
    drop(&sim);
    for kind in [FaultKind::Delay(Delay::secs(60)), FaultKind::Html { status: 502 }] {
        let fault = Fault {
            api: Some(Api::Stream),
            path: Some("/api/orders/orders/*".into()),
            count: 3,
            kind,
        };
        assert!(lock(&sim.net.world).add_fault(fault));
    }
    assert!(sim.press_print(number, false));
    sim.run_for(Delay::secs(85));
    assert_eq!(label(&sim, number), None);
    let why = sim.bench.refused.last().expect("told").clone();
    assert!(why.contains(&number.to_string()) && why.to_lowercase().contains("print"), "{why}");
    sim.run_for(Delay::mins(10));
    assert_eq!(sim.shipments(number), 1, "the work goes on");
    let creates = sim.calls("POST orders/orders");
    assert!(sim.press_print(number, false));
    sim.run_for(Delay::secs(5));
    assert_eq!(label(&sim, number), Some(tracking_in_stream(&sim, number)));
    assert_eq!(sim.calls("POST orders/orders"), creates);
}

#[test]
fn r61_after_a_cancel_the_next_label_has_another_tracking_number_and_the_old_one_is_gone() {
    let mut sim = off();
    let number = sim.order(json!({}));
    print(&mut sim, number);
    sim.run_for(Delay::secs(10));
    let first = label(&sim, number).expect("printed");
    sim.press_cancel(number);
    sim.run_for(Delay::mins(3));
    assert_eq!((sim.bench.taken_back, sim.shipments(number)), (1, 0));
    assert_eq!(sim.state(number), Some(StateWord::Cancelled));
    sim.set_rules(|rules| rules.mode = Mode::On);
    sim.run_for(Delay::mins(10));
    assert_eq!(sim.shipments(number), 0, "the poll does not undo it");
    print(&mut sim, number);
    sim.run_for(Delay::mins(2));
    let second = label(&sim, number).expect("printed again");
    assert!(second != first && second == tracking_in_stream(&sim, number), "{first} {second}");
}

#[test]
fn r61_a_label_that_left_on_a_van_is_not_cancelled_and_the_packer_reads_why() {
    let mut sim = off();
    let number = sim.order(json!({}));
    print(&mut sim, number);
    sim.run_for(Delay::secs(10));
    sim.planner("plan", &[number], json!({"run": "RUN 01", "sequence": 1}));
    sim.planner("dispatch", &[number], json!({}));
    sim.press_cancel(number);
    sim.run_for(Delay::mins(3));
    assert_eq!((sim.bench.taken_back, sim.shipments(number)), (0, 1));
    let why = sim.bench.refused.last().expect("told");
    assert!(why.contains("RUN 01") && why.contains("not cancelled"), "{why}");
}

#[test]
fn a_shipment_made_just_now_is_taken_back_although_a_look_does_not_show_it_yet() {
    let mut plan = Plan::quiet(3, 0);
    plan.options.read_after_write = Delay::secs(20);
    let mut sim = Sim::new(plan);
    sim.run_for(Delay::mins(3));
    let number = sim.order(json!({}));
    print(&mut sim, number);
    sim.run_till(Delay::secs(60), |sim| label(sim, number).is_some());
    sim.press_cancel(number);
    sim.run_for(Delay::mins(5));
    assert_eq!(sim.shipments(number), 0);
    assert_eq!(sim.state(number), Some(StateWord::Cancelled));
    checks::at_rest(&sim);
}

#[test]
fn r58_r70_whoever_else_wants_an_order_at_the_same_moment_there_is_one_shipment() {
    /// Orders in one world, each with an interleaving of its own.
    const AT_ONCE: usize = 100;
    let worlds = crate::from_environment("INTERLEAVINGS").unwrap_or(5_000) / AT_ONCE as u64;
    let next = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if seed >= worlds {
                        break;
                    }
                    interleaved(seed, AT_ONCE);
                }
            });
        }
    });
}

/// Each order is wanted by the poll, packers, a console and notifications, each at a moment of its own
/// within some seconds.
fn interleaved(seed: u64, orders: usize) {
    let mut plan = Plan::quiet(9_000 + seed, 0);
    plan.weather.faults = 30;
    plan.mail = Some(Mail { lost: 0, times: 3, late: Delay::secs(20) });
    let mut sim = Sim::new(plan);
    sim.about = format!("interleaving {seed}");
    sim.run_for(Delay::mins(4));
    let numbers = sim.good_orders(orders);
    let mut deeds: Vec<(u64, u32, u8)> = Vec::new();
    for number in &numbers {
        let begin = sim.random.u64(0..60_000);
        for deed in [0, 0, 1, 2, 3, 4] {
            let keep = deed == 0 || sim.random.bool();
            deeds.extend(keep.then(|| (begin + sim.random.u64(0..15_000), *number, deed)));
        }
    }
    deeds.sort_unstable();
    let start = sim.now().mono;
    for (at, number, deed) in deeds {
        sim.run_until(start.after(Delay(at)));
        let named = OrderNumber(u64::from(number));
        let store = sim.daemon.store.clone();
        let (now, rules) = (sim.now(), sim.rules.get());
        match deed {
            0 => {
                let _ = sim.press_print(number, true);
            }
            1 => drop(commands::resend(&store, now, rules, named, "pat".into())),
            2 => drop(commands::refresh(&store, now, named)),
            3 => sim.press_cancel(number),
            _ => people::advance(
                &sim,
                "planner",
                &json!({"action": "plan", "orders": [number], "run": "RUN 01", "sequence": 1}),
            ),
        }
        sim.daemon.wake.notify();
        checks::at_every_step(&sim);
    }
    sim.run_for(Delay::mins(10));
    *lock(&sim.net.weather) = crate::net::Weather::default();
    lock(&sim.net.world).clear_faults();
    sim.run_for(Delay::mins(30));
    checks::at_every_step(&sim);
    checks::at_rest(&sim);
    for number in numbers {
        let live = lock(&sim.net.world).live_shipments(number).len();
        assert!(live <= 1, "order {number}: {live}");
    }
}

#[test]
fn r36_r38_a_new_method_in_stream_is_there_within_the_hour_and_orders_of_it_are_printed() {
    let mut sim = off();
    let number = sim.order(json!({"service": "Night Van (Leeds Depot)"}));
    assert!(!sim.press_print(number, false), "Stream has no such method");
    let method = ["LEEDS", "LDSNIGHT", "Night Van", "DELIVERY"].map(str::to_owned);
    lock(&sim.net.world).options_mut().added_methods.push(method);
    sim.run_for(Delay::mins(61));
    print(&mut sim, number);
    sim.run_for(Delay::secs(10));
    let world = lock(&sim.net.world);
    assert_eq!(world.live_shipments(number)[0].leg()["deliveryMethod"], "Night Van");
    drop(world);
    assert_eq!(label(&sim, number), Some(tracking_in_stream(&sim, number)));
}

#[test]
fn r41_what_a_packer_chose_for_a_service_holds_for_orders_that_are_sent_without_one() {
    let mut sim = off();
    let composite = json!({"service": "Two Man (Leeds Depot)", "items": [{"sku": "SET", "title": "Set", "quantity": 1, "children": [
        {"sku": "CHAIR", "title": "Chair", "quantity": 4}, {"sku": "TABLE", "title": "Table", "quantity": 1}]}]});
    let (first, second) = (sim.order(composite.clone()), sim.order(composite));
    assert!(sim.press_print_by(first, true, |choice| choice.skip_composite_parent = true));
    sim.run_for(Delay::secs(10));
    sim.set_rules(|rules| rules.mode = Mode::On);
    sim.run_for(Delay::mins(3));
    for number in [first, second] {
        let world = lock(&sim.net.world);
        let items = &world.live_shipments(number)[0].items;
        let codes: Vec<(&str, i64)> =
            items.iter().map(|item| (item.code.as_str(), item.quantity)).collect();
        assert_eq!(codes, [("CHAIR", 4), ("TABLE", 1)], "{number}");
    }
}
