//! What consoles, probes and alarms are answered with.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::disk;
use super::inbound::Secrets;
use super::live::Live;
use super::timed::Timed;
use crate::api::gate::Health;
use crate::clock::Clock;
use crate::config::Config;
use crate::console::answer::{ApiHealth, Desk, Endpoints, Left, LookUp, MakeAudit, TellHealth};
use crate::console::backup::{Backups, Made, MakeCopy};
use crate::console::labels::Reprint;
use crate::domain::answer::Failure;
use crate::domain::explain::Reach;
use crate::domain::job::JobWord;
use crate::domain::order::StateWord;
use crate::domain::time::{Delay, Moment, Now, Timestamp};
use crate::domain::webhook::WebhookState;
use crate::http::breaker::ApiState;
use crate::listener::ops::{ApiFacts, Facts, Gather};
use crate::listener::server::Listener;
use crate::listener::shipping;
use crate::logging::Logger;
use crate::poll::Sources;
use crate::poll::audit::{self, Audit};
use crate::poll::lookup::{self, LookupError};

/// Somebody waits at a terminal for an order to be looked up: ten seconds with the call itself.
const LOOK_UP_MAX: Delay = Delay::secs(2);

/// The addresses that are registered with both systems.
pub(super) fn endpoints(
    config: &Config,
    secrets: &Secrets,
    listener: Option<&Listener>,
) -> Endpoints {
    let base = match (&config.listener.public_url, listener) {
        (Some(url), _) => Some(url.as_str().to_owned()),
        (None, Some(listener)) => Some(listener.address()),
        (None, None) => None,
    };
    let token = secrets.token.expose_secret();
    let hook = base.as_ref().map(|base| format!("{base}/{token}/stream"));
    let linnworks = base.iter().flat_map(|base| {
        let one = move |(key, end): (&'static str, &str)| {
            (key, format!("{base}/{token}/linnworks/{end}").into())
        };
        shipping::ENDPOINTS.into_iter().map(one)
    });
    Endpoints { stream_webhook: hook.map(Into::into), linnworks: linnworks.collect() }
}

/// What health and metrics are made of.
pub(super) fn facts(
    sources: &Sources,
    clock: &Arc<dyn Clock>,
    listener: Option<&Arc<Listener>>,
) -> Gather {
    let (sources, clock) = (sources.clone(), clock.clone());
    let health = tell_health(&sources);
    // Weak: the listener ends before the probes do.
    let listener = listener.map(Arc::downgrade);
    Box::new(move || {
        let now = clock.now();
        let (linnworks, stream) = health(now);
        let api = |name, health: ApiHealth| ApiFacts {
            name,
            state: health.reach.word(),
            answers: matches!(health.reach, Reach::Up | Reach::Throttled { .. }),
            calls_last_minute: health.calls_last_minute as u64,
        };
        let age = |at: Option<Timestamp>| at.map_or(0.0, |at| now.wall.since(at).0 as f64 / 1000.0);
        let stuck = sources.pulse.stuck(now.mono);
        let refusals = listener.as_ref().and_then(std::sync::Weak::upgrade);
        let read = sources.store.read(|view| {
            let counts = view.counts()?;
            let order = |word: StateWord| {
                (word.word().to_owned(), counts.orders.get(&word).copied().unwrap_or(0))
            };
            let job = |word: JobWord| {
                (word.word().to_owned(), counts.jobs.get(&word).copied().unwrap_or(0))
            };
            let mut webhooks = std::collections::BTreeMap::<&str, u64>::new();
            for (state, count) in view.webhook_counts()? {
                *webhooks.entry(WebhookState::word(state)).or_default() += count;
            }
            Ok(Facts {
                stuck: stuck.iter().map(|name| format!("the loop {name} is stuck")).collect(),
                apis: vec![api("linnworks", linnworks), api("stream", stream)],
                orders: StateWord::ALL.into_iter().map(order).collect(),
                jobs: JobWord::ALL.into_iter().map(job).collect(),
                oldest_job_s: age(crate::console::oldest_job(view)?),
                webhooks: webhooks.into_iter().map(|(w, n)| (w.to_owned(), n)).collect(),
                refusals: refusals.map_or(Vec::new(), |l| l.refusals().into_iter().collect()),
                alarms: view.alarms()?.iter().map(|a| a.code.word().to_owned()).collect(),
                store_bytes: sources.store.bytes(),
                oldest_read_s: age(view.oldest_read()?),
            })
        });
        read.map_err(|error| error.to_string())
    })
}

/// What a desk is told beside what everybody knows.
pub(super) struct Told<'a> {
    pub(super) logger: &'a Arc<Logger>,
    pub(super) endpoints: Endpoints,
    pub(super) reprint: Reprint,
    pub(super) timed: &'a Arc<Timed>,
    pub(super) live: &'a Arc<Live>,
}

