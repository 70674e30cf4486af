//! An attached console: what it costs the daemon at ten changes a second, and how soon a key is answered on
//! a list of a hundred thousand orders. The real binary, asked over its socket as the console does.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use linnstream::domain::order::OrderState;
use linnstream::store::{Changes, Store, StoreError, StoreOptions};
use tui::client::Client;
use tui::protocol::frame::{Hello, read_frame, write_frame};
use tui::protocol::screens::{Listing, Query, Snapshot, Watch};
use tui::protocol::{Action, Reply, Request};

use crate::idle::{Killed, TICKS, counters, program};
use crate::records;
use crate::report::{Report, percentile};

/// Orders that are not over.
const ORDERS: u64 = 100_000;

fn fill(path: &Path, orders: u64) {
    let store = Store::open(path, StoreOptions::default()).expect("opened");
    for from in (0..orders).step_by(1_000) {
        let mut changes = Changes::new();
        for n in from..(from + 1_000).min(orders) {
            changes.put_order(records::order(n, OrderState::Sent));
        }
        store
            .write(records::now(1), move |_| Ok::<_, StoreError>((changes, ())))
            .map_err(|_| ())
            .expect("written");
    }
    store.close().expect("closed");
}

/// A daemon without accounts: nothing happens but what is measured.
fn daemon(folder: &Path) -> Killed {
    let path = |name: &str| folder.join(name).display().to_string();
    let text = format!(
        "store.path = {:?}\nadmin.socket = {:?}\nlistener.bind = \"none\"\n",
        path("db"),
        path("sock")
    );
    std::fs::write(folder.join("config.toml"), text).expect("written");
    let mut command = Command::new(program());
    command.arg("--config").arg(path("config.toml")).arg("run");
    let daemon = Killed(command.stderr(Stdio::null()).spawn().expect("starts"));
    let begin = Instant::now();
    while Client::connect(&folder.join("sock"), "bench").is_err() {
        assert!(begin.elapsed() < Duration::from_secs(60), "it answers");
        std::thread::sleep(Duration::from_millis(50));
    }
    daemon
}

fn attach(folder: &Path) -> UnixStream {
    let mut stream = UnixStream::connect(folder.join("sock")).expect("connected");
    stream.write_all(&Hello::ours("bench").encode()).expect("greeted");
    Hello::read(&mut stream).expect("greeted");
    stream
}

fn ask(stream: &mut UnixStream, watch: Watch) -> Box<Snapshot> {
    write_frame(stream, &Request::Watch(watch)).expect("asked");
    match read_frame::<Reply>(stream).expect("answered") {
        Reply::Screen(snapshot) => snapshot,
        other => panic!("{other:?}"),
    }
}

fn listing(filter: &str, sort: u8, offset: u32) -> Query {
    Query::Orders(Listing {
        filter: filter.into(),
        sort,
        descending: sort % 2 == 1,
        offset,
        rows: 40,
        focus: None,
    })
}

/// Times of answers to keys that scroll, sort and filter.
fn keys(folder: &Path, count: u64) -> Vec<Duration> {
    let mut stream = attach(folder);
    let watch = |asked, query| Watch { asked, seen: 0, reveal: false, query };
    // The first look makes the list.
    ask(&mut stream, watch(1, listing("", 0, 0)));
    let mut times = Vec::new();
    for n in 0..count {
        let query = match n % 4 {
            0 => listing("", 0, u32::try_from(n * 997 % ORDERS).expect("fits")),
            1 => listing(&format!("shop-{n}"), 0, 0),
            2 => listing("state:sent ls1", 3, 0),
            _ => listing(&format!("{}", records::NUMBERS_FROM + n), 2, 0),
        };
        let begin = Instant::now();
        ask(&mut stream, watch(n + 2, query));
        times.push(begin.elapsed());
    }
    times
}

/// Percent of a core that the daemon takes while ten changes a second happen and so many look on.
fn share(folder: &Path, pid: u32, consoles: usize, window: Duration) -> (f64, f64) {
    let (stop, shown) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut streams: Vec<UnixStream> = (0..consoles).map(|_| attach(folder)).collect();
    std::thread::scope(|scope| {
        for stream in &mut streams {
            let (stop, shown) = (&stop, &shown);
            scope.spawn(move || {
                let mut seen = 0;
                while !stop.load(Ordering::Relaxed) {
                    let query = Query::Overview;
                    seen = ask(stream, Watch { asked: 1, seen, reveal: false, query }).seen;
                    shown.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let mut acting = Client::connect(&folder.join("sock"), "bench").expect("connected");
        let before = counters(pid);
        let begin = Instant::now();
        for n in 0.. {
            if begin.elapsed() >= window {
                break;
            }
            let action = if n % 2 == 0 { Action::Pause } else { Action::Resume };
            acting.ask(&Request::Act(action)).expect("done");
            let next = begin + Duration::from_millis(100) * (n + 1);
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        let ticks = counters(pid).ticks - before.ticks;
        stop.store(true, Ordering::Relaxed);
        let seconds = begin.elapsed().as_secs_f64();
        let share = ticks as f64 / TICKS / seconds * 100.0;
        (share, shown.load(Ordering::Relaxed) as f64 / seconds)
    })
}

/// Measures both.
pub fn run(report: &mut Report, quick: bool) {
    let place = tempfile::tempdir_in(".").expect("a folder");
    let orders = if quick { 10_000 } else { ORDERS };
    fill(&place.path().join("db"), orders);
    let running = daemon(place.path());
    let mut times = keys(place.path(), if quick { 40 } else { 400 });
    let ms = |part: f64, times: &mut [Duration]| percentile(times, part).as_secs_f64() * 1000.0;
    let what = format!("Key answered, {orders} orders scrolled, sorted, filtered: median ms");
    report.line(&what, "", vec![ms(0.5, &mut times)], |_| true);
    report.line("The same, p99 ms", "at most 50", vec![ms(0.99, &mut times)], |ms| ms <= 50.0);
    let window = Duration::from_secs(if quick { 5 } else { 30 });
    let (none, _) = share(place.path(), running.0.id(), 0, window);
    report.line("Ten changes a second, percent of a core", "", vec![none], |_| true);
    for consoles in [1, 10] {
        let (share, shown) = share(place.path(), running.0.id(), consoles, window);
        let what = format!("{consoles} consoles beside it, percent more");
        report.line(&what, "at most 2", vec![(share - none).max(0.0)], |share| share <= 2.0);
        let what = format!("Screens a second for {consoles}");
        report.line(&what, "", vec![shown], |_| true);
    }
}
