//! What runs: a thread for each actor, the admin socket, and how they end in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::cast::Cast;
use super::facts::{self, Asked};
use super::herald::Crier;
use super::inbound::Secrets;
use super::live::Live;
use super::timed::Watches;
use super::{RunError, desk, inbound, live, parts, place, reprint};
use crate::actor::{Actor, Step};
use crate::api::linnworks::Linnworks;
use crate::api::stream::Stream;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::console::acting;
use crate::console::answer::Desk;
use crate::console::peer::Peer;
use crate::console::server::{AdminOptions, AdminServer};
use crate::domain::rules::{Mode, Rules};
use crate::domain::time::{Delay, Moment, Now};
use crate::flow::{LiveRules, quarantine, rescue};
use crate::listener::server::Listener;
use crate::logging::{Logger, Redactor};
use crate::poll::Sources;
use crate::poll::subscriptions::Refused;
use crate::pulse::Pulse;
use crate::store::Store;
use crate::tally::Counts;
use crate::wake::Wake;
use crate::worker::Tools;

/// Longest sleep of an idle loop: a wake-up that was lost costs no more than this.
const SLEEP_MAX: Duration = Duration::from_secs(60);

/// Calls in flight may finish for this long when the program stops, then they are interrupted.
/// Counted from the beginning of the stop, whatever else that takes.
pub const STOP_CALLS_MAX: Duration = Delay::secs(20).std();

/// After the interruption: time to settle.
const STOP_SETTLE_MAX: Delay = Delay::secs(3);

/// How often it is looked whether they have ended.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A running daemon.
pub struct Daemon {
    live: Arc<Live>,
    stopping: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    admin: AdminServer,
    crier: Crier,
    listener: Option<Arc<Listener>>,
    ops: Option<Listener>,
}

impl Daemon {
    /// Opens the database, puts right what was under way, serves the admin socket, starts the loops.
    ///
    /// # Errors
    /// [`RunError`]; nothing runs then.
    pub fn start(
        file: &Config,
        redactor: &Arc<Redactor>,
        logger: &Arc<Logger>,
    ) -> Result<Self, RunError> {
        let first = SystemClock::continuing(Moment(0)).now();
        let (store, last) = place::open(&file.store.path, first)?;
        let config = &live::over_wizard(&store, file)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::continuing(last.after(Delay(1))));
        let now = clock.now();
        let store = Arc::new(store);
        let watch = clock.clone();
        store.time_commits(move || watch.now().mono);
        let rules = Arc::new(LiveRules::new(live::rules(&store, config)));
        put_right(&store, now, &rules.get())?;
        let transport = parts::transport(config)?;
        let seed = fastrand::u64(..);
        let resumed = (last > Moment(0)).then_some(now.mono);
        let watches = Watches::new(&transport, &clock, redactor);
        let made = Made { store: store.clone(), rules, watches: watches.clone() };
        let sources = sources(config, redactor, made, resumed, seed, now.mono);
        let secrets = Secrets::of(config, redactor)?;
        let address = Arc::new(Mutex::new(inbound::address(config, &secrets)));
        let live = Arc::new(Live {
            sources: sources.clone(),
            transport,
            address,
            clock: clock.clone(),
            redactor: redactor.clone(),
            secrets: secrets.clone(),
            config: Mutex::new(config.clone()),
        });
        let (settings, received) = (live.settings(), Arc::<Counts<_>>::default());
        let listener =
            inbound::listen(config, &secrets, &sources, &clock, settings, received.clone())?
                .map(Arc::new);
        let asked = Asked {
            live: &live,
            watches: &watches,
            listener: listener.as_ref(),
            received: &received,
            started: now,
        };
        let ops = inbound::serve_ops(config, facts::gather(asked))?;
        let bound = listener.as_ref().map(|listener| listener.address());
        let reprint = reprint::reprint(live.clone());
        let told = desk::Told { logger, bound, reprint, watches: &watches, live: &live };
        let admin = serve_admin(config, desk::desk(config, &sources, &clock, now, told))?;
        let (crier, stopping) = (Crier::start(&live)?, Arc::default());
        let threads = Vec::new();
        let mut daemon = Self { live, stopping, threads, admin, crier, listener, ops };
        daemon.start_loops(config, seed)?;
        Ok(daemon)
    }

    fn start_loops(&mut self, config: &Config, seed: u64) -> Result<(), RunError> {
        let sources = self.live.sources.clone();
        let tools = Tools {
            store: sources.store.clone(),
            linnworks: sources.linnworks.clone(),
            stream: sources.stream.clone(),
            rules: sources.rules.clone(),
            wake: sources.wake.clone(),
            stopping: self.stopping.clone(),
        };
        let cast = Cast {
            tools,
            sources,
            address: self.live.address.clone(),
            refused: Arc::new(Refused::default()),
            herald: self.crier.teller(&self.live),
            kept: parts::kept(config),
            seed,
        };
        for (number, actor) in cast.actors().into_iter().enumerate() {
            self.spawn(number, actor)?;
        }
        Ok(())
    }

    /// The configuration that holds now.
    pub(super) const fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// The database, for those who show it.
    pub fn store(&self) -> &Arc<Store> {
        &self.live.sources.store
    }

    /// Where the admin socket is.
    pub fn socket(&self) -> &Path {
        self.admin.path()
    }

    /// `sync.orders` now.
    pub fn mode(&self) -> Mode {
        self.live.sources.rules.get().mode
    }

    /// Ends with the next change, for those who follow what happens.
    pub fn wake(&self) -> &Wake {
        &self.live.sources.wake
    }

    fn spawn(&mut self, number: usize, actor: Box<dyn Actor>) -> Result<(), RunError> {
        let Sources { wake, pulse, .. } = self.live.sources.clone();
        let (stopping, clock) = (self.stopping.clone(), self.live.clock.clone());
        let thread = std::thread::Builder::new()
            .name(actor.name().to_owned())
            .spawn(move || {
                let name = actor.name();
                let beat = |now| pulse.beat(number, name, now);
                act(actor, &*clock, &wake, &stopping, &beat);
            })
            .map_err(|source| RunError::System { what: "a thread", source })?;
        self.threads.push(thread);
        Ok(())
    }

    /// Stops in order: nothing more is claimed, calls in flight finish or are interrupted, what they
    /// answered is settled, consoles are told, the database is closed.
    pub fn shutdown(mut self) {
        let wake = self.live.sources.wake.clone();
        let begun = self.live.clock.now().mono;
        // What was acknowledged is on disk; what comes now is refused, and its sender knows.
        if let Some(listener) = self.listener.take().and_then(Arc::into_inner) {
            listener.shutdown();
        }
        if let Some(ops) = self.ops.take() {
            ops.shutdown();
        }
        self.stopping.store(true, Ordering::Relaxed);
        wake.notify();
        wake.close();
        if !self.all_ended(begun.after(delay(STOP_CALLS_MAX))) {
            log::warn!(
                "calls are still under way after {} s: interrupted",
                STOP_CALLS_MAX.as_secs()
            );
            self.live.transport.interrupt();
            let until = self.live.clock.now().mono.after(STOP_SETTLE_MAX);
            if !self.all_ended(until) {
                log::warn!(
                    "some loops did not end; what they had under way is looked up at the next start"
                );
            }
        }
        self.crier.end();
        self.admin.shutdown();
        if let Err(error) = self.live.sources.store.close() {
            log::error!("closing the database: {error}");
        }
    }

    /// Whether every loop ended before the moment.
    fn all_ended(&self, until: Moment) -> bool {
        while self.threads.iter().any(|thread| !thread.is_finished()) {
            if self.live.clock.now().mono >= until {
                return false;
            }
            std::thread::park_timeout(LOOK_EVERY);
        }
        true
    }
}

