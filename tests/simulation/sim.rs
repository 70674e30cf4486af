//! One thread, one seed: the real store, flow, workers and poller against the sandbox models.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use linnstream::actor::{Actor, Step};
use linnstream::api::linnworks::{Linnworks, LinnworksSettings};
use linnstream::api::stream::{Stream, StreamSettings};
use linnstream::clock::Clock as _;
use linnstream::domain::job::Settle;
use linnstream::domain::options::ShippingOptions;
use linnstream::domain::rules::{Mode, Rules, Thresholds};
use linnstream::domain::tags::TagNames;
use linnstream::domain::time::{Delay, Moment, Timestamp};
use linnstream::flow::inbox;
use linnstream::flow::standing::Busy;
use linnstream::flow::{LiveRules, rescue};
use linnstream::poll::inbox::Inbox;
use linnstream::poll::purge::Purger;
use linnstream::poll::subscriptions::{Address, Subscriber};
use linnstream::poll::{Poller, Sources, sweep};
use linnstream::pulse::Pulse;
use linnstream::runtime;
use linnstream::sandbox::{Mix, World, WorldOptions};
use linnstream::store::Store;
use linnstream::wake::Wake;
use linnstream::worker::{
    Tools, amend, create, demand, look, notes, process, read, tags, tracking,
};

use crate::checks;
use crate::disk::{Disk, Torn};
use crate::net::{SimClock, SimNet, Weather, lock};
use crate::packers::{self, Bench};
use crate::people;
use crate::post::{self, Mail, Post};
use crate::rebuild;
use crate::trace::Trace;

/// What a simulated day is like.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    /// The wall clock at the start.
    pub start: Timestamp,
    pub orders: usize,
    /// Orders arrive over this time, evenly at random; zero: all wait at the start.
    pub over: Delay,
    pub mix: Mix,
    pub weather: Weather,
    /// Between how many steps, on average, the power fails; 0: never.
    pub cut_every: u32,
    /// Between how many steps, on average, a person does something to an order; 0: never.
    pub hand_every: u32,
    /// Between how many steps, on average, a packer prints or cancels a label; 0: never.
    pub pack_every: u32,
    /// Between how many steps, on average, a planner or a driver does something in Stream; 0: never.
    pub planner_every: u32,
    pub options: WorldOptions,
    /// Which day of those on which the power fails at a point, as the command that repeats it takes it.
    pub day: &'static str,
    /// Where exactly the power fails.
    pub crashes: Vec<Point>,
    /// Whether Stream tells of changes, and how badly.
    pub mail: Option<Mail>,
    /// The database is built anew, and the daemon does not run.
    pub rebuilding: bool,
}

/// A point at which the power can fail; calls and syncs are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// During a call; `true`: it was carried out.
    Call(u64, bool),
    /// At a sync.
    Sync(u64, Torn),
}

/// As the command that repeats it takes it.
impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(call, false) => write!(f, "call:{call}:before"),
            Self::Call(call, true) => write!(f, "call:{call}:after"),
            Self::Sync(sync, Torn::Nothing) => write!(f, "sync:{sync}:nothing"),
            Self::Sync(sync, Torn::Part) => write!(f, "sync:{sync}:part"),
            Self::Sync(sync, Torn::All) => write!(f, "sync:{sync}:all"),
        }
    }
}

impl Plan {
    pub fn quiet(seed: u64, orders: usize) -> Self {
        Self {
            seed,
            // Monday 23 November 2026, 06:00.
            start: Timestamp(1_795_413_600_000),
            orders,
            over: Delay::mins(8 * 60),
            mix: Mix::default(),
            weather: Weather::default(),
            cut_every: 0,
            hand_every: 0,
            pack_every: 0,
            planner_every: 0,
            options: WorldOptions {
                seed,
                linnworks_server: "https://eu.linnworks.net".into(),
                ..WorldOptions::default()
            },
            day: "",
            crashes: Vec::new(),
            mail: None,
            rebuilding: false,
        }
    }

    fn failing_calls(&self) -> Vec<(u64, bool)> {
        let call = |point: &Point| match point {
            Point::Call(call, carried_out) => Some((*call, *carried_out)),
            Point::Sync(..) => None,
        };
        self.crashes.iter().filter_map(call).collect()
    }

