//! The demo: both models on loopback, a real daemon on a temporary directory, a packer who prints, and
//! the console, or what happens, one line an event. Needs no account, no configuration, no network and no privileges.
//!
//! The daemon is the ordinary one with an ordinary configuration file; nothing in it knows that this
//! is a demo. Only base URLs, keys and the site's name differ.

mod packer;

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use log::LevelFilter;
use signal_hook::consts::{SIGINT, SIGTERM};

use packer::Packer;

use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Environment, Problems};
use crate::domain::ids::OrderNumber;
use crate::domain::time::{Moment, Zone};
use crate::logging::{Redactor, Style};
use crate::poll::audit;
use crate::runtime::{self, Daemon, RunError};
use crate::sandbox::{Credentials, Mix, Mode, SandboxError, Server, WorldOptions};
use crate::store::{JournalEntry, StoreError};

/// How often the journal is looked at while nothing wakes us.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Lines printed in one go.
const LINES_MAX: usize = 200;

/// Stream's pace in the demo, in requests a second: the model has no limit, and nobody likes to wait.
const PACE: u32 = 20;

/// Shows the console at a socket until somebody leaves.
pub type Attach = Box<dyn FnOnce(PathBuf) -> Result<(), String>>;

/// What the demo shows.
pub struct DemoOptions {
    /// The console, when there is a terminal; else what happens is printed, one line an event.
    pub attach: Option<Attach>,
    /// End once every order that waited at the start has its shipment.
    pub until_sent: bool,
    /// Orders that wait at the start.
    pub orders: usize,
}

/// Why the demo ended badly.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The temporary directory.
    #[error("the temporary directory cannot be used")]
    Place(#[from] std::io::Error),
    /// The models.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The configuration that the demo wrote.
    #[error("the demo's own configuration is wrong: {0}")]
    Config(#[from] Problems),
    /// The daemon.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The console.
    #[error("{0}")]
    Console(String),
    /// The account does not add up.
    #[error("the audit does not add up: {0}")]
    Audit(String),
}

/// Runs the demo until interrupted, or until everything is sent.
///
/// # Errors
/// [`DemoError`].
pub fn run(options: DemoOptions) -> Result<(), DemoError> {
    let place = tempfile::Builder::new().prefix("linnstream-demo-").tempdir()?;
    let clock = Arc::new(SystemClock::continuing(Moment(0)));
    let world = WorldOptions { seed: 2026, mode: Mode::Auto, ..WorldOptions::default() };
    let credentials = world.credentials.clone();
    let mut server =
        Server::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), world, clock.clone())?;
    let numbers: BTreeSet<u32> = {
        let world = server.world();
        let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
        world.add_orders(clock.now(), options.orders, &Mix::default()).into_iter().collect()
    };
    let path = write_configuration(place.path(), &server, &credentials)?;
    let config = Config::load(&path, &Environment::default())?;
    let redactor = Arc::new(Redactor::default());
    let log = File::create(place.path().join("linnstream.log"))?;
    let logger = runtime::install_log(LevelFilter::Info, Style::Plain, &redactor, Box::new(log));
    let daemon = Daemon::start(&config, &redactor, &logger)?;
    let line = serde_json::json!({
        "config": path,
        "socket": daemon.socket(),
        "stream": server.stream(),
        "linnworks_auth": server.linnworks_auth(),
        "control": server.control(),
    });
    let address = config.listener.public_url.as_ref().map_or("", |url| url.as_str());
    let packer = Packer::start(address, &place.path().join("path-token"), server.world())?;
    let result = match options.attach {
        Some(attach) => attach(daemon.socket().to_owned()).map_err(DemoError::Console),
        None => {
            say(&line.to_string());
            let zone = config.site.time_zone.clone();
            let shown = Show { daemon: &daemon, server: &server, numbers, zone };
            until_interrupted().and_then(|ended| shown.follow(&ended, options.until_sent))
        }
    };
    packer.stop();
    daemon.shutdown();
    server.shutdown();
    result
}

/// Becomes true with a signal.
fn until_interrupted() -> Result<Arc<AtomicBool>, DemoError> {
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, ended.clone())?;
    }
    Ok(ended)
}

