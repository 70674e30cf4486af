//! A daemon after years: a million closed orders kept, ten thousand open. How soon it answers after a kill,
//! what it holds in memory, and what it takes of a processor while nothing happens.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::idle::{Killed, TICKS, configure, counters, program, sandbox};
use crate::report::{REPEATS, Report};
use crate::start::fill;

/// Orders that wait in Linnworks; nothing is created of them, so that nothing happens.
const OPEN: u64 = 10_000;

/// The daemon of a folder, once it says to the service manager that it is ready; and after how long.
fn ready(folder: &Path) -> (Killed, Duration) {
    let socket = folder.join("notify");
    let _ = std::fs::remove_file(&socket);
    let manager = UnixDatagram::bind(&socket).expect("a socket");
    manager.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
    let log = File::create(folder.join("log")).expect("a file");
    let mut run = Command::new(program());
    run.arg("--config").arg(folder.join("config.toml")).arg("run").env("NOTIFY_SOCKET", &socket);
    let begin = Instant::now();
    let daemon = Killed(run.stdout(Stdio::null()).stderr(log).spawn().expect("it starts"));
    let mut said = [0; 4096];
    loop {
        let length = manager.recv(&mut said).expect("it is ready within a minute");
        if String::from_utf8_lossy(&said[..length]).lines().any(|line| line == "READY=1") {
            return (daemon, begin.elapsed());
        }
    }
}

fn ask(folder: &Path, arguments: &[&str]) -> Value {
    let mut command = Command::new(program());
    command.arg("--config").arg(folder.join("config.toml")).arg("--json").args(arguments);
    serde_json::from_slice(&command.output().expect("runs").stdout).unwrap_or_default()
}

/// Puts orders into the model of Linnworks.
fn emit(given: &Value, count: u64) {
    let url = given["control"].as_str().expect("a text");
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let body = format!("{{\"count\":{count}}}");
    let mut stream = TcpStream::connect(host).expect("connected");
    let length = body.len();
    write!(stream, "POST /orders HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n")
        .expect("sent");
    write!(stream, "Connection: close\r\n\r\n{body}").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn wait_for(what: &str, met: impl Fn() -> bool) {
    let begin = Instant::now();
    while !met() {
        assert!(begin.elapsed() < Duration::from_secs(300), "{what}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Measures all three.
pub fn run(report: &mut Report, quick: bool) {
    let (orders, open, repeats, window) = if quick {
        (50_000, 500, 1, Duration::from_secs(15))
    } else {
        (1_000_000, OPEN, REPEATS, Duration::from_secs(60))
    };
    let place = tempfile::tempdir_in(".").expect("a folder");
    let folder = place.path();
    fill(&folder.join("db"), orders).close().expect("closed");
    let (_sandbox, given) = sandbox();
    configure(folder, &given);
    let (daemon, _) = ready(folder);
    ask(folder, &["pause"]);
    emit(&given, open);
    wait_for("every open order is known", || {
        let orders = &ask(folder, &["status"])["orders"];
        let of = |state: &str| orders[state].as_u64().unwrap_or(0);
        ["held", "waiting", "refused"].map(of).iter().sum::<u64>() >= open
    });
    drop(daemon);
    let mut times = Vec::new();
    for _ in 0..repeats {
        // What was dropped was killed: it had no chance to close anything.
        let (_killed, took) = ready(folder);
        times.push(took.as_secs_f64() * 1000.0);
    }
    let what = format!("Ready after kill -9, {orders} closed and {open} open orders, ms");
    report.line(&what, "at most 1000", times, |ms| ms <= 1000.0);
    let (daemon, _) = ready(folder);
    let polled = || ask(folder, &["status"])["sync"]["last_poll_at"].as_str().map(str::to_owned);
    let first = polled();
    wait_for("a poll", || polled() != first);
    std::thread::sleep(Duration::from_secs(10));
    let before = counters(daemon.0.id());
    let begin = Instant::now();
    std::thread::sleep(window);
    let after = counters(daemon.0.id());
    let share = (after.ticks - before.ticks) as f64 / TICKS / begin.elapsed().as_secs_f64() * 100.0;
    report.line("The same, MB resident", "at most 88", vec![after.megabytes()], |n| n <= 88.0);
    let what = "The same, percent of a core, the polls of 10,000 orders included";
    report.line(what, "", vec![share], |_| true);
}