    fn failing_syncs(&self) -> Vec<(u64, Torn)> {
        let sync = |point: &Point| match point {
            Point::Sync(sync, torn) => Some((*sync, *torn)),
            Point::Call(..) => None,
        };
        self.crashes.iter().filter_map(sync).collect()
    }
}

pub struct Slot {
    actor: Box<dyn Actor>,
    until: Option<Moment>,
    seen: Option<u64>,
}

/// A running daemon of the simulation.
pub struct Daemon {
    pub store: Arc<Store>,
    pub wake: Wake,
    pub slots: Vec<Slot>,
}

/// The simulation.
pub struct Sim {
    pub plan: Plan,
    pub net: Arc<SimNet>,
    pub rules: Arc<LiveRules>,
    pub disk: Disk,
    pub daemon: Daemon,
    pub cuts: u64,
    /// What is tried, for the report of a failure.
    pub about: String,
    pub random: fastrand::Rng,
    arrivals: VecDeque<Moment>,
    pub post: Post,
    pub bench: Bench,
    steps: u64,
}

pub fn rules() -> Rules {
    Rules {
        mode: Mode::On,
        dispatch: true,
        changes: true,
        sequence: true,
        mark_processed: true,
        sweep_interval: Delay::mins(15),
        webhooks: true,
        public: true,
        alarms: Thresholds::default(),
        removed: false,
        lookback_days: 7,
        vendor: "Stream".into(),
        batch: 10,
        settle: Settle::default(),
        names: TagNames::default(),
        shipping: ShippingOptions::default(),
        locations: Vec::new(),
        poll_interval: Delay::secs(60),
        creates_per_minute: 120,
        lease: linnstream::flow::lease(Delay::secs(30)),
    }
}

/// Starts the daemon; `None` when the power failed meanwhile.
fn try_boot(
    plan: &Plan,
    net: &Arc<SimNet>,
    rules: &Arc<LiveRules>,
    disk: &Disk,
    seed: u64,
) -> Option<Daemon> {
    let backend = disk.clone();
    let opened = Store::open_with(move || Ok(backend.backend()), 8 << 20);
    if disk.is_off() || (opened.is_err() && disk.was_stillborn()) {
        return None;
    }
    let store = Arc::new(opened.expect("opens after any power cut"));
    disk.born();
    let now = net.clock.now();
    let last = store.last_moment().expect("readable");
    let credentials = plan.options.credentials.clone();
    let linnworks = Arc::new(Linnworks::new(
        net.clone(),
        LinnworksSettings {
            auth_url: "https://api.linnworks.net".into(),
            application_id: credentials.application_id,
            application_secret: credentials.application_secret.into(),
            token: credentials.token.into(),
            vendor: "Stream".into(),
            calls_percent: 90,
            timeout: Delay::secs(30),
            resumed_at: (last > Moment(0)).then_some(now.mono),
        },
    ));
    let settings = StreamSettings {
        base_url: "https://stream.test".into(),
        client_id: credentials.client_id,
        client_secret: credentials.client_secret.into(),
        timeout: Delay::secs(30),
        requests_per_second: 2.0,
        burst: 30,
        not_found: vec!["not found".into()],
        started_at: now.mono,
    };
    let stream = Arc::new(Stream::new(net.clone(), settings, seed));
    let marked = !plan.rebuilding || rebuild::mark(&store, now);
    let rescued = rescue::at_start(&store, now, &rules.get());
    if disk.is_off() || !marked {
        return None;
    }
    rescued.expect("rescued");
    let wake = Wake::new();
    let tools = Tools {
        store: store.clone(),
        linnworks,
        stream,
        rules: rules.clone(),
        wake: wake.clone(),
        stopping: Arc::default(),
    };
    let sources = Sources {
        store: store.clone(),
        linnworks: tools.linnworks.clone(),
        stream: tools.stream.clone(),
        rules: rules.clone(),
        wake: wake.clone(),
        pulse: Arc::new(Pulse::default()),
    };
    let actors = if plan.rebuilding {
        runtime::rebuild::actors(&tools, &sources)
    } else {
        actors(tools, sources, seed, plan.mail.is_some())
    };
    let slot = |actor| Slot { actor, until: Some(Moment(0)), seen: None };
    Some(Daemon { store, wake, slots: actors.into_iter().map(slot).collect() })
}

