//! Every fault at every endpoint that is called: each is classified rightly, none passes for a yes, and
//! once it is over everything ends as it should.

use std::collections::BTreeSet;

use linnstream::domain::time::Delay;
use linnstream::sandbox::{Api, Fault, FaultKind};
use serde_json::json;

use crate::checks;
use crate::net::lock;
use crate::people;
use crate::post::Mail;
use crate::sim::{Plan, Sim};

/// How often each fault happens in a row: a first try and some that follow it.
const TIMES: [u32; 2] = [1, 3];

fn kinds() -> Vec<FaultKind> {
    let mut kinds = vec![
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::Delay(Delay::secs(60)),
        FaultKind::Delay(Delay::secs(10)),
        FaultKind::Html { status: 502 },
        FaultKind::Html { status: 200 },
        FaultKind::Html { status: 404 },
        FaultKind::Truncate,
        FaultKind::WrongType,
        FaultKind::Refuse,
    ];
    kinds.extend(
        [301, 400, 401, 403, 404, 408, 409, 422, 429, 500, 503]
            .map(|status| FaultKind::Status { status, retry_after: None }),
    );
    kinds.push(FaultKind::Status { status: 429, retry_after: Some(20) });
    kinds
}

/// Orders that make the daemon call everything it calls: good ones, one refused by us, one whose create
/// goes unanswered, so that it is looked up.
fn day() -> Sim {
    let mut plan = Plan::quiet(11, 0);
    plan.mail = Some(Mail::GOOD);
    let sim = Sim::new(plan);
    for fields in [json!({}), json!({"postcode": ""}), json!({}), json!({}), json!({}), json!({})] {
        sim.order(fields);
    }
    let lost = Fault::once(Api::Stream, "/api/orders/orders", FaultKind::DropAfter);
    assert!(lock(&sim.net.world).add_fault(lost));
    sim
}

/// What planners, drivers, packers and people in Linnworks do after some minutes, as far as it suits the
/// orders. Answers the order whose label somebody presses for until it is there.
fn later(sim: &mut Sim) -> Option<u32> {
    let order = |n: u32| 100_001 + n;
    for body in [
        json!({"action": "plan", "orders": [order(0), order(2)], "run": "RUN 01", "sequence": 1}),
        json!({"action": "deliver", "orders": [order(2)]}),
        json!({"action": "edit", "orders": [order(3)], "fields": {"reference": "SHOP-EDITED"}}),
        json!({"action": "edit", "orders": [order(4)], "fields": {"address1": "9 New Street"}}),
    ] {
        people::advance(sim, "people", &body);
    }
    sim.press_print(order(5), false);
    sim.run_for(Delay::secs(20));
    sim.press_cancel(order(5));
    // Nobody has seen this one yet.
    let fresh = sim.order(json!({}));
    sim.press_print(fresh, true).then_some(fresh)
}

/// The methods that the day calls, with the path by which a fault meets them.
fn endpoints() -> BTreeSet<(Api, String)> {
    let mut sim = day();
    sim.run_for(Delay::mins(5));
    later(&mut sim).expect("its service is known");
    sim.run_for(Delay::mins(20));
    let world = lock(&sim.net.world);
    let called = world.calls_per_method().map(|(api, method, _, _)| (api, path_of(method)));
    called.collect()
}

fn path_of(method: &str) -> String {
    match method.split_once(' ') {
        // What is about one order has its number at the end.
        Some(("GET" | "PATCH" | "DELETE", path @ ("orders/orders" | "orders/status"))) => {
            format!("/api/{path}/*")
        }
        Some((_, path)) => format!("/api/{path}"),
        None => method.to_owned(),
    }
}

#[test]
fn i1_i2_i8_i14_every_fault_at_every_endpoint_ends_well_once_it_is_over() {
    let endpoints = endpoints();
    assert!(endpoints.len() >= 17, "{endpoints:?}");
    for (api, path) in &endpoints {
        for kind in kinds() {
            for times in TIMES {
                let mut sim = day();
                let fault = Fault {
                    api: Some(*api),
                    path: Some(path.clone()),
                    count: times,
                    kind: kind.clone(),
                };
                assert!(lock(&sim.net.world).add_fault(fault));
                sim.about = format!("{path} {kind:?} {times} times");
                sim.run_for(Delay::mins(5));
                let printed = later(&mut sim);
                sim.run_for(Delay::mins(20));
                lock(&sim.net.world).clear_faults();
                // What a permanent refusal parked is taken up when somebody says so.
                sim.retry_parked();
                sim.run_for(Delay::mins(25));
                checks::at_every_step(&sim);
                checks::at_rest(&sim);
                let label = printed.map(|number| sim.bench.handed.contains_key(&number));
                assert_ne!(label, Some(false), "{}: there is a label", sim.about);
            }
        }
    }
}
