//! A day's worth a day, whatever the clock says; nothing that is open; nothing sent blind afterwards.

use std::sync::Arc;

use super::*;
use crate::domain::depot::Depot;
use crate::domain::job::{Doubt, JobState, Task};
use crate::domain::order::OrderState;
use crate::domain::shipment::fixtures as orders;
use crate::domain::time::Moment;
use crate::domain::webhook::{Hint, Webhook};
use crate::flow::{fixtures, intake};
use crate::store::StoreOptions;

const DAY_MS: i64 = 24 * 3_600_000;

const KEPT: Kept = Kept {
    orders: Delay::mins(90 * 24 * 60),
    webhooks: Delay::mins(30 * 24 * 60),
    labels: Delay::mins(14 * 24 * 60),
};

/// Noon of a day since the beginning; both clocks.
fn day(n: i64) -> Now {
    let ms = n * DAY_MS + DAY_MS / 2;
    Now { wall: Timestamp(ms), mono: Moment(u64::try_from(ms).expect("after it")) }
}

fn open(place: &tempfile::TempDir) -> Store {
    Store::open(&place.path().join("db"), StoreOptions::default()).expect("opens")
}

fn put(store: &Store, fill: impl FnOnce(&mut Changes)) {
    let mut changes = Changes::new();
    fill(&mut changes);
    store.write(day(0), move |_| Ok::<_, FlowError>((changes, ()))).expect("written");
}

