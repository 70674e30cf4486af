//! What a daemon costs that has nothing to do: wake-ups, processor, memory. The real binary against its
//! own sandbox, without orders.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::report::Report;
use crate::start::fill;

/// Kernel ticks a second, the same on every Linux that matters.
pub const TICKS: f64 = 100.0;

pub struct Killed(pub Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn program() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/release/linnstream");
    assert!(path.exists(), "build it first: cargo build --release");
    path
}

/// The models, and what they print when they are ready.
pub fn sandbox() -> (Killed, Value) {
    let mut child = Command::new(program())
        .arg("sandbox")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the sandbox starts");
    let mut line = String::new();
    let out = child.stdout.take().expect("piped");
    BufReader::new(out).read_line(&mut line).expect("a line");
    (Killed(child), serde_json::from_str(&line).expect("JSON"))
}

/// The files of a daemon that is pointed at them.
pub fn configure(folder: &Path, sandbox: &Value) {
    let given = &sandbox["credentials"];
    for (name, key) in [
        ("linnworks-secret", "application_secret"),
        ("linnworks-token", "token"),
        ("stream-secret", "client_secret"),
    ] {
        let mut file = std::fs::OpenOptions::new();
        let mut file =
            file.create(true).write(true).mode(0o600).open(folder.join(name)).expect("a file");
        let text = given[key].as_str().expect("a text");
        std::io::Write::write_all(&mut file, text.as_bytes()).expect("written");
    }
    let path = |name: &str| folder.join(name).display().to_string();
    let text = format!(
        "store.path = {:?}\nadmin.socket = {:?}\nlistener.bind = \"none\"\n[linnworks]\nauth_url = {}\n\
         application_id = {}\napplication_secret_file = {:?}\ntoken_file = {:?}\n[stream]\nbase_url = {}\nclient_id = \
         {}\nclient_secret_file = {:?}\n[sync]\norders = \"on\"\n",
        path("db"),
        path("sock"),
        sandbox["linnworks_auth"],
        given["application_id"],
        path("linnworks-secret"),
        path("linnworks-token"),
        sandbox["stream"],
        given["client_id"],
        path("stream-secret"),
    );
    std::fs::write(folder.join("config.toml"), text).expect("written");
}

/// What the kernel has counted of a process.
pub struct Counters {
    /// Voluntary switches of each task: a task that ends takes its count along, so that a sum over all of
    /// them could go down.
    switches: HashMap<OsString, u64>,
    pub ticks: u64,
    resident_kb: u64,
}

impl Counters {
    /// Memory that is resident.
    pub fn megabytes(&self) -> f64 {
        self.resident_kb as f64 / 1024.0
    }

    /// Wake-ups since `before`, of tasks old and new.
    fn wakes_since(&self, before: &Counters) -> u64 {
        let of = |(task, now): (&OsString, &u64)| {
            now.saturating_sub(before.switches.get(task).copied().unwrap_or(0))
        };
        self.switches.iter().map(of).sum()
    }
}

pub fn counters(pid: u32) -> Counters {
    let number = |text: &str, name: &str| -> u64 {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
    };
    let mut switches = HashMap::new();
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).expect("it runs").flatten() {
        let status = std::fs::read_to_string(task.path().join("status")).unwrap_or_default();
        switches.insert(task.file_name(), number(&status, "voluntary_ctxt_switches:"));
    }
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let fields: Vec<&str> =
        stat.rsplit(") ").next().unwrap_or_default().split_whitespace().collect();
    let tick = |at: usize| fields.get(at).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
    Counters { switches, ticks: tick(11) + tick(12), resident_kb: number(&status, "VmRSS:") }
}

/// A daemon in this folder, watched after it has settled: wake-ups a second, percent of a core, MB.
fn watch(folder: &Path, window: Duration) -> (f64, f64, f64) {
    let (_sandbox, given) = sandbox();
    configure(folder, &given);
    let config = folder.join("config.toml");
    let mut run = Command::new(program());
    run.arg("--config").arg(&config).arg("run").stdout(Stdio::null()).stderr(Stdio::null());
    let daemon = Killed(run.spawn().expect("it starts"));
    let asked = |document: &Value| document["sync"]["last_poll_at"].is_string();
    let begin = Instant::now();
    loop {
        let mut status = Command::new(program());
        let output =
            status.arg("--config").arg(&config).args(["status", "--json"]).output().expect("runs");
        if serde_json::from_slice(&output.stdout).is_ok_and(|document| asked(&document)) {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(120), "the first poll ends");
        std::thread::sleep(Duration::from_millis(200));
    }
    std::thread::sleep(Duration::from_secs(5));
    let before = counters(daemon.0.id());
    let begin = Instant::now();
    std::thread::sleep(window);
    let after = counters(daemon.0.id());
    let seconds = begin.elapsed().as_secs_f64();
    let wakes = after.wakes_since(&before) as f64 / seconds;
    let share = (after.ticks - before.ticks) as f64 / TICKS / seconds * 100.0;
    (wakes, share, after.megabytes())
}

/// Measures an empty daemon, and one that keeps a million closed orders. The window holds a poll.
pub fn run(report: &mut Report, quick: bool) {
    let (orders, window) = if quick {
        (50_000, Duration::from_secs(20))
    } else {
        (1_000_000, Duration::from_secs(120))
    };
    let place = tempfile::tempdir_in(".").expect("a folder");
    let (wakes, share, memory) = watch(place.path(), window);
    report.line("Idle, wake-ups a second", "at most 1", vec![wakes], |n| n <= 1.0);
    report.line("Idle, percent of a core", "at most 0.05", vec![share], |n| n <= 0.05);
    report.line("Idle, MB resident", "at most 24", vec![memory], |n| n <= 24.0);
    let place = tempfile::tempdir_in(".").expect("a folder");
    fill(&place.path().join("db"), orders).close().expect("closed");
    let (_, _, memory) = watch(place.path(), window.min(Duration::from_secs(70)));
    let what = format!("MB resident with {orders} orders kept");
    report.line(&what, "at most 88", vec![memory], |n| n <= 88.0);
}
