//! The daemon as a process: configuration taken apart, threads, signals, ordered shutdown.
//!
//! The only module that sees the whole configuration. It decides nothing about orders.
//!
//! - `parts`: the configuration becomes rules and settings
//! - `daemon`: what runs, its threads, and how it ends
//! - `cast`: who acts
//! - `desk`: what consoles are answered with; `facts`: what health and metrics are made of
//! - `inbound`: what listens
//! - `live`: the configuration that holds now
//! - `secrets`: secrets the program makes for itself
//! - `reload`: the configuration read again while it runs; `prove`: new credentials tried first
//! - `notify`, `supervisor`, `standing`: what the service manager is told
//! - `herald`: the site's own program that is told of warnings
//! - `measure`: open questions about Stream, answered by experiment
//! - `disk`: how much room there is
//! - `offline`: what is done while the daemon is stopped
//! - `doctor`: everything that an installation needs, looked at
//! - `setup`: the first installation
//! - `systems`: both systems as commands without a daemon ask them
//! - `rebuild`: a new database for one that is lost
//! - `place`: the database, its marker, and what a missing one means

mod cast;
pub mod daemon;
mod desk;
mod disk;
pub mod doctor;
mod facts;
mod herald;
mod inbound;
mod live;
pub mod measure;
mod notify;
pub mod offline;
mod parts;
mod place;
mod prove;
pub mod rebuild;
mod reload;
mod reprint;
mod secrets;
pub mod setup;
mod standing;
mod supervisor;
mod systems;
mod timed;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use log::LevelFilter;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::clock::{Clock as _, SystemClock};
use crate::config::{Environment, Problems};
use crate::console::server::AdminError;
use crate::domain::time::Moment;
use crate::http::ureq::UreqOptionsError;
use crate::logging::{JOURNAL_SOCKET, Journal, Logger, Redactor, Style};
use crate::store::StoreError;

pub use daemon::Daemon;
use notify::Notifier;
use reload::{Reloader, Source};
use supervisor::Supervisor;

/// Why the daemon does not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The configuration cannot be used.
    #[error("{0}")]
    Config(#[from] Problems),
    /// There was a database here and it is gone.
    #[error(
        "the database {path} is missing although linnstream ran here before (the marker {marker} says so). Put the \
         latest backup in its place with: linnstream restore FILE. Without one, make it anew from what Linnworks and \
         Stream show with: linnstream rebuild. Starting with an empty one could send orders again; only if no order \
         was ever sent from here, delete the marker and start again"
    )]
    DatabaseGone {
        /// Where it should be.
        path: PathBuf,
        /// The file that says so.
        marker: PathBuf,
    },
    /// There is a database and it is not sound.
    #[error(
        "the database {path} is damaged and cannot be used. Put the latest backup in its place with: linnstream \
         restore FILE --force. Without one, make it anew from what Linnworks and Stream show with: linnstream rebuild"
    )]
    DatabaseDamaged {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: StoreError,
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

/// Runs the daemon until SIGTERM or SIGINT; SIGHUP reads the configuration again. A second signal ends it at once:
/// what is in flight is unsure at the next start, which is safe by design.
///
/// # Errors
/// [`RunError`], before anything was started.
pub fn run(config: &Path, socket: Option<&Path>) -> Result<(), RunError> {
    // A core would hold every secret in the clear.
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|source| RunError::System { what: "to leave no core", source: source.into() })?;
    let environment = Environment::of_process();
    let (heard, watchdog) = (environment.notify_socket.clone(), environment.watchdog);
    let under_journal = environment.stderr_is_journal;
    let source =
        Source { file: config.to_owned(), socket: socket.map(Path::to_owned), environment };
    let config = source.read()?;
    let redactor = Arc::new(Redactor::default());
    let style = if under_journal { Style::Journal } else { Style::Plain };
    let logger = install_log(config.log.level, style, &redactor, Box::new(std::io::stderr()));
    if let (true, Ok(journal)) = (under_journal, Journal::at(Path::new(JOURNAL_SOCKET))) {
        logger.to_journal(journal);
    }
    let notifier = Arc::new(Notifier::to(heard.as_deref()));
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])
        .map_err(|source| RunError::System { what: "to deliver signals", source })?;
    let daemon = Daemon::start(&config, &redactor, &logger)
        .inspect_err(|error| notifier.status(&format!("did not start: {error}")))?;
    let live = Arc::clone(daemon.live());
    let reloader = Reloader::start(source, &live, &logger, &notifier)?;
    let supervisor = Supervisor::start(&live, &notifier, &logger, watchdog)?;
    log::info!("linnstream {} runs for {}", env!("CARGO_PKG_VERSION"), config.site.name);
    let hang_up = |signal: &i32| *signal == SIGHUP;
    for _ in signals.forever().take_while(hang_up) {
        reloader.ask();
    }
    log::info!("stopping");
    notifier.stopping();
    stop(daemon, supervisor, &mut signals);
    log::info!("stopped");
    log::logger().flush();
    Ok(())
}

/// Stops in order, or at once when a second signal comes.
fn stop(daemon: Daemon, supervisor: Supervisor, signals: &mut Signals) {
    let (done, finished) = std::sync::mpsc::channel();
    let stopper = std::thread::Builder::new().name("stop".into()).spawn(move || {
        // Fed to the end: calls under way may take longer than the watchdog's interval.
        daemon.shutdown();
        supervisor.end();
        let _ = done.send(());
    });
    if stopper.is_err() {
        return;
    }
    // Signals and the end of the shutdown are both waited for, without a tick.
    let handle = signals.handle();
    let waiter = std::thread::Builder::new().name("stopped".into()).spawn(move || {
        let _ = finished.recv();
        handle.close();
    });
    if waiter.is_ok() {
        signals.forever().find(|signal| *signal != SIGHUP);
    }
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
