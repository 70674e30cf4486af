//! The wall clock jumps, stops and changes with the seasons: nothing is tried early or late, nothing in
//! a storm, and days are those of the site.

use linnstream::domain::time::{Delay, Timestamp};
use linnstream::sandbox::Mix;
use serde_json::json;

use crate::checks;
use crate::net::{Weather, lock};
use crate::sim::{Plan, Sim};

const HOUR: i64 = 3_600_000;

/// Jumps of the wall clock, in milliseconds; `None`: it stands still for an hour.
const JUMPS: [Option<i64>; 5] =
    [Some(-2 * HOUR), Some(2 * HOUR), Some(400 * 24 * HOUR), Some(-24 * HOUR), None];

/// Cases of each jump.
const CASES: u64 = 40;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_lenient(text).expect("a time")
}

/// The wall clock jumps; a clock that stands still is set back every minute for an hour.
fn jump(sim: &mut Sim, by: Option<i64>) {
    match by {
        Some(by) => sim.net.clock.set_wall(|wall| Timestamp(wall.0 + by)),
        None => {
            let stopped = sim.now().wall;
            for _ in 0..60 {
                sim.run_for(Delay::mins(1));
                sim.net.clock.set_wall(|_| stopped);
            }
        }
    }
}

#[test]
fn i1_i2_i10_jumps_of_the_wall_clock_cause_neither_a_storm_nor_a_stall() {
    for case in 0..CASES {
        for by in JUMPS {
            let mut plan = Plan::quiet(case, 25);
            plan.over = Delay::mins(40);
            plan.mix = Mix::everything();
            plan.weather = Weather { faults: if case % 2 == 0 { 0 } else { 60 }, cuts: 0 };
            let mut sim = Sim::new(plan);
            sim.about = format!("case {case}, the clock jumps by {by:?}");
            sim.run_for(Delay::mins(5 + case));
            jump(&mut sim, by);
            sim.run_for(Delay::mins(60));
            *lock(&sim.net.weather) = Weather::default();
            lock(&sim.net.world).clear_faults();
            sim.run_for(Delay::mins(60));
            checks::at_every_step(&sim);
            checks::at_rest_after_a_jump(&sim);
            let creates = sim.calls("POST orders/orders");
            assert!(creates <= 25 * 6, "{}: {creates} creates", sim.about);
        }
    }
}

#[test]
fn a_retry_waits_as_long_as_it_should_whatever_the_wall_clock_does() {
    for by in [-2 * HOUR, 2 * HOUR, 400 * 24 * HOUR] {
        let mut sim = Sim::new(Plan::quiet(3, 0));
        sim.run_for(Delay::mins(2));
        let status = linnstream::sandbox::FaultKind::Status { status: 429, retry_after: Some(300) };
        let fault = linnstream::sandbox::Fault::once(
            linnstream::sandbox::Api::Stream,
            "/api/orders/orders",
            status,
        );
        assert!(lock(&sim.net.world).add_fault(fault));
        let number = sim.order(json!({}));
        sim.run_for(Delay::secs(70));
        sim.net.clock.set_wall(|wall| Timestamp(wall.0 + by));
        sim.run_for(Delay::secs(200));
        assert_eq!(sim.shipments(number), 0, "not before the five minutes that were asked for");
        sim.run_for(Delay::secs(60));
        assert_eq!(sim.shipments(number), 1, "and soon after them");
    }
}

#[test]
fn r29_the_pickup_day_is_the_day_of_the_site_at_midnight_and_at_both_changes_of_the_clock() {
    for (start, day) in [
        // In summer the day of London begins at 23:00 UTC.
        ("2026-07-01T22:58:00Z", "2026-07-01"),
        ("2026-07-01T23:01:00Z", "2026-07-02"),
        ("2026-12-01T23:58:00Z", "2026-12-01"),
        ("2026-12-02T00:01:00Z", "2026-12-02"),
        // The nights of the changes.
        ("2026-10-24T22:58:00Z", "2026-10-24"),
        ("2026-10-24T23:01:00Z", "2026-10-25"),
        ("2026-10-25T23:58:00Z", "2026-10-25"),
        ("2027-03-27T23:58:00Z", "2027-03-27"),
        ("2027-03-28T22:58:00Z", "2027-03-28"),
        ("2027-03-28T23:01:00Z", "2027-03-29"),
    ] {
        let mut plan = Plan::quiet(1, 0);
        plan.start = at(start);
        let mut sim = Sim::new(plan);
        sim.set_rules(|rules| rules.shipping.pickup_today = true);
        let number = sim.order(json!({}));
        sim.run_for(Delay::secs(50));
        let world = lock(&sim.net.world);
        let items = &world.live_shipments(number)[0].items;
        assert!(!items.is_empty());
        for item in items {
            assert_eq!(item.on_hand_date(), day, "{start}");
        }
    }
}

#[test]
fn polls_go_on_each_minute_through_both_changes_of_the_clock() {
    for start in ["2026-10-25T00:30:00Z", "2027-03-28T00:30:00Z"] {
        let mut plan = Plan::quiet(1, 0);
        plan.start = at(start);
        let mut sim = Sim::new(plan);
        sim.run_for(Delay::mins(5));
        let before = sim.calls("Orders/GetAllOpenOrders");
        sim.run_for(Delay::mins(60));
        let polls = (sim.calls("Orders/GetAllOpenOrders") - before) / 2;
        assert!((58..=62).contains(&polls), "{start}: {polls} polls in an hour");
    }
}