/// Whoever acts in a daemon.
fn actors(tools: Tools, sources: Sources, seed: u64, told: bool) -> Vec<Box<dyn Actor>> {
    let mut actors: Vec<Box<dyn Actor>> = vec![
        Box::new(Poller::new(sources.clone())),
        Box::new(read::ReadWorker::new(tools.clone())),
        Box::new(demand::DemandWorker::new(tools.clone())),
        Box::new(create::CreateWorker::new(tools.clone(), seed)),
        Box::new(create::CreateWorker::new(tools.clone(), seed + 1)),
        Box::new(look::LookWorker::new(tools.clone())),
        Box::new(tracking::TrackingWorker::new(tools.clone(), seed + 2)),
        Box::new(tags::TagWorker::new(tools.clone(), seed + 3)),
        Box::new(notes::NoteWorker::new(tools.clone(), seed + 4)),
        Box::new(amend::AmendWorker::new(tools.clone(), seed + 5)),
        Box::new(process::ProcessWorker::new(tools, seed + 6)),
        Box::new(Inbox::new(sources.clone())),
        Box::new(Purger::new(sources.clone(), crate::years::KEPT)),
    ];
    let address = Address { url: post::ADDRESS.into(), secret: post::SECRET.into() };
    let wanted = Arc::new(Mutex::new(told.then_some(address)));
    actors.push(Box::new(Subscriber::new(sources.clone(), wanted, Arc::default())));
    let busy = Arc::new(Busy::default());
    for n in 0..sweep::READERS as u64 {
        let reader = sweep::Reader::new(sources.clone(), busy.clone(), seed + 7 + n);
        actors.push(Box::new(reader));
    }
    actors
}

/// Starts the daemon, as often as the power fails.
pub fn boot(
    plan: &Plan,
    net: &Arc<SimNet>,
    rules: &Arc<LiveRules>,
    disk: &Disk,
    random: &mut fastrand::Rng,
) -> Daemon {
    loop {
        if let Some(daemon) = try_boot(plan, net, rules, disk, random.u64(..1 << 60)) {
            return daemon;
        }
        disk.cut_power(random);
    }
}

impl Sim {
    pub fn new(plan: Plan) -> Self {
        let mut random = fastrand::Rng::with_seed(plan.seed);
        let clock = Arc::new(SimClock::new(plan.start));
        let net = Arc::new(SimNet {
            world: Arc::new(Mutex::new(World::new(plan.options.clone()))),
            clock: clock.clone(),
            trace: Arc::new(Mutex::new(Trace::default())),
            weather: Mutex::new(plan.weather),
            random: Mutex::new(fastrand::Rng::with_seed(random.u64(..))),
            cut: Mutex::new(false),
            calls: Mutex::new(0),
            failing: plan.failing_calls(),
        });
        let start = clock.now().mono;
        let mut arrivals: Vec<Moment> =
            (0..plan.orders).map(|_| start.after(Delay(random.u64(0..=plan.over.0)))).collect();
        arrivals.sort();
        let (rules, disk) = (Arc::new(LiveRules::new(rules())), Disk::default());
        disk.fail_at(plan.failing_syncs());
        let daemon = boot(&plan, &net, &rules, &disk, &mut random);
        Self {
            plan,
            net,
            rules,
            disk,
            daemon,
            cuts: 0,
            about: String::new(),
            random,
            arrivals: arrivals.into(),
            post: Post::default(),
            bench: Bench::default(),
            steps: 0,
        }
    }

    /// A daemon with an empty database beside everything another one left in both systems.
    pub fn beside(other: &Self) -> Self {
        let mut sim = Self::new(Plan { seed: other.plan.seed + 1, ..other.plan.clone() });
        let net = SimNet {
            world: other.net.world.clone(),
            clock: other.net.clock.clone(),
            trace: sim.net.trace.clone(),
            weather: Mutex::new(other.plan.weather),
            random: Mutex::new(fastrand::Rng::with_seed(sim.random.u64(..))),
            cut: Mutex::new(false),
            calls: Mutex::new(0),
            failing: Vec::new(),
        };
        sim.net = Arc::new(net);
        sim.daemon = boot(&sim.plan, &sim.net, &sim.rules, &sim.disk, &mut sim.random);
        sim
    }

    pub fn now(&self) -> linnstream::domain::time::Now {
        self.net.clock.now()
    }