fn id(n: u64) -> OrderId {
    let mut bytes = [9; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    OrderId::from_bytes(bytes)
}

/// Over at noon of day `n`, received that morning.
fn closed(n: u64) -> Order {
    let at = day(i64::try_from(n).expect("small")).wall;
    Order {
        state: OrderState::Processed,
        updated_at: at,
        received: Some(Timestamp(at.0 - 1_000)),
        ..Order::unknown(id(n), crate::domain::ids::OrderNumber(1_000 + n), at)
    }
}

/// Removes what may go; how many orders and other things that were.
fn drain(store: &Store, now: Now, trust: Trust, open: &BTreeSet<OrderId>) -> usize {
    let purge = today(store, now, KEPT, trust).expect("begun");
    let (mut place, mut removed) = (Place::default(), 0);
    loop {
        match step(store, now, &purge, Some(open), &mut place).expect("stepped") {
            Stepped::Removed(count) => removed += count,
            Stepped::Nothing => return removed,
        }
    }
}

fn left(store: &Store) -> usize {
    store.read(|view| view.closed_before(Timestamp(i64::MAX), None, 999)).expect("readable").len()
}

#[test]
fn a_clock_that_jumps_takes_one_days_worth_with_it_and_no_more() {
    let place = tempfile::tempdir().expect("a folder");
    let store = open(&place);
    put(&store, |c| (1..=100).for_each(|n| c.put_order(closed(n))));
    let none = BTreeSet::new();
    // Those of day 1 to 9 are older than 90 days, and one day's worth goes.
    assert_eq!(drain(&store, day(100), Trust::Started, &none), 1);
    assert_eq!(drain(&store, day(100), Trust::Running, &none), 0);
    let mut jumped = day(100);
    jumped.wall = day(500).wall;
    jumped.mono = Moment(jumped.mono.0 + 1_000);
    assert_eq!(drain(&store, jumped, Trust::Running, &none), 0, "the day is not over");
    // A start asks the wall clock, once: the machine may have been off.
    assert_eq!(drain(&store, jumped, Trust::Started, &none), 1);
    assert_eq!(drain(&store, jumped, Trust::Started, &none), 0);
    jumped.mono = jumped.mono.after(DAY);
    assert_eq!(drain(&store, jumped, Trust::Running, &none), 1);
    assert_eq!(left(&store), 97);
    // The clock is right again: nothing more than is old goes.
    let mut now = day(102);
    let mut gone = 0;
    for _ in 0..30 {
        now = Now { wall: now.wall, mono: now.mono.after(Delay(2 * DAY.0)) };
        gone += drain(&store, now, Trust::Running, &none);
    }
    assert_eq!((gone, left(&store)), (8, 89), "those of day 4 to 11");
}

#[test]
fn what_is_far_behind_is_caught_up_with_once_the_clock_is_trusted_and_a_day_goes_each_day() {
    let place = tempfile::tempdir().expect("a folder");
    let store = open(&place);
    put(&store, |c| (1..=200).for_each(|n| c.put_order(closed(n))));
    let none = BTreeSet::new();
    assert_eq!(drain(&store, day(200), Trust::Steady, &none), 7);
    assert_eq!(drain(&store, day(201), Trust::Steady, &none), 7);
    for n in 202..230 {
        drain(&store, day(n), Trust::Steady, &none);
    }
    // From now on what becomes old each day.
    assert_eq!(drain(&store, day(230), Trust::Running, &none), 1);
    assert_eq!(drain(&store, day(231), Trust::Running, &none), 1);
}

#[test]
fn an_order_that_is_open_in_linnworks_or_has_something_under_way_stays_and_holds_up_no_other() {
    let place = tempfile::tempdir().expect("a folder");
    let store = open(&place);
    put(&store, |c| {
        (1..=3).for_each(|n| c.put_order(closed(n)));
        let order = closed(2);
        c.put_job(crate::domain::job::Job {
            id: crate::domain::ids::JobId(5),
            order: order.id,
            number: order.number,
            task: Task::Identifiers,
            state: JobState::Waiting { due: Moment(0), resend: false },
            attempts: 0,
            created_at: Timestamp(0),
            last_error: None,
            prepared: None,
        });
    });
    let open = BTreeSet::from([id(1)]);
    for n in 200..206 {
        drain(&store, day(n), Trust::Running, &open);
    }
    let there = |n| store.read(|view| view.order(id(n))).expect("readable").is_some();
    assert!(there(1) && there(2) && !there(3));
    // Until it is known what is open, no order goes.
    let purge = today(&store, day(300), KEPT, Trust::Running).expect("begun");
    let mut place = Place::default();
    while step(&store, day(300), &purge, None, &mut place).expect("stepped") != Stepped::Nothing {}
    assert!(there(1));
}

#[test]
fn an_order_that_was_removed_and_is_opened_again_is_looked_for_in_stream_before_it_is_sent() {
    let place = tempfile::tempdir().expect("a folder");
    let store = open(&place);
    let resolution = orders::resolution();
    let depot = Depot {
        id: resolution.depot.id.clone(),
        name: resolution.depot.name.clone(),
        stock_location: (resolution.stock_location.id, resolution.stock_location.name),
        methods: vec![resolution.method],
    };
    let source = orders::order();
    let received = source.received.expect("received");
    let closed_at = received.after(Delay::mins(60));
    put(&store, |c| {
        c.set(Setting::Depots { at: Timestamp(0), depots: vec![depot] });
        c.put_order(Order {
            state: OrderState::Processed,
            updated_at: closed_at,
            received: Some(received),
            ..Order::unknown(source.id, source.number, closed_at)
        });
    });
    let now = Now { wall: closed_at.after(Delay(100 * DAY.0)), mono: Moment(100 * DAY.0) };
    assert_eq!(drain(&store, now, Trust::Running, &BTreeSet::new()), 1);
    let purge = store.read(|view| view.purge()).expect("readable").expect("begun");
    assert_eq!(purge.forgotten, received.after(Delay(1)));
    let next = Now { wall: now.wall, mono: now.mono.after(DAY) };
    let purge = today(&store, next, KEPT, Trust::Running).expect("begun");
    assert_eq!(purge.forgotten, received.after(Delay(1)), "kept from day to day");
    let mut rules = fixtures::rules();
    rules.lookback_days = 1_000;
    let rules = Arc::new(rules);
    let doubt = |source: &crate::domain::source::SourceOrder| {
        intake::accept(&store, now, &rules, vec![source.clone()], Vec::new()).expect("taken in");
        let jobs = store.read(|view| view.jobs_of(source.id)).expect("readable");
        jobs.iter().any(|job| {
            matches!(job.state, JobState::Unsure { doubt: Doubt::Quarantined, attempt: 0, .. })
        })
    };
    assert!(doubt(&source), "nothing of it is sent before Stream was asked");
    let mut later = source.clone();
    later.id = id(77);
    later.number = crate::domain::ids::OrderNumber(7);
    later.received = Some(received.after(Delay(1)));
    assert!(!doubt(&later), "what came later is none of those that were removed");
}

#[test]
fn notifications_go_by_when_they_came_last() {
    let place = tempfile::tempdir().expect("a folder");
    let store = open(&place);
    let webhook = |n: i64, last: i64| Webhook {
        id: WebhookId(u64::try_from(day(n).wall.0).expect("positive")),
        at: day(n).wall,
        last_at: day(last).wall,
        times: 1,
        hash: [u8::try_from(n).expect("small"); 32],
        hint: Hint::default(),
        state: crate::domain::webhook::WebhookState::Done,
        detail: String::new(),
        left: 0,
    };
    put(&store, |c| {
        for (n, last) in [(1, 1), (2, 60), (3, 3), (40, 40)] {
            c.push(Change::PutWebhook(Box::new(webhook(n, last))));
        }
    });
    for n in 50..60 {
        drain(&store, day(n), Trust::Running, &BTreeSet::new());
    }
    let left = store.read(|view| view.webhooks(None, 9)).expect("readable");
    let ids = [2, 40].map(|n| WebhookId(u64::try_from(day(n).wall.0).expect("positive")));
    assert_eq!(left, ids);
}
