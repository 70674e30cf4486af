//! The invariants, checked against the truth of the sandbox models.

use std::collections::{BTreeMap, BTreeSet};

use linnstream::domain::ids::OrderNumber;
use linnstream::domain::job::JobWord;
use linnstream::domain::order::{CancelledBy, Cause, OrderState};
use linnstream::sandbox::{Api, Order, Shipment, Status, World, limit_of};

use crate::net::lock;
use crate::sim::Sim;

pub fn fail(sim: &Sim, what: &str) -> ! {
    let tail = lock(&sim.net.trace).tail();
    let points: Vec<String> = sim.plan.crashes.iter().map(ToString::to_string).collect();
    let again = match points.as_slice() {
        [] => String::new(),
        points => format!(
            "\nrepeat with: {}POINT={} cargo test --test simulation one_point -- --ignored --nocapture",
            sim.plan.day,
            points.join(",")
        ),
    };
    panic!(
        "{what}; {}\n--- the last steps ---\n{tail}--- seed {} ---{again}",
        sim.about, sim.plan.seed
    );
}

macro_rules! check {
    ($sim:expr, $condition:expr, $($text:tt)*) => {
        if !$condition {
            fail($sim, &format!($($text)*));
        }
    };
}

/// Marked + in the list of invariants: true at every moment.
pub fn at_every_step(sim: &Sim) {
    let world = lock(&sim.net.world);
    let mut live: BTreeMap<&str, u32> = BTreeMap::new();
    for shipment in world.shipments().iter().filter(|shipment| !shipment.deleted) {
        check!(
            sim,
            shipment.creations == 1,
            "I2: the lines of {} stand {} times",
            shipment.order_no,
            shipment.creations
        );
        let order = shipment.order_no.split(['-', '(']).next().unwrap_or_default();
        *live.entry(order).or_default() += 1;
    }
    for (order, count) in live {
        check!(sim, count == 1, "I2: order {order} has {count} live shipments");
    }
    notes_are_single(sim, &world);
    for (api, method, _, most) in world.calls_per_method() {
        if api == Api::Linnworks {
            check!(
                sim,
                most <= limit_of(method),
                "I10: {method} was called {most} times in a minute"
            );
        }
    }
}

fn notes_are_single(sim: &Sim, world: &World) {
    for order in world.orders() {
        let markers: Vec<&str> = order
            .notes
            .iter()
            .filter_map(|note| note.text.rsplit_once("[LS ").map(|(_, marker)| marker))
            .collect();
        let distinct: BTreeSet<&&str> = markers.iter().collect();
        check!(sim, distinct.len() == markers.len(), "I8: order {} has a note twice", order.number);
    }
}

/// Whether the daemon must have done something about the order.
fn eligible(order: &Order) -> bool {
    order.is_open()
        && !order.parked
        && !order.hold
        && matches!(order.status, 1 | 4)
        && order.vendor.contains("Stream")
}

/// As [`at_rest`], for a wall clock that was set: an order that is received outside the lookback then is
/// held, which is right.
pub fn at_rest_after_a_jump(sim: &Sim) {
    let counts = sim.daemon.store.read(|view| view.counts()).expect("readable");
    for word in [JobWord::Waiting, JobWord::Sending, JobWord::Unsure] {
        let left = counts.jobs.get(&word).copied().unwrap_or(0);
        check!(sim, left == 0, "I14: {left} jobs are still {}", word.word());
    }
    let world = lock(&sim.net.world);
    for order in world.orders().filter(|order| eligible(order)) {
        let number = OrderNumber(u64::from(order.number));
        let known = sim.daemon.store.read(|view| view.order_by_number(number)).expect("readable");
        let held = known.is_some_and(|known| matches!(known.state, OrderState::Held(_)));
        if !held {
            one_order(sim, &world, order);
        }
    }
}

/// At rest: faults are off and everything had time to settle.
pub fn at_rest(sim: &Sim) {
    let world = lock(&sim.net.world);
    for order in world.orders() {
        one_order(sim, &world, order);
        closed_order(sim, &world, order);
    }
    let counts = sim.daemon.store.read(|view| view.counts()).expect("readable");
    for word in [JobWord::Waiting, JobWord::Sending, JobWord::Unsure] {
        let left = counts.jobs.get(&word).copied().unwrap_or(0);
        if left > 0 {
            let ids = sim.daemon.store.read(|view| view.jobs_in(word, None, 3)).expect("readable");
            let jobs: Vec<_> = ids
                .into_iter()
                .map(|id| sim.daemon.store.read(|view| view.job(id)).expect("readable"))
                .collect();
            fail(sim, &format!("I14: {left} jobs are still {}: {jobs:?}", word.word()));
        }
    }
}

