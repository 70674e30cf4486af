//! Our own part of one job: its claim and its settlement, as flushes counted and as time over the floor.
//! Claim and settlement of neighbours in a batch are one transaction: fused.

use std::fs::OpenOptions;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use linnstream::domain::job::{Job, JobEvent};
use linnstream::domain::order::OrderState;
use linnstream::store::{Changes, Store, StoreError};
use redb::StorageBackend;
use redb::backends::FileBackend;

use crate::floor::{Floor, median};
use crate::records::{after, job, now, order, started};
use crate::report::{REPEATS, Report};

/// A file that counts its flushes.
#[derive(Debug)]
struct Counting(FileBackend, Arc<AtomicU64>);

impl StorageBackend for Counting {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}

fn claimed(changes: &mut Changes, waiting: &Job, n: u64) -> Job {
    let sending = started(waiting, n + 1);
    changes.put_order(order(n, OrderState::Sending));
    changes.put_job(sending.clone());
    sending
}

fn settled(changes: &mut Changes, sending: &Job, n: u64) {
    changes.put_order(order(n, OrderState::Sent));
    changes.put_job(after(sending, &JobEvent::Completed, n + 1));
}

struct Shares {
    flushes: f64,
    flushes_fused: f64,
    time: f64,
    time_fused: f64,
}

fn write(store: &Store, n: u64, changes: Changes) {
    let written = store.write(now(n + 1), move |_| Ok::<_, StoreError>((changes, ())));
    written.map_err(|_| ()).expect("written");
}

/// `None` when the disk stalled.
fn measure(jobs: u64) -> Option<Shares> {
    let place = tempfile::tempdir().expect("a folder");
    let flushes = Arc::new(AtomicU64::new(0));
    let (path, counter) = (place.path().join("db"), Arc::clone(&flushes));
    let backend = move || -> io::Result<Box<dyn StorageBackend>> {
        let mut file = OpenOptions::new();
        let file = file.read(true).write(true).create(true).truncate(false).open(&path)?;
        let backend = FileBackend::new(file).map_err(io::Error::other)?;
        Ok(Box::new(Counting(backend, Arc::clone(&counter))))
    };
    let store = Store::open_with(backend, 64 << 20).expect("opened");
    let mut all = Changes::new();
    for n in 0..jobs * 2 {
        all.put_order(order(n, OrderState::Waiting));
        all.put_job(job(n));
    }
    write(&store, 0, all);
    let mut floor = Floor::new(place.path());
    let (mut floors, mut alone, mut fused) = (Vec::new(), Vec::new(), Vec::new());
    let before = flushes.load(Ordering::Relaxed);
    for n in 0..jobs {
        floors.push(floor.once());
        let begin = Instant::now();
        let mut claim = Changes::new();
        let sending = claimed(&mut claim, &job(n), n);
        write(&store, n, claim);
        let mut settle = Changes::new();
        settled(&mut settle, &sending, n);
        write(&store, n, settle);
        alone.push(begin.elapsed());
    }
    let between = flushes.load(Ordering::Relaxed);
    let mut first = Changes::new();
    let mut sending = claimed(&mut first, &job(jobs), jobs);
    write(&store, jobs, first);
    for n in jobs..jobs * 2 - 1 {
        let begin = Instant::now();
        let mut both = Changes::new();
        settled(&mut both, &sending, n);
        sending = claimed(&mut both, &job(n + 1), n + 1);
        write(&store, n, both);
        fused.push(begin.elapsed());
    }
    let after = flushes.load(Ordering::Relaxed);
    let floor = median(&mut floors)?.as_secs_f64();
    let time = |times: &mut Vec<_>| crate::report::percentile(times, 0.5).as_secs_f64() / floor;
    Some(Shares {
        flushes: (between - before) as f64 / jobs as f64,
        flushes_fused: (after - between) as f64 / (jobs - 1) as f64,
        time: time(&mut alone),
        time_fused: time(&mut fused),
    })
}

/// Measures jobs alone and fused.
pub fn run(report: &mut Report, quick: bool) {
    let (jobs, repeats) = if quick { (200, 1) } else { (1_000, REPEATS) };
    let mut shares = Vec::new();
    for _ in 0..repeats * 3 {
        if shares.len() < repeats {
            shares.extend(measure(jobs));
        }
    }
    if shares.is_empty() {
        println!("the disk stalls: nothing can be said of flushes");
        return;
    }
    let all = |of: fn(&Shares) -> f64| shares.iter().map(of).collect::<Vec<_>>();
    report.line("Flushes of one job (counted)", "at most 5", all(|s| s.flushes), |n| n <= 5.0);
    report.line("Flushes of one job, fused", "at most 4", all(|s| s.flushes_fused), |n| n <= 4.0);
    report.line("Time of one job, in flushes", "at most 5", all(|s| s.time), |n| n <= 5.0);
    report.line("Time of one job, fused", "at most 4", all(|s| s.time_fused), |n| n <= 4.0);
}
