//! What runs: a thread for each actor, the admin socket, and how they end in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::{RunError, parts, place};
use crate::actor::{Actor, Step};
use crate::api::gate::Health;
use crate::api::linnworks::Linnworks;
use crate::api::stream::Stream;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::console::acting;
use crate::console::answer::{ApiHealth, Desk, Left, LookUp, MakeAudit, TellHealth};
use crate::console::peer::Peer;
use crate::console::server::{AdminOptions, AdminServer};
use crate::domain::answer::Failure;
use crate::domain::explain::Reach;
use crate::domain::rules::Mode;
use crate::domain::time::{Delay, Moment, Now};
use crate::flow::{LiveRules, rescue};
use crate::http::breaker::ApiState;
use crate::http::ureq::UreqTransport;
use crate::logging::{Logger, Redactor};
use crate::poll::audit::{self, Audit};
use crate::poll::lookup::{self, LookupError};
use crate::poll::{Poller, Sources};
use crate::pulse::Pulse;
use crate::store::Store;
use crate::wake::Wake;
use crate::worker::{Tools, create, look, notes, read, tags, tracking};

/// Create workers: Stream's own pace is what bounds a backlog, so two hide its latency and leave
/// at most two calls unknown after a crash.
const CREATE_WORKERS: u64 = 2;

/// Longest sleep of an idle loop: a wake-up that was lost costs no more than this.
const SLEEP_MAX: Duration = Duration::from_secs(60);

/// Somebody waits at a terminal for an order to be looked up: ten seconds with the call itself.
const LOOK_UP_MAX: Delay = Delay::secs(2);

/// Calls in flight may finish for this long when the program stops, then they are interrupted.
pub const STOP_CALLS_MAX: Duration = Duration::from_secs(20);

/// After the interruption: time to settle.
const STOP_SETTLE_MAX: Duration = Duration::from_secs(3);

/// A running daemon.
pub struct Daemon {
    store: Arc<Store>,
    transport: Arc<UreqTransport>,
    rules: Arc<LiveRules>,
    linnworks: Arc<Linnworks>,
    stream: Arc<Stream>,
    clock: Arc<dyn Clock>,
    wake: Wake,
    stopping: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    ended: mpsc::Receiver<()>,
    admin: AdminServer,
}

impl Daemon {
    /// Opens the database, puts right what was under way, serves the admin socket, starts the loops.
    ///
    /// # Errors
    /// [`RunError`]; nothing runs then.
    pub fn start(
        config: &Config,
        redactor: &Arc<Redactor>,
        logger: &Arc<Logger>,
    ) -> Result<Self, RunError> {
        let first = SystemClock::continuing(Moment(0)).now();
        let (store, last) = place::open(&config.store.path, first)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::continuing(last.after(Delay(1))));
        let now = clock.now();
        let store = Arc::new(store);
        let rules = Arc::new(LiveRules::new(parts::rules(config)));
        let rescued = rescue::at_start(&store, now, &rules.get()).map_err(RunError::Rescue)?;
        if rescued > 0 {
            log::info!("{rescued} jobs were under way when linnstream ended last");
        }
        let transport = parts::transport(config)?;
        let resumed = (last > Moment(0)).then_some(now.mono);
        let linnworks = Arc::new(Linnworks::new(
            transport.clone(),
            parts::linnworks(config, redactor, resumed),
        ));
        // Seeds only nonces and jitter; what must never repeat comes from the database.
        let seed = fastrand::u64(..);
        let stream = Arc::new(Stream::new(
            transport.clone(),
            parts::stream(config, redactor, now.mono),
            seed,
        ));
        let (wake, stopping) = (Wake::new(), Arc::new(AtomicBool::new(false)));
        let tools = Tools {
            store: store.clone(),
            linnworks: linnworks.clone(),
            stream: stream.clone(),
            rules: rules.clone(),
            wake: wake.clone(),
            stopping: stopping.clone(),
        };
        let sources = Sources {
            store: store.clone(),
            linnworks: linnworks.clone(),
            stream: stream.clone(),
            rules: rules.clone(),
            wake: wake.clone(),
            pulse: Arc::new(Pulse::default()),
        };
        let desk = desk(config, &sources, &clock, now, logger);
        let options = AdminOptions {
            path: config.admin.socket.clone(),
            group: config.admin.operators.clone(),
            build: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let handler = move |peer: &Peer, request| {
            acting::refusal(peer, &request).unwrap_or_else(|| desk.answer(peer, request))
        };
        let admin = AdminServer::start(options, Arc::new(handler))?;
        let (sender, ended) = mpsc::channel();
        let mut daemon = Self {
            store,
            transport,
            rules,
            linnworks,
            stream,
            clock: clock.clone(),
            wake,
            stopping,
            threads: Vec::new(),
            ended,
            admin,
        };
        for actor in actors(&tools, sources, seed) {
            daemon.spawn(actor, clock.clone(), sender.clone())?;
        }
        Ok(daemon)
    }

