//! The life of a job, each step durable: added, claimed with its intent, settled. Beside it the same
//! three transactions on SQLite (WAL, synchronous FULL, a connection per thread). Short bursts alternate.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use linnstream::domain::job::JobEvent;
use linnstream::domain::order::OrderState;
use linnstream::store::{Changes, Store, StoreError, StoreOptions};
use rusqlite::Connection;

use crate::records::{after, job, now, order, started};
use crate::report::{REPEATS, Report, percentile};

/// Bursts of each side in one repetition.
const BURSTS: usize = 12;

/// Jobs in one burst of one worker.
const JOBS: u64 = 40;

fn ours(store: &Arc<Store>, workers: u64, from: u64) -> Duration {
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let store = Arc::clone(store);
            scope.spawn(move || {
                for n in 0..JOBS {
                    cycle(&store, from + worker * JOBS + n);
                }
            });
        }
    });
    begin.elapsed()
}

fn cycle(store: &Store, n: u64) {
    let write = |changes: Changes| {
        store
            .write(now(n + 1), move |_| Ok::<_, StoreError>((changes, ())))
            .map_err(|_| ())
            .expect("written");
    };
    let waiting = job(n);
    let mut added = Changes::new();
    added.put_order(order(n, OrderState::Waiting));
    added.put_job(waiting.clone());
    write(added);
    let sending = started(&waiting, n + 1);
    let mut claimed = Changes::new();
    claimed.put_order(order(n, OrderState::Sending));
    claimed.put_job(sending.clone());
    write(claimed);
    let mut settled = Changes::new();
    settled.put_order(order(n, OrderState::Sent));
    settled.put_job(after(&sending, &JobEvent::Completed, n + 1));
    write(settled);
}

/// A connection of the peer.
fn connect(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("opened");
    connection.busy_timeout(Duration::from_secs(30)).expect("set");
    connection
        .execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
             CREATE TABLE IF NOT EXISTS orders(id INTEGER PRIMARY KEY, state INTEGER, body BLOB);
             CREATE TABLE IF NOT EXISTS jobs(id INTEGER PRIMARY KEY, state INTEGER, due INTEGER, body BLOB);
             CREATE INDEX IF NOT EXISTS ready ON jobs(state, due);",
        )
        .expect("laid out");
    connection
}

fn peer(path: &Path, workers: u64, from: u64) -> Duration {
    let connections: Vec<Connection> = (0..workers).map(|_| connect(path)).collect();
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for (worker, connection) in (0u64..).zip(connections) {
            scope.spawn(move || {
                for n in 0..JOBS {
                    peer_cycle(&connection, from + worker * JOBS + n);
                }
            });
        }
    });
    begin.elapsed()
}

fn peer_cycle(connection: &Connection, n: u64) {
    let body = [0x5a_u8; 260];
    let write = |statements: [(&str, &[&dyn rusqlite::ToSql]); 2]| {
        connection.execute_batch("BEGIN IMMEDIATE").expect("begun");
        for (sql, values) in statements {
            connection.prepare_cached(sql).expect("prepared").execute(values).expect("done");
        }
        connection.execute_batch("COMMIT").expect("committed");
    };
    let n = i64::try_from(n).expect("fits");
    write([
        ("INSERT INTO orders VALUES(?1, 0, ?2)", &[&n, &&body[..]]),
        ("INSERT INTO jobs VALUES(?1, 0, 1, ?2)", &[&n, &&body[..]]),
    ]);
    for state in [1, 2] {
        write([
            ("UPDATE orders SET state = ?2, body = ?3 WHERE id = ?1", &[&n, &state, &&body[..]]),
            ("UPDATE jobs SET state = ?2, body = ?3 WHERE id = ?1", &[&n, &state, &&body[..]]),
        ]);
    }
}

/// How much shorter our bursts are.
fn ratio(workers: u64) -> f64 {
    let place = tempfile::tempdir().expect("a folder");
    let store = Store::open(&place.path().join("ours"), StoreOptions::default()).expect("opened");
    let store = Arc::new(store);
    let (mut ours_took, mut peer_took) = (Vec::new(), Vec::new());
    for burst in 0..BURSTS as u64 {
        let from = burst * workers * JOBS;
        ours_took.push(ours(&store, workers, from));
        peer_took.push(peer(&place.path().join("peer"), workers, from));
    }
    let ours = percentile(&mut ours_took, 0.5).as_secs_f64();
    let cycles = (workers * JOBS) as f64 / ours;
    println!("{workers} workers: {cycles:.0} cycles a second");
    percentile(&mut peer_took, 0.5).as_secs_f64() / ours
}

/// Measures with one worker and with eight.
pub fn run(report: &mut Report, quick: bool) {
    let repeats = if quick { 1 } else { REPEATS };
    let values = |workers| (0..repeats).map(|_| ratio(workers)).collect::<Vec<_>>();
    report
        .line("Job cycle, 1 worker, times SQLite's pace", "(for comparison)", values(1), |_| true);
    report.line("Job cycle, 8 workers, times SQLite's pace", "at least 3", values(8), |ratio| {
        ratio >= 3.0
    });
}
