//! A database from a backup in a world that has gone on, a disk that is full, and what is old removed while
//! the power fails.

use std::collections::BTreeSet;

use linnstream::domain::ids::{OrderId, OrderNumber};
use linnstream::domain::order::{Order, OrderState, StateWord};
use linnstream::domain::time::{Delay, Moment, Now, Timestamp};
use linnstream::flow::purge::{self, Kept, Place, Stepped, Trust};
use linnstream::flow::{FlowError, commands, inbox, restored};
use linnstream::store::{Changes, Store};
use serde_json::json;

use crate::checks;
use crate::disk::{Disk, Torn};
use crate::net::lock;
use crate::sim::{Plan, Sim, boot};

/// As by default.
pub const KEPT: Kept = Kept {
    orders: Delay::mins(90 * 24 * 60),
    webhooks: Delay::mins(30 * 24 * 60),
    labels: Delay::mins(14 * 24 * 60),
};

/// The daemon is stopped, an older database is put in place of its own, and it is started again.
fn restore(sim: &mut Sim, image: &[u8]) {
    let now = sim.now();
    lock(&sim.net.trace).line(now, "RESTORED");
    sim.daemon.slots.clear();
    sim.bench.cut(now.mono);
    sim.daemon.store.close().expect("closed");
    sim.disk.put(image);
    let backend = sim.disk.clone();
    let store = Store::open_with(move || Ok(backend.backend()), 8 << 20).expect("opens");
    restored::prepare(&store, now, "a person", "a backup").expect("prepared");
    store.close().expect("closed");
    sim.daemon = boot(&sim.plan, &sim.net, &sim.rules, &sim.disk, &mut sim.random);
}

#[test]
fn i2_an_old_backup_put_back_while_orders_go_out_loses_and_doubles_nothing() {
    for seed in 0..8 {
        let mut sim = Sim::new(Plan::quiet(seed, 0));
        sim.run_for(Delay::mins(2));
        let mut numbers = sim.good_orders(40);
        while sim.calls("POST orders/orders") < 5 + seed {
            sim.run_for(Delay(50));
        }
        let backup = sim.disk.image();
        // What the backup does not know: orders found later, one that was refused in it and is right now.
        let bad = sim.order(json!({"postcode": ""}));
        sim.run_for(Delay::mins(3));
        sim.edit(bad, &json!({"postcode": "LS1 4AP"}));
        numbers.extend(sim.good_orders(5));
        numbers.push(bad);
        sim.run_for(Delay::mins(30));
        let sent = sim.calls("POST orders/orders");
        assert_eq!(sent, 46, "seed {seed}");
        restore(&mut sim, &backup);
        sim.run_for(Delay::mins(60));
        for number in &numbers {
            assert_eq!(sim.shipments(*number), 1, "seed {seed}, order {number}");
            assert_eq!(sim.state(*number), Some(StateWord::Sent), "seed {seed}, order {number}");
        }
        assert_eq!(sim.calls("POST orders/orders"), sent, "seed {seed}: something was sent again");
        let fresh = sim.order(json!({}));
        sim.run_for(Delay::mins(5));
        assert_eq!(sim.shipments(fresh), 1, "seed {seed}: what comes now is sent");
        let creations = lock(&sim.net.world).shipments().iter().map(|one| one.creations).max();
        assert_eq!(creations, Some(1), "seed {seed}");
        checks::at_every_step(&sim);
    }
}

#[test]
fn i2_a_call_that_was_out_when_the_database_was_put_back_is_waited_for() {
    let mut sim = Sim::new(Plan::quiet(3, 0));
    sim.run_for(Delay::mins(2));
    let pause = |sim: &Sim, paused| {
        commands::pause(&sim.daemon.store, sim.now(), "a person".into(), paused).expect("written")
    };
    pause(&sim, true);
    let number = sim.order(json!({}));
    sim.run_for(Delay::mins(2));
    assert_eq!(sim.state(number), Some(StateWord::Waiting));
    let backup = sim.disk.image();
    restore(&mut sim, &backup);
    pause(&sim, false);
    let before = sim.now().mono;
    while sim.shipments(number) == 0 {
        sim.run_for(Delay::secs(1));
        assert!(sim.now().mono.since(before) < Delay::mins(10), "never sent");
    }
    // As long as a call of before may still come to be seen.
    assert!(sim.now().mono.since(before) >= Delay::secs(120));
    assert_eq!(sim.shipments(number), 1);
}