fn delay(of: Duration) -> Delay {
    Delay(u64::try_from(of.as_millis()).unwrap_or(u64::MAX))
}

/// What was under way when the program ended last, and a rebuilding that was not finished.
fn put_right(store: &Store, now: Now, rules: &Arc<Rules>) -> Result<(), RunError> {
    let count = rescue::at_start(store, now, rules).map_err(RunError::Rescue)?;
    if count > 0 {
        log::info!("{count} jobs were under way when linnstream ended last");
    }
    if quarantine::rebuilt(store, now).map_err(RunError::Rescue)? {
        log::warn!(
            "the rebuilding of the database was not finished: it goes on while linnstream runs"
        );
    }
    Ok(())
}

fn serve_admin(config: &Config, desk: Desk) -> Result<AdminServer, RunError> {
    let options = AdminOptions {
        path: config.admin.socket.clone(),
        group: config.admin.operators.clone(),
        build: env!("CARGO_PKG_VERSION").to_owned(),
        wake: desk.wake.clone(),
    };
    let handler = move |peer: &Peer, request| {
        acting::refusal(peer, &request).unwrap_or_else(|| desk.answer(peer, request))
    };
    Ok(AdminServer::start(options, Arc::new(handler))?)
}

/// What is made before everything else.
struct Made {
    store: Arc<Store>,
    rules: Arc<LiveRules>,
    watches: Watches,
}

/// What the loops read from. The seed drives only nonces and jitter; what must never repeat comes from the
/// database.
fn sources(
    config: &Config,
    redactor: &Redactor,
    made: Made,
    resumed: Option<Moment>,
    seed: u64,
    now: Moment,
) -> Sources {
    let Made { store, rules, watches } = made;
    let linnworks = parts::linnworks(config, redactor, resumed);
    let stream = parts::stream(config, redactor, now);
    Sources {
        store,
        linnworks: Arc::new(Linnworks::new(watches.linnworks, linnworks)),
        stream: Arc::new(Stream::new(watches.stream, stream, seed)),
        rules,
        wake: Wake::new(),
        pulse: Arc::new(Pulse::default()),
    }
}

/// The loop of one actor.
fn act(
    mut actor: Box<dyn Actor>,
    clock: &dyn Clock,
    wake: &Wake,
    stopping: &AtomicBool,
    beat: &dyn Fn(Moment),
) {
    loop {
        beat(clock.now().mono);
        if stopping.load(Ordering::Relaxed) && !actor.owes() {
            return;
        }
        let seen = wake.current();
        let step = catch_unwind(AssertUnwindSafe(|| actor.step(clock))).unwrap_or_else(|_| {
            // What it held is rescued when its lease lapses.
            log::error!("{}: a step was broken off by a defect; going on", actor.name());
            Step::Idle(Some(clock.now().mono.after(Delay::secs(1))))
        });
        if let Step::Idle(until) = step {
            let sleep =
                until.map_or(SLEEP_MAX, |until| until.since(clock.now().mono).std().min(SLEEP_MAX));
            if stopping.load(Ordering::Relaxed) {
                // The wake is closed and no longer waits; a call that waits for its turn is near.
                std::thread::park_timeout(sleep.min(Duration::from_millis(50)));
            } else {
                wake.wait(seen, sleep);
            }
        }
    }
}
