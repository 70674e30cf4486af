//! A new database for one that is lost or damaged: everything that is open in Linnworks is looked up in
//! Stream, by the same poller and the same looks as always, without anything that writes to either system.
//!
//! The new database minds from its first transaction that it knows less than was sent. Whatever cannot be
//! settled here, because a system is down or because this was killed, the daemon settles before it sends.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use log::LevelFilter;

use super::place::{self, Lost};
use super::{RunError, install_log, parts};
use crate::actor::{Actor, Step};
use crate::api::linnworks::Linnworks;
use crate::api::stream::Stream;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Environment};
use crate::domain::order::StateWord;
use crate::domain::rules::{Mode, Rules};
use crate::domain::time::{Delay, Moment};
use crate::flow::quarantine::{self, Progress};
use crate::flow::{LiveRules, rescue};
use crate::logging::{Redactor, Style};
use crate::poll::{Poller, Sources};
use crate::store::{Store, StoreError};
use crate::wake::Wake;
use crate::worker::Tools;
use crate::worker::look::LookWorker;

/// Without any progress for so long beyond the last settle look, it is given up: a system is down, and the
/// daemon goes on when it is back.
const STALLED_AFTER: Delay = Delay::mins(3);

/// Progress is told this often.
const TOLD_EVERY: Delay = Delay::secs(5);

/// Looks side by side: they hide Stream's latency; its pace is kept by the budget.
const LOOKERS: usize = 2;

/// Orders that need a person, named in the summary; the rest are counted, and listed by the daemon.
pub const NAMED_MAX: usize = 50;

/// Why nothing was rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// As for the daemon.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The daemon runs.
    #[error("linnstream runs and answers at {socket}: stop it first (systemctl stop linnstream)")]
    Running {
        /// Its socket.
        socket: PathBuf,
    },
    /// There is a database and it can be opened.
    #[error(
        "the database {path} is there and can be opened: it knows more than could be rebuilt. If it is to be built anew \
         all the same, move it away first"
    )]
    Sound {
        /// Which.
        path: PathBuf,
    },
    /// Somebody who is asked needs credentials.
    #[error(
        "{system} has no credentials in the configuration ({keys}). What was typed in the Linnworks wizard was lost with \
         the database: put it into the configuration"
    )]
    NoCredentials {
        /// Whom.
        system: &'static str,
        /// Where they belong.
        keys: &'static str,
    },
}