    /// What of this configuration can change while running holds from now on. Work that waits stays
    /// and is done by it; calls that are out finish as they began.
    pub fn reconfigure(&self, config: &Config, redactor: &Redactor) {
        let now = self.clock.now().mono;
        self.rules.set(parts::rules(config));
        self.linnworks.reconfigure(parts::linnworks(config, redactor, None));
        self.stream.reconfigure(parts::stream(config, redactor, now));
        self.wake.notify();
    }

    /// The database, for those who show it.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Where the admin socket is.
    pub fn socket(&self) -> &Path {
        self.admin.path()
    }

    /// `sync.orders` now.
    pub fn mode(&self) -> Mode {
        self.rules.get().mode
    }

    /// Ends with the next change, for those who follow what happens.
    pub fn wake(&self) -> &Wake {
        &self.wake
    }

    fn spawn(
        &mut self,
        actor: Box<dyn Actor>,
        clock: Arc<dyn Clock>,
        ended: mpsc::Sender<()>,
    ) -> Result<(), RunError> {
        let (wake, stopping) = (self.wake.clone(), self.stopping.clone());
        let thread = std::thread::Builder::new()
            .name(actor.name().to_owned())
            .spawn(move || {
                act(actor, &*clock, &wake, &stopping);
                let _ = ended.send(());
            })
            .map_err(|source| RunError::System { what: "a thread", source })?;
        self.threads.push(thread);
        Ok(())
    }

    /// Stops in order: nothing more is claimed, calls in flight finish or are interrupted, what they
    /// answered is settled, consoles are told, the database is closed.
    pub fn shutdown(self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.wake.notify();
        self.wake.close();
        if !self.all_ended(STOP_CALLS_MAX) {
            log::warn!(
                "calls are still under way after {} s: interrupted",
                STOP_CALLS_MAX.as_secs()
            );
            self.transport.interrupt();
            if !self.all_ended(STOP_SETTLE_MAX) {
                log::warn!(
                    "some loops did not end; what they had under way is looked up at the next start"
                );
            }
        }
        self.admin.shutdown();
        if let Err(error) = self.store.close() {
            log::error!("closing the database: {error}");
        }
    }

    /// Whether every loop ended within the time.
    fn all_ended(&self, within: Duration) -> bool {
        // One message per thread; those taken by an earlier call are over anyway.
        let mut left = self.threads.iter().filter(|thread| !thread.is_finished()).count();
        while left > 0 {
            match self.ended.recv_timeout(within) {
                Ok(()) => {
                    left = self
                        .threads
                        .iter()
                        .filter(|thread| !thread.is_finished())
                        .count()
                        .min(left - 1)
                }
                Err(_) => return false,
            }
        }
        true
    }
}

