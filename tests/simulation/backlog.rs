//! A backlog drains as fast as the budgets allow, at little more than one Linnworks call an order, with
//! no limit exceeded and no 429 earned; also with an outage of eight hours in the middle.

use linnstream::domain::job::JobWord;
use linnstream::domain::order::StateWord;
use linnstream::domain::time::{Delay, Moment};
use linnstream::sandbox::{Api, Fault, FaultKind};

use crate::checks;
use crate::net::lock;
use crate::sim::{Plan, Sim};

/// Requests a second to Stream and how many may go at once: the defaults of the configuration.
const PACE: u64 = 2;
const BURST: u64 = 30;

/// Tracking numbers are written one by one, in 90 of a hundred of the 250 calls a minute that
/// Linnworks allows.
const TRACKING_A_MINUTE: u64 = 225;

/// The shortest time in which so many orders can be created and their tracking written: the slower of
/// the two budgets decides. In milliseconds.
fn shortest(orders: u64) -> u64 {
    let creates = orders.saturating_sub(BURST) * 1000 / PACE;
    let tracking = orders.saturating_sub(TRACKING_A_MINUTE) * 60_000 / TRACKING_A_MINUTE;
    creates.max(tracking)
}

fn waiting(orders: usize) -> Sim {
    let mut plan = Plan::quiet(5, orders);
    plan.over = Delay::ZERO;
    let sim = Sim::new(plan);
    // What is swept when nothing is to be sent any more is no part of the drain.
    sim.set_rules(|rules| rules.sweep_interval = Delay::mins(12 * 60));
    sim
}

fn is_drained(sim: &Sim, orders: u64) -> bool {
    let counts = sim.daemon.store.read(|view| view.counts()).expect("readable");
    let left = [JobWord::Waiting, JobWord::Sending, JobWord::Unsure];
    counts.orders.get(&StateWord::Sent) == Some(&orders)
        && left.iter().all(|word| counts.jobs.get(word).copied().unwrap_or(0) == 0)
}

/// Runs until everything is sent and written; answers how long that took, in milliseconds.
fn drain(sim: &mut Sim, orders: u64, from: Moment) -> u64 {
    let most = sim.now().mono.after(Delay(shortest(orders) * 3));
    while !is_drained(sim, orders) {
        assert!(sim.now().mono < most, "it drains: {:?}", sim.daemon.store.read(|v| v.counts()));
        sim.run_for(Delay::secs(5));
    }
    sim.now().mono.since(from).0
}

/// What the calls were and what an order cost.
fn account(sim: &Sim, orders: u64, quiet: bool) {
    checks::at_every_step(sim);
    checks::at_rest(sim);
    let world = lock(&sim.net.world);
    let mut linnworks = 0;
    for (api, method, calls, most) in world.calls_per_method() {
        println!("{api:?} {method}: {calls}, at most {most} a minute");
        match (api, method) {
            (Api::Stream, "POST orders/orders") if quiet => assert_eq!(calls, orders),
            (Api::Stream, "GET orders/orders") if quiet => panic!("{calls} orders were read"),
            (Api::Stream, _) => {}
            // The first start, and rounds of polling, which go on whether orders wait or not.
            (
                Api::Linnworks,
                "OpenOrders/SaveIdentifier"
                | "Auth/AuthorizeByApplication"
                | "Orders/GetAllOpenOrders",
            ) => {}
            (Api::Linnworks, _) => linnworks += calls,
        }
    }
    if quiet {
        assert_eq!(world.throttled(), 0, "no 429 is earned");
        let each = linnworks as f64 / orders as f64;
        println!("{each:.3} Linnworks calls an order");
        assert!(each <= 1.15, "{each:.3} Linnworks calls an order");
    }
}

fn backlog(orders: u64) {
    let mut sim = waiting(usize::try_from(orders).expect("fits"));
    let from = sim.now().mono;
    let took = drain(&mut sim, orders, from);
    let ratio = took as f64 / shortest(orders) as f64;
    println!("{orders} orders in {} s, {ratio:.3} of the shortest", took / 1000);
    account(&sim, orders, true);
    assert!(ratio <= 1.05, "{ratio:.3} of the shortest");
}

/// In the middle of a backlog a system is away for eight hours; afterwards the rest drains as fast as if
/// nothing had been.
fn outage(orders: u64, api: Api) {
    let mut sim = waiting(usize::try_from(orders).expect("fits"));
    sim.run_for(Delay(shortest(orders) / 2));
    let away = Fault { api: Some(api), path: None, count: 1_000_000, kind: FaultKind::DropBefore };
    assert!(lock(&sim.net.world).add_fault(away));
    sim.run_for(Delay::mins(8 * 60));
    lock(&sim.net.world).clear_faults();
    let counts = sim.daemon.store.read(|view| view.counts()).expect("readable");
    let sent = counts.orders.get(&StateWord::Sent).copied().unwrap_or(0);
    let from = sim.now().mono;
    let took = drain(&mut sim, orders, from);
    // A probe is made every 15 seconds; looks for what was out take their time beside the rest.
    let most = shortest(orders - sent + BURST) * 105 / 100 + 15_000 + 130_000;
    println!(
        "{api:?} away: the {} left took {} s, at most {} s",
        orders - sent,
        took / 1000,
        most / 1000
    );
    account(&sim, orders, false);
    assert!(took <= most, "{took} ms, at most {most} ms");
}

#[test]
fn r18_i10_two_thousand_orders_drain_as_fast_as_the_budgets_allow() {
    backlog(2_000);
}

#[test]
fn r18_i2_after_eight_hours_without_stream_the_rest_of_a_backlog_drains_as_fast() {
    outage(600, Api::Stream);
}

#[test]
fn r18_i2_after_eight_hours_without_linnworks_the_rest_of_a_backlog_drains_as_fast() {
    outage(600, Api::Linnworks);
}

#[test]
#[ignore = "takes a minute: the goal at its full size"]
fn ten_thousand_orders_drain_as_fast_as_the_budgets_allow() {
    backlog(10_000);
    outage(10_000, Api::Stream);
}
