//! The real binary as a process, against the sandbox served in this one.
//!
//! - `kill`: killed at any instant while orders go out
//! - `commands`: what each command prints and how it ends
//! - `answers`: `why` and what operators ask for
//! - `config`: what is wrong with the configuration, and what holds
//! - `reload`: what changes while the daemon runs; `rotation`: secrets replaced while it runs
//! - `console`: the dashboard in a real terminal; `terminal`: the terminal
//! - `rebuild`: a database that is lost
//! - `setup`: the first installation, with answers and with questions
//! - `doctor`: what is at fault, and what is not
//! - `start`: what the daemon refuses to start on, and how it stops
//! - `service`: what the service manager is told; `told`: the log, the metrics, the site's own program
//! - `gate`: everything a stranger may do to an open port
//! - `labels`: the packing bench
//! - `canaries`: secrets, looked for wherever bytes leave the program
//! - `measure`: open questions, answered by experiment
//! - `support`: the file for a support case
//! - `years`: backups, restored and inspected; what is personal, erased
//! - `notified`: notifications kept over kills, refused, forged; runs, endpoints, health

mod answers;
mod canaries;
mod commands;
mod config;
mod console;
mod doctor;
mod gate;
mod kill;
mod labels;
mod measure;
mod notified;
mod rebuild;
mod reload;
mod rotation;
mod service;
mod setup;
mod start;
mod support;
mod terminal;
mod told;
mod years;

use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use linnstream::clock::SystemClock;
use linnstream::domain::time::Moment;
use linnstream::sandbox::{Server, World, WorldOptions};
use tempfile::TempDir;

/// Longer than anything here takes.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// A place with a configuration, and the models it points at.
pub struct Site {
    pub place: TempDir,
    pub server: Server,
}

/// Waits a moment without holding a processor: nothing here waits for time alone, every loop has a
/// state it waits for and a deadline.
pub fn moment(of: Duration) {
    let (_keep, never) = mpsc::channel::<()>();
    let _ = never.recv_timeout(of);
}

impl Site {
    pub fn new(options: WorldOptions, more: &str) -> Self {
        Self::with(options, "listener.bind = \"none\"", more)
    }

    /// One that listens on a free port, with a known path segment. Answers the address as well.
    pub fn listening(top: &str, more: &str) -> (Self, SocketAddr) {
        let free = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = free.local_addr().expect("an address");
        drop(free);
        let listener = format!("listener.bind = \"{address}\"\n{top}");
        let site = Self::with(WorldOptions::default(), &listener, more);
        let mut file = std::fs::OpenOptions::new();
        let mut file =
            file.create(true).write(true).mode(0o600).open(site.path("path-token")).expect("made");
        std::io::Write::write_all(&mut file, b"test-segment").expect("written");
        (site, address)
    }

    fn with(options: WorldOptions, listener: &str, more: &str) -> Self {
        let place = tempfile::tempdir().expect("a directory");
        let clock = Arc::new(SystemClock::continuing(Moment(0)));
        let credentials = options.credentials.clone();
        let server = Server::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), options, clock)
            .expect("the sandbox starts");
        let site = Self { place, server };
        for (name, text) in [
            ("linnworks-secret", &credentials.application_secret),
            ("linnworks-token", &credentials.token),
            ("stream-secret", &credentials.client_secret),
        ] {
            let mut file = std::fs::OpenOptions::new();
            let mut file =
                file.create(true).write(true).mode(0o600).open(site.path(name)).expect("made");
            std::io::Write::write_all(&mut file, text.as_bytes()).expect("written");
        }
        let text = format!(
            "site.name = \"Test\"\nstore.path = {:?}\nadmin.socket = {:?}\n{listener}\n\
             [linnworks]\nauth_url = {:?}\napplication_id = {:?}\napplication_secret_file = {:?}\ntoken_file = {:?}\n\
             calls_percent = 50\n[stream]\nbase_url = {:?}\nclient_id = {:?}\nclient_secret_file = {:?}\n\
             requests_per_second = 25.0\nburst = 4\ntimeout = \"1s\"\nsettle = [\"300ms\", \"1s\", \"2s\"]\n\
             [sync]\norders = \"on\"\npoll_interval = \"1s\"\n{more}",
            site.path("linnstream.redb"),
            site.path("admin.sock"),
            site.server.linnworks_auth(),
            credentials.application_id,
            site.path("linnworks-secret"),
            site.path("linnworks-token"),
            site.server.stream(),
            credentials.client_id,
            site.path("stream-secret"),
        );
        std::fs::write(site.path("config.toml"), text).expect("written");
        site
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_linnstream"));
        command.arg("--config").arg(self.path("config.toml")).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The daemon as a process; its log goes to a file.
    pub fn run(&self) -> Daemon {
        self.run_in(&[])
    }

    /// The same in an environment of its own.
    pub fn run_in(&self, environment: &[(&str, &str)]) -> Daemon {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path("log"))
            .expect("a log");
        let mut command = self.command(&["run"]);
        command.envs(environment.iter().copied());
        Daemon(command.stderr(log).spawn().expect("the daemon starts"))
    }

    /// A command and what it printed.
    pub fn ask(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the command runs")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Waits until the log says this.
    pub fn wait_for_log(&self, text: &str) {
        let mut waited = Duration::ZERO;
        while !self.log().contains(text) {
            assert!(waited < DEADLINE, "not logged: {text}\n{}", self.log());
            moment(Duration::from_millis(20));
            waited += Duration::from_millis(20);
        }
    }

    /// Replaces text of the configuration.
    pub fn edit(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path("config.toml")).expect("there");
        assert!(text.contains(from), "{from} stands in {text}");
        std::fs::write(self.path("config.toml"), text.replace(from, to)).expect("written");
    }

    pub fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        let world = self.server.world();
        let mut world: MutexGuard<'_, World> = world.lock().unwrap_or_else(PoisonError::into_inner);
        look(&mut world)
    }

    /// Waits for a state of the models.
    pub fn wait_for(&self, what: &str, mut there: impl FnMut(&mut World) -> bool) {
        let mut waited = Duration::ZERO;
        let pause = Duration::from_millis(20);
        while !self.world(&mut there) {
            assert!(waited < DEADLINE, "not within {DEADLINE:?}: {what}\n{}", self.log());
            moment(pause);
            waited += pause;
        }
    }

    /// Waits until a command ends with this code.
    pub fn wait_for_exit_code(&self, arguments: &[&str], code: i32) -> Output {
        let mut waited = Duration::ZERO;
        loop {
            let output = self.ask(arguments);
            if output.status.code() == Some(code) {
                return output;
            }
            assert!(waited < DEADLINE, "{arguments:?}: {output:?}\n{}", self.log());
            moment(Duration::from_millis(50));
            waited += Duration::from_millis(50);
        }
    }
}

/// A running daemon; killed when dropped.
pub struct Daemon(Child);

impl Daemon {
    /// SIGKILL.
    pub fn kill(mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("gone");
    }

    /// A signal by its name.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.0.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(status.success());
    }

    /// Waits for its end, at most this long.
    pub fn ended(&mut self, within: Duration) -> Option<ExitStatus> {
        let mut waited = Duration::ZERO;
        while waited < within {
            if let Some(status) = self.0.try_wait().expect("a child") {
                return Some(status);
            }
            moment(Duration::from_millis(20));
            waited += Duration::from_millis(20);
        }
        None
    }
}

impl Daemon {
    /// Kilobytes of memory it holds.
    pub fn resident_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
