//! Ready again after a kill, with a million orders kept. The image of a killed daemon is the file as it
//! stands while the database is open: every commit is on disk, nothing was closed.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use linnstream::domain::job::{JobEvent, Settle};
use linnstream::domain::options::ShippingOptions;
use linnstream::domain::order::OrderState;
use linnstream::domain::rules::{Mode, Rules, Thresholds};
use linnstream::domain::tags::TagNames;
use linnstream::domain::time::Delay;
use linnstream::flow::{lease, rescue};
use linnstream::store::{Changes, Store, StoreError, StoreOptions};

use crate::floor::{Floor, median};
use crate::records::{after, closed, job, now, order, started};
use crate::report::{REPEATS, Report};

/// Orders written in one commit while the database is made.
const GROUP: u64 = 2_000;

/// Jobs that were out when the daemon was killed.
const OUT: u64 = 10;

fn rules() -> Arc<Rules> {
    Arc::new(Rules {
        mode: Mode::On,
        dispatch: true,
        changes: true,
        sequence: true,
        mark_processed: false,
        sweep_interval: Delay::secs(900),
        webhooks: true,
        public: true,
        alarms: Thresholds::default(),
        removed: false,
        lookback_days: 7,
        vendor: "Stream".into(),
        batch: 10,
        settle: Settle::default(),
        names: TagNames::default(),
        shipping: ShippingOptions::default(),
        locations: Vec::new(),
        poll_interval: Delay::secs(60),
        creates_per_minute: 120,
        lease: lease(Delay::secs(60)),
    })
}

/// Makes a database of closed orders, and leaves it open.
pub fn fill(path: &Path, orders: u64) -> Store {
    let store = Store::open(path, StoreOptions::default()).expect("opened");
    let write = |changes: Changes| {
        store
            .write(now(1), move |_| Ok::<_, StoreError>((changes, ())))
            .map_err(|_| ())
            .expect("written");
    };
    for from in (0..orders).step_by(GROUP as usize) {
        let mut changes = Changes::new();
        for n in from..(from + GROUP).min(orders) {
            changes.put_order(closed(n));
        }
        write(changes);
    }
    for n in orders..orders + OUT {
        let waiting = job(n);
        let mut changes = Changes::new();
        changes.put_order(order(n, OrderState::Waiting));
        changes.put_job(waiting.clone());
        write(changes);
        let sending = started(&waiting, 2);
        let mut changes = Changes::new();
        changes.put_order(order(n, OrderState::Sending));
        changes.put_job(sending.clone());
        // One in two was settled: the others are unknown.
        if n % 2 == 0 {
            changes.put_order(order(n, OrderState::Sent));
            changes.put_job(after(&sending, &JobEvent::Completed, 3));
        }
        write(changes);
    }
    store
}

/// Measures the opening of the database and the rescue of what was out.
pub fn run(report: &mut Report, quick: bool) {
    let (orders, repeats) = if quick { (50_000, 1) } else { (1_000_000, REPEATS) };
    let place = tempfile::tempdir_in(".").expect("a folder");
    let begin = Instant::now();
    let store = fill(&place.path().join("db"), orders);
    println!("{orders} orders written in {:.0} s", begin.elapsed().as_secs_f64());
    let mut floor = Floor::new(place.path());
    let mut values = Vec::new();
    for _ in 0..repeats * 3 {
        if values.len() >= repeats {
            break;
        }
        let image = place.path().join("image");
        std::fs::copy(place.path().join("db"), &image).expect("copied");
        let mut floors: Vec<_> = (0..500).map(|_| floor.once()).collect();
        let begin = Instant::now();
        let opened = Store::open(&image, StoreOptions::default()).expect("opened");
        let rescued = rescue::at_start(&opened, now(10), &rules()).expect("rescued");
        let took = begin.elapsed().as_secs_f64();
        assert_eq!(rescued as u64, OUT / 2, "what was out is found");
        opened.close().expect("closed");
        if let Some(flush) = median(&mut floors) {
            values.push(took / flush.as_secs_f64());
        }
    }
    drop(store);
    if values.is_empty() {
        println!("the disk stalls: nothing can be said of the start");
        return;
    }
    let what = format!("Ready after a kill, {orders} orders kept, in flushes");
    report.line(&what, "at most 50", values, |ratio| ratio <= 50.0);
}