impl From<StoreError> for RebuildError {
    fn from(error: StoreError) -> Self {
        Self::Run(RunError::Store(error))
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Rebuilt {
    /// The new database.
    pub database: PathBuf,
    /// Where the damaged one is kept.
    pub kept: Option<PathBuf>,
    /// Whether everything was looked up; otherwise the daemon goes on with it.
    pub complete: bool,
    /// Whether only what carries our identifiers was looked up, because orders are not sent by themselves.
    pub off: bool,
    /// Orders by state.
    pub orders: Vec<(StateWord, u64)>,
    /// Orders that Stream has.
    pub found: u64,
    /// Orders that a person must look at, and why.
    pub attention: Vec<(u64, String)>,
    /// Orders whose look is not settled.
    pub unsettled: u64,
}

/// Rebuilds the database of a configuration, telling how far it is.
///
/// # Errors
/// [`RebuildError`]; what was there is as it was, or kept under the name that is told.
pub fn rebuild(file: &Path, tell: &mut dyn FnMut(&str)) -> Result<Rebuilt, RebuildError> {
    let environment = Environment::of_process();
    let config = Config::load(file, &environment).map_err(RunError::Config)?;
    let redactor = Arc::new(Redactor::default());
    let style = if environment.stderr_is_journal { Style::Journal } else { Style::Plain };
    let level = config.log.level.min(LevelFilter::Warn);
    install_log(level, style, &redactor, Box::new(std::io::stderr()));
    // A daemon whose database was deleted under it still has it open, and still sends.
    if UnixStream::connect(&config.admin.socket).is_ok() {
        return Err(RebuildError::Running { socket: config.admin.socket.clone() });
    }
    let path = &config.store.path;
    let now = SystemClock::continuing(Moment(0)).now();
    credentials(&config, &redactor)?;
    let (store, last, kept) = match place::look(path)? {
        Lost::Sound => return Err(RebuildError::Sound { path: path.clone() }),
        Lost::Begun(store, last) => {
            tell("going on with a rebuilding that was not finished");
            (*store, last, None)
        }
        Lost::Missing => (place::made_anew(path, now)?, Moment(0), None),
        Lost::Damaged(error) => {
            let kept = place::put_aside(path, now)?;
            tell(&format!("{error:#}"));
            tell(&format!("the damaged database is kept as {}", kept.display()));
            (place::made_anew(path, now)?, Moment(0), Some(kept))
        }
    };
    let clock = SystemClock::continuing(last.after(Delay(1)));
    let site = Site::assemble(&config, &redactor, Arc::new(store), clock)?;
    let progress = site.look_everything_up(tell)?;
    let rebuilt = site.summary(&config, kept, &progress)?;
    site.sources.store.close()?;
    Ok(rebuilt)
}

/// Nothing can be looked up without them, and nothing is begun that cannot be finished.
fn credentials(config: &Config, redactor: &Redactor) -> Result<(), RebuildError> {
    if !parts::linnworks(config, redactor, None).is_configured() {
        let keys = "linnworks.application_id, application_secret_file, token_file";
        return Err(RebuildError::NoCredentials { system: "Linnworks", keys });
    }
    if !parts::stream(config, redactor, Moment(0)).is_configured() {
        let keys = "stream.client_id, client_secret_file";
        return Err(RebuildError::NoCredentials { system: "Stream", keys });
    }
    Ok(())
}

/// As the site's, but nothing is sent and no identifier made. Where orders are not sent by themselves they
/// are not judged either; those that carry our identifiers are looked up all the same.
pub fn rules(of: Rules) -> Rules {
    let mode = match of.mode {
        Mode::Off => Mode::Off,
        Mode::DryRun | Mode::On => Mode::DryRun,
    };
    Rules { mode, ..of }
}

/// Who acts: the same poller and the same looks as in the daemon, and nobody who writes.
pub fn actors(tools: &Tools, sources: &Sources) -> Vec<Box<dyn Actor>> {
    let mut actors: Vec<Box<dyn Actor>> = vec![Box::new(Poller::new(sources.clone()))];
    for _ in 0..LOOKERS {
        actors.push(Box::new(LookWorker::new(tools.clone())));
    }
    actors
}

struct Site {
    sources: Sources,
    tools: Tools,
    clock: SystemClock,
}

impl Site {
    fn assemble(
        config: &Config,
        redactor: &Redactor,
        store: Arc<Store>,
        clock: SystemClock,
    ) -> Result<Self, RebuildError> {
        let now = clock.now();
        let rules = Arc::new(LiveRules::new(rules(parts::rules(config))));
        rescue::at_start(&store, now, &rules.get()).map_err(RunError::Rescue)?;
        let transport = parts::transport(config)?;
        // The daemon may have called until just now: budgets begin with care.
        let linnworks = parts::linnworks(config, redactor, Some(now.mono));
        let stream = parts::stream(config, redactor, now.mono);
        let sources = Sources {
            store: store.clone(),
            linnworks: Arc::new(Linnworks::new(transport.clone(), linnworks)),
            stream: Arc::new(Stream::new(transport, stream, fastrand::u64(..))),
            rules,
            wake: Wake::new(),
            pulse: Arc::default(),
        };
        let tools = Tools {
            store,
            linnworks: sources.linnworks.clone(),
            stream: sources.stream.clone(),
            rules: sources.rules.clone(),
            wake: sources.wake.clone(),
            stopping: Arc::default(),
        };
        Ok(Self { sources, tools, clock })
    }

    /// Twice: what Stream turned out not to have is judged anew by the second round.
    fn look_everything_up(&self, tell: &mut dyn FnMut(&str)) -> Result<Progress, RebuildError> {
        let progress = self.round(tell)?;
        if progress.is_done() { self.round(&mut |_| {}) } else { Ok(progress) }
    }

    /// Steps everybody until nothing is left to be looked up, or nothing moves any more.
    fn round(&self, tell: &mut dyn FnMut(&str)) -> Result<Progress, RebuildError> {
        let store = &self.sources.store;
        let before = quarantine::progress(store)?.listed;
        let stalled_after = Delay(STALLED_AFTER.0 + self.sources.rules.get().settle.longest().0);
        let mut actors: Vec<(Box<dyn Actor>, Option<Moment>)> =
            actors(&self.tools, &self.sources).into_iter().map(|actor| (actor, None)).collect();
        let mut moved = Moved::new(self.clock.now().mono);
        loop {
            let seen = self.sources.wake.current();
            let mut next: Option<Moment> = None;
            for (actor, until) in &mut actors {
                let step = actor.step(&self.clock);
                let now = self.clock.now().mono;
                *until = match step {
                    Step::Worked => Some(now),
                    Step::Idle(until) => until,
                };
                next = next.into_iter().chain(*until).min();
            }
            let now = self.clock.now().mono;
            let progress = quarantine::progress(store)?;
            if moved.is_to_be_told(&progress, now) {
                tell(&told(&progress, quarantine::looked_up(store)?, now));
            }
            let listed = progress.listed != before;
            if (listed && progress.is_done()) || now.since(moved.at) > stalled_after {
                return Ok(progress);
            }
            let wait = next.map_or(TOLD_EVERY, |next| next.since(now)).min(TOLD_EVERY);
            if wait > Delay::ZERO {
                let wait = Duration::from_millis(wait.0);
                self.sources.wake.wait(seen, wait);
            }
        }
    }

    fn summary(
        &self,
        config: &Config,
        kept: Option<PathBuf>,
        progress: &Progress,
    ) -> Result<Rebuilt, RebuildError> {
        let store = &self.sources.store;
        if progress.is_done() {
            quarantine::rebuilt(store, self.clock.now()).map_err(RunError::Rescue)?;
        }
        let counts = store.read(|view| view.counts())?;
        let attention = store.read(|view| {
            let mut named = Vec::new();
            for id in view.orders_in(StateWord::Attention, None, NAMED_MAX)? {
                if let Some(order) = view.order(id)? {
                    named.push((order.number.0, order.state.reason().unwrap_or_default()));
                }
            }
            Ok(named)
        })?;
        Ok(Rebuilt {
            database: config.store.path.clone(),
            kept,
            complete: progress.is_done(),
            off: self.sources.rules.get().mode == Mode::Off,
            orders: counts.orders.into_iter().collect(),
            found: progress.found,
            attention,
            unsettled: progress.left,
        })
    }
}

/// When something last moved, and what was told of it.
struct Moved {
    last: Progress,
    at: Moment,
    told: Moment,
}

impl Moved {
    fn new(now: Moment) -> Self {
        Self { last: Progress::default(), at: now, told: now }
    }

    fn is_to_be_told(&mut self, progress: &Progress, now: Moment) -> bool {
        let moved = Progress { next: None, ..*progress };
        if self.last != moved {
            (self.last, self.at) = (moved, now);
        }
        let is = progress.is_done() || now.since(self.told) >= TOLD_EVERY;
        if is {
            self.told = now;
        }
        is
    }
}

fn told(progress: &Progress, looked_up: u64, now: Moment) -> String {
    let Progress { left, found, next, listed, .. } = *progress;
    let all = looked_up + left;
    let so_far = if listed.is_some() { "" } else { " so far" };
    let mut text = format!("looked up {looked_up} of {all}{so_far}, {found} found in Stream");
    if let Some(next) = next.filter(|next| *next > now && listed.is_some()) {
        let seconds = next.since(now).0.div_ceil(1000);
        text.push_str(&format!(
            "; the others are looked at again in {seconds} s, in case they come late"
        ));
    }
    text
}
