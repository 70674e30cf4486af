//! What would be sent if sending began now: the real poller reads the open orders and judges them by the real
//! rules, in a database that is gone afterwards, and nothing is written to either system.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::install::{Installation, sources};
use super::{Setup, SetupError};
use crate::actor::{Actor as _, Step};
use crate::config::Config;
use crate::console::cause;
use crate::domain::order::{Order, OrderState, StateWord};
use crate::domain::rules::Mode;
use crate::domain::tags::Mark;
use crate::domain::time::{Delay, Now};
use crate::flow::FlowError;
use crate::http::breaker::ApiState;
use crate::poll::{Poller, Sources};
use crate::runtime::RunError;
use crate::store::{Changes, Setting, Store, StoreError};

/// Longest a dry run may take: 100,000 open orders at a hundred an answer and 135 answers a minute.
const TAKES_MAX: Delay = Delay::mins(15);

/// Longest sleep between two looks at the clock.
const SLEEP_MAX: Delay = Delay::secs(5);

/// Causes named in a sentence.
const NAMED_MAX: usize = 4;

/// Longest cause in a sentence; the whole stands in the document for scripts.
const CAUSE_CHARS_MAX: usize = 90;

/// What a dry run found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DryRun {
    /// Open orders of our vendor.
    pub open: u64,
    /// That would be sent.
    pub send: u64,
    /// Of them, carrying the identifier Sent to Stream: looked up in Stream before anything is sent.
    pub looked_up: u64,
    /// That Stream has from us already.
    pub shipped: u64,
    /// That would be refused.
    pub refused: u64,
    /// Why, the most frequent first.
    pub refused_for: Vec<(u64, String)>,
    /// That are left alone.
    pub held: u64,
    /// Why, the most frequent first.
    pub held_for: Vec<(u64, String)>,
}

impl DryRun {
    /// For people.
    pub fn sentence(&self) -> String {
        let refused = named(self.refused, "would be refused", &self.refused_for);
        let held = named(
            self.held,
            if self.held == 1 { "is left alone" } else { "are left alone" },
            &self.held_for,
        );
        let mut parts = vec![format!("{} would be sent", self.send), refused, held];
        if self.shipped > 0 {
            let is = if self.shipped == 1 { "is" } else { "are" };
            parts.push(format!("{} {is} in Stream already", self.shipped));
        }
        let orders = if self.open == 1 { "order" } else { "orders" };
        let mut text = format!("{} open {orders}: {}", self.open, parts.join(", "));
        if self.looked_up > 0 {
            text.push_str(&format!(
                ". Of those to be sent, {} carry the identifier of a predecessor: they are looked up in Stream and \
                 adopted as they are",
                self.looked_up
            ));
        }
        text
    }

    fn count(&mut self, view: &Seen<'_>, order: &Order) -> Result<(), StoreError> {
        self.open += 1;
        if view.is_with_stream(order)? {
            self.shipped += 1;
            return Ok(());
        }
        match &order.state {
            OrderState::Refused(refusal) => {
                self.refused += 1;
                add(&mut self.refused_for, cause(&refusal.reasons.join("; ")));
            }
            OrderState::Held(reason) => {
                self.held += 1;
                add(&mut self.held_for, reason.to_string());
            }
            OrderState::Waiting
            | OrderState::Sending
            | OrderState::Unsure
            | OrderState::Sent
            | OrderState::Planned
            | OrderState::Dispatched
            | OrderState::Delivered
            | OrderState::Processed
            | OrderState::Cancelled(_)
            | OrderState::Attention(..) => {
                self.send += 1;
                self.looked_up += u64::from(view.is_tagged(order));
            }
        }
        Ok(())
    }
}

fn add(causes: &mut Vec<(u64, String)>, cause: String) {
    match causes.iter_mut().find(|(_, known)| *known == cause) {
        Some((count, _)) => *count += 1,
        None => causes.push((1, cause)),
    }
}

fn named(count: u64, what: &str, causes: &[(u64, String)]) -> String {
    if causes.is_empty() {
        return format!("{count} {what}");
    }
    let mut texts: Vec<String> = causes
        .iter()
        .take(NAMED_MAX)
        .map(|(count, cause)| format!("{count}: {}", brief(cause)))
        .collect();
    if causes.len() > NAMED_MAX {
        texts.push("others for other causes".to_owned());
    }
    format!("{count} {what} ({})", texts.join("; "))
}

/// What is wrong, without what to do about it.
fn brief(cause: &str) -> String {
    let what = cause.rsplit_once(": ").map_or(cause, |(what, _)| what);
    match what.char_indices().nth(CAUSE_CHARS_MAX) {
        Some((cut, _)) => format!("{}…", &what[..cut]),
        None => what.to_owned(),
    }
}