struct Show<'a> {
    daemon: &'a Daemon,
    server: &'a Server,
    numbers: BTreeSet<u32>,
    zone: Zone,
}

impl Show<'_> {
    /// Prints what happens until interrupted, or until everything is sent.
    fn follow(&self, ended: &AtomicBool, until_sent: bool) -> Result<(), DemoError> {
        let (mut last, mut reported) = (0, false);
        while !ended.load(Ordering::Relaxed) {
            let seen = self.daemon.wake().current();
            let entries = self.daemon.store().read(|view| view.journal(last, LINES_MAX))?;
            for entry in &entries {
                last = entry.seq;
                say(&self.line(entry));
            }
            if !reported && self.all_sent()? {
                reported = true;
                self.account()?;
                if until_sent {
                    return Ok(());
                }
            }
            if entries.len() < LINES_MAX {
                self.daemon.wake().wait(seen, LOOK_EVERY);
            }
        }
        Ok(())
    }

    fn line(&self, entry: &JournalEntry) -> String {
        let number = entry.order.map_or(String::new(), |(_, number)| number.to_string());
        let at = self.zone.show(entry.entry.at);
        format!("{at}  {number:>7}  {:<22}  {}", entry.entry.what, entry.entry.detail)
            .trim_end()
            .to_owned()
    }

    fn all_sent(&self) -> Result<bool, StoreError> {
        self.daemon.store().read(|view| {
            for number in &self.numbers {
                let order = view.order_by_number(OrderNumber(u64::from(*number)))?;
                if order.is_none_or(|order| order.shipped.is_none()) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    /// Our own records, compared with what the models have.
    fn account(&self) -> Result<(), DemoError> {
        let account = audit::local(self.daemon.store(), self.daemon.mode())?;
        if !account.is_ok() {
            return Err(DemoError::Audit(format!("{account:?}")));
        }
        let world = self.server.world();
        let world = world.lock().unwrap_or_else(PoisonError::into_inner);
        for number in &self.numbers {
            let live = world.live_shipments(*number);
            if live.len() != 1 || live.iter().any(|shipment| shipment.creations != 1) {
                let text = format!("order {number} has {} shipments in Stream", live.len());
                return Err(DemoError::Audit(text));
            }
        }
        say(&format!("sent {0} of {0}, audit ok", self.numbers.len()));
        Ok(())
    }
}

/// One line on stdout. A reader that went away ends nothing: the next signal does.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// An ordinary configuration with ordinary secret files.
fn write_configuration(
    place: &Path,
    server: &Server,
    credentials: &Credentials,
) -> Result<PathBuf, DemoError> {
    secret(&place.join("linnworks-secret"), &credentials.application_secret)?;
    secret(&place.join("linnworks-token"), &credentials.token)?;
    secret(&place.join("stream-secret"), &credentials.client_secret)?;
    let shown = |name: &str| place.join(name).display().to_string();
    let port = free_port()?;
    let text = format!(
        r#"[site]
name = "DEMO"

[store]
path = {store:?}

[admin]
socket = {socket:?}

[listener]
bind = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"

[linnworks]
auth_url = {auth:?}
application_id = {id:?}
application_secret_file = {secret:?}
token_file = {token:?}

[stream]
base_url = {stream:?}
client_id = {client:?}
client_secret_file = {stream_secret:?}
requests_per_second = {PACE}.0

[delivered]
mark_processed = true

[sync]
orders = "on"
poll_interval = "2s"
"#,
        store = shown("linnstream.redb"),
        socket = shown("admin.sock"),
        auth = server.linnworks_auth(),
        id = credentials.application_id,
        secret = shown("linnworks-secret"),
        token = shown("linnworks-token"),
        stream = server.stream(),
        client = credentials.client_id,
        stream_secret = shown("stream-secret"),
    );
    let path = place.join("config.toml");
    std::fs::write(&path, text)?;
    Ok(path)
}

/// A port that nobody uses now: Stream must be told the address before it is bound.
fn free_port() -> std::io::Result<u16> {
    let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(taken.local_addr()?.port())
}

fn secret(path: &Path, text: &str) -> Result<(), DemoError> {
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(())
}
