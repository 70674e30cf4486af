//! The daemon as a process: configuration taken apart, threads, signals, ordered shutdown.
//!
//! The only module that sees the whole configuration. It decides nothing about orders.
//!
//! - `parts`: the configuration becomes rules and settings
//! - `daemon`: what runs, its threads, and how it ends
//! - `cast`: who acts
//! - `desk`: what consoles are answered with
//! - `inbound`: what listens
//! - `live`: the configuration that holds now
//! - `secrets`: secrets the program makes for itself
//! - `reload`: the configuration read again while it runs
//! - `measure`: open questions about Stream, answered by experiment
//! - `disk`: how much room there is
//! - `offline`: what is done while the daemon is stopped
//! - `doctor`: everything that an installation needs, looked at
//! - `setup`: the first installation
//! - `systems`: both systems as commands without a daemon ask them
//! - `place`: the database, its marker, and what a missing one means

mod cast;
pub mod daemon;
mod desk;
mod disk;
pub mod doctor;
mod inbound;
mod live;
pub mod measure;
pub mod offline;
mod parts;
mod place;
mod reload;
mod reprint;
mod secrets;
pub mod setup;
mod systems;
mod timed;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use log::LevelFilter;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::clock::{Clock as _, SystemClock};
use crate::config::{Environment, Problems};
use crate::console::server::AdminError;
use crate::domain::time::Moment;
use crate::http::ureq::UreqOptionsError;
use crate::logging::{Logger, Redactor, Style};
use crate::store::StoreError;

pub use daemon::Daemon;
use reload::Source;

/// Why the daemon does not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The configuration cannot be used.
    #[error("{0}")]
    Config(#[from] Problems),
    /// There was a database here and it is gone.
    #[error(
        "the database {path} is missing although linnstream ran here before (the marker {marker} says so). Put it \
         back from a backup. Starting with an empty one could send orders again; only if no order was ever sent from \
         here, delete the marker and start again"
    )]
    DatabaseGone {
        /// Where it should be.
        path: PathBuf,
        /// The file that says so.
        marker: PathBuf,
    },
    /// The database cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The marker beside the database cannot be written.
    #[error("the folder of the database, {path}, cannot be written to")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The admin socket cannot be served.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The outbound transport cannot be set up.
    #[error(transparent)]
    Network(#[from] UreqOptionsError),
    /// A file that the configuration names cannot be read.
    #[error("the file {path} named by {key} cannot be read")]
    File {
        /// The key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Nothing can listen where it should.
    #[error(transparent)]
    Listener(#[from] crate::listener::server::ListenerError),
    /// A secret of our own cannot be kept.
    #[error("the secret of linnstream's own in {path} cannot be used")]
    OwnSecret {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A secret of our own can be read by others.
    #[error(
        "the secret in {path} can be read by others: run chmod 600 on it, and change it if it was seen"
    )]
    SecretMode {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused a thread or a signal.
    #[error("the system refused {what}")]
    System {
        /// What.
        what: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// What was out when the program ended last could not be put right.
    #[error("what was under way when linnstream ended last could not be put right")]
    Rescue(#[source] crate::flow::FlowError),
}

/// Runs the daemon until SIGTERM or SIGINT; SIGHUP reads the configuration again. A second signal ends it at once: what is in flight is
/// unsure at the next start, which is safe by design.
///
/// # Errors
/// [`RunError`], before anything was started.
pub fn run(config: &Path, socket: Option<&Path>) -> Result<(), RunError> {
    let environment = Environment::of_process();
    let source = Source { file: config, socket, environment: &environment };
    let config = source.read()?;
    let redactor = Arc::new(Redactor::default());
    let style = if environment.stderr_is_journal { Style::Journal } else { Style::Plain };
    let logger = install_log(config.log.level, style, &redactor, Box::new(std::io::stderr()));
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])
        .map_err(|source| RunError::System { what: "to deliver signals", source })?;
    let daemon = Daemon::start(&config, &redactor, &logger)?;
    log::info!("linnstream {} runs for {}", env!("CARGO_PKG_VERSION"), config.site.name);
    let hang_up = |signal: &i32| *signal == SIGHUP;
    for _ in signals.forever().take_while(hang_up) {
        match source.read() {
            Ok(new) => reload::take_over(&daemon, new, &logger),
            Err(problems) => reload::refuse(&problems),
        }
    }
    log::info!("stopping");
    let (done, finished) = std::sync::mpsc::channel();
    let stopper = std::thread::Builder::new().name("stop".into()).spawn(move || {
        daemon.shutdown();
        let _ = done.send(());
    });
    if stopper.is_err() {
        return Ok(());
    }
    // Signals and the end of the shutdown are both waited for, without a tick.
    let handle = signals.handle();
    let waiter = std::thread::Builder::new().name("stopped".into()).spawn(move || {
        let _ = finished.recv();
        handle.close();
    });
    if waiter.is_ok() {
        signals.forever().find(|signal| !hang_up(signal));
    }
    log::info!("stopped");
    Ok(())
}

/// An error with everything that led to it, in one sentence.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// Makes the log redacted from its first line on. A second installation in one process is refused
/// by `log` and changes nothing.
pub fn install_log(
    level: LevelFilter,
    style: Style,
    redactor: &Arc<Redactor>,
    sink: Box<dyn std::io::Write + Send>,
) -> Arc<Logger> {
    let clock = SystemClock::continuing(Moment(0));
    let now = Box::new(move || clock.now());
    let logger = Logger::new(level, style, now, Arc::clone(redactor), sink);
    let _ = logger.install();
    logger
}