/// The records that there are already.
struct Seen<'a> {
    real: &'a Store,
    tags: BTreeMap<Mark, crate::domain::ids::Tag>,
}

impl Seen<'_> {
    fn is_with_stream(&self, order: &Order) -> Result<bool, StoreError> {
        let real = self.real.read(|view| view.order(order.id))?;
        Ok(real.is_some_and(|real| {
            real.shipped.is_some() || matches!(real.state, OrderState::Sending | OrderState::Unsure)
        }))
    }

    fn is_tagged(&self, order: &Order) -> bool {
        self.tags.get(&Mark::Sent).is_some_and(|sent| order.tags.contains(sent))
    }
}

impl Setup {
    /// Reads the open orders and judges them.
    ///
    /// # Errors
    /// [`SetupError::Missing`] when Linnworks or Stream could not be read.
    pub fn dry_run(&self, config: &Config, installed: &Installation) -> Result<DryRun, SetupError> {
        let trial = Arc::new(Store::in_memory().map_err(RunError::Store)?);
        let sources = sources(config, &installed.systems, trial, Mode::DryRun);
        let now = installed.systems.clock.now();
        take_choices(&installed.store, &sources.store, now)?;
        poll(&sources, installed)?;
        let found = count(&installed.store, &sources.store);
        Ok(found.map_err(RunError::Store)?)
    }
}

/// What was chosen for services in Linnworks decides where they lead.
fn take_choices(real: &Store, trial: &Store, now: Now) -> Result<(), SetupError> {
    let learned = real.read(|view| view.learned()).map_err(RunError::Store)?;
    let written = trial.write(now, move |_| {
        let mut changes = Changes::new();
        changes.set(Setting::Learned(learned));
        Ok::<_, FlowError>((changes, ()))
    });
    Ok(written.map_err(|error| RunError::Rescue(error.into()))?)
}

/// One round of the poller.
fn poll(sources: &Sources, installed: &Installation) -> Result<(), SetupError> {
    let clock = &*installed.systems.clock;
    let mut poller = Poller::new(sources.clone());
    let ends = clock.now().mono.after(TAKES_MAX);
    loop {
        let step = poller.step(clock);
        if sources.store.read(|view| view.polled()).map_err(RunError::Store)?.is_some() {
            return Ok(());
        }
        let now = clock.now();
        let away = |state: &ApiState| {
            matches!(
                state,
                ApiState::Down { .. } | ApiState::Unauthorised { .. } | ApiState::Unconfigured
            )
        };
        for (system, state) in [
            ("Linnworks", sources.linnworks.health(now).state),
            ("Stream", sources.stream.health(now).state),
        ] {
            if away(&state) {
                return Err(SetupError::Missing(format!("{system} does not answer any more")));
            }
        }
        if now.mono >= ends {
            let minutes = TAKES_MAX.0 / 60_000;
            return Err(SetupError::Missing(format!(
                "the open orders were not read within {minutes} minutes"
            )));
        }
        if let Step::Idle(until) = step {
            let sleep = until.map_or(SLEEP_MAX, |until| until.since(now.mono).min(SLEEP_MAX));
            sources.wake.wait(sources.wake.current(), sleep.std());
        }
    }
}

fn count(real: &Store, trial: &Store) -> Result<DryRun, StoreError> {
    let seen = Seen { real, tags: real.read(|view| view.tags())?.0 };
    let mut found = DryRun::default();
    trial.read(|view| {
        for word in StateWord::ALL {
            for id in view.orders_in(word, None, usize::MAX)? {
                if let Some(order) = view.order(id)? {
                    found.count(&seen, &order)?;
                }
            }
        }
        Ok(())
    })?;
    for causes in [&mut found.refused_for, &mut found.held_for] {
        causes.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dry_run_is_one_sentence_with_the_most_frequent_causes() {
        let mut found = DryRun {
            open: 412,
            send: 388,
            refused: 9,
            refused_for: vec![
                (6, "postcode is missing: fill it in".into()),
                (3, "no depot".into()),
            ],
            held: 15,
            held_for: vec![(15, "the order is not paid".into())],
            ..DryRun::default()
        };
        assert_eq!(
            found.sentence(),
            "412 open orders: 388 would be sent, 9 would be refused (6: postcode is missing; 3: no depot), 15 are left \
             alone (15: the order is not paid)"
        );
        found.shipped = 1;
        found.looked_up = 2;
        let text = found.sentence();
        assert!(text.contains(", 1 is in Stream already. Of those to be sent, 2 carry"), "{text}");
    }
}