pub(super) fn desk(
    config: &Config,
    sources: &Sources,
    clock: &Arc<dyn Clock>,
    now: Now,
    told: Told<'_>,
) -> Desk {
    let Told { logger, endpoints, reprint, timed, live } = told;
    let (live, for_backups) = (Arc::clone(live), Arc::clone(live));
    Desk {
        store: sources.store.clone(),
        rules: sources.rules.clone(),
        pulse: sources.pulse.clone(),
        wake: sources.wake.clone(),
        clock: clock.clone(),
        site: config.site.name.clone(),
        zone: config.site.time_zone.clone(),
        since: now.wall,
        health: timed_health(sources, timed, &live),
        settings: Box::new(move || live.settings_shown()),
        index: Mutex::default(),
        rates: Mutex::default(),
        revealed: Mutex::default(),
        audit: make_audit(sources, clock),
        look_up: look_up(sources, clock),
        reprint,
        backups: Backups::new(make_copy(sources, clock, &for_backups)),
        logger: logger.clone(),
        endpoints,
    }
}

pub(super) fn tell_health(sources: &Sources) -> TellHealth {
    let (linnworks, stream) = (sources.linnworks.clone(), sources.stream.clone());
    Box::new(move |now| (shown(linnworks.health(now), now), shown(stream.health(now), now)))
}

/// The same with how long the last answers took.
fn timed_health(sources: &Sources, timed: &Arc<Timed>, live: &Arc<Live>) -> TellHealth {
    let (plain, timed, live) = (tell_health(sources), Arc::clone(timed), Arc::clone(live));
    Box::new(move |now| {
        let (mut linnworks, mut stream) = plain(now);
        let of_stream = live.stream_host();
        stream.took = timed.took(|host| host == of_stream);
        linnworks.took = timed.took(|host| host != of_stream);
        (linnworks, stream)
    })
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
    ApiHealth {
        reach,
        last_ok: health.last_ok,
        calls_last_minute: health.calls_last_minute,
        busiest: health.busiest,
        took: None,
    }
}

/// Asks, and once more when another call signs in or the budget is spent for a moment.
pub(super) fn in_turn<T, E>(
    sources: &Sources,
    clock: &dyn Clock,
    turn: impl Fn(&E) -> Option<Moment>,
    ask: impl Fn(Now) -> Result<T, E>,
) -> Result<T, E> {
    let ends = clock.now().mono.after(LOOK_UP_MAX);
    loop {
        let asked = ask(clock.now());
        match asked.as_ref().err().and_then(&turn).filter(|turn| *turn < ends) {
            Some(turn) => {
                let wait = turn.since(clock.now().mono).std();
                sources.wake.wait(sources.wake.current(), wait);
            }
            None => return asked,
        }
    }
}

fn look_up(sources: &Sources, clock: &Arc<dyn Clock>) -> LookUp {
    let (sources, clock) = (sources.clone(), clock.clone());
    Box::new(move |number, site| {
        let turn = |error: &LookupError| match error {
            LookupError::Unread(Failure::NotBefore(turn)) => Some(*turn),
            LookupError::Unread(_) | LookupError::Store(_) => None,
        };
        let found =
            in_turn(&sources, &*clock, turn, |now| lookup::lookup(&sources, site, now, number));
        let found = found.map_err(|error| error.to_string())?;
        Ok(found.map(|stranger| Left {
            id: stranger.order.id,
            reference: stranger.order.reference,
            service: stranger.order.shipping.service,
            why: stranger.why,
        }))
    })
}

/// A copy in a file without a name beside the database, and the files of secrets that belong to it.
fn make_copy(sources: &Sources, clock: &Arc<dyn Clock>, live: &Arc<Live>) -> MakeCopy {
    let (store, clock, live) = (sources.store.clone(), clock.clone(), Arc::clone(live));
    Box::new(move || {
        let database = store.path().ok_or("the database is no file")?;
        disk::has_room(database, store.bytes())?;
        let folder = disk::folder_of(database);
        let cannot =
            |error: std::io::Error| format!("no copy can be made in {}: {error}", folder.display());
        let file = tempfile::tempfile_in(folder).map_err(cannot)?;
        let at = clock.now().wall;
        let into = file.try_clone().map_err(cannot)?;
        store.copy_into(into, at).map_err(|error| error.to_string())?;
        let wizard = store.read(|view| view.wizard()).map_err(|error| error.to_string())?;
        let config = live.config();
        let own = ["path-token", "webhook-secret"].into_iter().map(str::to_owned);
        let own = own.chain(wizard.secret_file).map(|name| folder.join(name));
        let mut files = config.secret_files();
        files.extend(own.filter(|path| path.exists()));
        files.dedup();
        let credentials = files.iter().map(|path| path.display().to_string()).collect();
        Ok(Made { file, at, credentials })
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