/// I9 and I16: what was delivered is processed unless Linnworks refuses; what was cancelled is gone from
/// Stream, or a person knows.
fn closed_order(sim: &Sim, world: &World, order: &Order) {
    let number = OrderNumber(u64::from(order.number));
    let known = sim.daemon.store.read(|view| view.order_by_number(number)).expect("readable");
    let Some(known) = known else { return };
    let live = world.live_shipments(order.number);
    if eligible(order) && known.state == OrderState::Delivered {
        fail(sim, &format!("I9: {number} is delivered and not processed; {}", story(sim, &known)));
    }
    let told = matches!(known.state, OrderState::Attention(..));
    if order.cancelled && !live.is_empty() && !told && known.shipped.is_some() {
        fail(sim, &format!("I16: {number} is cancelled and in Stream; {}", story(sim, &known)));
    }
}

fn one_order(sim: &Sim, world: &World, order: &Order) {
    let number = OrderNumber(u64::from(order.number));
    let known = sim.daemon.store.read(|view| view.order_by_number(number)).expect("readable");
    let live = world.live_shipments(order.number);
    let has = |tag: &str| order.tags.iter().any(|on| on == tag);
    let (sent, error) = (has("SENT TO STREAM"), has("ERROR FROM STREAM"));
    check!(sim, !(sent && error), "I6: order {number} is both sent and in error");
    for shipment in &live {
        check!(
            sim,
            bare(&shipment.postcode()) == bare(&order.address.postcode),
            "I3: {number} carries other data"
        );
    }
    if !eligible(order) {
        return;
    }
    if let (Some(known), [shipment]) = (&known, live.as_slice()) {
        plan_is_shown(sim, world, order, known, shipment);
    }
    let Some(known) = known else {
        fail(sim, &format!("I1: eligible order {number} is not known"))
    };
    match (&known.state, live.as_slice()) {
        (OrderState::Cancelled(CancelledBy::Person), []) => {}
        (
            OrderState::Sent | OrderState::Planned | OrderState::Dispatched | OrderState::Delivered,
            [shipment],
        ) => {
            if !sent {
                let story = story(sim, &known);
                fail(
                    sim,
                    &format!("I1: {number} is sent and not marked: {:?}; {story}", order.tags),
                );
            }
            // A number that somebody typed is kept, and a note says so.
            let typed = !order.tracking.is_empty()
                && order.notes.iter().any(|note| note.text.contains(&order.tracking));
            check!(
                sim,
                order.tracking == shipment.tracking || typed,
                "I4: {number} tracks {:?}",
                order.tracking
            );
        }
        (OrderState::Refused(refusal), []) => {
            check!(
                sim,
                error,
                "I1: {number} is refused and not marked: {:?}; {}",
                order.tags,
                story(sim, &known)
            );
            let text = refusal.text();
            check!(
                sim,
                order.notes.iter().any(|note| note.text.contains(&text)),
                "R12: {number} has no note"
            );
        }
        (OrderState::Attention(..), _) => {}
        (state, shipments) => {
            let story = story(sim, &known);
            fail(
                sim,
                &format!("I1: {number} is {state:?} with {} shipments; {story}", shipments.len()),
            );
        }
    }
}

const DAYS: [&str; 7] =
    ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

/// I5: run, day and place on an open order are those of the plan in Stream, by rules of their own.
fn plan_is_shown(
    sim: &Sim,
    world: &World,
    order: &Order,
    known: &linnstream::domain::order::Order,
    shipment: &Shipment,
) {
    let kept = matches!(
        known.state,
        OrderState::Sent
            | OrderState::Planned
            | OrderState::Dispatched
            | OrderState::Attention(Cause::Delivery | Cause::Processing, _)
    );
    if !kept || shipment.status == Status::Delivered {
        return;
    }
    let mut wanted = BTreeSet::new();
    if let Some(place) = &shipment.place {
        let run = world.run(&place.run).expect("a run");
        if run.description != "RUN 21" && run.description.starts_with("RUN ") {
            wanted.insert(run.description.clone());
        }
        let day: jiff::civil::Date = run.day.parse().expect("a day");
        wanted.insert(DAYS[day.weekday().to_monday_zero_offset() as usize].to_owned());
        if place.sequence <= 20 {
            wanted.insert(format!("SEQ {:02}", place.sequence));
        }
    }
    let ours = |tag: &&String| {
        tag.starts_with("RUN ") || tag.starts_with("SEQ ") || DAYS.contains(&tag.as_str())
    };
    let has: BTreeSet<String> = order.tags.iter().filter(ours).cloned().collect();
    if has != wanted {
        let story = story(sim, known);
        fail(sim, &format!("I5: {} shows {has:?}, Stream has {wanted:?}; {story}", order.number));
    }
}

/// What happened to an order, and its jobs.
fn story(sim: &Sim, known: &linnstream::domain::order::Order) -> String {
    let (timeline, jobs) = sim
        .daemon
        .store
        .read(|view| Ok((view.timeline(known.id)?, view.jobs_of(known.id)?)))
        .expect("readable");
    let mut story = format!("held {:?}\n", known.tags);
    for entry in timeline {
        story.push_str(&format!("  {} {} {}\n", entry.at.rfc3339(), entry.what, entry.detail));
    }
    for job in jobs {
        story.push_str(&format!("  {:?} {:?} {:?}\n", job.id, job.task.kind(), job.state));
    }
    story
}

/// A postcode, however it was typed.
fn bare(postcode: &str) -> String {
    postcode.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase()
}
