//! What health and metrics are made of: gathered when somebody asks, and not before.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use super::live::Live;
use super::timed::{Timed, Watches};
use crate::api::gate::Health;
use crate::domain::job::JobWord;
use crate::domain::order::StateWord;
use crate::domain::time::{Now, Timestamp};
use crate::domain::webhook::WebhookState;
use crate::http::breaker::ApiState;
use crate::listener::ops::{ApiFacts, Facts, Gather};
use crate::listener::server::Listener;
use crate::listener::stream::RECEIVED;
use crate::poll::Sources;
use crate::store::{StoreError, View};
use crate::tally::Counts;

/// What is asked beside what everybody knows.
pub(super) struct Asked<'a> {
    pub(super) live: &'a Arc<Live>,
    pub(super) watches: &'a Watches,
    pub(super) listener: Option<&'a Arc<Listener>>,
    pub(super) received: &'a Arc<Counts<&'static str>>,
    pub(super) started: Now,
}

/// Gathers them each time it is called.
pub(super) fn gather(asked: Asked<'_>) -> Gather {
    let Asked { live, watches, listener, received, started } = asked;
    let (live, watches, received) = (Arc::clone(live), watches.clone(), Arc::clone(received));
    // Weak: the listener ends before the probes do.
    let listener = listener.map(Arc::downgrade);
    Box::new(move || {
        let (sources, now) = (&live.sources, live.clock.now());
        let (linnworks, stream) = (&sources.linnworks, &sources.stream);
        let mut facts = Facts {
            apis: vec![
                api("linnworks", linnworks.health(now), &watches.linnworks),
                api("stream", stream.health(now), &watches.stream),
            ],
            received: RECEIVED
                .into_iter()
                .map(|word| (word, received.get().get(word).copied().unwrap_or(0)))
                .collect(),
            commits: sources.store.commit_times(),
            watchdog: sources.pulse.watchdog_counts(),
            started_at_s: started.wall.0 as f64 / 1000.0,
            uptime_s: seconds(now.mono.since(started.mono).0),
            ..Facts::default()
        };
        facts.apis[0].calls = linnworks.calls();
        facts.apis[0].budgets = linnworks.budgets(now);
        facts.apis[1].calls = stream.calls();
        facts.apis[1].budgets = stream.budgets(now);
        let ages = sources.pulse.ages(now.mono);
        facts.loops = ages.into_iter().map(|(name, age)| (name, seconds(age.0))).collect();
        let stuck = sources.pulse.stuck(now.mono);
        facts.stuck = stuck.iter().map(|name| format!("the loop {name} is stuck")).collect();
        if let Some(listener) = listener.as_ref().and_then(Weak::upgrade) {
            facts.refusals = listener.refusals().into_iter().collect();
            facts.connections = listener.open_connections();
        }
        let read = sources.store.read(|view| stored(view, &mut facts, now, sources));
        read.map(|()| facts).map_err(|error| error.to_string())
    })
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

fn api(name: &'static str, health: Health, watch: &Arc<Timed>) -> ApiFacts {
    let state = match health.state {
        ApiState::Up => "up",
        ApiState::Throttled { .. } => "throttled",
        ApiState::Down { .. } => "down",
        ApiState::Unauthorised { .. } => "unauthorised",
        ApiState::Unconfigured => "unconfigured",
    };
    ApiFacts {
        name,
        state,
        answers: health.answered_last,
        calls_last_minute: health.calls_last_minute as u64,
        calls: BTreeMap::new(),
        budgets: Vec::new(),
        latency: watch.times(),
    }
}

fn stored(
    view: &View<'_>,
    facts: &mut Facts,
    now: Now,
    sources: &Sources,
) -> Result<(), StoreError> {
    let age = |at: Option<Timestamp>| at.map_or(0.0, |at| seconds(now.wall.since(at).0));
    let counts = view.counts()?;
    let order =
        |word: StateWord| (word.word().to_owned(), counts.orders.get(&word).copied().unwrap_or(0));
    let job =
        |word: JobWord| (word.word().to_owned(), counts.jobs.get(&word).copied().unwrap_or(0));
    let mut webhooks = BTreeMap::<&str, u64>::new();
    for (state, count) in view.webhook_counts()? {
        *webhooks.entry(WebhookState::word(state)).or_default() += count;
    }
    facts.orders = StateWord::ALL.into_iter().map(order).collect();
    facts.jobs = JobWord::ALL.into_iter().map(job).collect();
    facts.oldest_job_s = age(crate::console::oldest_job(view)?);
    facts.webhooks = webhooks.into_iter().map(|(word, n)| (word.to_owned(), n)).collect();
    facts.alarms = view.alarms()?.iter().map(|alarm| alarm.code.word().to_owned()).collect();
    facts.alarms.sort_unstable();
    facts.store_bytes = sources.store.bytes();
    facts.oldest_read_s = age(view.oldest_read()?);
    Ok(())
}
