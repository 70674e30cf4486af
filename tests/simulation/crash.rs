//! Exhaustive crash points: the power fails once at every call, before and after it was carried out,
//! and at every sync of the disk, with nothing, a part and all of what was written; the daemon starts
//! again, and every invariant holds when it has come to rest.

use std::sync::atomic::{AtomicUsize, Ordering};

use linnstream::domain::time::Delay;
use linnstream::sandbox::{Api, Fault, FaultKind};
use serde_json::{Value, json};

use crate::checks;
use crate::disk::Torn;
use crate::net::lock;
use crate::people;
use crate::post::Mail;
use crate::printing;
use crate::sim::{Plan, Point, Sim};
use crate::{from_environment, text_from_environment};

/// Long enough for the last look after an unknown outcome and everything that follows from it.
const DAY: Delay = Delay::mins(14);

/// Threads: each runs a simulation of its own.
const THREADS: usize = 2;

/// Thirty orders that need everything there is: sent, refused by us and by Stream, noted, in doubt,
/// put off.
fn day(crashes: Vec<Point>) -> Sim {
    let mut plan = Plan::quiet(30, 0);
    plan.crashes = crashes;
    let sim = Sim::new(plan);
    // What the sweep does is in the other day.
    sim.set_rules(|rules| rules.sweep_interval = Delay::mins(12 * 60));
    for n in 0..30 {
        let fields = match n {
            3 | 17 => json!({"postcode": ""}),
            8 => json!({"service": "Unknown (Nowhere)"}),
            20 => json!({"tracking": "TYPED-1"}),
            _ => json!({}),
        };
        sim.order(fields);
    }
    let status = |status| FaultKind::Status { status, retry_after: None };
    for (api, path, kind) in [
        (Api::Stream, "/api/orders/orders", FaultKind::Refuse),
        (Api::Stream, "/api/orders/orders", FaultKind::DropAfter),
        (Api::Stream, "/api/orders/orders", FaultKind::DropBefore),
        (Api::Stream, "/api/orders/orders", FaultKind::Truncate),
        (Api::Stream, "/api/orders/orders", status(500)),
        (Api::Linnworks, "OpenOrders/AssignOrderIdentifier", FaultKind::DropAfter),
        (Api::Linnworks, "Orders/AddOrdersNote", FaultKind::DropAfter),
        (Api::Linnworks, "Orders/SetOrderShippingInfo", FaultKind::DropAfter),
        (Api::Linnworks, "Orders/GetOrdersById", status(503)),
    ] {
        assert!(lock(&sim.net.world).add_fault(Fault::once(api, path, kind)));
    }
    sim
}

/// Which day is lived through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    /// Thirty orders are sent.
    Sending,
    /// A few are planned, moved, changed, taken back, delivered and processed.
    Planning,
    /// Labels are printed, twice, taken back, and printed again, with orders sent beside them.
    Printing,
}

/// Eight orders and everything that happens to an order after it was sent.
fn planned_day(crashes: Vec<Point>) -> Sim {
    let mut plan = Plan::quiet(31, 0);
    plan.day = "DAY=planning ";
    plan.crashes = crashes;
    plan.mail = Some(Mail::GOOD);
    let mut sim = Sim::new(plan);
    let orders = sim.good_orders(8);
    sim.run_for(Delay::mins(4));
    let lost = |api, path| Fault::once(api, path, FaultKind::DropAfter);
    for fault in [
        lost(Api::Linnworks, "Orders/ProcessOrdersInBatch"),
        lost(Api::Linnworks, "OpenOrders/AssignOrderIdentifier"),
    ] {
        assert!(lock(&sim.net.world).add_fault(fault));
    }
    let planner = |sim: &Sim, action: &str, orders: &[u32], run: &str| {
        let body = json!({"action": action, "orders": orders, "run": run, "day": "2026-11-24", "sequence": 1});
        people::advance(sim, "planner", &body);
    };
    let edit = |sim: &Sim, order: u32, fields: Value| {
        let body = json!({"action": "edit", "orders": [order], "fields": fields});
        people::advance(sim, "by hand", &body);
    };
    planner(&sim, "plan", &orders[..4], "RUN 01");
    edit(&sim, orders[4], json!({"reference": "SHOP-EDITED"}));
    edit(&sim, orders[5], json!({"address1": "9 New Street"}));
    sim.run_for(Delay::mins(2));
    planner(&sim, "move", &orders[2..4], "RUN 02");
    people::advance(&sim, "by hand", &json!({"action": "cancel", "orders": [orders[6]]}));
    planner(&sim, "delete", &orders[7..], "");
    sim.run_for(Delay::mins(7));
    planner(&sim, "dispatch", &orders[..1], "");
    planner(&sim, "deliver", &orders[..2], "");
    planner(&sim, "part", &orders[2..3], "");
    sim.run_for(Delay::mins(7));
    sim
}

