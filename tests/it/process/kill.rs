//! Killed at any instant, with answers lost after they were carried out: nothing lost, nothing twice.

use std::collections::BTreeSet;
use std::time::Duration;

use linnstream::sandbox::{Api, Fault, FaultKind, Mix, WorldOptions};

use super::{Site, moment};

const GOOD: usize = 100;
const BAD: usize = 8;
const KILLS: u64 = 25;

#[test]
fn i2_i8_twenty_five_kills_while_a_hundred_orders_are_sent_lose_and_double_nothing() {
    let site = Site::new(WorldOptions { seed: 25, ..WorldOptions::default() }, "");
    let clock_now = linnstream::clock::Clock::now(&linnstream::clock::SystemClock::continuing(
        linnstream::domain::time::Moment(0),
    ));
    let good = site.world(|world| world.add_orders(clock_now, GOOD, &Mix::default()));
    let bad = site.world(|world| {
        world.add_orders(clock_now, BAD, &Mix { missing_postcode: 100, ..Mix::default() })
    });
    let mut random = fastrand::Rng::with_seed(25);
    let mut in_the_midst = 0;
    for _ in 0..KILLS {
        site.world(|world| {
            world.clear_faults();
            for _ in 0..random.u32(1..4) {
                world.add_fault(Fault::once(
                    Api::Stream,
                    "/api/orders/orders",
                    FaultKind::DropAfter,
                ));
            }
            world.add_fault(Fault::once(
                Api::Linnworks,
                "Orders/AddOrdersNote",
                FaultKind::DropAfter,
            ));
        });
        let daemon = site.run();
        moment(Duration::from_millis(random.u64(30..450)));
        daemon.kill();
        let sent = site.world(|world| world.shipments().len());
        in_the_midst += u64::from(sent > 0 && sent < GOOD);
    }
    assert!(
        in_the_midst >= KILLS / 2,
        "only {in_the_midst} kills fell while orders were going out"
    );
    site.world(|world| world.clear_faults());
    let _daemon = site.run();
    site.wait_for("every good order has its shipment, every bad one its note", |world| {
        good.iter().all(|number| world.live_shipments(*number).len() == 1)
            && bad
                .iter()
                .all(|number| world.order(*number).is_some_and(|order| !order.notes.is_empty()))
    });
    site.wait_for_exit_code(&["jobs", "--state", "unsure", "--json"], 0);
    let mut unsure = true;
    while unsure {
        let output = site.wait_for_exit_code(&["jobs", "--state", "unsure", "--json"], 0);
        unsure = String::from_utf8_lossy(&output.stdout).trim() != "[]";
    }
    site.world(|world| {
        for shipment in world.shipments() {
            assert_eq!(shipment.creations, 1, "the lines of {} were doubled", shipment.order_no);
        }
        assert_eq!(world.shipments().len(), GOOD);
        for number in &bad {
            let order = world.order(*number).expect("there");
            assert_eq!(
                order.notes.len(),
                1,
                "order {number} has a second note: {:?}",
                texts(order)
            );
        }
    });
    let audit = site.ask(&["audit", "--local", "--json"]);
    assert_eq!(audit.status.code(), Some(0), "{audit:?}");
}

fn texts(order: &linnstream::sandbox::Order) -> BTreeSet<String> {
    order.notes.iter().map(|note| note.text.clone()).collect()
}