    fn arrive(&mut self) {
        let now = self.now();
        while self.arrivals.front().is_some_and(|at| *at <= now.mono) {
            self.arrivals.pop_front();
            lock(&self.net.world).add_orders(now, 1, &self.plan.mix);
        }
    }

    fn deliver_mail(&mut self) {
        let Some(mail) = self.plan.mail else { return };
        let now = self.now();
        let sent = lock(&self.net.world).take_notifications();
        for body in self.post.step(sent, &mail, now, &mut self.random) {
            let kept = inbox::receive(&self.daemon.store, now, body, true);
            let line = format!("notification: {}", if kept.is_ok() { "kept" } else { "not kept" });
            lock(&self.net.trace).line(now, &line);
            self.daemon.wake.notify();
        }
    }

    /// The power fails and comes back.
    pub fn cut(&mut self) {
        self.cuts += 1;
        let now = self.now();
        lock(&self.net.trace).line(now, "POWER CUT");
        self.disk.cut_power(&mut self.random);
        self.daemon.slots.clear();
        self.bench.cut(now.mono);
        self.net.clock.advance(Delay::secs(self.random.u64(1..40)));
        *lock(&self.net.cut) = false;
        self.daemon = boot(&self.plan, &self.net, &self.rules, &self.disk, &mut self.random);
    }

    /// One step of whoever may act, chosen by seed; time jumps when nobody may.
    pub fn step(&mut self, limit: Moment) -> bool {
        self.steps += 1;
        self.arrive();
        self.deliver_mail();
        self.pack();
        let now = self.now();
        let woken = self.daemon.wake.current();
        let ready: Vec<usize> = (0..self.daemon.slots.len())
            .filter(|index| {
                let slot = &self.daemon.slots[*index];
                slot.seen != Some(woken) || slot.until.is_some_and(|until| until <= now.mono)
            })
            .collect();
        let Some(index) = self.random.choice(&ready).copied() else {
            let next = self.daemon.slots.iter().filter_map(|slot| slot.until);
            let next = next.chain(self.arrivals.front().copied()).chain(self.post.next());
            let next = next.chain(self.bench.next());
            let next = next.min().unwrap_or(limit).min(limit);
            if next >= limit {
                self.net.clock.advance(limit.since(now.mono));
                return false;
            }
            self.net.clock.advance(next.since(now.mono).max(Delay(1)));
            return true;
        };
        let clock = self.net.clock.clone();
        let slot = &mut self.daemon.slots[index];
        slot.seen = Some(woken);
        match slot.actor.step(&*clock) {
            Step::Worked => slot.until = Some(now.mono),
            Step::Idle(until) => slot.until = until,
        }
        let line = format!(
            "{} {}",
            slot.actor.name(),
            if slot.until == Some(now.mono) { "worked" } else { "idle" }
        );
        lock(&self.net.trace).line(now, &line);
        let by_chance = self.plan.cut_every > 0 && self.random.u32(..self.plan.cut_every) == 0;
        if *lock(&self.net.cut) || self.disk.is_off() || by_chance {
            self.cut();
        }
        if self.plan.hand_every > 0 && self.random.u32(..self.plan.hand_every) == 0 {
            people::hand(self);
        }
        if self.plan.pack_every > 0 && self.random.u32(..self.plan.pack_every) == 0 {
            packers::at_the_bench(self);
        }
        if self.plan.planner_every > 0 && self.random.u32(..self.plan.planner_every) == 0 {
            people::planner(self);
        }
        if self.steps.is_multiple_of(16) {
            checks::at_every_step(self);
        }
        self.now().mono < limit
    }

    /// Runs until the moment.
    pub fn run_until(&mut self, limit: Moment) {
        while self.step(limit) {}
    }

    /// Runs the day, then lets the weather clear and everything settle for two hours.
    pub fn run(&mut self) {
        let end = self.now().mono.after(self.plan.over).after(Delay::mins(30));
        self.run_until(end);
        *lock(&self.net.weather) = Weather::default();
        lock(&self.net.world).clear_faults();
        self.plan.cut_every = 0;
        self.plan.hand_every = 0;
        self.plan.pack_every = 0;
        self.plan.planner_every = 0;
        self.rules.set(rules());
        self.run_until(end.after(Delay::mins(120)));
        checks::at_every_step(self);
        checks::at_rest(self);
    }
}