#[test]
fn i7_a_full_disk_takes_no_notification_sends_nothing_and_is_recovered_from_without_anybody() {
    let mut sim = Sim::new(Plan::quiet(5, 0));
    sim.run_for(Delay::mins(2));
    let numbers = sim.good_orders(60);
    while sim.calls("POST orders/orders") < 5 {
        sim.run_for(Delay(50));
    }
    sim.disk.fill(true);
    let before = sim.calls("POST orders/orders");
    for minute in 0..10_u8 {
        sim.run_for(Delay::mins(1));
        let kept = inbox::receive(&sim.daemon.store, sim.now(), vec![minute; 9], true);
        assert!(kept.is_err(), "acknowledged although it is nowhere");
    }
    // Those whose intent was on the disk already: one for each worker.
    let sent = sim.calls("POST orders/orders") - before;
    assert!(sent <= 2, "{sent} were sent without a record of it");
    sim.disk.fill(false);
    sim.run_for(Delay::mins(30));
    for number in numbers {
        assert_eq!(sim.shipments(number), 1);
        assert_eq!(sim.state(number), Some(StateWord::Sent));
    }
    let creations = lock(&sim.net.world).shipments().iter().map(|one| one.creations).max();
    assert_eq!(creations, Some(1));
    let kept = inbox::receive(&sim.daemon.store, sim.now(), vec![99; 9], true);
    assert!(kept.is_ok());
}

const DAY: Delay = Delay::mins(24 * 60);
const SHORT: Kept = Kept { orders: DAY, webhooks: DAY, labels: DAY };

fn now(n: u64) -> Now {
    let wall = Timestamp(i64::try_from(n).expect("small"));
    Now { wall, mono: Moment(n) }
}

fn orders() -> Vec<Order> {
    let one = |n: u8| Order {
        state: OrderState::Processed,
        updated_at: Timestamp(i64::from(n) * 1_000),
        ..Order::unknown(OrderId::from_bytes([n; 16]), OrderNumber(u64::from(n)), Timestamp(1))
    };
    (1..=50).map(one).collect()
}

/// Removes what is old; `None` when the power failed.
fn drain(store: &Store, at: Now) -> Option<()> {
    let today = purge::today(store, at, SHORT, Trust::Running).ok()?;
    let mut place = Place::default();
    loop {
        match purge::step(store, at, &today, Some(&BTreeSet::new()), &mut place).ok()? {
            Stepped::Removed(_) => {}
            Stepped::Nothing => return Some(()),
        }
    }
}

#[test]
fn the_power_failing_at_any_moment_while_old_orders_are_removed_leaves_each_whole_or_gone() {
    let (mut failed, mut whole) = (0, 0);
    for sync in 4..16 {
        for torn in [Torn::Nothing, Torn::Part, Torn::All] {
            let disk = Disk::default();
            let open = || {
                let backend = disk.clone();
                Store::open_with(move || Ok(backend.backend()), 1 << 20)
            };
            let store = open().expect("opens");
            let put = move |_: &linnstream::store::View<'_>| {
                let mut changes = Changes::new();
                orders().into_iter().for_each(|order| changes.put_order(order));
                Ok::<_, FlowError>((changes, ()))
            };
            store.write(now(60_000), put).expect("written");
            disk.fail_at([(disk.syncs() + sync, torn)]);
            let at = now(2 * DAY.0 + 60_000);
            match drain(&store, at) {
                Some(()) => whole += 1,
                None => failed += 1,
            }
            drop(store);
            let mut random = fastrand::Rng::with_seed(sync);
            disk.cut_power(&mut random);
            // Where everything went well, the power may fail now.
            let store = open().unwrap_or_else(|_| {
                disk.cut_power(&mut random);
                open().expect("opens after it")
            });
            let left = store
                .read(|view| {
                    let mut left = 0;
                    for order in orders() {
                        let number = view.order_by_number(order.number)?;
                        assert_eq!(number, view.order(order.id)?, "an order is half gone");
                        left += u64::from(number.is_some());
                    }
                    let closed = view.closed_before(Timestamp(i64::MAX), None, 99)?.len() as u64;
                    assert_eq!(closed, left);
                    Ok((left, view.counts()?.orders[&StateWord::Processed]))
                })
                .expect("readable");
            assert_eq!(left.0, left.1, "the count is right");
            if drain(&store, at).is_none() {
                continue;
            }
            let counts = store.read(|view| view.counts()).expect("readable");
            assert_eq!(counts.orders[&StateWord::Processed], 0);
        }
    }
    assert!(failed > 5 && whole > 5, "{failed} {whole}");
}