fn actors(tools: &Tools, sources: Sources, seed: u64) -> Vec<Box<dyn Actor>> {
    let mut actors: Vec<Box<dyn Actor>> = vec![
        Box::new(Poller::new(sources)),
        Box::new(read::ReadWorker::new(tools.clone())),
        Box::new(look::LookWorker::new(tools.clone())),
        Box::new(tracking::TrackingWorker::new(tools.clone(), seed ^ 1)),
        Box::new(tags::TagWorker::new(tools.clone(), seed ^ 2)),
        Box::new(notes::NoteWorker::new(tools.clone(), seed ^ 3)),
    ];
    for n in 0..CREATE_WORKERS {
        actors.push(Box::new(create::CreateWorker::new(tools.clone(), seed ^ (16 + n))));
    }
    actors
}

/// The loop of one actor.
fn act(mut actor: Box<dyn Actor>, clock: &dyn Clock, wake: &Wake, stopping: &AtomicBool) {
    loop {
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

fn desk(
    config: &Config,
    sources: &Sources,
    clock: &Arc<dyn Clock>,
    now: Now,
    logger: &Arc<Logger>,
) -> Desk {
    Desk {
        store: sources.store.clone(),
        rules: sources.rules.clone(),
        pulse: sources.pulse.clone(),
        wake: sources.wake.clone(),
        clock: clock.clone(),
        site: config.site.name.clone(),
        zone: config.site.time_zone.clone(),
        since: now.wall,
        health: tell_health(sources),
        audit: make_audit(sources, clock),
        look_up: look_up(sources, clock),
        logger: logger.clone(),
    }
}

fn tell_health(sources: &Sources) -> TellHealth {
    let (linnworks, stream) = (sources.linnworks.clone(), sources.stream.clone());
    Box::new(move |now| (shown(linnworks.health(now), now), shown(stream.health(now), now)))
}

fn shown(health: Health, now: Now) -> ApiHealth {
    let reach = match health.state {
        ApiState::Up => Reach::Up,
        ApiState::Throttled { until } => Reach::Throttled { until: now.wall_of(until) },
        ApiState::Down { since, next_probe } => {
            Reach::Down { since: now.wall_of(since), again: now.wall_of(next_probe.max(now.mono)) }
        }
        ApiState::Unauthorised { since, .. } => Reach::Unauthorised { since: now.wall_of(since) },
        ApiState::Unconfigured => Reach::Unconfigured,
    };
    ApiHealth { reach, last_ok: health.last_ok, calls_last_minute: health.calls_last_minute }
}

fn look_up(sources: &Sources, clock: &Arc<dyn Clock>) -> LookUp {
    let (sources, clock) = (sources.clone(), clock.clone());
    Box::new(move |number, site| {
        let ends = clock.now().mono.after(LOOK_UP_MAX);
        let found = loop {
            match lookup::lookup(&sources, site, clock.now(), number) {
                // Another call signs in, or the budget is spent for a moment.
                Err(LookupError::Unread(Failure::NotBefore(turn))) if turn < ends => {
                    let wait = turn.since(clock.now().mono).std();
                    sources.wake.wait(sources.wake.current(), wait);
                }
                other => break other,
            }
        };
        let found = found.map_err(|error| error.to_string())?;
        Ok(found.map(|stranger| Left {
            id: stranger.order.id,
            reference: stranger.order.reference,
            service: stranger.order.shipping.service,
            why: stranger.why,
        }))
    })
}

fn make_audit(sources: &Sources, clock: &Arc<dyn Clock>) -> MakeAudit {
    let (sources, clock) = (sources.clone(), clock.clone());
    Box::new(move |local| {
        if local {
            audit::local(&sources.store, sources.rules.get().mode)
                .map_err(|error| error.to_string())
        } else {
            let pause = |until: Moment| {
                let wait = until.since(clock.now().mono).std().min(Duration::from_secs(5));
                sources.wake.wait(sources.wake.current(), wait);
            };
            Audit::new(&sources, &*clock, &pause).full().map_err(|error| error.to_string())
        }
    })
}