/// Runs the day to its end and checks every invariant.
fn live_through(which: Day, crashes: &[Point]) -> Sim {
    let (mut sim, orders) = match which {
        Day::Sending => {
            let mut sim = day(crashes.to_vec());
            sim.run_for(DAY);
            (sim, 30)
        }
        Day::Planning => (planned_day(crashes.to_vec()), 8),
        Day::Printing => (printing::day(crashes.to_vec()), printing::ORDERS),
    };
    lock(&sim.net.world).clear_faults();
    sim.run_for(match which {
        Day::Sending | Day::Printing => Delay::mins(4),
        // A sweep of everything, in case the power failed while a notification came.
        Day::Planning => Delay::mins(22),
    });
    if which == Day::Printing {
        printing::all_have_labels(&sim);
    }
    checks::at_every_step(&sim);
    checks::at_rest(&sim);
    let known = lock(&sim.net.world).orders().count();
    assert_eq!(known, orders, "the day has its orders");
    sim
}

/// Every point of the day, in the order in which they come up when the power never fails.
fn points(which: Day) -> Vec<Point> {
    let sim = live_through(which, &[]);
    let calls = *lock(&sim.net.calls);
    let syncs = sim.disk.syncs();
    let call = (0..calls).flat_map(|call| [Point::Call(call, false), Point::Call(call, true)]);
    let torn = [Torn::Nothing, Torn::Part, Torn::All];
    let sync = (0..syncs).flat_map(|sync| torn.map(|torn| Point::Sync(sync, torn)));
    call.chain(sync).collect()
}

/// `call:17:before`, `call:17:after`, `sync:40:nothing`, `sync:40:part`, `sync:40:all`.
fn parse(text: &str) -> Option<Point> {
    let mut parts = text.split(':');
    let (kind, n, how) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
    Some(match (kind, how) {
        ("call", "before") => Point::Call(n, false),
        ("call", "after") => Point::Call(n, true),
        ("sync", "nothing") => Point::Sync(n, Torn::Nothing),
        ("sync", "part") => Point::Sync(n, Torn::Part),
        ("sync", "all") => Point::Sync(n, Torn::All),
        _ => return None,
    })
}

/// Lives through the day once for each of these, on all threads.
fn each(which: Day, days: &[Vec<Point>]) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(crashes) = days.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let sim = live_through(which, crashes);
                    assert!(sim.cuts > 0 || is_at_the_beginning(crashes), "{crashes:?} came up");
                }
            });
        }
    });
}

/// The power failed before the daemon ran for the first time: it is started until it runs.
fn is_at_the_beginning(crashes: &[Point]) -> bool {
    crashes.iter().all(|point| matches!(point, Point::Sync(sync, _) if *sync < 20))
}

#[test]
fn i1_i2_i4_i6_i8_i14_the_power_may_fail_at_any_point() {
    each_point(Day::Sending);
}

#[test]
fn i2_i4_i5_i7_i9_i14_i16_the_power_may_fail_at_any_point_after_orders_were_sent() {
    each_point(Day::Planning);
}

#[test]
fn i2_i3_i12_i14_the_power_may_fail_at_any_point_while_labels_are_printed() {
    each_point(Day::Printing);
}

fn each_point(which: Day) {
    let points = points(which);
    println!("{} points", points.len());
    assert!(points.len() > 500, "{} points", points.len());
    let days: Vec<Vec<Point>> = points.into_iter().map(|point| vec![point]).collect();
    each(which, &days);
}

/// `DAY=planning` and `DAY=printing` repeat a point of the other days.
fn which_day() -> Day {
    match text_from_environment("DAY").as_deref() {
        Some("planning") => Day::Planning,
        Some("printing") => Day::Printing,
        _ => Day::Sending,
    }
}

#[test]
#[ignore = "as many pairs of points as the environment says: the second while the first is put right"]
fn pairs_of_points() {
    let count = from_environment("PAIRS").unwrap_or(1_000);
    let mut random = fastrand::Rng::with_seed(from_environment("SEED").unwrap_or(1));
    let which = which_day();
    let points = points(which);
    let near = |random: &mut fastrand::Rng, point: Point| match point {
        Point::Call(call, _) => Point::Call(call + random.u64(1..12), random.bool()),
        Point::Sync(sync, _) => {
            let torn = [Torn::Nothing, Torn::Part, Torn::All][random.usize(..3)];
            Point::Sync(sync + random.u64(1..12), torn)
        }
    };
    let pair = |_| {
        let first = points[random.usize(..points.len())];
        vec![first, near(&mut random, first)]
    };
    each(which, &(0..count).map(pair).collect::<Vec<_>>());
}

#[test]
#[ignore = "repeats one crash point, named in the environment, with its trace"]
fn one_point() {
    let text =
        text_from_environment("POINT").expect("POINT, such as call:17:before or sync:40:part");
    let crashes: Option<Vec<Point>> = text.split(',').map(parse).collect();
    let _ = log::set_logger(&crate::trace::Printer)
        .map(|()| log::set_max_level(log::LevelFilter::Warn));
    let sim = live_through(
        which_day(),
        &crashes.expect("call:N:before|after or sync:N:nothing|part|all"),
    );
    print!("{}", lock(&sim.net.trace).tail());
}
