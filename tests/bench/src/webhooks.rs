//! Notifications acknowledged when they are on disk: our listener beside axum with SQLite, synchronous FULL
//! and a transaction each. Both answer one request a connection.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::State;
use linnstream::clock::{Clock as _, SystemClock};
use linnstream::domain::time::Moment;
use linnstream::flow::inbox;
use linnstream::listener::gate::Limits;
use linnstream::listener::server::{Answer, Endpoint, Listener, ListenerOptions};
use linnstream::store::{Store, StoreOptions};
use rusqlite::Connection;

use crate::floor::{Floor, median};
use crate::report::{REPEATS, Report, percentile};

/// Requests of one burst for each connection.
const BURST: u64 = 64;

fn request(n: u64) -> Vec<u8> {
    let body = format!(
        r#"{{"webhook":{{"event":{{"event_code":"PLANNED"}},"order":{{"id":"CN{n:08}"}},"pad":"{}"}}}}"#,
        "x".repeat(600)
    );
    format!(
        "POST /p/stream HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn post(address: SocketAddr, n: u64) {
    let mut stream = TcpStream::connect(address).expect("connects");
    stream.write_all(&request(n)).expect("written");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("answered");
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
}

/// A burst over so many connections: how long it took, and each request.
fn burst(address: SocketAddr, connections: u64, from: u64) -> (Duration, Vec<Duration>) {
    let begin = Instant::now();
    let times = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for connection in 0..connections {
            let times = &times;
            scope.spawn(move || {
                let mut mine = Vec::new();
                for n in 0..BURST {
                    let begin = Instant::now();
                    post(address, from + connection * BURST + n);
                    mine.push(begin.elapsed());
                }
                times.lock().expect("whole").extend(mine);
            });
        }
    });
    (begin.elapsed(), times.into_inner().expect("whole"))
}

fn ours(folder: &Path) -> (Listener, SocketAddr) {
    let store = Store::open(&folder.join("ours.redb"), StoreOptions::default()).expect("opened");
    let (store, clock) = (Arc::new(store), SystemClock::continuing(Moment(0)));
    let options = ListenerOptions {
        endpoint: Endpoint::Tcp(([127, 0, 0, 1], 0).into()),
        name: "bench",
        handlers: 64,
        body_max: Arc::new(|_| Some(1_000_000)),
        limits: Limits::default(),
    };
    let handler = move |incoming: &linnstream::listener::server::Incoming| match inbox::receive(
        &store,
        clock.now(),
        incoming.body.clone(),
        true,
    ) {
        Ok(_) => Answer::empty(200),
        Err(_) => Answer::empty(503),
    };
    let listener = Listener::start(options, Arc::new(handler)).expect("listens");
    let address = listener.address().trim_start_matches("http://").parse().expect("an address");
    (listener, address)
}

type Shared = Arc<Mutex<Connection>>;

async fn keep(State(connection): State<Shared>, body: axum::body::Bytes) -> &'static str {
    let kept = move || {
        let connection = connection.lock().expect("whole");
        let insert = "INSERT INTO webhooks (body) VALUES (?1)";
        connection.execute(insert, [body.as_ref()]).expect("inserted");
    };
    tokio::task::spawn_blocking(kept).await.expect("kept");
    "{}"
}

fn peer(folder: &Path) -> SocketAddr {
    let connection = Connection::open(folder.join("peer.sqlite")).expect("opened");
    connection.pragma_update(None, "journal_mode", "WAL").expect("set");
    connection.pragma_update(None, "synchronous", "FULL").expect("set");
    connection
        .execute("CREATE TABLE webhooks (id INTEGER PRIMARY KEY, body BLOB NOT NULL)", [])
        .expect("made");
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bound");
            sender.send(listener.local_addr().expect("an address")).expect("waits");
            let app = axum::Router::new()
                .route("/p/stream", axum::routing::post(keep))
                .with_state(Arc::new(Mutex::new(connection)));
            axum::serve(listener, app).await.expect("serves");
        });
    });
    receiver.recv().expect("it serves")
}

/// Alternates bursts between the two and compares them.
pub fn run(report: &mut Report, quick: bool) {
    let rounds = if quick { 3 } else { 12 };
    for connections in [1_u64, 8, 64] {
        let (mut pace, mut late, mut flushes) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..REPEATS {
            let place = tempfile::tempdir_in(".").expect("a folder");
            let (listener, here) = ours(place.path());
            let there = peer(place.path());
            let mut floor = Floor::new(place.path());
            let (mut mine, mut theirs, mut floors) = (Vec::new(), Vec::new(), Vec::new());
            let (mut each_mine, mut each_theirs) = (Vec::new(), Vec::new());
            for round in 0..rounds {
                let from = round * connections * BURST;
                let (took, each) = burst(here, connections, from);
                mine.push(took);
                each_mine.extend(each);
                let (took, each) = burst(there, connections, from);
                theirs.push(took);
                each_theirs.extend(each);
                floors.extend((0..20).map(|_| floor.once()));
            }
            let middle = |times: &mut [Duration]| percentile(times, 0.5).as_secs_f64();
            pace.push(middle(&mut theirs) / middle(&mut mine));
            let worst = |times: &mut [Duration]| percentile(times, 0.99).as_secs_f64();
            late.push(worst(&mut each_mine) / worst(&mut each_theirs));
            // Absolute figures hold for this machine and hour; they tell where a ratio comes from.
            println!(
                "  flush {:.0} us, request {:.0} and {:.0} us, a burst of {} at {:.0} and {:.0} a second",
                middle(&mut floors) * 1e6,
                middle(&mut each_mine) * 1e6,
                middle(&mut each_theirs) * 1e6,
                connections * BURST,
                (connections * BURST) as f64 / middle(&mut mine),
                (connections * BURST) as f64 / middle(&mut theirs),
            );
            if let Some(flush) = median(&mut floors) {
                flushes.push(middle(&mut each_mine) / flush.as_secs_f64());
            }
            listener.shutdown();
        }
        let what = format!("Notifications at {connections} connections, times axum and SQLite");
        match connections {
            1 => {
                report.line(&what, "(for comparison)", pace, |_| true);
                let what = "Notification at 1 connection, p50 in flushes";
                if flushes.is_empty() {
                    println!("{what}: the disk stalled in every repetition, measure again");
                } else {
                    report.line(what, "at most 2.8", flushes, |n| n <= 2.8);
                }
            }
            8 => report.line(&what, "at least 1.8", pace, |n| n >= 1.8),
            _ => report.line(&what, "at least 3.5", pace, |n| n >= 3.5),
        }
        let what = format!("Their p99 at {connections} connections, times the peer's");
        let most = if connections == 64 { 0.3 } else { 0.8 };
        let goal = if connections == 64 { "at most 0.3" } else { "at most 0.8" };
        report.line(&what, goal, late, |n| n <= most);
    }
}
